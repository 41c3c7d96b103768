"""What can be wrong between the rows of a workbook and the register: one SQL statement per rule.

Each statement returns (row, detail) of the rows that break the rule; those rows are then out, so that what hangs on
them is reported as hanging on something unknown. Rules run in the order of the sheets, parents first.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.property.occupancy.models import EXCLUSIVE_KINDS, OCCUPYING_KINDS
from lokum.property.occupancy.workbook.layout import (
    BUILDINGS,
    ENTRANCES,
    FACT_COLUMNS,
    OWNERS,
    PREMISES,
    SHARES,
    STOREYS,
    Sheet,
)

_KNOWN_BUILDING = """
SELECT s.row, s.building_code FROM {table} s
 WHERE NOT s.bad
   AND NOT EXISTS (SELECT FROM stage_buildings b WHERE b.code = s.building_code AND NOT b.bad)
   AND NOT EXISTS (SELECT FROM estates_building b
                    WHERE b.code = s.building_code AND b.estate_id = ANY(%(estates)s) AND b.closed_on IS NULL)
"""
_KNOWN_PREMISES = """
SELECT s.row, s.premises_code FROM {table} s
 WHERE NOT s.bad
   AND NOT EXISTS (SELECT FROM stage_premises p WHERE p.code = s.premises_code AND NOT p.bad)
   AND NOT EXISTS (SELECT FROM estates_premises p JOIN estates_building b ON b.id = p.building_id
                    WHERE p.code = s.premises_code AND b.estate_id = ANY(%(estates)s) AND p.closed_on IS NULL)
