"""Shares of premises in the common property."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import CostShare, OwnershipShare, Premises
from lokum.property.estates.services.changes import ChangeRow, note_changes


def share_error(numerator: int, denominator: int) -> Refusal | None:
    """Why this fraction cannot be a share, or None."""
    if denominator <= 0 or numerator < 0 or numerator > denominator:
        text = _("%(numerator)s/%(denominator)s is not a share between nothing and the whole.") % {
            "numerator": numerator,
            "denominator": denominator,
        }
        return Refusal("share.impossible", text, fields={"numerator": [text]})
    return None


def set_share(
    premises_pk: int, numerator: int, denominator: int, valid_from: dt.date, *, actor: Actor, kind: str = "share"
) -> OwnershipShare | CostShare | None:
    """Set a share from a day on; the share before ends the day before.

    kind: "share" (in the common property), "cost_share" or "area_share". Returns None when the same fraction holds
    already. Raises Refusal for an impossible share.
    """
    wrong = share_error(numerator, denominator)
    if wrong is None and kind != "share" and kind not in CostShare.Kind.values:
        wrong = Refusal("share.unknown_kind", _("There is no such kind of share."))
    if wrong:
        raise wrong
    with acting(actor):
        locked = Premises.objects.select_for_update(no_key=True, of=("self",)).filter(pk=premises_pk)
        found = locked.values_list("kind", flat=True).first()
        if found is None:
            raise Missing("premises.missing", _("There are no such premises."))
        if found == Premises.Kind.SUPPLY_POINT:
            raise Refusal("share.of_a_point", _("A supply point has no share in the common property."))
        own: dict[str, Any] = {"premises_id": premises_pk} | ({} if kind == "share" else {"kind": kind})
        model: Any = OwnershipShare if kind == "share" else CostShare
        shares = model.objects.filter(**own)
        current = shares.filter(valid__contains=valid_from).first()
        if current and current.numerator * denominator == numerator * current.denominator:
            return None
        later = shares.filter(valid__startswith__gt=valid_from).order_by("valid").first()
        until = later.valid.lower if later else None
        known = shares.exists()
        if current:
            until = current.valid.upper
            if current.valid.lower == valid_from:
                current.delete()
            else:
                current.valid = (current.valid.lower, valid_from)
                current.save(update_fields=["valid"])
        made: OwnershipShare | CostShare = model.objects.create(
            numerator=numerator, denominator=denominator, valid=(valid_from, until), **own
        )
        if known:
            last = until - dt.timedelta(days=1) if until else None
            old = str(current) if current else ""
            note_changes([ChangeRow(premises_pk, kind, valid_from, last, old, str(made))], actor=actor)
        return made
