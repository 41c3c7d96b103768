"""Reads about titles and agreements: owners as of a day, an agreement's history."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.property.estates import bitemporal
from lokum.property.estates.bitemporal import Change, DatedTable
from lokum.property.estates.models import Estate, FactKind, Premises
from lokum.property.estates.queries import fact_histories, value_text
from lokum.property.occupancy import seams
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, Agreement, AgreementAttribute, Title, TitleHolder
from lokum.property.parties.models import Party

ATTRIBUTES = DatedTable(table="occupancy_agreementattribute", owner="agreement_id", name="name", value_type="text")


def owners_as_of(on: dt.date, *, premises: QuerySet[Any] | None = None) -> QuerySet[TitleHolder]:
    """Holders of exclusive titles (owners and holders of cooperative rights) on a day, in the order of premises."""
    rows = TitleHolder.objects.filter(title__valid__contains=on, title__kind__in=EXCLUSIVE_KINDS)
    if premises is not None:
        rows = rows.filter(title__premises__in=premises)
    return rows.select_related("title__premises__building", "party").order_by(
        "title__premises__building__sort_code", "title__premises__sort_number", "party__last_name", "pk"
    )


def agreements_of_party(party_pk: int, on: dt.date | None = None) -> QuerySet[Agreement]:
    """Agreements a party pays for or holds a share of the title of (each co-owner sees the shared premises)."""
    rows = Agreement.objects.filter(Q(payer_id=party_pk) | Q(title__holders__party_id=party_pk)).distinct()
    return rows if on is None else rows.filter(valid__contains=on)


@dataclass(frozen=True)
class HistoryLine:
    """One line of an agreement's history, ready for staff and resident alike."""

    change: Change
    label: str

    @property
    def old_text(self) -> str:
        return value_text(self.change.old_value)

    @property
    def new_text(self) -> str:
        return value_text(self.change.new_value)


def agreement_history(agreement_pk: int) -> list[HistoryLine]:
    """Attributes, facts of the premises during the agreement and what upper layers add; the latest day first."""
    return agreement_histories([agreement_pk])[agreement_pk]


def agreement_histories(agreement_pks: Sequence[int], *, portal: bool = False) -> dict[int, list[HistoryLine]]:
    """The same for many agreements, with a number of statements that does not grow with them.

    portal: without what the operator does not show to residents.
    """
    agreements = list(Agreement.objects.filter(pk__in=agreement_pks))
    facts = fact_histories(sorted({one.premises_id for one in agreements if one.premises_id}))
    found = {
        pk: [HistoryLine(change, str(AgreementAttribute.Name(change.name).label)) for change in changes]
        for pk, changes in bitemporal.histories(ATTRIBUTES, agreement_pks).items()
    }
    for one in agreements:
        first, after = one.valid.lower, one.valid.upper
        found[one.pk] += [
            HistoryLine(change, str(FactKind(change.name).label))
            for change in facts.get(one.premises_id or 0, ())
            if (after is None or change.on is None or change.on < after)
            and (first is None or change.until is None or change.until >= first)
        ]
    for source in seams.history_sources(portal=portal):
        for pk, label, change in source(agreement_pks):
            found[pk].append(HistoryLine(change, label))
    return {pk: sorted(lines, key=_newest, reverse=True) for pk, lines in found.items()}


def _newest(line: HistoryLine) -> tuple[dt.date, dt.datetime]:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return line.change.on or dt.date.min, line.change.recorded_at or never


def reasons_against_closing(record: Model, closed_on: dt.date) -> list[str]:
    """Titles and agreements that run beyond the day on which premises are to be closed."""
    if not isinstance(record, Premises):
        return []
    after = closed_on + dt.timedelta(days=1)
    reasons = []
    for title in Title.objects.filter(premises=record).filter(~Q(valid__fully_lt=(after, None))):
        reasons.append(_("title %(title)s runs beyond that day; end it first") % {"title": title.get_kind_display()})
    for agreement in Agreement.objects.filter(premises=record).filter(~Q(valid__fully_lt=(after, None))):
        reasons.append(_("agreement %(code)s runs beyond that day; end it first") % {"code": agreement.code})
    return reasons


@dataclass(frozen=True)
class Scope:
    """Ids of the estates and parties an import may touch."""

    estates: Sequence[int]
    parties: Sequence[int]


def import_scope(user: Any) -> Scope:
    """What a workbook of this user may touch: estates and people the user may edit."""
    return Scope(
        estates=list(policy.allowed(Estate.objects.all(), user, "edit").values_list("pk", flat=True)),
        parties=list(policy.allowed(Party.objects.all(), user, "edit").values_list("pk", flat=True)),
    )
