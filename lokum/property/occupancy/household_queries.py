"""Reads about households, declarations and members."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from lokum.core.base import clock
from lokum.property.estates.models import Premises, PremisesFact
from lokum.property.estates.queries import value_text
from lokum.property.occupancy.models import (
    Declaration,
    HouseholdMember,
    Member,
    MemberContribution,
    MemberStatus,
    PersonsSource,
)
from lokum.property.occupancy.seams import remark_text


def persons_source(premises_pk: int, on: dt.date) -> str:
    """Where the charged number of persons of premises comes from on a day: "register" or "declarations"."""
    row = PersonsSource.objects.filter(premises=premises_pk, valid__contains=on).first()
    return row.source if row is not None else PersonsSource.Source.DECLARATIONS.value


def declaring_offered(premises_pks: Collection[int], on: dt.date) -> set[int]:
    """Which of these premises take declarations of persons on a day; supply points never do."""
    kept = PersonsSource.objects.filter(premises__in=premises_pks, valid__contains=on, source="register")
    points = Premises.objects.filter(pk__in=premises_pks, kind=Premises.Kind.SUPPLY_POINT)
    return set(premises_pks).difference(kept.values_list("premises_id", flat=True), points.values_list("pk", flat=True))


def members_of_household(premises_pk: int, on: dt.date) -> QuerySet[HouseholdMember]:
    return HouseholdMember.objects.filter(premises=premises_pk, valid__contains=on).select_related("party")


def persons_on(premises_pk: int, on: dt.date) -> Decimal | None:
    """The charged number of persons on a day: the members living there, or the accepted declaration."""
    if persons_source(premises_pk, on) == PersonsSource.Source.REGISTER:
        return Decimal(members_of_household(premises_pk, on).filter(counted=True).count())
    fact = PremisesFact.objects.filter(
        premises=premises_pk, kind="persons", valid__contains=on, recorded__endswith=None
    ).first()
    return fact.value if fact is not None else None


@dataclass(frozen=True)
class Household:
    """A household as of a day, as the card of premises shows it."""

    source: str
    source_label: str
    persons_text: str
    members: Sequence[HouseholdMember]
    waiting: Sequence[Declaration]
    by_register: bool


def household_of(premises: Premises, on: dt.date | None = None) -> Household:
    on = on or clock.today()
    source = PersonsSource.Source(persons_source(premises.pk, on))
    return Household(
        source=source.value,
        source_label=str(source.label),
        persons_text=value_text(persons_on(premises.pk, on)),
        members=list(members_of_household(premises.pk, on)),
        waiting=list(Declaration.objects.filter(premises=premises, state="submitted")),
        by_register=source == PersonsSource.Source.REGISTER,
    )


def with_status(members: QuerySet[Any], on: dt.date) -> QuerySet[Any]:
    """Members with their status on a day, since when, their declared shares, and what they owe and paid."""
    present = MemberStatus.objects.filter(member=OuterRef("pk"), valid__contains=on)
    own = MemberContribution.objects.filter(member=OuterRef("pk")).order_by().values("member")
    shares = own.filter(kind=MemberContribution.Kind.SHARE).annotate(total=Sum("count"))
    return members.annotate(
        status_now=Subquery(present.values("status")[:1]),
        status_span=Subquery(present.values("valid")[:1]),
        share_count=Subquery(shares.values("total")),
        due_total=Subquery(own.annotate(total=Sum("amount")).values("total")),
        paid_total=Subquery(own.annotate(total=Sum("paid_amount")).values("total")),
    )


def members_on(entity_pk: int, on: dt.date) -> Sequence[Member]:
    """Members of an entity on a day in the order of their numbers: who may vote, whose tariff is the members'."""
    rows = MemberStatus.objects.filter(member__entity=entity_pk, status=MemberStatus.Status.MEMBER, valid__contains=on)
    return list(Member.objects.filter(pk__in=rows.values("member")).select_related("party").order_by("sort_number"))


@dataclass(frozen=True)
class WaitingDeclaration:
    """A declaration to decide on: the value that counts on its first day ("–": none), and why it is unusual."""

    row: Declaration
    present_text: str
    declared_text: str
    remarks: Sequence[str]


def waiting_declarations(rows: QuerySet[Declaration], limit: int) -> list[WaitingDeclaration]:
    """The first of these declarations, the unusual ones first, then in the order in which they came."""
    present = PremisesFact.objects.filter(
        premises=OuterRef("premises"), kind=OuterRef("kind"), valid__contains=OuterRef("valid_from"),
        recorded__endswith=None,
    )  # fmt: skip
    chosen = rows.annotate(present=Subquery(present.values("value")[:1]), usual=Q(remarks=[]))
    chosen = chosen.select_related("premises__building", "party").order_by("usual", "declared_at", "pk")[:limit]
    return [
        WaitingDeclaration(
            row,
            value_text(row.present) if row.present is not None else "–",
            value_text(row.value),
            [remark_text(one["code"], one["details"]) for one in row.remarks],
        )
        for row in chosen
    ]
