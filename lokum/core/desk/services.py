"""The one way in which plain records change: form, import, bulk edit and API all come here."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.base import policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal, Stale
from lokum.core.desk import journal
from lokum.core.desk.desk import Action, ModelDesk, registry
from lokum.core.desk.own_fields import (
    input_names,
    is_own,
    keep_changes,
    missing_own,
    own_field,
    set_value,
    take_since,
)
from lokum.core.desk.records import check_right, record_of, rows_of
from lokum.core.desk.refusals import from_integrity, from_validation


def writable_fields(desk: ModelDesk, user: Any, *, created: bool = False) -> list[str]:
    """Fields this user may write: on a known record protected ones need the right to see them."""
    own = input_names(desk.model)
    if created or not desk.masked or policy.may(user, desk.right("unmask")):
        return [*desk.fields, *own]
    return [name for name in desk.fields if name not in desk.masked] + own


def _check_names(desk: ModelDesk, values: Mapping[str, Any], user: Any, created: bool) -> None:
    known = set(writable_fields(desk, user, created=created))
    unknown = [name for name in values if name not in known]
    if unknown:
        text = _("This field cannot be changed here.")
        raise Refusal("record.unknown_field", text, fields={name: [text] for name in unknown})


def _related(field: Any, value: Any, user: Any) -> Any:
    """A related record by instance or id, from the user's scope only."""
    pk = value.pk if isinstance(value, models.Model) else value
    try:
        found = policy.allowed(field.related_model._default_manager.all(), user, "view").filter(pk=pk).first()
    except (ValueError, TypeError, OverflowError):
        found = None
    if found is None:
        raise ValidationError(_("This record is not known here."), code="unknown")
    return found


def _check_text(value: str) -> None:
    """Characters the database cannot hold are refused here, not by it."""
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ValidationError(_("This text holds characters that cannot be stored."), code="characters")


def set_values(desk: ModelDesk, record: Any, values: Mapping[str, Any], user: Any) -> dict[str, Any]:
    """Put values on the record; returns values of many-to-many fields, to be set after saving."""
    problems: dict[str, list[Any]] = {}
    many: dict[str, Any] = {}
    for name, value in values.items():
        field: Any = desk.field(name)
        try:
            if is_own(name):
                own = own_field(desk.model, name).clean(value)
                _check_text(own) if isinstance(own, str) else None
                set_value(record, name, own)
            elif isinstance(field, models.ManyToManyField):
                many[name] = [_related(field, one, user) for one in value or []]
            elif field.is_relation:
                unchanged = value is not None and getattr(value, "pk", value) == getattr(record, field.attname)
                if not unchanged:
                    value = None if value in (None, "") else _related(field, value, user)
                    setattr(record, name, value)
            else:
                if value is None and not field.null and field.empty_strings_allowed:
                    value = ""
                if isinstance(value, str):
                    _check_text(value)
                setattr(record, name, field.to_python(value))
        except ValidationError as problem:
            problems[name] = list(problem.messages)
        except (ValueError, TypeError, OverflowError, ArithmeticError):
            problems[name] = [_("This value has the wrong form.")]
    if problems:
        raise Refusal("record.invalid", _("Please look at the marked fields."), fields=problems)
    return many


def _check(desk: ModelDesk, record: Any) -> None:
    shown = set(desk.fields)
    # Fields set by services keep their own rules; what the register shows is checked here, constraints as a whole.
    hidden = {field.name for field in record._meta.fields if field.name not in shown and not field.generated}
    try:
        record.full_clean(exclude=hidden & _unset(record, hidden))
    except ValidationError as problem:
        raise from_validation(problem)


def _unset(record: Any, names: set[str]) -> set[str]:
    return {name for name in names if getattr(record, record._meta.get_field(name).attname) in (None, "")}


def _write(desk: ModelDesk, record: Any, many: Mapping[str, Any], user: Any) -> None:
    try:
        with transaction.atomic():
            record.save()
            for name, rows in many.items():
                getattr(record, name).set(rows)
    except IntegrityError as problem:
        raise from_integrity(problem, record, user)


