"""Definitions of the operator's own fields: read for the register engine, changed only where no value is harmed."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.own_fields import OwnField, forget, takes_own_fields
from lokum.core.organisation.models import OwnFieldDefinition


def definitions() -> dict[str, list[OwnField]]:
    """The fields in use, by register."""
    found: dict[str, list[OwnField]] = {}
    for one in OwnFieldDefinition.objects.filter(active=True).order_by("object_label", "position", "code"):
        made = OwnField(one.code, one.label, one.type, choices=one.options, required=one.required, in_list=one.in_list)
        found.setdefault(one.object_label, []).append(made)
    return found


def registers() -> list[tuple[str, str]]:
    """Registers that take own fields, for a choice."""
    return sorted(((desk.label, desk.title) for desk in registry if takes_own_fields(desk.model)), key=lambda p: p[1])


def _used(definition: OwnFieldDefinition) -> Any:
    return apps.get_model(definition.object_label)._base_manager.filter(own__has_key=definition.code)


def tidy(record: OwnFieldDefinition) -> None:
    """Bring a definition into its fixed form before it is checked."""
    if record.object_label not in dict(registers()):
        text = _("This register takes no own fields.")
        raise Refusal("own_field.register", text, fields={"object_label": [text]})
    named = OwnFieldDefinition.objects.filter(pk=record.pk).values_list("object_label", "code").first()
    if named is not None and named != (record.object_label, record.code):
        text = _("Register and code of a field never change; its values hang on them.")
        raise Refusal("own_field.named", text, fields={"code": [text]})
    record.choices = "\n".join(dict.fromkeys(record.options))


def check_changes(records: Sequence[OwnFieldDefinition]) -> None:
    """Refuse a change of register, code, type or choices that would make kept values meaningless."""
    forget()
    for record in records:
        for old in OwnFieldDefinition.objects.filter(pk=record.pk):
            _check_values(old)


def _check_values(record: OwnFieldDefinition) -> None:
    one = OwnField(record.code, record.label, record.type, choices=record.options)
    for stored in _used(record).order_by().values_list(f"own__{record.code}", flat=True).distinct()[:20_000]:
        value = one.read(stored)
        if value is None or one.write(value) != stored or (one.choices and stored not in one.choices):
            text = _("Records hold the value “%(value)s”, which would not fit.") % {"value": str(stored)[:60]}
            raise Refusal("own_field.used", text, fields={"type": [text]}, status=409)


@transaction.atomic
def remove_field(pk: int, *, actor: Actor) -> None:
    """Delete a field no record has a value in; one in use is only taken out of use."""
    record = OwnFieldDefinition.objects.select_for_update().filter(pk=pk).first()
    if record is None:
        raise Missing("own_field.missing", _("There is no such field."))
    count = _used(record).count()
    if count:
        text = _("Records with a value in it: %(count)d. Take the field out of use instead.") % {"count": count}
        raise Refusal("own_field.used", text, status=409)
    record.delete()
    forget()
