"""Bringing staged rows in: a few statements per sheet; only what differs is written, an empty cell changes nothing."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.property.estates.bitemporal import DatedValue, record
from lokum.property.estates.queries import FACTS
from lokum.property.estates.services import ChangeRow, note_changes, note_fact_changes
from lokum.property.occupancy.services.agreements import AgreementTerms
from lokum.property.occupancy.services.titles import TitleRow, open_titles
from lokum.property.occupancy.workbook.keeping import (
    CHANGES_MADE,
    FACTS_MADE,
    SHARES_MADE,
    TITLES_MADE,
    changing,
    making,
)
from lokum.property.occupancy.workbook.layout import FACT_COLUMNS, SHEETS
from lokum.property.occupancy.workbook.staging import Progress

_CHUNK = 20_000


@dataclass(frozen=True)
class Terms:
    """For all rows of a workbook: the import that keeps what is changed, whose books new premises belong to, from when
    new values hold and where they come from, and whether an agreement is opened under each new title."""

    workbook_pk: int
    entity_pk: int
    valid_from: dt.date
    source: str
    with_agreements: bool = True


@dataclass(frozen=True)
class Count:
    """What happened to the rows of one sheet; `values_count`: dated values recorded (areas, persons)."""

    created_count: int = 0
    updated_count: int = 0
    same_count: int = 0
    values_count: int = 0


class Applier:
    """Runs inside one transaction after `staging.stage` and `staging.check`."""

    def __init__(self, terms: Terms, actor: Actor, progress: Progress | None = None) -> None:
        self.terms = terms
        self.actor = actor
        self.given: dict[str, Any] = {
            "entity": terms.entity_pk,
            "from": terms.valid_from,
            "workbook": terms.workbook_pk,
            "started": clock.now(),
            "actor": actor.user_id,
            "label": actor.label[:150],
        }
        self.progress = progress or (lambda done, total, step: None)

    def run(self) -> dict[str, Count]:
        """Bring in every sheet, parents first."""
        counts: dict[str, Count] = {}
        last_change = self._rows("SELECT coalesce(max(id), 0) FROM estates_factchange")[0][0]
        for place, sheet in enumerate(SHEETS):
            self.progress(place, len(SHEETS), str(sheet.label))
            step: Callable[[], Count] = getattr(self, f"_{sheet.name}")
            counts[sheet.name] = step()
        self._execute(CHANGES_MADE, last_change=last_change)
        self.progress(len(SHEETS), len(SHEETS), "")
        return counts

    def _execute(self, sql: str, **more: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.given, **more})
            return int(cursor.rowcount)

    def _rows(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.given, **more})
            return list(cursor.fetchall())

    def _size(self, name: str) -> int:
        return int(self._rows(f"SELECT count(*) FROM stage_{name} WHERE NOT bad")[0][0])  # noqa: S608

    def _upsert(self, name: str, update: str, insert: str) -> Count:
        updated = self._execute(update)
        created = self._execute(insert)
        return Count(created, updated, self._size(name) - created - updated)

    def _buildings(self) -> Count:
        columns = ("street", "house_number", "name", "postal_code", "city", "territory_code", "register_number")
        return self._upsert(
            "buildings",
            changing("building", "stage_buildings", "o.code = s.code"),
            making(
                "building",
                f"""INSERT INTO estates_building (version, estate_id, code, built_year, opened_on, {", ".join(columns)})
                    SELECT 1, e.id, s.code, s.built_year, %(from)s, {", ".join(f"coalesce(s.{c}, '')" for c in columns)}
                      FROM stage_buildings s JOIN estates_estate e ON e.code = s.estate_code
                     WHERE NOT s.bad AND NOT EXISTS (SELECT FROM estates_building b WHERE b.code = s.code)
                     ORDER BY s.row""",  # noqa: S608
                "id, code",
                "stage_buildings",
                "s.code = t.code",
            ),
        )

    def _entrances(self) -> Count:
        building = "JOIN estates_building b ON b.code = s.building_code"
        return self._upsert(
            "entrances",
            changing("entrance", "stage_entrances", "o.building_id = b.id AND o.code = s.code", join=building),
            making(
                "entrance",
                f"""INSERT INTO estates_entrance (version, building_id, code, address, opened_on)
                    SELECT 1, b.id, s.code, coalesce(s.address, ''), %(from)s FROM stage_entrances s {building}
                     WHERE NOT s.bad AND NOT EXISTS (SELECT FROM estates_entrance e
                       WHERE e.building_id = b.id AND e.code = s.code)
                     ORDER BY s.row""",  # noqa: S608
                "id, building_id, code",
                f"stage_entrances s {building}",
                "b.id = t.building_id AND s.code = t.code",
            ),
        )

    def _storeys(self) -> Count:
        building = "JOIN estates_building b ON b.code = s.building_code"
        return self._upsert(
            "storeys",
            changing("storey", "stage_storeys", "o.building_id = b.id AND o.level = s.level", join=building),
            making(
                "storey",
                f"""INSERT INTO estates_storey (version, building_id, level, name, opened_on)
                    SELECT 1, b.id, s.level, coalesce(s.name, ''), %(from)s FROM stage_storeys s {building}
                     WHERE NOT s.bad AND NOT EXISTS (SELECT FROM estates_storey e
                       WHERE e.building_id = b.id AND e.level = s.level)
                     ORDER BY s.row""",  # noqa: S608
                "id, building_id, level",
                f"stage_storeys s {building}",
                "b.id = t.building_id AND s.level = t.level",
            ),
        )

    def _premises(self) -> Count:
        places = """JOIN estates_building b ON b.code = s.building_code
                    LEFT JOIN estates_entrance e ON e.building_id = b.id AND e.code = s.entrance_code
                    LEFT JOIN estates_storey l ON l.building_id = b.id AND l.level = s.level"""
        updated = self._execute(
            changing(
                "premises",
                "stage_premises",
                "o.code = s.code",
                join=places,
                sets=("entrance_id = coalesce(e.id, o.entrance_id)", "storey_id = coalesce(l.id, o.storey_id)"),
            )
        )
        made = self._execute(
            making(
                "premises",
                f"""INSERT INTO estates_premises
                           (version, building_id, entrance_id, storey_id, code, number, kind, register_number,
                            opened_on)
                    SELECT 1, b.id, e.id, l.id, s.code, s.number, s.kind, coalesce(s.register_number, ''), %(from)s
                      FROM stage_premises s {places}
                     WHERE NOT s.bad AND NOT EXISTS (SELECT FROM estates_premises p WHERE p.code = s.code)
                     ORDER BY s.row""",  # noqa: S608
                "id, code",
                "stage_premises",
                "s.code = t.code",
            )
        )
        self._execute(
            """INSERT INTO estates_premisesentity (premises_id, entity_id, valid)
               SELECT object_id, %(entity)s, daterange(%(from)s, NULL) FROM occupancy_estateimportrow
                WHERE workbook_id = %(workbook)s AND register = 'premises' AND created"""
        )
        values = self._record_facts()
        return Count(made, updated, self._size("premises") - made - updated, values)

    def _record_facts(self) -> int:
        """Areas and counts that differ from what is believed for the first day."""
        pairs = ", ".join(f"('{name}', s.{name})" for name in FACT_COLUMNS)
        rows = self._rows(
            f"""SELECT p.id, v.name, v.value FROM stage_premises s
                  JOIN estates_premises p ON p.code = s.code
                 CROSS JOIN LATERAL (VALUES {pairs}) AS v(name, value)
                 WHERE NOT s.bad AND v.value IS NOT NULL
                   AND NOT EXISTS (SELECT FROM estates_premisesfact f
                     WHERE f.premises_id = p.id AND f.kind = v.name AND upper_inf(f.recorded)
                       AND f.valid @> %(from)s::date AND f.value = v.value)
                 ORDER BY p.id"""  # noqa: S608
        )
        count = 0
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            values = [
                DatedValue(pk, name, value, self.terms.valid_from, None, self.terms.source) for pk, name, value in part
            ]
            note_fact_changes(values, actor=self.actor)
            count += record(FACTS, values, actor=self.actor)
            self._execute(FACTS_MADE, premises=[row[0] for row in part], kinds=[row[1] for row in part])
            self.progress(min(start + _CHUNK, len(rows)), len(rows), str(_("Areas and counts")))
        return count

    def _shares(self) -> Count:
        changed = self._rows(
            """SELECT p.id, s.numerator, s.denominator, o.id, upper(o.valid),
                      (SELECT min(lower(l.valid)) FROM estates_ownershipshare l
                        WHERE l.premises_id = p.id AND lower(l.valid) > %(from)s), o.numerator, o.denominator, s.row,
                      CASE WHEN o.id IS NOT NULL THEN jsonb_build_object('id', o.id, 'numerator', o.numerator,
                        'denominator', o.denominator, 'valid', o.valid::text)::text END
                 FROM stage_shares s JOIN estates_premises p ON p.code = s.premises_code
                 LEFT JOIN estates_ownershipshare o ON o.premises_id = p.id AND o.valid @> %(from)s::date
                WHERE NOT s.bad AND (o.id IS NULL OR
                  s.numerator::numeric * o.denominator <> o.numerator::numeric * s.denominator)"""
        )
        former = [row[3] for row in changed if row[3] is not None]
        _note_shares(changed, self.terms, self.actor)
        self._execute(
            "DELETE FROM estates_ownershipshare WHERE id = ANY(%(ids)s) AND lower(valid) = %(from)s", ids=former
        )
        self._execute(
            "UPDATE estates_ownershipshare SET valid = daterange(lower(valid), %(from)s) WHERE id = ANY(%(ids)s)",
            ids=former,
        )
        self._execute(
            """INSERT INTO estates_ownershipshare (premises_id, numerator, denominator, valid)
               SELECT x.premises_id, x.numerator, x.denominator, daterange(%(from)s, x.until)
                 FROM unnest(%(premises)s::bigint[], %(numerators)s::bigint[], %(denominators)s::bigint[],
                             %(untils)s::date[]) AS x(premises_id, numerator, denominator, until)""",
            premises=[row[0] for row in changed],
            numerators=[row[1] for row in changed],
            denominators=[row[2] for row in changed],
            untils=[row[4] if row[3] is not None else row[5] for row in changed],
        )
        self._execute(
            SHARES_MADE,
            rows=[row[8] for row in changed],
            premises=[row[0] for row in changed],
            formers=[row[9] for row in changed],
        )
        return Count(len(changed) - len(former), len(former), self._size("shares") - len(changed))

    def _owners(self) -> Count:
        people = self._parties()
        contacts = self._contacts()
        opened = self._open_titles()
        same = self._size("owners") - opened - people - contacts
        return Count(opened, people + contacts, max(same, 0))

    def _parties(self) -> int:
        """New people get their number from the sheet and belong to the office of the premises."""
        columns = ("last_name", "first_name", "personal_number", "tax_number")
        updated = self._execute(
            changing(
                "party",
                f"""(SELECT DISTINCT ON (party_code) row, party_code, bad, {", ".join(columns)}
                     FROM stage_owners WHERE NOT bad ORDER BY party_code, row)""",  # noqa: S608
                "o.code = s.party_code",
            )
        )
        self._execute(
            making(
                "party",
                f"""INSERT INTO parties_party (version, code, kind, country, language, other_document,
                       statistical_number, member_number, note, home_node_id, {", ".join(columns)})
                SELECT DISTINCT ON (s.party_code) 1, s.party_code, s.party_kind, n.country,
                       CASE n.country WHEN 'TW' THEN 'zh-hant' WHEN 'CN' THEN 'zh-hans' ELSE 'pl' END,
                       '', '', '', '', n.id, {", ".join(f"coalesce(s.{c}, '')" for c in columns)}
                  FROM stage_owners s
                  JOIN estates_premises p ON p.code = s.premises_code
                  JOIN estates_building b ON b.id = p.building_id
                  JOIN estates_estate e ON e.id = b.estate_id
                  JOIN organisation_node n ON n.id = e.node_id
                 WHERE NOT s.bad AND NOT EXISTS (SELECT FROM parties_party y WHERE y.code = s.party_code)
                 ORDER BY s.party_code, s.row""",  # noqa: S608
                "id, code",
                "stage_owners",
                "s.party_code = t.code",
            )
        )
        return updated

    def _contacts(self) -> int:
        """The phone and e-mail of a sheet stand for the preferred (else the oldest) contact of the person."""
        changed = 0
        for kind in ("phone", "email"):
            given = f"""(SELECT DISTINCT ON (party_code) row, bad, party_code, {kind} AS value FROM stage_owners
                          WHERE NOT bad AND {kind} IS NOT NULL ORDER BY party_code, row)"""  # noqa: S608
            changed += self._execute(
                changing(
                    "contact",
                    given,
                    """o.id = f.id AND NOT EXISTS (SELECT FROM parties_partycontact k
                         WHERE k.party_id = y.id AND k.kind = %(kind)s AND k.value = s.value)""",
                    join="""JOIN parties_party y ON y.code = s.party_code
                            JOIN (SELECT DISTINCT ON (party_id) id, party_id FROM parties_partycontact
                                   WHERE kind = %(kind)s ORDER BY party_id, preferred DESC, id) f
                              ON f.party_id = y.id""",
                ),
                kind=kind,
            )
            self._execute(
                making(
                    "contact",
                    f"""INSERT INTO parties_partycontact (version, party_id, kind, value, preferred)
                        SELECT 1, y.id, %(kind)s, s.value, true FROM {given} s
                          JOIN parties_party y ON y.code = s.party_code
                         WHERE NOT EXISTS (SELECT FROM parties_partycontact o
                           WHERE o.party_id = y.id AND o.kind = %(kind)s)""",  # noqa: S608
                    "id, party_id",
                    "stage_owners s JOIN parties_party y ON y.code = s.party_code",
                    "y.id = t.party_id",
                ),
                kind=kind,
            )
        return changed

    def _open_titles(self) -> int:
        rows = self._rows(
            """SELECT p.id, s.title_kind, s.valid_from, y.id, s.numerator, s.denominator, s.member,
                      coalesce(s.document, '')
                 FROM stage_owners s
                 JOIN estates_premises p ON p.code = s.premises_code
                 JOIN parties_party y ON y.code = s.party_code
                WHERE NOT s.bad AND NOT EXISTS (SELECT FROM occupancy_title t
                  WHERE t.premises_id = p.id AND t.kind = s.title_kind AND lower(t.valid) = s.valid_from)
                ORDER BY p.id, s.title_kind, s.valid_from, s.row"""
        )
        titles = list(_grouped(rows, self.terms))
        for start in range(0, len(titles), _CHUNK):
            made = open_titles(titles[start : start + _CHUNK], actor=self.actor)
            self._execute(TITLES_MADE, titles=[title.pk for title in made])
            self.progress(min(start + _CHUNK, len(titles)), len(titles), str(_("Titles")))
        return len(rows)


def _grouped(rows: Sequence[tuple[Any, ...]], terms: Terms) -> Iterator[TitleRow]:
    """Rows of one title, which stand together, as one title with all its holders.

    A title may be older than the books it is brought into: its agreement begins with the first day of the import.
    """
    place = 0
    while place < len(rows):
        premises_pk, kind, valid_from = rows[place][:3]
        holders = []
        first = rows[place]
        while place < len(rows) and rows[place][:3] == (premises_pk, kind, valid_from):
            holders.append((rows[place][3], rows[place][4], rows[place][5]))
            place += 1
        yield TitleRow(
            premises_pk,
            kind,
            holders,
            valid_from,
            member=first[6],
            document=first[7],
            agreement=AgreementTerms(valid_from=max(valid_from, terms.valid_from)) if terms.with_agreements else None,
        )


def _note_shares(changed: Sequence[tuple[Any, ...]], terms: Terms, actor: Actor) -> None:
    """Keep which shares the sheet replaces; the first share of premises is no change."""
    rows = []
    for (
        premises_pk,
        numerator,
        denominator,
        former,
        upper,
        later,
        old_numerator,
        old_denominator,
        *_kept,
    ) in changed:
        if former is None and later is None:
            continue
        until = upper if former is not None else later
        last = until - dt.timedelta(days=1) if until else None
        old = f"{old_numerator}/{old_denominator}" if former is not None else ""
        new = f"{numerator}/{denominator}"
        rows.append(ChangeRow(premises_pk, "share", terms.valid_from, last, old, new, terms.source))
    note_changes(rows, actor=actor)
