"""Saving a formula: it is read and checked, and no formula of the entity may break by the change."""

from collections.abc import Collection

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.own_fields import make_dated
from lokum.money.charges.formulas.errors import FormulaError
from lokum.money.charges.models import Component
from lokum.money.charges.parts import Priced, priced_components


def error_text(text: str, error: FormulaError) -> str:
    """What is wrong, with the place people count: "At sign 12 (“persns”): ..."."""
    near = text[error.position : error.position + 20].strip() or _("end")
    values = {"position": error.position + 1, "near": near, "message": error.message}
    return _("At sign %(position)d (“%(near)s”): %(message)s") % values


def check_formulas(component_ids: Collection[int], *, actor: Actor) -> None:
    """Refuse components whose formula cannot be used, and changes that break the formula of another component.

    Called after plain edits, in their transaction. Raises Refusal (`component.formula`, `component.formula_of_other`).
    """
    entities = set(Component.objects.filter(pk__in=component_ids).values_list("entity_id", flat=True))
    for entity_id in sorted(entities):
        with connection.cursor() as cursor:
            priced = priced_components(cursor, {"entity": entity_id})
        for one in priced:
            if one.error is not None:
                raise _refusal(one, own=one.component_id in component_ids)
        _date_own_fields(priced, actor)


def _date_own_fields(priced: Collection[Priced], actor: Actor) -> None:
    """Own fields that formulas read keep the days of their values, so that a past month stays what it was."""
    names = {name for one in priced if one.formula is not None for name in one.formula.facts}
    codes = {name.removeprefix("own_") for name in names if name.startswith("own_")}
    if codes:
        make_dated("estates.premises", codes, actor=actor)


def _refusal(one: Priced, *, own: bool) -> Refusal:
    assert one.error is not None
    text = error_text(one.text, one.error)
    details = {"position": one.error.position, "component": one.component_id}
    if own:
        return Refusal("component.formula", text, fields={"formula": [text]}, details=details)
    other = Component.objects.get(pk=one.component_id)
    message = _("The formula of %(component)s would no longer work. %(text)s") % {"component": other, "text": text}
    return Refusal("component.formula_of_other", message, details=details)
