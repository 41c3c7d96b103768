"""Changes of owners and agreements, kept for the corrections of what was charged (see `estates.FactChange`)."""

import datetime as dt
from collections.abc import Collection, Mapping

from lokum.core.base.context import Actor
from lokum.property.estates.models.changes import ChangeKind
from lokum.property.estates.services import ChangeRow, note_changes
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, Agreement, Title, TitleHolder


def holders_text(titles: Collection[Title]) -> dict[int, str]:
    """Holders with their shares, by title: "P000012 Kowalska Anna 1/2, P000013 Kowalski Jan 1/2"."""
    found: dict[int, list[str]] = {title.pk: [] for title in titles}
    for row in TitleHolder.objects.filter(title__in=found).select_related("party").order_by("title_id", "pk"):
        share = "" if row.numerator == row.denominator else f" {row.numerator}/{row.denominator}"
        found[row.title_id].append(f"{row.party.code} {row.party}{share}")
    return {pk: ", ".join(names) for pk, names in found.items()}


def note_opened(titles: Collection[Title], replaced: Mapping[int, str], *, actor: Actor) -> None:
    """New owners of premises that had an owner before; the first title of premises is no change."""
    owned = [title for title in titles if title.kind in EXCLUSIVE_KINDS]
    premises = {title.premises_id for title in owned}
    new = {title.pk for title in owned}
    former = Title.objects.filter(premises__in=premises, kind__in=EXCLUSIVE_KINDS).exclude(pk__in=new)
    known = set(former.values_list("premises_id", flat=True))
    changed = [title for title in owned if title.premises_id in known]
    holders = holders_text(changed)
    note_changes(
        [
            ChangeRow(
                title.premises_id,
                ChangeKind.OWNER,
                title.valid.lower,
                _last(title.valid.upper),
                replaced.get(title.premises_id, ""),
                holders[title.pk],
                title.document,
            )
            for title in changed
        ],
        actor=actor,
    )


def note_ended(title: Title, last_on: dt.date, until: dt.date | None, *, actor: Actor) -> None:
    """An owner who leaves without a follower; `until`: the day after the end known before."""
    if title.kind in EXCLUSIVE_KINDS:
        after = last_on + dt.timedelta(days=1)
        holders = holders_text([title])[title.pk]
        row = ChangeRow(title.premises_id, ChangeKind.OWNER, after, _last(until), holders, "", title.document)
        note_changes([row], actor=actor)


def note_agreement_ended(agreement: Agreement, last_on: dt.date, *, actor: Actor) -> None:
    """An agreement that ends earlier than was known; its own last day is still the old one."""
    if agreement.premises_id is not None:
        after = last_on + dt.timedelta(days=1)
        row = ChangeRow(
            agreement.premises_id, ChangeKind.AGREEMENT, after, _last(agreement.valid.upper), agreement.code, ""
        )
        note_changes([row], actor=actor)


def _last(after: dt.date | None) -> dt.date | None:
    return after - dt.timedelta(days=1) if after else None
