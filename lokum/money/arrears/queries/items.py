"""Open items of any day, as known at any moment, from the present ones (docs/adr/0021).

What is open today is kept. On an earlier day a few things were otherwise: entries booked later did not exist, and
money matched with them was free. As known at an earlier moment some more: entries posted since were unknown,
matches made since not made, matches undone since still alive. So the past is the present minus what came since,
and its cost grows with the distance, not with the age of the books. A match counts on a day when both its sides
were booked by then (the meaning of `ledger.queries.balances`).

Entries are numbered as they are posted, so nearly all entries booked after a day have higher numbers than all booked
before. A pivot number says "later" for most of them without reading any; the few that were booked out of turn
(`early`: above the pivot and yet not later, `late`: below it and yet later) are read from block ranges. The pivot
chooses how many these are, never the result.
"""

import datetime as dt

from django.db import connection

from lokum.money.ledger.report_places import district_condition

NO_PIVOT = 2**62
# Halves the numbers 62 times. Whoever sees all finds the next entry across any gap (a mass posting that was taken back
# leaves its numbers unused); a reader of few rows looks at no more than 10000 at each step.
PIVOT = """
WITH RECURSIVE step(low, high) AS (
  SELECT 0::bigint, %s::bigint
  UNION ALL
  SELECT CASE WHEN f.id < s.high AND f.booked_on <= %s THEN f.id + 1 ELSE s.low END,
         CASE WHEN f.id < s.high AND f.booked_on <= %s THEN s.high ELSE (s.low + s.high) / 2 END
  FROM step s LEFT JOIN LATERAL (
    SELECT e.id, e.booked_on FROM ledger_entry e
    WHERE e.id >= (s.low + s.high) / 2 AND e.id < CASE WHEN current_setting('lokum.reach', true) = 'all' THEN s.high
      ELSE (s.low + s.high) / 2 + 10000 END
    ORDER BY e.id LIMIT 1) f ON true
  WHERE s.low < s.high
)
SELECT low FROM step WHERE low >= high
"""


def pivot_of(on: dt.date) -> int:
    """Number of about the first entry booked after a day."""
    with connection.cursor() as cursor:
        cursor.execute(PIVOT, [NO_PIVOT, on, on])
        return int(cursor.fetchone()[0])


EARLY = "SELECT e.id FROM ledger_entry e WHERE e.id >= %(pivot)s AND e.booked_on <= %(on)s"
LATE = "SELECT e.id FROM ledger_entry e WHERE e.id < %(pivot)s AND e.booked_on > %(on)s"
EARLY_KNOWN = """
    AND NOT EXISTS (SELECT FROM ledger_batch b WHERE b.id = e.batch_id AND b.posted_at > %(known)s)"""
LATE_KNOWN = """
  UNION
  SELECT e.id FROM ledger_entry e
  WHERE e.batch_id = ANY(ARRAY(SELECT b.id FROM ledger_batch b WHERE b.posted_at > %(known)s)) AND e.id < %(pivot)s"""


def _later(column: str) -> str:
    """SQL condition: the entry did not exist on the day, as known at the moment."""
    return (
        f"CASE WHEN {column} >= %(pivot)s THEN {column} NOT IN (SELECT id FROM early) "  # noqa: S608 - own columns
        f"ELSE {column} IN (SELECT id FROM late) END"
    )


