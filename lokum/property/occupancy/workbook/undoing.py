"""Taking an estate's workbook back as one batch: what stands in the way, row by row, then everything as it was.

Values and changes that people may have read stay in the history: recorded values are ended, not deleted, and the
former ones are believed again; noted changes get their opposite. Records the workbook made are deleted, because
nobody used them.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.annex.models import Attachment, Comment
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.references import references
from lokum.property.estates.bitemporal import touched_since, withdraw
from lokum.property.estates.models import FactChange, OwnershipShare, PremisesEntity, PremisesFact
from lokum.property.estates.queries import FACTS
from lokum.property.occupancy import seams
from lokum.property.occupancy.models import AgreementAttribute, EstateImport, TitleHolder
from lokum.property.occupancy.workbook.keeping import REGISTERS, Register
from lokum.property.occupancy.workbook.reading import Problem
from lokum.property.occupancy.workbook.staging import Progress

# Rows that go with the records they belong to; whether somebody touched them is asked for each on its own.
_OWN = {
    "premises": (PremisesFact, PremisesEntity, FactChange),
    "share": (),
    "fact": (PremisesFact,),
    "agreement": (AgreementAttribute,),
}
_KEPT = "SELECT r.object_id FROM occupancy_estateimportrow r WHERE r.workbook_id = %(workbook)s AND r.register = "
_CHANGED = """
SELECT r.row, t.id IS NULL FROM occupancy_estateimportrow r LEFT JOIN {table} t ON t.id = r.object_id
 WHERE r.workbook_id = %(workbook)s AND r.register = '{register}' AND t.version IS DISTINCT FROM r.version
"""
_SHARES_CHANGED = """
SELECT r.row, n.id IS NULL FROM occupancy_estateimportrow r LEFT JOIN estates_ownershipshare n ON n.id = r.object_id
 WHERE r.workbook_id = %(workbook)s AND r.register = 'share'
   AND jsonb_build_array(n.numerator, n.denominator, n.valid::text) IS DISTINCT FROM r.before -> 'after'
"""
# New premises have the values and the entity of the workbook, nothing else; new agreements their first payer.
_VALUES_ADDED = """
SELECT r.row FROM occupancy_estateimportrow r
 WHERE r.workbook_id = %(workbook)s AND r.register = 'premises' AND r.created AND (
   (SELECT count(*) FROM estates_premisesentity e WHERE e.premises_id = r.object_id) <> 1
   OR EXISTS (SELECT FROM estates_premisesfact f WHERE f.premises_id = r.object_id AND NOT EXISTS (
     SELECT FROM occupancy_estateimportrow k WHERE k.workbook_id = r.workbook_id AND k.register = 'fact'
        AND k.object_id = f.id)))
"""
_ATTRIBUTES_ADDED = """
SELECT r.row FROM occupancy_estateimportrow r JOIN occupancy_agreementattribute x ON x.agreement_id = r.object_id
 WHERE r.workbook_id = %(workbook)s AND r.register = 'agreement' GROUP BY r.row, r.object_id HAVING count(*) <> 1
"""
_RESTORE = """
UPDATE {table} t SET version = t.version + 1, {sets} FROM occupancy_estateimportrow r
 WHERE r.workbook_id = %(workbook)s AND r.register = '{register}' AND NOT r.created AND t.id = r.object_id
"""
_CREATED = _KEPT + "'{register}' AND r.created"
_OPPOSITES = """
INSERT INTO estates_factchange (premises_id, kind, effective_from, effective_to, old_value, new_value, source,
                                recorded_at, actor_id, actor_label, backdated)
SELECT c.premises_id, c.kind, c.effective_from, c.effective_to, c.new_value, c.old_value, %(source)s,
       %(moment)s, %(actor)s, %(label)s, c.effective_from < %(today)s
  FROM occupancy_estateimportrow r JOIN estates_factchange c ON c.id = r.object_id
 WHERE r.workbook_id = %(workbook)s AND r.register = 'change'
   AND c.premises_id NOT IN (SELECT k.object_id FROM occupancy_estateimportrow k
     WHERE k.workbook_id = r.workbook_id AND k.register = 'premises' AND k.created)
 ORDER BY c.id
