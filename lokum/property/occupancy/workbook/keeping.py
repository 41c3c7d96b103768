"""What a workbook changed, written down beside the change: the record of each row an undo starts from.

A kept row names the record, the row of the sheet, whether the record was made, its version after the import and:

* changed records (buildings ... parties, contacts): the changed columns as they were;
* shares: {"after": [numerator, denominator, days], "former": the share before with its days, or null};
* values of premises ("fact") and noted changes ("change"): nothing, they name the entries made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lokum.property.estates.models import Building, Entrance, OwnershipShare, Premises, PremisesFact, Storey
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.workbook.layout import BUILDINGS, ENTRANCES, OWNERS, PREMISES, SHARES, STOREYS, Sheet
from lokum.property.parties.models import Party, PartyContact


@dataclass(frozen=True)
class Register:
    """`restored`: the columns an import may change; `versioned`: the version tells whether it was changed since."""

    name: str
    sheet: Sheet
    model: Any
    restored: tuple[str, ...] = ()
    versioned: bool = True


_ADDRESS = ("street", "house_number", "name", "postal_code", "city", "territory_code", "register_number", "built_year")
REGISTERS = {
    one.name: one
    for one in (
        Register("building", BUILDINGS, Building, _ADDRESS),
        Register("entrance", ENTRANCES, Entrance, ("address",)),
        Register("storey", STOREYS, Storey, ("name",)),
        Register("premises", PREMISES, Premises, ("number", "kind", "entrance_id", "storey_id", "register_number")),
        Register("share", SHARES, OwnershipShare, versioned=False),
        Register("fact", PREMISES, PremisesFact, versioned=False),
        Register("party", OWNERS, Party, ("last_name", "first_name", "personal_number", "tax_number")),
        Register("contact", OWNERS, PartyContact, ("value",)),
        Register("title", OWNERS, Title),
        Register("agreement", OWNERS, Agreement),
    )
}
_INTO = "INSERT INTO occupancy_estateimportrow (workbook_id, register, row, object_id, created, version, before)"


def changing(register: str, source: str, match: str, *, join: str = "", sets: Sequence[str] = ()) -> str:
    """UPDATE of the records in which a filled cell differs, which keeps the former columns of each.

    source: the stage table or a sub-select, read as `s`; match: condition between `s` (and `join`) and the former
    record `o`; sets: "column = expression" where it is not simply the cell.
    """
    chosen = REGISTERS[register]
    given = dict(one.split(" = ", 1) for one in sets)
    new = {name: given.get(name, f"coalesce(s.{name}, o.{name})") for name in chosen.restored}
    table = chosen.model._meta.db_table
    former = ", ".join(f"('{name}', to_jsonb(o.{name}), to_jsonb(t.{name}))" for name in new)
    return f"""
        WITH touched AS (
          UPDATE {table} t SET version = t.version + 1, {", ".join(f"{name} = {value}" for name, value in new.items())}
            FROM {source} s {join} JOIN {table} o ON {match}
           WHERE t.id = o.id AND NOT s.bad
             AND ({" OR ".join(f"o.{name} IS DISTINCT FROM {value}" for name, value in new.items())})
          RETURNING s.row, t.id, t.version, (SELECT jsonb_object_agg(v.name, v.old)
            FROM (VALUES {former}) AS v(name, old, new) WHERE v.old IS DISTINCT FROM v.new) AS before)
        {_INTO} SELECT %(workbook)s, '{register}', row, id, false, version, before FROM touched
    """  # noqa: S608 - names of our own tables


def making(register: str, insert: str, returning: str, source: str, match: str) -> str:
    """INSERT of new records, kept with their rows: `match` finds the row `s` of what was made (`t`); source: the stage
    table, or a join that names it `s`."""
    rows = source if " s " in source else f"{source} s"
    return f"""
        WITH touched AS ({insert} RETURNING {returning})
        {_INTO} SELECT %(workbook)s, '{register}', min(s.row), t.id, true, 1, NULL
                  FROM {rows} JOIN touched t ON {match} WHERE NOT s.bad GROUP BY t.id
    """  # noqa: S608


SHARES_MADE = f"""
{_INTO}
SELECT %(workbook)s, 'share', x.row, n.id, true, 1, jsonb_build_object(
         'after', jsonb_build_array(n.numerator, n.denominator, n.valid::text), 'former', x.former::jsonb)
  FROM unnest(%(rows)s::int[], %(premises)s::bigint[], %(formers)s::text[]) AS x(row, premises_id, former)
  JOIN estates_ownershipshare n ON n.premises_id = x.premises_id AND lower(n.valid) = %(from)s
"""  # noqa: S608
FACTS_MADE = f"""
{_INTO}
SELECT %(workbook)s, 'fact', s.row, f.id, true, 1, NULL
  FROM unnest(%(premises)s::bigint[], %(kinds)s::text[]) AS x(premises_id, kind)
  JOIN estates_premisesfact f ON f.premises_id = x.premises_id AND f.kind = x.kind AND upper_inf(f.recorded)
   AND lower(f.valid) = %(from)s AND f.origin_id IS NULL
  JOIN estates_premises p ON p.id = f.premises_id JOIN stage_premises s ON s.code = p.code AND NOT s.bad
"""  # noqa: S608
TITLES_MADE = f"""
{_INTO}
SELECT %(workbook)s, k.register, min(s.row), k.id, true, k.version, NULL
  FROM (SELECT 'title' AS register, t.id, t.version, t.id AS title_id
          FROM occupancy_title t WHERE t.id = ANY(%(titles)s)
        UNION ALL
        SELECT 'agreement', a.id, a.version, a.title_id
          FROM occupancy_agreement a WHERE a.title_id = ANY(%(titles)s)) k
  JOIN occupancy_title t ON t.id = k.title_id JOIN estates_premises p ON p.id = t.premises_id
  JOIN stage_owners s ON (s.premises_code, s.title_kind, s.valid_from) = (p.code, t.kind, lower(t.valid))
 WHERE NOT s.bad GROUP BY k.register, k.id, k.version
"""  # noqa: S608
CHANGES_MADE = f"""
{_INTO}
SELECT %(workbook)s, 'change', 0, c.id, true, 1, NULL FROM estates_factchange c
 WHERE c.id > %(last_change)s AND c.recorded_at >= %(started)s AND c.premises_id IN (
   SELECT p.id FROM estates_premises p WHERE p.code IN (
     SELECT code FROM stage_premises UNION SELECT premises_code FROM stage_shares
     UNION SELECT premises_code FROM stage_owners))
   AND c.actor_id IS NOT DISTINCT FROM %(actor)s AND c.actor_label = %(label)s
"""  # noqa: S608