# Money matched now that was not matched then: a match with one side later gives its other side back. Such a match
# lies across the pivot, or beside it with one side booked out of turn; no match is both.
ODD = "(SELECT array_agg(id) FROM (SELECT id FROM early UNION ALL SELECT id FROM late) odd)::bigint[]"
CROSSING = f"""
  SELECT a.id, a.credit_id, a.debit_id, a.amount, a.credit_later FROM (
    SELECT a.*, {_later("a.credit_id")} AS credit_later, {_later("a.debit_id")} AS debit_later FROM (
      SELECT a.id, a.credit_id, a.debit_id, a.amount FROM ledger_allocation a
      WHERE a.undone_at IS NULL AND (a.credit_id >= %(pivot)s AND a.debit_id < %(pivot)s
                                     OR a.debit_id >= %(pivot)s AND a.credit_id < %(pivot)s)
      UNION ALL
      SELECT a.id, a.credit_id, a.debit_id, a.amount FROM ledger_allocation a
      WHERE a.undone_at IS NULL AND (a.credit_id = ANY({ODD}) OR a.debit_id = ANY({ODD}))
        AND (a.credit_id >= %(pivot)s) = (a.debit_id >= %(pivot)s)
    ) a OFFSET 0
  ) a WHERE a.credit_later <> a.debit_later
"""  # noqa: S608 - constants
GIVEN_BACK = "CASE WHEN credit_later THEN debit_id ELSE credit_id END"
BACK_KNOWN = f"""
    SELECT id, credit_id, debit_id, amount FROM crossing
    UNION
    SELECT a.id, a.credit_id, a.debit_id, a.amount FROM ledger_allocation a
    WHERE a.undone_at IS NULL AND a.made_at > %(known)s
    UNION
    SELECT a.id, a.credit_id, a.debit_id, -a.amount FROM ledger_allocation a
    WHERE a.undone_at > %(known)s AND a.made_at <= %(known)s
      AND NOT ({_later("a.credit_id")}) AND NOT ({_later("a.debit_id")})
"""  # noqa: S608 - constants


def open_items_sql(*, known: bool, kept: bool = True) -> str:
    """Common table expressions ending in `item` (entry_id, account_id, side, due_on, amount, open_amount).

    Parameters: %(on)s (day, included), %(pivot)s (`pivot_of` that day) and, when `known`, %(known)s (moment).
    Only items with something open. kept: they are read several times, so the server keeps them.
    """
    return f"""{_back_sql(known=known)},
item AS {"" if kept else "NOT MATERIALIZED "}(
  SELECT o.entry_id, o.account_id, o.side, o.due_on, o.amount, o.open_amount FROM ledger_openitem o
  WHERE o.open_amount > 0 AND o.entry_id NOT IN (SELECT entry_id FROM back) AND NOT ({_later("o.entry_id")})
  UNION ALL
  SELECT g.entry_id, g.account_id, g.side, g.due_on, g.amount, g.open_amount FROM (
    SELECT o.entry_id, o.account_id, o.side, o.due_on, o.amount, o.open_amount + b.amount AS open_amount
    FROM {_touched("back")} o FULL JOIN back b ON b.entry_id = o.entry_id OFFSET 0
  ) g WHERE g.open_amount <> 0
)"""  # noqa: S608 - constants of this module


def _touched(source: str) -> str:
    """Items by an array of keys, in their order. Every one of them has its counterpart in `source`, so that a full join
    finds the same as a plain one; but it is never done row by row, however few the server expects."""
    return f"(SELECT * FROM ledger_openitem o WHERE o.entry_id = ANY(ARRAY(SELECT entry_id FROM {source})))"  # noqa: S608


PIECES = ("present", "back")


def open_pieces_sql() -> str:
    """The same for whoever only adds up: an item may come in pieces, what is open now (`present`) and each sum taken
    since (`back`).

    As known now; all pieces are positive. No item is looked for among those of the other kind and nothing is sorted,
    so a day long past costs little more than today.
    """
    return f"""{_crossing_sql(known=False)},
taken AS MATERIALIZED (SELECT {GIVEN_BACK} AS entry_id, amount FROM crossing),
back AS MATERIALIZED (
  SELECT o.entry_id, o.account_id, o.side, o.due_on, t.amount AS open_amount
  FROM {_touched("taken")} o FULL JOIN taken t ON t.entry_id = o.entry_id
),
present AS NOT MATERIALIZED (
  SELECT o.entry_id, o.account_id, o.side, o.due_on, o.open_amount
  FROM ledger_openitem o WHERE o.open_amount > 0 AND NOT ({_later("o.entry_id")})
),
item AS NOT MATERIALIZED (SELECT * FROM present UNION ALL SELECT * FROM back)"""  # noqa: S608 - constants of this module


