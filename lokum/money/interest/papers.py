"""The interest note on paper: from the stored data of the document alone."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lokum.core.base.transfer_codes import transfer_code_text
from lokum.core.papers.letters import letterhead_of
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.proofs import proof_code
from lokum.core.papers.rendering import PostalAddress, TransferDetails
from lokum.core.papers.rendering.interest import InterestPaper, InterestSection, InterestSpan, render_interest
from lokum.money.interest.sheets import LineSheet, sheet_of_line
from lokum.money.ledger.addressees import joint_note


def transfer_title(number: str) -> str:
    """What the payer writes into the transfer: the number names the debt (the note)."""
    return pgettext("reference of a bank transfer, plain letters", "INTEREST %(number)s") % {"number": number}


def _section(sheet: LineSheet, corrects: str) -> InterestSection:
    notes = []
    if sheet.booked:
        notes.append((_("Interest in all"), sheet.computed))
        notes.append((_("Noted before"), -sheet.booked))
    if sheet.waived:
        notes.append((_("Waived"), -sheet.waived))
    return InterestSection(
        title=_("Debt %(number)s") % {"number": sheet.debt_number} if sheet.debt_number else _("Debt"),
        due_on=sheet.due_on,
        principal=sheet.principal,
        spans=tuple(
            InterestSpan(one.first_day, one.last_day, one.day_count, one.principal, one.rate, one.divisor, one.shown)
            for one in sheet.spans
        ),
        balance=tuple(notes),
        amount=sheet.amount,
        note=_("Corrects %(number)s") % {"number": corrects} if corrects else "",
    )


def interest_paper(document: IssuedDocument, *, large_print: bool = False) -> InterestPaper:
    """The paper of a note or correction in the document's language."""
    data, language = document.data, document.language.lower()
    issuer, account, total = data["issuer"], data["account"], Decimal(data["total"])
    payee = issuer["short_name"] or issuer["name"]
    premises = data["premises"] or {"address": ""}
    with override(language):
        is_note = data["kind"] == "note"
        title = transfer_title(data.get("copy_of") or document.number)
        to_pay = max(total, Decimal(0))
        return InterestPaper(
            number=document.number,
            proof=proof_code(document.content_hash),
            issued_on=document.issued_on,
            through_on=dt.date.fromisoformat(data["through_on"]),
            language=language,
            currency=data["currency"],
            letterhead=letterhead_of(issuer),
            address=PostalAddress(
                name=data["payer"]["name"],
                street=data["payer"]["street"] or "",
                postal_code=data["payer"]["postal_code"] or "",
                city=data["payer"]["city"] or "",
            ),
            title=_("Interest note") if is_note else _("Correction of interest"),
            subject=tuple(
                part for part in (premises["address"], _("Account %(code)s") % {"code": account["code"]}) if part
            ),
            sections=tuple(_section(sheet_of_line(line), line.get("corrects") or "") for line in data["lines"]),
            total=total,
            transfer=TransferDetails(
                payee=payee,
                account_number=account["number"],
                title=title,
                amount=to_pay,
                code_text=transfer_code_text(
                    document.entity.country_pack,
                    number=account["number"],
                    amount=to_pay,
                    payee=payee,
                    title=title,
                    tax_number=issuer["tax_number"],
                )
                if is_note
                else "",
            ),
            notes=tuple(joint_note(data.get("joint") or (), to_pay)),
            large_print=large_print,
        )


def build_interest(document: IssuedDocument, *, large_print: bool = False) -> bytes:
    return render_interest(interest_paper(document, large_print=large_print))