def _check_still_in_sight(desk: ModelDesk, record: Any, user: Any, action: str) -> None:
    """Nobody edits a row out of their own sight: read it again through the rights, in the same transaction."""
    seen = rows_of(desk, user, "view").filter(pk=record.pk).exists()
    if not seen or not rows_of(desk, user, action).filter(pk=record.pk).exists():
        raise Refusal(
            "record.outside_scope", _("With these values the record would lie outside your data scope."), status=403
        )


@transaction.atomic
def save_record(
    desk: ModelDesk,
    record: Any | None,
    values: Mapping[str, Any],
    *,
    user: Any,
    actor: Actor,
    version: int | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Any:
    """Add (record None) or change a record with the values of its register's fields.

    values: by field name; related records as instance or id. version: the one the user saw; a newer one in the
    database raises Stale. Raises Refusal with messages by field, NotAllowed, Missing.
    """
    created = record is None
    action = "add" if created else "edit"
    check_right(desk, user, action)
    if (created and not desk.addable) or (not created and not desk.editable):
        raise NotAllowed("record.not_editable", _("Records of this register are not changed by hand."))
    _check_names(desk, values, user, created)
    if record is None:
        record = cast(Any, desk.model())
        record.extra_values = dict(extra or {})
    else:
        record = record_of(desk, record.pk, user, "edit", lock=True)
        check_version(record, version)
        record.extra_values = dict(extra or {})
    many = set_values(desk, record, values, user)
    if created and (absent := missing_own(record)):
        raise Refusal("record.invalid", _("Please look at the marked fields."), fields=absent)
    take_since(record)
    desk.prepare(record, created=created)
    if not created and hasattr(record, "version"):
        record.version += 1
    _check(desk, record)
    _write(desk, record, many, user)
    desk.saved([record], created=created, actor=actor)
    keep_changes([record], created=created, actor=actor)
    _check_still_in_sight(desk, record, user, action)
    journal.publish_change(desk.label, "added" if created else "changed", record)
    return record


def check_version(record: Any, version: int | None) -> None:
    if version is not None and getattr(record, "version", version) != version:
        raise Stale(
            "record.stale",
            _("Somebody changed this record since you opened it. Look at it again before you save."),
            details={"version": record.version, "yours": version},
        )


def dependents(record: Any) -> list[tuple[str, int, bool]]:
    """What hangs on a record: (register, count, whether it forbids deleting), relations with rows only.

    Behind the rows that name the record stands what its register says holds it as well (`ModelDesk.held_by`).
    """
    found = []
    for relation in record._meta.related_objects:
        if relation.many_to_many or relation.on_delete is None:
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: record})
        count = rows.count()
        if count:
            forbids = relation.on_delete in (models.PROTECT, models.RESTRICT)
            found.append((capfirst(str(relation.related_model._meta.verbose_name_plural)), count, forbids))
    desk, told = registry.of(record), {label for label, _count, _forbids in found}
    further = [(capfirst(str(label)), count) for label, count in (desk.held_by(record) if desk else ()) if count]
    return found + [(label, count, True) for label, count in further if label not in told]


@transaction.atomic
def delete_record(desk: ModelDesk, pk: int, *, user: Any, actor: Actor, version: int | None = None) -> str:
    """Delete a record nothing depends on; returns its name. Raises Refusal that names what stands in the way."""
    if not desk.deletable:
        raise NotAllowed("record.not_deletable", _("Records of this register are not deleted."))
    record = record_of(desk, pk, user, "delete", lock=True)
    check_version(record, version)
    name = str(record)
    blocking = [(label, count) for label, count, forbids in dependents(record) if forbids]
    if blocking:
        parts = ", ".join(f"{label} ({count})" for label, count in blocking)
        raise Refusal(
            "record.in_use",
            _("“%(record)s” is used and cannot be deleted: %(parts)s.") % {"record": name, "parts": parts},
            status=409,
            details={"dependents": [{"register": label, "count": count} for label, count in blocking]},
        )
    journal.publish_change(desk.label, "deleted", record)
    try:
        with transaction.atomic():
            record.delete()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (ProtectedError, RestrictedError):
        raise Refusal("record.in_use", _("“%(record)s” is used and cannot be deleted.") % {"record": name}, status=409)
    except IntegrityError as problem:
        raise from_integrity(problem, record, user)
    return name


