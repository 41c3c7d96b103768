"""What letters about a deposit show: where its amount came from, what was deducted by which papers, what went where."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.papers.letters import LetterTable, issuer_of, letter_data
from lokum.core.papers.rendering import texts
from lokum.core.papers.wording import wording
from lokum.money.deposits.models import Deposit, DepositMove, DepositPaper
from lokum.money.deposits.wording import values_of
from lokum.money.ledger.addressees import Addressee
from lokum.money.ledger.models import Allocation
from lokum.property.parties.names import called

ZERO = Decimal("0.00")
RECEIVED = ("take", "opening", "transfer_in")
SETTLED = ("use", "return", "forfeit", "transfer_out")
SHOWN = 4  # last characters of the payee's account number


def standing(moves: Sequence[DepositMove], *kinds: str) -> list[DepositMove]:
    """Moves of these kinds that were not taken back."""
    return [one for one in moves if one.kind in kinds and one.undoes_id is None and not hasattr(one, "undone_by")]


def sum_of(moves: Sequence[DepositMove]) -> Decimal:
    return sum((one.amount for one in moves), ZERO)


def paper_data(
    deposit: Deposit, moves: Sequence[DepositMove], kind: str, one: Addressee, day: dt.date
) -> dict[str, Any]:
    """The letter in the payer's language."""
    language, entity = one.language, deposit.account.entity
    with override(language):
        words = wording(entity.pk, kind, language, values_of(deposit, one))
        receipt = kind == DepositPaper.Kind.RECEIPT
        tables = [_received(moves, language, one.currency)] if receipt else _settled(deposit, moves, one)
        return letter_data(
            issuer=issuer_of(entity, day),
            payer=one.payer,
            title=words.subject,
            subject=[
                text for text in (one.premises_address, _("Account %(code)s") % {"code": one.account_code}) if text
            ],
            paragraphs=words.paragraphs,
            facts=_of_receipt(deposit, one) if receipt else _of_settlement(deposit, moves, one),
            tables=tables,
            words=words.version,
            currency=one.currency,
            amount=deposit.taken_amount if receipt else deposit.returned_amount,
        )


def _of_receipt(deposit: Deposit, one: Addressee) -> list[tuple[str, str]]:
    language, kind = one.language, deposit.kind
    facts = [
        (_("Agreed"), texts.amount(deposit.agreed_amount, language, one.currency)),
        (_("Received"), texts.amount(deposit.taken_amount, language, one.currency)),
    ]
    if deposit.open_amount > 0:
        label = _("Waiting to be paid by %(day)s") % {"day": texts.day(deposit.due_on, language)}
        facts.append((label, texts.amount(deposit.open_amount, language, one.currency)))
    if kind.valorised and deposit.rent_months is not None:
        rents = texts.quantity(round(deposit.rent_months, 2), language)
        facts.append((_("Monthly rents the agreed amount stands for"), rents))
    if kind.return_months is not None:
        facts.append((_("Months after leaving within which it is returned"), str(kind.return_months)))
    if kind.basis:
        facts.append((_("Legal basis"), kind.basis))
    return facts


def _of_settlement(deposit: Deposit, moves: Sequence[DepositMove], one: Addressee) -> list[tuple[str, str]]:
    language = one.language
    deducted = sum_of(standing(moves, "use", "forfeit"))
    facts = [
        (_("Received"), texts.amount(deposit.taken_amount, language, one.currency)),
        (_("Interest and valorisation"), texts.amount(deposit.added_amount, language, one.currency)),
        (_("Deducted"), texts.amount(deducted, language, one.currency)),
        (_("Returned"), texts.amount(deposit.returned_amount, language, one.currency)),
        *(
            [(_("Passed on"), texts.amount(deposit.passed_amount, language, one.currency))]
            if deposit.passed_amount
            else []
        ),
        (_("Still held"), texts.amount(deposit.held_amount, language, one.currency)),
    ]
    if deposit.vacated_on is not None:
        facts.append((_("Left on"), texts.day(deposit.vacated_on, language)))
    if deposit.kind.basis:
        facts.append((_("Legal basis"), deposit.kind.basis))
    return facts


def _amount_heading(currency: str) -> str:
    return f"{_('Amount')} ({texts.currency_sign(currency)})"


