"""Two records of one person become one; every link moves and can be moved back."""

from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignObjectRel, Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.parties.models import Party, PartyAddress, PartyContact, PartyMerge

# Rows the kept party may have already (the same phone, an address of the same time): they stay with the merged one.
_MAY_STAY: tuple[type[Model], ...] = (PartyContact, PartyAddress)


def merge_parties(kept_pk: int, merged_pk: int, *, actor: Actor) -> PartyMerge:
    """Move every link of `merged` to `kept`: titles, agreements, accounts, contacts, sign-in, whatever a layer adds.

    Rows of posted tables are never touched; they go on naming the merged record, which points to the kept one.
    Raises Refusal naming the row when both stand in one place that allows one (two shares of the same title).
    """
    if kept_pk == merged_pk:
        raise Refusal("merge.same", _("Choose two different records."))
    with acting(actor):
        locked = {
            one.pk: one
            for one in Party.objects.select_for_update(of=("self",)).filter(pk__in=[kept_pk, merged_pk]).order_by("pk")
        }
        if len(locked) != 2:
            raise Missing("party.missing", _("There is no such person or company."))
        kept, merged = locked[kept_pk], locked[merged_pk]
        for one in (kept, merged):
            if one.merged_into_id is not None:
                raise Refusal("merge.merged", _("%(party)s is merged into another record already.") % {"party": one})
        moved = [found for relation in _links() if (found := _move(relation, merged, kept))]
        if merged.user_id is not None:
            moved.append(_move_user(merged, kept))
        merged.merged_into = kept
        merged.version += 1
        merged.save(update_fields=["merged_into", "version"])
        merge = PartyMerge.objects.create(
            kept=kept, merged=merged, moved=moved, merged_at=clock.now(), actor_id=actor.user_id
        )
        note(kept, gettext_noop("merged"), actor=actor, party=merged.code, links=sum(len(one["pks"]) for one in moved))
        note(merged, gettext_noop("merged into another record"), actor=actor, party=kept.code)
        return merge


def undo_merge(merge_pk: int, *, actor: Actor) -> PartyMerge:
    """Move every link back that the merge moved and that still names the kept record."""
    with acting(actor):
        merge = PartyMerge.objects.select_for_update(of=("self",)).filter(pk=merge_pk).first()
        if merge is None:
            raise Missing("merge.missing", _("There is no such merge."))
        if merge.undone_at is not None:
            raise Refusal("merge.undone", _("It is undone already."))
        locked = {
            one.pk: one
            for one in Party.objects.select_for_update(of=("self",))
            .filter(pk__in=[merge.kept_id, merge.merged_id])
            .order_by("pk")
        }
        kept, merged = locked[merge.kept_id], locked[merge.merged_id]
        for link in merge.moved:
            if link["field"] == "user":
                user_id, kept.user = kept.user_id, None
                kept.save(update_fields=["user"])
                merged.user_id = user_id
                continue
            rows = apps.get_model(link["model"])._base_manager.filter(
                pk__in=link["pks"], **{link["field"]: merge.kept_id}
            )
            rows.update(**{link["field"]: merge.merged_id})
        merged.merged_into = None
        merged.version += 1
        merged.save(update_fields=["merged_into", "user", "version"])
        merge.undone_at = clock.now()
        merge.save(update_fields=["undone_at"])
        note(kept, gettext_noop("merge undone"), actor=actor, party=merged.code)
        return merge


def _links() -> list[Any]:
    """Every relation of any layer that points at a party, found in the models themselves."""
    links = []
    for relation in Party._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        if relation.related_model in (Party, PartyMerge):
            continue
        links.append(relation)
    return sorted(links, key=lambda one: (one.related_model._meta.label_lower, one.field.name))


def _move(relation: Any, merged: Party, kept: Party) -> dict[str, Any] | None:
    model, field = relation.related_model, relation.field
    if not _may_update(model._meta.db_table, field.column):
        return None
    pks = []
    for row in model._base_manager.filter(**{field.name: merged}).order_by("pk"):
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**{field.name: kept})
        except IntegrityError as error:
            if model in _MAY_STAY:
                continue
            text = _("Both records stand in “%(row)s” (%(what)s); correct that first.") % {
                "row": row,
                "what": model._meta.verbose_name,
            }
            raise Refusal("merge.conflict", text, details={"model": model._meta.label_lower, "pk": row.pk}) from error
        pks.append(row.pk)
    return {"model": model._meta.label_lower, "field": field.name, "pks": pks} if pks else None


def _move_user(merged: Party, kept: Party) -> dict[str, Any]:
    if kept.user_id is not None:
        text = _("Both records have a sign-in; withdraw one of them first.")
        raise Refusal("merge.two_sign_ins", text)
    user_id = merged.user_id
    merged.user = None
    merged.save(update_fields=["user"])
    kept.user_id = user_id
    kept.save(update_fields=["user"])
    return {"model": Party._meta.label_lower, "field": "user", "pks": [user_id]}


def _may_update(table: str, column: str) -> bool:
    """Posted tables deny UPDATE to the application; their rows keep the name they were posted with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_column_privilege(%s, %s, 'UPDATE')", [table, column])
        return bool(cursor.fetchone()[0])