@transaction.atomic
def edit_records(
    desk: ModelDesk, pks: Sequence[int], values: Mapping[str, Any], *, user: Any, actor: Actor, good_only: bool = False
) -> tuple[int, dict[int, str]]:
    """Give many records the same values. All or nothing unless `good_only`; returns (changed, refusals by id)."""
    changed, refused = 0, {}
    for pk in sorted(set(pks)):
        try:
            with transaction.atomic():
                save_record(desk, record_of(desk, pk, user, "edit"), values, user=user, actor=actor)
            changed += 1
        except Refusal as refusal:
            if isinstance(refusal, Missing | NotAllowed):
                raise
            refused[pk] = _first_message(refusal)
    if refused and not good_only:
        pk, text = next(iter(refused.items()))
        raise Refusal(
            "records.refused",
            ngettext(
                "%(count)d record refuses this, nothing was changed. %(record)s: %(text)s",
                "%(count)d records refuse this, nothing was changed. %(record)s: %(text)s",
                len(refused),
            )
            % {"count": len(refused), "record": rows_of(desk, user).filter(pk=pk).first(), "text": text},
            details={"refused": {str(key): text for key, text in refused.items()}},
        )
    return changed, refused


def _first_message(refusal: Refusal) -> str:
    texts = [str(text) for texts in refusal.fields.values() for text in texts]
    return texts[0] if texts else str(refusal.message)


@transaction.atomic
def delete_records(desk: ModelDesk, pks: Sequence[int], *, user: Any, actor: Actor) -> int:
    """Delete a selection as a whole."""
    for pk in sorted(set(pks)):
        delete_record(desk, pk, user=user, actor=actor)
    return len(set(pks))


@transaction.atomic
def run_action(
    desk: ModelDesk, action: Action, *, user: Any, actor: Actor, values: Mapping[str, Any], pks: Sequence[int] = ()
) -> Any:
    """Call the service behind a button for a record (one pk), a selection or the whole register."""
    check_right(desk, user, action.name)
    records = [record_of(desk, pk, user, action.name) for pk in sorted(set(pks))]
    for record in records:
        if not action.available(record):
            raise Refusal(
                "action.unavailable",
                _("“%(action)s” is not possible for %(record)s now.") % {"action": action.label, "record": record},
                status=409,
            )
    if action.collection:
        return action.service(actor=actor, **values)
    if action.bulk:
        return action.service(pks=[record.pk for record in records], actor=actor, **values)
    return action.service(records[0].pk, actor=actor, **values)


def told_by(result: Any) -> str:
    """What a service says for the user: a sentence, or a record that knows one (`told`)."""
    return result if isinstance(result, str) else str(getattr(result, "told", ""))


def reveal_field(desk: ModelDesk, pk: int, name: str, reason: str, *, user: Any, actor: Actor) -> str:
    """The full value of a masked field, for a stated reason that is written down."""
    record = record_of(desk, pk, user, "unmask")
    if name not in desk.masked:
        raise Missing("field.missing", _("There is no such field."))
    if len(reason.strip()) < 3:
        text = _("Say why you need to see this.")
        raise Refusal("reason.missing", text, fields={"reason": [text]})
    journal.record_event(
        "view", actor=actor, table_name=desk.model._meta.db_table, object_id=record.pk,
        details={"field": name, "reason": reason.strip()[:250], "at": timezone.now().isoformat()},
    )  # fmt: skip
    return str(getattr(record, name) or "")
