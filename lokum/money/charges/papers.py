"""The charge notice on paper: from the stored data of the document alone, so that it can always be made again."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lokum.core.base.transfer_codes import transfer_code_text
from lokum.core.papers.letters import letterhead_of
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.proofs import proof_code
from lokum.core.papers.rendering import (
    NoticeLine,
    NoticePaper,
    PostalAddress,
    TransferDetails,
    render_notice,
)
from lokum.core.papers.rendering import texts as words
from lokum.money.charges.contents import own_paragraphs
from lokum.money.charges.models import Component, name_field
from lokum.money.charges.seams import third_parties
from lokum.money.charges.vat import UNTAXED, vat_text
from lokum.money.ledger.addressees import joint_note


def unit_text(unit: str) -> str:
    """A unit of measure as people write it, in the active language."""
    return {
        "m2": "m²",
        "m3": "m³",
        "GJ": "GJ",
        "kW": "kW",
        "person": pgettext("unit", "persons"),
        "pc": pgettext("unit", "pcs"),
        "unit": pgettext("unit", "unit"),
    }.get(unit, unit)


def basis_text(basis: str) -> str:
    """What a price is multiplied by, in the active language."""
    return str({**dict(Component.Basis.choices), "formula": _("Formula")}.get(basis, basis))


def transfer_title(data: dict[str, Any]) -> str:
    """What the payer writes into the transfer: month and account, short and plain, in the active language."""
    period = dt.date.fromisoformat(data["period"])
    values = {"month": f"{period:%m/%Y}", "account": data["account"]["code"]}
    return pgettext("reference of a bank transfer, plain letters", "CHARGES %(month)s %(account)s") % values


def _line(line: dict[str, Any], language: str, with_vat: bool) -> NoticeLine:
    return NoticeLine(
        item=line.get(name_field(language)) or line["name"],
        basis=basis_text(line["basis"]),
        quantity=Decimal(line["quantity"]),
        unit=unit_text(line["unit"] or ""),
        price=Decimal(line["price"]),
        amount=Decimal(line["amount"]),
        vat=vat_text(line) if with_vat else "",
    )


def _share_notes(shares: list[dict[str, str]], total: Decimal, language: str, currency: str) -> list[str]:
    """Who else pays a part of the month, by which decision, and the payer's own part."""
    notes = []
    for one in shares:
        text = _("%(kind)s, decision %(decision)s: %(body)s pays %(amount)s of the charges of this month.")
        amount = words.amount(Decimal(one["amount"]), language, currency)
        notes.append(text % {**one, "kind": third_parties().label(one["kind"]), "amount": amount})
    if shares:
        own = total - sum((Decimal(one["amount"]) for one in shares), Decimal(0))
        text = _("Your own part of the charges of this month: %(amount)s.")
        notes.append(text % {"amount": words.amount(own, language, currency)})
    return notes


def notice_paper(document: IssuedDocument, *, large_print: bool = False) -> NoticePaper:
    """The paper of a notice in the document's language."""
    data, language = document.data, document.language.lower()
    to_pay, total = Decimal(data["to_pay"]), Decimal(data["total"])
    issuer, account = data["issuer"], data["account"]
    due_on = dt.date.fromisoformat(data["due_on"])
    with override(language):
        title = transfer_title(data)
        shares = [] if "corrects" in data else data.get("shares") or []  # a correction repeats the data of its notice
        open_shares = sum((Decimal(one["open"]) for one in shares), Decimal(0))
        balance = [
            (_("Open before this notice"), Decimal(data["open_before"])),
            (_("Charges of the month"), total),
            (_("Shares of third parties"), -open_shares),
            (_("Paid ahead"), open_shares - Decimal(data["credit"])),
        ]
        notes = _share_notes(shares, total, language, data["currency"])
        if Decimal(data["overdue"]) > 0:
            overdue = words.amount(Decimal(data["overdue"]), language, data["currency"])
            notes.append(_("Of the amount open before, %(amount)s is overdue.") % {"amount": overdue})
        notes += joint_note(data.get("joint") or (), to_pay) + own_paragraphs(data, language)
        with_vat = any(line["vat_kind"] not in UNTAXED for line in data["lines"])
        return NoticePaper(
            number=document.number,
            proof=proof_code(document.content_hash),
            issued_on=document.issued_on,
            period=dt.date.fromisoformat(data["period"]),
            due_on=due_on,
            currency=data["currency"],
            language=language,
            letterhead=letterhead_of(issuer),
            address=PostalAddress(
                name=data["payer"]["name"],
                street=data["payer"]["street"] or "",
                postal_code=data["payer"]["postal_code"] or "",
                city=data["payer"]["city"] or "",
            ),
            subject=(data["premises"]["address"], _("Account %(code)s") % {"code": account["code"]}),
            lines=tuple(_line(line, language, with_vat) for line in data["lines"]),
            total=total,
            balance=tuple((name, value) for name, value in balance if value or name == balance[1][0]),
            to_pay=to_pay,
            transfer=TransferDetails(
                payee=issuer["short_name"] or issuer["name"],
                account_number=account["number"],
                title=title,
                amount=to_pay,
                code_text=transfer_code_text(
                    document.entity.country_pack,
                    number=account["number"],
                    amount=to_pay,
                    payee=issuer["short_name"] or issuer["name"],
                    title=title,
                    tax_number=issuer["tax_number"],
                ),
            ),
            notes=tuple(notes),
            large_print=large_print,
        )


def build_notice(document: IssuedDocument, *, large_print: bool = False) -> bytes:
    return render_notice(notice_paper(document, large_print=large_print))


def build_correction(document: IssuedDocument, *, large_print: bool = False) -> bytes:
    """A correction of a notice: what stood (taken back) and what counts now, component by component."""
    return render_notice(correction_paper(document, large_print=large_print))


def correction_paper(document: IssuedDocument, *, large_print: bool = False) -> NoticePaper:
    """The paper of a correction in the document's language."""
    data, language = document.data, document.language.lower()
    paper = notice_paper(document, large_print=large_print)
    with override(language):
        titled = _("Correction of notice %(number)s") % {"number": data["corrects"]}
        sides = {"before": _("%(item)s (before)"), "after": _("%(item)s (now)")}
        lines = tuple(
            replace(line, item=sides[row["part"]] % {"item": line.item})
            for line, row in zip(paper.lines, data["lines"], strict=True)
        )
        balance = ((_("Difference"), paper.total),)
        return replace(
            paper, subject=(titled, *paper.subject), lines=lines, balance=balance, notes=(data["reason"], *paper.notes)
        )
