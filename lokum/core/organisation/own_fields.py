"""Definitions of the operator's own fields: read for the register engine, changed only where no value is harmed."""

from collections.abc import Collection, Sequence
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.own_fields import VALID_FROM, OwnField, dated_store, forget, takes_own_fields
from lokum.core.organisation.models import OwnFieldDefinition


def definitions() -> dict[str, list[OwnField]]:
    """The fields in use, by register."""
    found: dict[str, list[OwnField]] = {}
    for one in OwnFieldDefinition.objects.filter(active=True).order_by("object_label", "position", "code"):
        made = OwnField(
            one.code, one.label, one.type, choices=one.options, required=one.required, in_list=one.in_list,
            dated=one.dated,
        )  # fmt: skip
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
    if record.code == VALID_FROM:
        text = _("This code asks from which day changes count; choose another one.")
        raise Refusal("own_field.reserved", text, fields={"code": [text]})
    old = OwnFieldDefinition.objects.filter(pk=record.pk).first()
    _check_dated(record, old)
    if old is not None and (old.object_label, old.code) != (record.object_label, record.code):
        text = _("Register and code of a field never change; its values hang on them.")
        raise Refusal("own_field.named", text, fields={"code": [text]})
    record.choices = "\n".join(dict.fromkeys(record.options))


def _check_dated(record: OwnFieldDefinition, old: OwnFieldDefinition | None) -> None:
    """Dates are kept where the register offers it, and for good."""
    if record.dated and dated_store(record.object_label) is None:
        text = _("Values of this register are not dated.")
        raise Refusal("own_field.no_dates", text, fields={"dated": [text]})
    if old is not None and old.dated and not record.dated:
        text = _("A dated field stays dated: charges of the past rest on its history.")
        raise Refusal("own_field.stays_dated", text, fields={"dated": [text]})
    record.dates_begin = record.dated and not (old is not None and old.dated)  # type: ignore[attr-defined]


def check_changes(records: Sequence[OwnFieldDefinition], *, actor: Actor) -> None:
    """Refuse a change of register, code, type or choices that would make kept values meaningless."""
    forget()
    for record in records:
        for old in OwnFieldDefinition.objects.filter(pk=record.pk):
            _check_values(old)
        store = dated_store(record.object_label)
        if store is not None and getattr(record, "dates_begin", False):
            store.begin(record.code, actor)


def make_dated(object_label: str, codes: Collection[str], *, actor: Actor) -> None:
    """From now on these fields keep the days of their values: a formula reads them. A second time changes nothing."""
    store = dated_store(object_label)
    if store is None:
        return
    rows = OwnFieldDefinition.objects.select_for_update().filter(object_label=object_label, code__in=codes, dated=False)
    for row in rows.order_by("pk"):
        row.dated = True
        row.version += 1
        row.save(update_fields=["dated", "version"])
        store.begin(row.code, actor)
    forget()


def _check_values(record: OwnFieldDefinition) -> None:
    one = OwnField(record.code, record.label, record.type, choices=record.options)
    kept = list(_used(record).order_by().values_list(f"own__{record.code}", flat=True).distinct()[:20_000])
    store = dated_store(record.object_label) if record.dated else None
    if store is not None:
        kept += [int(text) if one.type == "integer" and text.isdigit() else text for text in store.values(record.code)]
    for stored in kept:
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
    store = dated_store(record.object_label)
    count = _used(record).count() or (len(store.values(record.code)) if store is not None else 0)
    if count:
        text = _("Records with a value in it: %(count)d. Take the field out of use instead.") % {"count": count}
        raise Refusal("own_field.used", text, status=409)
    record.delete()
    forget()
