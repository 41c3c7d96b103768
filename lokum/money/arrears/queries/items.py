"""Open items of any day, as known at any moment, from the present ones (docs/adr/0021).

What is open today is kept. On an earlier day a few things were otherwise: entries booked later did not exist, and
money matched with them was free. As known at an earlier moment some more: entries posted since were unknown,
matches made since not made, matches undone since still alive. So the past is the present minus what came since,
and its cost grows with the distance, not with the age of the books. A match counts on a day when both its sides
were booked by then (the meaning of `ledger.queries.balances`).
"""

import datetime as dt

from django.db import connection

LATER = """
  SELECT e.id FROM ledger_entry e WHERE e.booked_on > %(on)s
"""
LATER_KNOWN = """
  UNION
  SELECT e.id FROM ledger_batch b JOIN ledger_entry e ON e.batch_id = b.id WHERE b.posted_at > %(known)s
"""

# Money matched now that was not matched then: a match with one side later gives its other side back. Few later
# entries are looked up by index, many are hashed.
BACK = """
    SELECT a.id, a.credit_id, a.debit_id, a.amount FROM later l
    JOIN ledger_allocation a ON a.credit_id = l.id AND a.undone_at IS NULL
    UNION
    SELECT a.id, a.credit_id, a.debit_id, a.amount FROM later l
    JOIN ledger_allocation a ON a.debit_id = l.id AND a.undone_at IS NULL
"""
BACK_FAR = """
    SELECT a.id, a.credit_id, a.debit_id, a.amount FROM ledger_allocation a
    LEFT JOIN later c ON c.id = a.credit_id LEFT JOIN later d ON d.id = a.debit_id
    WHERE a.undone_at IS NULL AND (c.id IS NULL) <> (d.id IS NULL)
"""
BACK_KNOWN = """
    UNION
    SELECT a.id, a.credit_id, a.debit_id, a.amount FROM ledger_allocation a
    WHERE a.undone_at IS NULL AND a.made_at > %(known)s
    UNION
    SELECT a.id, a.credit_id, a.debit_id, -a.amount FROM ledger_allocation a
    WHERE a.undone_at > %(known)s AND a.made_at <= %(known)s
      AND a.credit_id NOT IN (SELECT id FROM later) AND a.debit_id NOT IN (SELECT id FROM later)
"""
FEW = 20_000


def is_far(on: dt.date) -> bool:
    """Whether many entries were booked after a day: chooses the plan, never the result."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM ledger_entry WHERE booked_on > %s LIMIT %s) later", [on, FEW + 1]
        )
        return int(cursor.fetchone()[0]) > FEW


def open_items_sql(*, known: bool, far: bool = False) -> str:
    """Common table expressions ending in `item` (entry_id, account_id, side, due_on, amount, open_amount).

    Parameters: %(on)s (day, included) and, when `known`, %(known)s (moment). Only items with something open.
    """
    later = LATER + (LATER_KNOWN if known else "")
    back = (BACK_FAR if far else BACK) + (BACK_KNOWN if known else "")
    return f"""
later AS MATERIALIZED ({later}),
back AS MATERIALIZED (
  SELECT side.entry_id, sum(m.amount) AS amount FROM ({back}) m
  CROSS JOIN LATERAL (VALUES (m.credit_id), (m.debit_id)) side(entry_id)
  WHERE side.entry_id NOT IN (SELECT id FROM later) GROUP BY side.entry_id
),
item AS (
  SELECT o.entry_id, o.account_id, o.side, o.due_on, o.amount, o.open_amount + coalesce(b.amount, 0) AS open_amount
  FROM ledger_openitem o LEFT JOIN back b ON b.entry_id = o.entry_id
  WHERE o.open_amount > 0 AND o.open_amount + coalesce(b.amount, 0) <> 0
    AND o.entry_id NOT IN (SELECT id FROM later)
  UNION ALL
  SELECT o.entry_id, o.account_id, o.side, o.due_on, o.amount, b.amount
  FROM back b JOIN ledger_openitem o ON o.entry_id = b.entry_id
  WHERE o.open_amount = 0 AND b.amount <> 0
)"""  # noqa: S608 - constants of this module


PLACE = """
place AS MATERIALIZED (
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
}


ON_THE_SPOT = ("estate", "building", "premises_kind")


def place_sql(values: dict[str, object], *, located: bool = True) -> str:
    """`place`: the accounts in sight that fit the filters, with where they are. `{scope}` is filled by the report.

    located: False leaves premises and building out where no filter asks for them.
    """
    chosen = [text for name, text in CONDITIONS.items() if values.get(name) is not None]
    if (stock := values.get("stock")) is not None:
        homes = "p.kind = 'dwelling'" if stock == "residential" else "coalesce(p.kind, '') <> 'dwelling'"
        chosen.append(homes)
    asked = located or stock is not None or any(values.get(name) is not None for name in ON_THE_SPOT)
    text = PLACE.replace("{columns}", WHERE_COLUMNS if asked else "").replace("{joins}", WHERE_JOINS if asked else "")
    return text.replace("{conditions}", "".join(f" AND {one}" for one in chosen))
