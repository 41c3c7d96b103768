"""Titles: who holds which right to premises, from and to which day, in which exact shares."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import Premises
from lokum.property.estates.services import refuse_supply_points
from lokum.property.occupancy.models import (
    EXCLUSIVE_KINDS,
    OCCUPYING_KINDS,
    Agreement,
    Title,
    TitleHolder,
    TitleKind,
)
from lokum.property.occupancy.services import changes
from lokum.property.occupancy.services.agreements import (
    AgreementRow,
    AgreementTerms,
    end_agreement,
    open_agreements,
)
from lokum.property.parties.models import Party

Share = tuple[int, int, int]  # party, numerator, denominator


@dataclass(frozen=True)
class TitleRow:
    """One title to open; `valid_to` is its last day; with `agreement` an agreement is opened under it."""

    premises_pk: int
    kind: str
    holders: Sequence[Share]
    valid_from: dt.date
    valid_to: dt.date | None = None
    member: bool = False
    document: str = ""
    agreement: AgreementTerms | None = None


def open_title(
    premises_pk: int,
    kind: str,
    holders: Sequence[Share | tuple[Party, int, int]],
    valid_from: dt.date,
    *,
    actor: Actor,
    valid_to: dt.date | None = None,
    member: bool = False,
    document: str = "",
    agreement: AgreementTerms | None = None,
    replaced: str = "",
) -> Title:
    """Open a title with its holders and, when `agreement` is given, the agreement of its payer.

    holders: (party or its id, numerator, denominator). Raises Refusal when the shares exceed the whole, when the days
    are in the wrong order, or when another title of the same exclusivity overlaps, which is then named.
    """
    shares = [
        (party.pk if isinstance(party, Party) else party, numerator, denominator)
        for party, numerator, denominator in holders
    ]
    row = TitleRow(premises_pk, kind, shares, valid_from, valid_to, member, document, agreement)
    with acting(actor):
        premises = Premises.objects.select_for_update(of=("self",)).filter(pk=premises_pk).first()
        if premises is None:
            raise Missing("premises.missing", _("There are no such premises."))
        if premises.closed_on is not None and (valid_to is None or valid_to > premises.closed_on):
            text = _("The premises are closed since %(day)s.") % {"day": premises.closed_on}
            raise Refusal("premises.closed", text, fields={"valid_from": [text]})
        title = open_titles([row], actor=actor, replaced={premises_pk: replaced} if replaced else None)[0]
        details = {"kind": kind, "day": valid_from.isoformat(), "document": document}
        note(title, gettext_noop("opened"), actor=actor, **details)
        note(premises, gettext_noop("title opened"), actor=actor, **details)
        return title


def open_titles(rows: Sequence[TitleRow], *, actor: Actor, replaced: Mapping[int, str] | None = None) -> list[Title]:
    """Open many titles, set-based (imports, demo data); one wrong row refuses all.

    replaced: by premises, whose title a new one follows directly (a transfer); kept in the record of the change.
    """
    for row in rows:
        wrong = title_error(row)
        if wrong:
            raise wrong
    titles = [
        Title(
            premises_id=row.premises_pk,
            kind=row.kind,
            member=row.member,
            valid=DateRange(row.valid_from, row.valid_to + dt.timedelta(days=1) if row.valid_to else None),
            document=row.document,
        )
        for row in rows
    ]
    with acting(actor):
        refuse_supply_points({row.premises_pk for row in rows})
        _insert_titles(rows, titles)
        _insert_holders(rows, titles)
        changes.note_opened(titles, replaced or {}, actor=actor)
        open_agreements(
            [
                AgreementRow(
                    premises_pk=row.premises_pk,
                    payer_pk=row.agreement.payer_pk or row.holders[0][0],
                    valid_from=row.agreement.valid_from or row.valid_from,
                    terms=row.agreement,
                    title_pk=title.pk,
                    valid_to=row.valid_to,
                )
                for row, title in zip(rows, titles, strict=True)
                if row.agreement is not None
            ],
            actor=actor,
        )
    return titles


def title_error(row: TitleRow) -> Refusal | None:
    """Why this title cannot be opened, as far as the row itself tells, or None."""
    if row.kind not in TitleKind.values:
        text = _("There is no title of the kind “%(kind)s”.") % {"kind": row.kind}
        return Refusal("title.unknown_kind", text, fields={"kind": [text]})
    if row.valid_to is not None and row.valid_to < row.valid_from:
        text = _("The last day lies before the first.")
        return Refusal("title.days_in_wrong_order", text, fields={"valid_to": [text]})
    if not row.holders:
        text = _("A title needs at least one holder.")
        return Refusal("title.without_holder", text, fields={"holders": [text]})
    if len({holder[0] for holder in row.holders}) != len(row.holders):
        text = _("The same person is named twice among the holders.")
        return Refusal("title.holder_twice", text, fields={"holders": [text]})
    return share_error([(numerator, denominator) for _party, numerator, denominator in row.holders])


def share_error(shares: Sequence[tuple[int, int]]) -> Refusal | None:
    """Why these fractions cannot be the shares of one title, or None; exact, without rounding."""
    for numerator, denominator in shares:
        if denominator <= 0 or numerator <= 0 or numerator > denominator:
            text = _("%(numerator)s/%(denominator)s is not a share between nothing and the whole.") % {
                "numerator": numerator,
                "denominator": denominator,
            }
            return Refusal("title.impossible_share", text, fields={"holders": [text]})
    whole = sum((Fraction(numerator, denominator) for numerator, denominator in shares), Fraction(0))
    if whole > 1:
        text = _("The shares add up to %(sum)s, more than the whole.") % {
            "sum": f"{whole.numerator}/{whole.denominator}"
        }
        return Refusal("title.share_above_whole", text, fields={"holders": [text]})
    return None


def _insert_titles(rows: Sequence[TitleRow], titles: list[Title]) -> None:
    try:
        with transaction.atomic():
            Title.objects.bulk_create(titles, batch_size=5000)
    except IntegrityError as error:
        if _constraint_of(error) not in ("title_exclusive", "title_occupying"):
            raise
        raise _overlap_of(rows) from error


def _insert_holders(rows: Sequence[TitleRow], titles: list[Title]) -> None:
    TitleHolder.objects.bulk_create(
        [
            TitleHolder(title=title, party_id=party_pk, numerator=numerator, denominator=denominator)
            for row, title in zip(rows, titles, strict=True)
            for party_pk, numerator, denominator in row.holders
        ],
        batch_size=5000,
    )


def _constraint_of(error: IntegrityError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", "") or "")


def overlapping_title(row: TitleRow) -> Title | None:
    """A title the given one may not run beside, or None."""
    kinds = EXCLUSIVE_KINDS if row.kind in EXCLUSIVE_KINDS else OCCUPYING_KINDS
    until = row.valid_to + dt.timedelta(days=1) if row.valid_to else None
    return (
        Title.objects.filter(premises_id=row.premises_pk, kind__in=kinds, valid__overlap=(row.valid_from, until))
        .select_related("premises")
        .first()
    )


def overlap_refusal(other: Title) -> Refusal:
    holders = ", ".join(str(holder.party) for holder in other.holders.select_related("party"))
    text = _("It overlaps with the title “%(kind)s” of %(holders)s from %(first)s to %(last)s.") % {
        "kind": other.get_kind_display(),
        "holders": holders or "–",
        "first": other.valid.lower or "…",
        "last": other.valid.upper - dt.timedelta(days=1) if other.valid.upper else "…",
    }
    return Refusal("title.overlap", text, fields={"valid_from": [text]}, details={"title": other.pk})


def _overlap_of(rows: Sequence[TitleRow]) -> Refusal:
    for row in rows:
        other = overlapping_title(row)
        if other is not None:
            return overlap_refusal(other)
    text = _("Two of the titles given overlap.")
    return Refusal("title.overlap", text)


def end_title(title_pk: int, *, actor: Actor, last_on: dt.date, end_agreements: bool = True) -> Title:
    """End a title with its last day, and the agreements under it when they would run longer."""
    with acting(actor):
        title, until = _end(title_pk, last_on, end_agreements, actor)
        changes.note_ended(title, last_on, until, actor=actor)
        return title


def _end(title_pk: int, last_on: dt.date, end_agreements: bool, actor: Actor) -> tuple[Title, dt.date | None]:
    """The ended title, and the day after which it would have ended otherwise."""
    title = Title.objects.select_for_update(of=("self",)).filter(pk=title_pk).first()
    if title is None:
        raise Missing("title.missing", _("There is no such title."))
    if title.valid.lower is not None and last_on < title.valid.lower:
        text = _("The title begins later, on %(day)s.") % {"day": title.valid.lower}
        raise Refusal("title.ends_before_start", text, fields={"last_on": [text]})
    if title.valid.upper is not None and last_on >= title.valid.upper:
        text = _("The title ends earlier already.")
        raise Refusal("title.ended", text, fields={"last_on": [text]})
    after, until = last_on + dt.timedelta(days=1), title.valid.upper
    title.valid = DateRange(title.valid.lower, after)
    title.version += 1
    title.save(update_fields=["valid", "version"])
    note(title, gettext_noop("ended"), actor=actor, last_day=last_on.isoformat())
    if end_agreements:
        for agreement in Agreement.objects.filter(title=title, valid__contains=after).order_by("pk"):
            end_agreement(agreement.pk, actor=actor, last_on=last_on)
    return title, until


def transfer_title(
    title_pk: int,
    holders: Sequence[Share | tuple[Party, int, int]],
    transferred_on: dt.date,
    *,
    actor: Actor,
    document: str = "",
    agreement: AgreementTerms | None = None,
    **over: Any,
) -> Title:
    """End a title the day before and open the same right for new holders on the day of transfer."""
    with acting(actor):
        ended, _until = _end(title_pk, transferred_on - dt.timedelta(days=1), True, actor)
        return open_title(
            ended.premises_id,
            over.get("kind", ended.kind),
            holders,
            transferred_on,
            actor=actor,
            member=over.get("member", ended.member),
            document=document,
            agreement=agreement,
            replaced=changes.holders_text([ended])[ended.pk],
        )