"""
_FORMER_SHARES = """
WITH former AS (
  SELECT s.* FROM occupancy_estateimportrow r,
         jsonb_to_record(r.before -> 'former') AS s(id bigint, numerator bigint, denominator bigint, valid text)
   WHERE r.workbook_id = %(workbook)s AND r.register = 'share' AND jsonb_typeof(r.before -> 'former') = 'object'
), back AS (
  UPDATE estates_ownershipshare o SET valid = f.valid::daterange FROM former f WHERE o.id = f.id RETURNING o.id
)
INSERT INTO estates_ownershipshare (premises_id, numerator, denominator, valid)
SELECT d.premises_id, f.numerator, f.denominator, f.valid::daterange
  FROM former f JOIN occupancy_estateimportrow r ON r.workbook_id = %(workbook)s AND r.register = 'share'
   AND r.before -> 'former' ->> 'id' = f.id::text
  JOIN unnest(%(shares)s::bigint[], %(premises)s::bigint[]) AS d(share_id, premises_id) ON d.share_id = r.object_id
 WHERE NOT EXISTS (SELECT FROM estates_ownershipshare o WHERE o.id = f.id)
"""


class Undoer:
    """Runs inside one transaction with a locked, brought-in workbook; see `problems`, then `run`."""

    def __init__(self, workbook: EstateImport, actor: Actor, progress: Progress | None = None) -> None:
        self.workbook = workbook
        self.actor = actor
        self.progress = progress or (lambda done, total, step: None)
        self.given: dict[str, Any] = {
            "workbook": workbook.pk,
            "source": _("Undo of %(file)s") % {"file": workbook.file_name[:150]},
            "moment": clock.now(),
            "today": clock.today(),
            "actor": actor.user_id,
            "label": actor.label[:150],
        }

    def _rows(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.given, **more})
            return list(cursor.fetchall()) if cursor.description else []

    def _ids(self, register: str, *, created: bool = True) -> list[int]:
        sql = _CREATED if created else _KEPT + "'{register}'"
        return [row[0] for row in self._rows(sql.format(register=register))]

    def problems(self) -> list[Problem]:
        """Rows that were changed or used since, in the order of the sheets. Takes accounts nobody used back."""
        found = [*self._changed(), *self._used()]
        places = {str(one.sheet.label): place for place, one in enumerate(REGISTERS.values())}
        return sorted(dict.fromkeys(found), key=lambda one: (places.get(one.sheet, 0), one.row))

    def _changed(self) -> Iterator[Problem]:
        changed, gone = _("It was changed since."), _("It was deleted since.")
        for place, one in enumerate(REGISTERS.values()):
            self.progress(place, len(REGISTERS), str(one.sheet.label))
            if one.versioned:
                sql = _CHANGED.format(table=one.model._meta.db_table, register=one.name)
            elif one.name == "share":
                sql = _SHARES_CHANGED
            else:
                continue
            for row, absent in self._rows(sql):
                yield self._problem(one, row, gone if absent else changed)
        touched = touched_since(FACTS, self._ids("fact"))
        for row in self._rows_of("fact", touched).values():
            yield self._problem(REGISTERS["premises"], row, _("A value was recorded since."))
        for (row,) in self._rows(_VALUES_ADDED):
            yield self._problem(REGISTERS["premises"], row, _("A value was recorded since."))
        for (row,) in self._rows(_ATTRIBUTES_ADDED):
            yield self._problem(REGISTERS["agreement"], row, _("An attribute of the agreement was recorded since."))

    def _used(self) -> Iterator[Problem]:
        ids = {name: self._ids(name) for name in REGISTERS}
        reasons = seams.agreement_withdrawn(ids["agreement"], actor=self.actor)
        for pk, row in self._rows_of("agreement", reasons).items():
            yield self._problem(REGISTERS["agreement"], row, reasons[pk])
        known: dict[Any, list[int]] = {REGISTERS[name].model: pks for name, pks in ids.items()}
        known[TitleHolder] = list(TitleHolder.objects.filter(title__in=ids["title"]).values_list("pk", flat=True))
        for name, one in REGISTERS.items():
            if not ids[name]:
                continue
            used = references(one.model, ids[name], known=known, ignored=_OWN.get(name, ()))
            label = one.model._meta.label_lower
            for beside, words in ((Attachment, _("attachments")), (Comment, _("comments"))):
                pks = beside.objects.filter(object_label=label, object_id__in=ids[name])  # type: ignore[attr-defined]
                used |= dict.fromkeys(pks.values_list("object_id", flat=True), words)
            for pk, row in self._rows_of(name, set(used) - set(reasons if name == "agreement" else ())).items():
                text = _("It is in use (%(register)s).") % {"register": used[pk]}
                yield self._problem(one, row, text)

    def _rows_of(self, register: str, pks: Any) -> dict[int, int]:
        if not pks:
            return {}
        sql = "SELECT object_id, row FROM occupancy_estateimportrow r WHERE r.workbook_id = %(workbook)s"
        return dict(self._rows(sql + " AND r.register = %(register)s AND object_id = ANY(%(pks)s)",
                               register=register, pks=list(pks)))  # fmt: skip

    def _problem(self, register: Register, row: int, text: str) -> Problem:
        return Problem(str(register.sheet.label), row, str(register.model._meta.verbose_name), text)

    def run(self) -> None:
        """Take everything back; accounts are gone already (`problems`)."""
        steps = (
            "agreement",
            "title",
            "contact",
            "party",
            "share",
            "fact",
            "premises",
            "storey",
            "entrance",
            "building",
        )
        self._rows(_OPPOSITES)
        for place, name in enumerate(steps):
            self.progress(place, len(steps), str(REGISTERS[name].sheet.label))
            if name == "share":
                self._restore_shares()
            elif name == "fact":
                made = set(self._ids("premises"))
                facts = PremisesFact.objects.filter(pk__in=self._ids("fact")).values_list("pk", "premises_id")
                withdraw(FACTS, [pk for pk, premises_pk in facts if premises_pk not in made])
            else:
                self._restore(REGISTERS[name])
                self._delete(REGISTERS[name])
        self.progress(len(steps), len(steps), "")

    def _restore(self, register: Register) -> None:
        if not register.restored:
            return
        sets = ", ".join(f"{name} = (jsonb_populate_record(t, r.before)).{name}" for name in register.restored)
        self._rows(_RESTORE.format(table=register.model._meta.db_table, register=register.name, sets=sets))

    def _delete(self, register: Register) -> None:
        """Delete what the workbook made, with what goes along."""
        along = {
            "agreement": ("occupancy_agreementattribute", "agreement_id"),
            "title": ("occupancy_titleholder", "title_id"),
        }
        own = [along[register.name]] if register.name in along else []
        if register.name == "premises":
            own = [(f"estates_{name}", "premises_id") for name in ("premisesfact", "premisesentity", "factchange")]
        for table, column in (*own, (register.model._meta.db_table, "id")):
            made = _CREATED.format(register=register.name)
            self._rows(f"DELETE FROM {table} WHERE {column} IN ({made})")  # noqa: S608

    def _restore_shares(self) -> None:
        shares = list(OwnershipShare.objects.filter(pk__in=self._ids("share")).values_list("pk", "premises_id"))
        self._rows("DELETE FROM estates_ownershipshare WHERE id = ANY(%(ids)s)", ids=[pk for pk, _premises in shares])
        self._rows(_FORMER_SHARES, shares=[one[0] for one in shares], premises=[one[1] for one in shares])