"""


@dataclass(frozen=True)
class Check:
    sheet: Sheet
    column: str
    text: Any  # with %(detail)s
    sql: str


def _one_of(kinds: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{kind}'" for kind in kinds) + ")"


_FACTS_BELOW_ZERO = " OR ".join(f"s.{name} < 0" for name in FACT_COLUMNS)
_WHOLE_FACTS = ("persons", "rooms", "water_meters", "sockets")
_FACTS_BROKEN = " OR ".join(f"s.{name} <> trunc(s.{name})" for name in _WHOLE_FACTS)
_LEAST_FACT = "least(" + ", ".join(f"s.{name}" for name in FACT_COLUMNS) + ")"

CHECKS: tuple[Check, ...] = (
    Check(
        BUILDINGS,
        "estate_code",
        _("There is no open estate with the code “%(detail)s”."),
        """SELECT s.row, s.estate_code FROM stage_buildings s
            WHERE NOT s.bad AND NOT EXISTS (SELECT FROM estates_estate e
              WHERE e.code = s.estate_code AND e.id = ANY(%(estates)s) AND e.closed_on IS NULL)""",
    ),
    Check(
        BUILDINGS,
        "code",
        _("This building code is taken in another estate."),
        """SELECT s.row, b.code FROM stage_buildings s JOIN estates_building b ON b.code = s.code
             JOIN estates_estate e ON e.id = b.estate_id
            WHERE NOT s.bad AND e.code <> s.estate_code""",
    ),
    Check(
        BUILDINGS,
        "built_year",
        _("%(detail)s is not a year."),
        "SELECT s.row, s.built_year::text FROM stage_buildings s"
        " WHERE NOT s.bad AND s.built_year NOT BETWEEN 1000 AND 2200",
    ),
    Check(
        ENTRANCES,
        "building_code",
        _("There is no building with the code “%(detail)s”."),
        _KNOWN_BUILDING.format(table="stage_entrances"),
    ),
    Check(
        STOREYS,
        "building_code",
        _("There is no building with the code “%(detail)s”."),
        _KNOWN_BUILDING.format(table="stage_storeys"),
    ),
    Check(
        STOREYS,
        "level",
        _("%(detail)s is not a storey between -20 and 300."),
        "SELECT s.row, s.level::text FROM stage_storeys s WHERE NOT s.bad AND s.level NOT BETWEEN -20 AND 300",
    ),
    Check(
        PREMISES,
        "building_code",
        _("There is no building with the code “%(detail)s”."),
        _KNOWN_BUILDING.format(table="stage_premises"),
    ),
    Check(
        PREMISES,
        "code",
        _("The code is longer than 40 characters: %(detail)s"),
        "SELECT s.row, s.code FROM stage_premises s WHERE NOT s.bad AND length(s.code) > 40",
    ),
    Check(
        PREMISES,
        "code",
        _("The code “%(detail)s” stands in an earlier row."),
        """SELECT x.row, x.code FROM (
             SELECT row, code, row_number() OVER (PARTITION BY code ORDER BY row) AS place
               FROM stage_premises WHERE NOT bad) x WHERE x.place > 1""",
    ),
    Check(
        PREMISES,
        "code",
        _("This code is taken in the building %(detail)s."),
        """SELECT s.row, b.code FROM stage_premises s JOIN estates_premises p ON p.code = s.code
             JOIN estates_building b ON b.id = p.building_id
            WHERE NOT s.bad AND (b.code <> s.building_code OR p.kind = 'supply_point')""",
    ),
    Check(
        PREMISES,
        "number",
        _("The number “%(detail)s” stands in an earlier row of this building."),
        """SELECT x.row, x.number FROM (
             SELECT row, number, row_number() OVER (PARTITION BY building_code, number ORDER BY row) AS place
               FROM stage_premises WHERE NOT bad) x WHERE x.place > 1""",
    ),
    Check(
        PREMISES,
        "number",
        _("The number is taken in this building by %(detail)s."),
        """SELECT s.row, p.code FROM stage_premises s JOIN estates_building b ON b.code = s.building_code
             JOIN estates_premises p ON p.building_id = b.id AND p.number = s.number
            WHERE NOT s.bad AND p.code <> s.code
              AND NOT EXISTS (SELECT FROM stage_premises o WHERE o.code = p.code AND NOT o.bad)""",
    ),
    Check(
        PREMISES,
        "entrance_code",
        _("The building has no entrance “%(detail)s”."),
        """SELECT s.row, s.entrance_code FROM stage_premises s
            WHERE NOT s.bad AND s.entrance_code IS NOT NULL
              AND NOT EXISTS (SELECT FROM stage_entrances e
                WHERE e.building_code = s.building_code AND e.code = s.entrance_code AND NOT e.bad)
              AND NOT EXISTS (SELECT FROM estates_entrance e JOIN estates_building b ON b.id = e.building_id
                WHERE b.code = s.building_code AND e.code = s.entrance_code)""",
    ),
    Check(
        PREMISES,
        "level",
        _("The building has no storey %(detail)s."),
        """SELECT s.row, s.level::text FROM stage_premises s
            WHERE NOT s.bad AND s.level IS NOT NULL
              AND NOT EXISTS (SELECT FROM stage_storeys e
                WHERE e.building_code = s.building_code AND e.level = s.level AND NOT e.bad)
              AND NOT EXISTS (SELECT FROM estates_storey e JOIN estates_building b ON b.id = e.building_id
                WHERE b.code = s.building_code AND e.level = s.level)""",
    ),
    Check(
        PREMISES,
        "",
        _("An area or count must not be negative: %(detail)s."),
        f"""SELECT s.row, trim_scale({_LEAST_FACT})::text FROM stage_premises s
            WHERE NOT s.bad AND ({_FACTS_BELOW_ZERO})""",  # noqa: S608
    ),
    Check(
        PREMISES,
        "",
        _("Persons, rooms, meters and sockets are counted in whole numbers."),
        f"SELECT s.row, '' FROM stage_premises s WHERE NOT s.bad AND ({_FACTS_BROKEN})",  # noqa: S608
    ),
    Check(
        PREMISES,
        "persons",
        _("A residence register is kept for these premises; change the members of the household."),
        """SELECT s.row, '' FROM stage_premises s JOIN estates_premises p ON p.code = s.code
             JOIN occupancy_personssource k ON k.premises_id = p.id AND k.source = 'register'
              AND upper_inf(k.valid)
            WHERE NOT s.bad AND s.persons IS NOT NULL AND NOT EXISTS (SELECT FROM estates_premisesfact f
              WHERE f.premises_id = p.id AND f.kind = 'persons' AND upper_inf(f.recorded)
                AND upper_inf(f.valid) AND f.value = s.persons)""",
    ),
    Check(
        SHARES,
        "premises_code",
        _("There are no premises with the code “%(detail)s”."),
        _KNOWN_PREMISES.format(table="stage_shares"),
    ),
    Check(
        SHARES,
        "numerator",
        _("%(detail)s is not a share between nothing and the whole."),
        """SELECT s.row, s.numerator || '/' || s.denominator FROM stage_shares s
            WHERE NOT s.bad AND (s.denominator <= 0 OR s.numerator < 0 OR s.numerator > s.denominator)""",
    ),
    Check(
        OWNERS,
        "premises_code",
        _("There are no premises with the code “%(detail)s”."),
        _KNOWN_PREMISES.format(table="stage_owners"),
    ),
    Check(
        OWNERS,
        "numerator",
        _("%(detail)s is not a share between nothing and the whole."),
        """SELECT s.row, s.numerator || '/' || s.denominator FROM stage_owners s
            WHERE NOT s.bad AND (s.denominator <= 0 OR s.numerator <= 0 OR s.numerator > s.denominator)""",
    ),
    Check(
        OWNERS,
        "party_code",
        _("This number belongs to somebody outside your data scope, or to a merged record."),
        """SELECT s.row, s.party_code FROM stage_owners s JOIN parties_party p ON p.code = s.party_code
            WHERE NOT s.bad AND (p.merged_into_id IS NOT NULL OR NOT p.id = ANY(%(parties)s))""",
    ),
    Check(
        OWNERS,
        "party_code",
        _("The same number has another name in row %(detail)s."),
        """SELECT x.row, x.first_row::text FROM (
             SELECT row, last_name || '|' || coalesce(first_name, '') AS name,
                    first_value(row) OVER w AS first_row,
                    first_value(last_name || '|' || coalesce(first_name, '')) OVER w AS first_name_given
               FROM stage_owners WHERE NOT bad WINDOW w AS (PARTITION BY party_code ORDER BY row)) x
            WHERE x.name <> x.first_name_given""",
    ),
    Check(
        OWNERS,
        "personal_number",
        _("Probably known already, as %(detail)s: same personal number or tax number."),
        """SELECT k.row, min(p.code || ' ' || p.last_name) FROM (
             SELECT s.row, s.party_code, p.id FROM stage_owners s
               JOIN parties_party p ON p.personal_number = s.personal_number AND p.personal_number <> ''
              WHERE NOT s.bad
             UNION
             SELECT s.row, s.party_code, p.id FROM stage_owners s
               JOIN parties_party p ON p.tax_number = s.tax_number AND p.tax_number <> ''
              WHERE NOT s.bad) k
             JOIN parties_party p ON p.id = k.id AND p.code <> k.party_code AND p.merged_into_id IS NULL
            GROUP BY k.row""",
    ),
    Check(
        OWNERS,
        "personal_number",
        _("Row %(detail)s gives the same personal number to another person."),
        """SELECT s.row, min(o.row)::text FROM stage_owners s
             JOIN stage_owners o ON o.personal_number = s.personal_number AND o.party_code <> s.party_code
              AND o.row < s.row AND NOT o.bad
            WHERE NOT s.bad GROUP BY s.row""",
    ),
    Check(
        OWNERS,
        "title_kind",
        _("The premises have this title already with other holders or shares; transfer it on its page."),
        """SELECT s.row, '' FROM stage_owners s JOIN estates_premises p ON p.code = s.premises_code
             JOIN occupancy_title t ON t.premises_id = p.id AND t.kind = s.title_kind
              AND lower(t.valid) = s.valid_from
            WHERE NOT s.bad AND (
              NOT EXISTS (SELECT FROM occupancy_titleholder h JOIN parties_party y ON y.id = h.party_id
                 WHERE h.title_id = t.id AND y.code = s.party_code
                   AND h.numerator * s.denominator = s.numerator * h.denominator)
              OR (SELECT count(*) FROM occupancy_titleholder h WHERE h.title_id = t.id)
                 <> (SELECT count(*) FROM stage_owners o WHERE (o.premises_code, o.title_kind, o.valid_from)
                       = (s.premises_code, s.title_kind, s.valid_from)))""",
    ),
    Check(
        OWNERS,
        "valid_from",
        _("It overlaps with the title %(detail)s."),
        f"""SELECT s.row, min(t.kind || ' ' || t.valid::text) FROM stage_owners s
             JOIN estates_premises p ON p.code = s.premises_code
             JOIN occupancy_title t ON t.premises_id = p.id AND t.valid && daterange(s.valid_from, NULL)
              AND NOT (t.kind = s.title_kind AND lower(t.valid) = s.valid_from)
              AND (t.kind IN {_one_of(EXCLUSIVE_KINDS)}) = (s.title_kind IN {_one_of(EXCLUSIVE_KINDS)})
              AND (t.kind IN {_one_of(OCCUPYING_KINDS)}) = (s.title_kind IN {_one_of(OCCUPYING_KINDS)})
            WHERE NOT s.bad GROUP BY s.row""",  # noqa: S608
    ),
    Check(
        OWNERS,
        "title_kind",
        _("Row %(detail)s gives the same premises another title that runs at the same time."),
        f"""SELECT s.row, min(o.row)::text FROM stage_owners s
             JOIN stage_owners o ON o.premises_code = s.premises_code AND NOT o.bad AND o.row < s.row
              AND (o.title_kind, o.valid_from) <> (s.title_kind, s.valid_from)
              AND (o.title_kind IN {_one_of(EXCLUSIVE_KINDS)}) = (s.title_kind IN {_one_of(EXCLUSIVE_KINDS)})
            WHERE NOT s.bad GROUP BY s.row""",  # noqa: S608
    ),
    Check(
        OWNERS,
        "numerator",
        _("The shares of this title add up to more than the whole."),
        """SELECT s.row, '' FROM stage_owners s
             JOIN (SELECT x.premises_code, x.title_kind, x.valid_from FROM (
                     SELECT o.*, lokum_lcm(o.denominator::numeric)
                              OVER (PARTITION BY o.premises_code, o.title_kind, o.valid_from) AS whole
                       FROM stage_owners o WHERE NOT o.bad) x
                    GROUP BY x.premises_code, x.title_kind, x.valid_from, x.whole
                   HAVING sum(x.numerator::numeric * div(x.whole, x.denominator::numeric)) > x.whole) w
               USING (premises_code, title_kind, valid_from)
            WHERE NOT s.bad""",
    ),
    Check(
        OWNERS,
        "",
        _("Another holder of this title is wrong in row %(detail)s, so the title cannot be opened."),
        """SELECT s.row, min(o.row)::text FROM stage_owners s
             JOIN stage_owners o USING (premises_code, title_kind, valid_from)
            WHERE NOT s.bad AND o.bad GROUP BY s.row""",
    ),
)
