"""Who pays an agreement: its charges shared among several accounts from a month on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.charges.models import ChargeLine, Component
from lokum.money.ledger.models import PayerShare, PayerSplit
from lokum.money.ledger.services import open_account_of, posting
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.seams import agreement_opened

MOST_PARTS = 1_000_000


@dataclass(frozen=True)
class Share:
    """So much of the charges is borne by this person."""

    party_id: int
    fraction: Fraction


def split_payers(
    agreement_id: int, since: dt.date, shares: Sequence[Share], *, component_id: int | None = None, reason: str = "",
    actor: Actor,
) -> PayerSplit:  # fmt: skip
    """From a month on share the charges of an agreement (or of one of its components) among several payers.

    Each has an account of the agreement, opened where there is none. A split in force is ended by the new one. Raises
    Refusal: `split.sum` (they do not add up to the whole), `.month` (not the first of a month), `.month_charged`,
    `.outside` (the agreement is not valid then), `.twice`, `.foreign_component`, `.parts`.
    """
    with posting(actor) as whole:
        agreement = _locked(agreement_id)
        _refuse_shares(shares)
        _refuse_month(agreement, since, component_id)
        if (
            component_id is not None
            and not Component.objects.filter(pk=component_id, entity_id=agreement.entity_id).exists()
        ):
            text = _("The component belongs to another entity.")
            raise Refusal("split.foreign_component", text, fields={"component": [text]})
        _end_former(agreement, component_id, since)
        denominator = lcm(*(one.fraction.denominator for one in shares))
        if denominator > MOST_PARTS:
            text = _("The fractions have no common denominator up to %(most)s.") % {"most": MOST_PARTS}
            raise Refusal("split.parts", text, fields={"shares": [text]})
        split = PayerSplit.objects.create(
            agreement=agreement, component_key=component_id, valid=(since, agreement.valid.upper),
            denominator=denominator, reason=reason[:250],
        )  # fmt: skip
        for one in shares:
            account = open_account_of(agreement.pk, one.party_id, since, actor=whole)
            PayerShare.objects.create(split=split, account=account, numerator=int(one.fraction * denominator))
        agreement_opened([agreement.pk], actor=whole)  # new accounts get their numbers
        told = ", ".join(f"{one.fraction}" for one in shares)
        note(agreement, "payers split", actor=actor, since=since.isoformat(), shares=told)
        return split


def end_split(pk: int, *, until: dt.date, reason: str, actor: Actor) -> PayerSplit:
    """The last month of a split; afterwards the agreement's own payer is charged alone again."""
    with posting(actor):
        split = PayerSplit.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if split is None:
            raise Missing("split.missing", _("There is no such split."))
        agreement = _locked(split.agreement_id)
        after = clock.add_months(until, 1)
        if after <= split.valid.lower or (split.valid.upper is not None and after > split.valid.upper):
            text = _("Choose a month within the split.")
            raise Refusal("split.outside", text, fields={"until": [text]})
        _refuse_charged(agreement, after, split.component_key)
        split.valid = (split.valid.lower, after)
        split.save(update_fields=["valid"])
        note(agreement, "split ended", actor=actor, until=until.isoformat(), reason=reason)
        split.refresh_from_db()
        return split


def _locked(agreement_id: int) -> Agreement:
    agreement = Agreement.objects.select_for_update(of=("self",)).filter(pk=agreement_id).first()
    if agreement is None:
        raise Missing("agreement.missing", _("There is no such agreement."))
    return agreement


def _refuse_shares(shares: Sequence[Share]) -> None:
    if any(one.fraction <= 0 for one in shares) or sum((one.fraction for one in shares), Fraction(0)) != 1:
        total = sum((one.fraction for one in shares), Fraction(0))
        text = _("The shares add up to %(total)s instead of 1.") % {"total": total}
        raise Refusal("split.sum", text, fields={"shares": [text]})
    if len({one.party_id for one in shares}) != len(shares):
        text = _("A person is named twice.")
        raise Refusal("split.twice", text, fields={"shares": [text]})


def _refuse_month(agreement: Agreement, since: dt.date, component_id: int | None) -> None:
    if since != clock.first_of_month(since):
        text = _("A split begins with the first of a month.")
        raise Refusal("split.month", text, fields={"since": [text]})
    valid = agreement.valid
    if (valid.upper is not None and since >= valid.upper) or (
        valid.lower is not None and clock.add_months(since, 1) <= valid.lower
    ):
        text = _("The agreement is not valid in this month.")
        raise Refusal("split.outside", text, fields={"since": [text]})
    _refuse_charged(agreement, since, component_id)


def _refuse_charged(agreement: Agreement, since: dt.date, component_id: int | None) -> None:
    """What was charged stays charged to whom it was: a split begins and ends between charged months.

    A correction changes a notice of one payer; it cannot move a charge to an account that has no notice of the month
    (ADR 0016), so the months that stand in the way are named instead.
    """
    lines = ChargeLine.objects.filter(agreement=agreement, period__gte=since, reason__startswith="run")
    if component_id is not None:
        lines = lines.filter(component_id=component_id)
    alive = lines.exclude(notice__entry__corrections__source_kind="reversal").order_by("period")
    periods = list(alive.values_list("period", flat=True).distinct())
    months, names = [f"{one:%Y-%m}" for one in periods], [date_format(one, "YEAR_MONTH_FORMAT") for one in periods]
    if months:
        text = _("Charged already: %(months)s. Undo these months, or choose a month after %(last)s.") % {
            "months": ", ".join(names), "last": names[-1],
        }  # fmt: skip
        raise Refusal("split.month_charged", text, fields={"since": [text]}, status=409, details={"months": months})


def _end_former(agreement: Agreement, component_id: int | None, since: dt.date) -> None:
    """A split of the same charges ends where the new one begins; one that would begin later gives way."""
    rows = PayerSplit.objects.filter(agreement=agreement, component_key=component_id, valid__endswith__gt=since)
    open_rows = PayerSplit.objects.filter(agreement=agreement, component_key=component_id, valid__endswith=None)
    for former in (rows | open_rows).order_by("pk"):
        if former.valid.lower >= since:
            former.delete()
        else:
            former.valid = (former.valid.lower, since)
            former.save(update_fields=["valid"])
