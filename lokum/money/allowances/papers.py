"""The list a payer body gets: who, which decision, which month, how much - in the body's language."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.organisation.models import Entity
from lokum.core.organisation.queries import bank_accounts_on
from lokum.core.papers.letters import LetterTable, issuer_of, letter_data
from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.papers import grouped
from lokum.money.allowances.models import Allowance
from lokum.property.parties.models import Party, PartyAddress

Row = tuple[int, dt.date, Decimal]  # key of the allowance, month, amount


def claim_data(
    entity: Entity, body: Party, month: dt.date, rows: Sequence[Row], sequence: int, issued_on: dt.date
) -> dict[str, Any]:
    language, currency = body.language.lower(), entity.currency
    known = Allowance.objects.select_related("account__payer", "account__agreement__premises__building")
    allowances = known.in_bulk({allowance_id for allowance_id, _month, _amount in rows})
    total = sum((amount for _key, _month, amount in rows), Decimal(0))
    with override(language):
        heading = f"{_('Amount')} ({texts.currency_sign(currency)})"
        table = LetterTable(
            [_("Payer"), _("Address"), _("Decision"), _("Kind"), _("Month"), heading],
            [_row(allowances[key], one, amount, language, currency) for key, one, amount in rows],
            [False] * 5 + [True],
            [[_("Total"), "", "", "", "", texts.figure(total, language, currency)]],
        )
        label, words = _asked(total)
        facts = [
            (_("Month"), texts.month(month, language)),
            (label, texts.amount(abs(total), language, currency)),
        ]
        account = bank_accounts_on(entity, issued_on).first()
        if account is not None and total > 0:
            facts.append((_("Bank account"), grouped(account.number)))
        if sequence > 1:
            facts.append((_("List of the month"), str(sequence)))
        return letter_data(
            issuer=issuer_of(entity, issued_on),
            payer=_address(body),
            title=_("Claim of shares paid by third parties"),
            paragraphs=[words],
            tables=[table],
            facts=facts,
            currency=currency,
            numbered=True,
            amount=total,
        )


def _asked(total: Decimal) -> tuple[str, str]:
    """What is to be transferred and which way, by the sign of the claim."""
    if total > 0:
        words = _("Please transfer the shares below for the payers named, by the tenth of the month.")
        return _("To transfer"), words
    if total < 0:
        words = _("The shares below were taken back; we settle them with the next transfer or send them back.")
        return _("Taken back"), words
    return _("To transfer"), _("The shares below and those taken back cancel each other out; please transfer nothing.")


def _row(one: Allowance, month: dt.date, amount: Decimal, language: str, currency: str) -> list[str]:
    premises = one.account.agreement.premises
    place = ""
    if premises is not None:
        place = f"{premises.building.street} {premises.building.house_number}/{premises.number}".strip()
    return [
        str(one.account.payer), place, one.decision_number, str(one.get_kind_display()), texts.month(month, language),
        texts.figure(amount, language, currency),
    ]  # fmt: skip


def _address(body: Party) -> dict[str, str]:
    found = PartyAddress.objects.filter(party=body).order_by("-valid").first()
    return {
        "name": str(body),
        "street": found.street if found else "",
        "postal_code": found.postal_code if found else "",
        "city": found.city if found else "",
    }