def _received(moves: Sequence[DepositMove], language: str, currency: str) -> LetterTable:
    rows = standing(moves, *RECEIVED)
    return LetterTable(
        [_("Date"), _("What"), _amount_heading(currency)],
        [
            [_day_of(one, language), str(one.get_kind_display()), texts.figure(one.amount, language, currency)]
            for one in rows
        ],
        [False, False, True],
        [["", _("Total"), texts.figure(sum_of(rows), language, currency)]],
        wide=1,
    )


def _day_of(move: DepositMove, language: str) -> str:
    """The day the money came, which may lie before it was booked."""
    return texts.short_day(move.entry.effective_on if move.entry else move.on, language)


def _settled(deposit: Deposit, moves: Sequence[DepositMove], one: Addressee) -> list[LetterTable]:
    language, currency = one.language, one.currency
    payer = deposit.account.payer
    names = {str(payer): called(payer.first_name, payer.last_name)}  # as letters call people

    def money(value: Decimal) -> str:
        return texts.figure(value, language, currency)

    given = standing(moves, *RECEIVED, "interest", "valorisation")
    tables = [
        LetterTable(
            [_("Date"), _("What"), _amount_heading(currency)],
            [[_day_of(move, language), _added_text(move, language, currency), money(move.amount)] for move in given],
            [False, False, True],
            [["", _("Total"), money(sum_of(given))]],
            wide=1,
        )
    ]  # fmt: skip
    if deducted := _deductions(standing(moves, "use", "forfeit"), language, currency):
        tables.append(
            LetterTable(
                [_("Date"), _("Document"), _("What"), _amount_heading(currency)],
                deducted,
                [False, False, False, True],
                [["", "", _("Total"), money(sum_of(standing(moves, "use", "forfeit")))]],
                title=_("Deductions"),
                wide=2,
            )
        )
    if paid := standing(moves, "return", "transfer_out"):
        tables.append(
            LetterTable(
                [_("Date"), _("Paid out to"), _amount_heading(currency)],
                [[texts.short_day(move.on, language), _payee(move, names), money(move.amount)] for move in paid],
                [False, False, True],
                [["", _("Total"), money(sum_of(paid))]],
                title=_("Returned or passed on"),
                wide=1,
            )
        )  # fmt: skip
    return tables


def _added_text(move: DepositMove, language: str, currency: str) -> str:
    label = str(move.get_kind_display())
    if move.kind == "valorisation" and move.rent_amount is not None:
        rent = texts.amount(move.rent_amount, language, currency)
        return _("%(what)s, monthly rent of the day %(rent)s") % {"what": label, "rent": rent}
    if move.kind == "interest" and move.through_on is not None:
        day = texts.short_day(move.through_on, language)
        return _("%(what)s to %(day)s") % {"what": label, "day": day}
    return label


def _payee(move: DepositMove, names: Mapping[str, str]) -> str:
    """Whom it was paid to; of the number only the end, which the payee knows it by."""
    tail = move.payee_number.replace(" ", "")[-SHOWN:]
    name = names.get(move.payee_name, move.payee_name)
    if move.kind == "transfer_out":
        return _("passed on to %(name)s") % {"name": name}
    return f"{name} (… {tail})" if tail else name


def _deductions(moves: Sequence[DepositMove], language: str, currency: str) -> list[list[str]]:
    """Each debt that was covered with its document; what was kept with its reason."""
    covered: dict[int, list[Allocation]] = {}
    rows = Allocation.objects.filter(credit__in=[one.entry_id for one in moves if one.kind == "use"], undone_at=None)
    for row in rows.select_related("debit").order_by("debit__due_on", "pk"):
        covered.setdefault(row.credit_id, []).append(row)
    found = []

    def money(value: Decimal) -> str:
        return texts.figure(value, language, currency)

    for move in moves:
        day = texts.short_day(move.on, language)
        if move.kind == "forfeit":
            found.append([day, "", f"{move.get_kind_display()}: {move.reason}", money(move.amount)])
        for row in covered.get(move.entry_id or 0, ()):
            debt = row.debit
            what = " ".join(part for part in (str(debt.get_kind_display()), debt.description) if part)
            if debt.due_on is not None:
                what = _("%(what)s, due on %(day)s") % {"what": what, "day": texts.short_day(debt.due_on, language)}
            found.append([day, debt.document_number, what, money(row.amount)])
    return found