def _crossing_sql(*, known: bool) -> str:
    """Entries out of turn pass through an array: the server cannot estimate them (it would think them a quarter of all
    and read every match for them), and takes an array for a few."""
    return f"""
early AS MATERIALIZED (SELECT unnest(ARRAY({EARLY}{EARLY_KNOWN if known else ""})) AS id),
late AS MATERIALIZED (SELECT unnest(ARRAY({LATE}{LATE_KNOWN if known else ""})) AS id),
crossing AS ({CROSSING})"""


def _back_sql(*, known: bool) -> str:
    if not known:
        return f"""{_crossing_sql(known=False)},
back AS MATERIALIZED (SELECT {GIVEN_BACK} AS entry_id, sum(amount) AS amount FROM crossing GROUP BY 1)"""  # noqa: S608
    return f"""{_crossing_sql(known=True)},
back AS MATERIALIZED (
  SELECT side.entry_id, sum(m.amount) AS amount FROM ({BACK_KNOWN}) m
  CROSS JOIN LATERAL (VALUES (m.credit_id), (m.debit_id)) side(entry_id)
  WHERE NOT ({_later("side.entry_id")}) GROUP BY side.entry_id
)"""  # noqa: S608 - constants of this module


PLACE = """
place AS {kept}MATERIALIZED (
  SELECT a.id AS account_id, a.code AS account_code, a.entity_id, a.currency, a.payer_id,
         a.agreement_id{columns}
  FROM ledger_account a{joins}
  WHERE a.id IN ({scope}){conditions}
)"""

WHERE_COLUMNS = """,
         p.id AS premises_id, p.code AS premises_code, p.number AS premises_number, p.sort_number,
         p.kind AS premises_kind, b.id AS building_id, b.code AS building_code, b.estate_id"""
WHERE_JOINS = """
  JOIN occupancy_agreement g ON g.id = a.agreement_id
  LEFT JOIN estates_premises p ON p.id = g.premises_id
  LEFT JOIN estates_building b ON b.id = p.building_id"""
CONDITIONS = {
    "entity": "a.entity_id = %(entity)s",
    "estate": "b.estate_id = %(estate)s",
    "building": "b.id = %(building)s",
    "premises_kind": "p.kind = %(premises_kind)s",
    "account": "a.id = %(account)s",
    "payer": "a.payer_id = %(payer)s",
    "contract": "a.agreement_id = %(contract)s",
    "who": """(position(lower(%(who)s) IN lower(a.code)) > 0 OR EXISTS (
    SELECT FROM parties_party q WHERE q.id = a.payer_id AND position(lower(%(who)s) IN
      lower(q.code || ' ' || lokum_called(q.first_name, q.last_name))) > 0))""",
}


ON_THE_SPOT = ("estate", "building", "premises_kind")


def place_sql(values: dict[str, object], *, located: bool = True, kept: bool = True) -> str:
    """`place`: the accounts in sight that fit the filters, with where they are. `{scope}` is filled by the report.

    located: False leaves premises and building out where no filter asks for them. kept: read several times.
    """
    chosen = [text for name, text in CONDITIONS.items() if values.get(name) is not None]
    if (stock := values.get("stock")) is not None:
        homes = "p.kind = 'dwelling'" if stock == "residential" else "coalesce(p.kind, '') <> 'dwelling'"
        chosen.append(homes)
    if inside := district_condition(values):
        chosen.append(inside)
    asked = located or bool(inside) or stock is not None or any(values.get(name) is not None for name in ON_THE_SPOT)
    text = PLACE.replace("{columns}", WHERE_COLUMNS if asked else "").replace("{joins}", WHERE_JOINS if asked else "")
    text = text.replace("{kept}", "" if kept else "NOT ")
    return text.replace("{conditions}", "".join(f" AND {one}" for one in chosen))
