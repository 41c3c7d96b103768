"""Interest of many debts by one statement; `calculation` is its twin in Python (a test compares them on random data).

Every debt bears by stretches of constant open principal, cut at the value dates of what covered it. For each regime
`rate_sum` holds the running sum of its rates by day, from just before the first due day on, so a stretch needs two
look-ups instead of one row per change of rate: principal x (sum to the last day - sum to the day before the first)
/ divisor, exactly. Only the sum is rounded.

What counts as interest-bearing: charges, opening items and positive corrections; never interest itself, refunds, or
reversals of payments. The policy of the day on which a debt falls due governs it for all its life.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from lokum.core.base.money import places_of
from lokum.core.organisation.models import Entity
from lokum.money.interest.models import InterestPolicy
from lokum.money.interest.rates import rates_of
from lokum.money.ledger.models import Entry
from lokum.money.ledger.terms import calendar_of

BEARING = (Entry.Kind.CHARGE, Entry.Kind.OPENING, Entry.Kind.CORRECTION)

# A line is dead once it, or the line it corrects, was reversed: a reversal takes back what is left of both.
ALIVE = """NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.entry_id AND r.source_kind = 'reversal')
    AND (l.corrects_id IS NULL OR NOT EXISTS (
      SELECT FROM ledger_entry r WHERE r.corrects_id = l.corrects_id AND r.source_kind = 'reversal'))"""

# Live lines of notes by debt: what is booked, and up to which day.
BOOKED = """
booked AS MATERIALIZED (
  SELECT l.debt_id, sum(l.amount) AS amount, max(l.through_on) AS through_on
  FROM interest_interestline l JOIN interest_interestnote n ON n.id = l.note_id
  JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = %(entity)s
  WHERE {of_accounts}
    AND {alive}
  GROUP BY l.debt_id
)"""

# Items have no index by account but that of the open ones; entries have.
OF_ENTRIES = """o.entry_id = ANY (ARRAY(
    SELECT x.id FROM ledger_entry x WHERE x.account_id = ANY(%(accounts)s) AND x.amount > 0))"""

# Open debts that are late, and what was paid late; `until` is the day up to which a part bears (NULL: still open).
NOW_PARTS = """
parts AS MATERIALIZED (
  SELECT o.entry_id AS debt_id, NULL::date AS until, o.open_amount AS amount
  FROM ledger_openitem o
  WHERE o.side = 'debit' AND o.open_amount > 0 AND o.due_on <= %(horizon)s AND {of_items}
  UNION ALL
  SELECT c.debit_id, c.value_on, c.amount
  FROM ledger_allocation c JOIN ledger_openitem o ON o.entry_id = c.debit_id
  WHERE c.undone_at IS NULL AND c.value_on >= o.due_on AND o.due_on <= %(horizon)s AND {of_covered}
), wanted AS (
  SELECT coalesce(p.debt_id, b.debt_id) AS debt_id, greatest(%(through)s::date, b.through_on) AS through_on,
         coalesce(b.amount, 0) AS booked
  FROM (SELECT DISTINCT debt_id FROM parts) p FULL JOIN booked b ON b.debt_id = p.debt_id
)"""

# The same as it was known when the last line of each debt was made.
KNOWN_PARTS = """
last AS MATERIALIZED (
  SELECT DISTINCT ON (l.debt_id) l.debt_id, l.computed_at
  FROM interest_interestline l JOIN interest_interestnote n ON n.id = l.note_id
  JOIN booked b ON b.debt_id = l.debt_id
  WHERE {alive}
  ORDER BY l.debt_id, l.entry_id DESC
), wanted AS MATERIALIZED (
  SELECT b.debt_id, b.through_on, b.amount AS booked, l.computed_at
  FROM booked b JOIN last l ON l.debt_id = b.debt_id WHERE {of_known}
), known AS MATERIALIZED (
  SELECT c.debit_id AS debt_id, c.value_on, c.amount
  FROM ledger_allocation c JOIN wanted w ON w.debt_id = c.debit_id
  WHERE c.made_at <= w.computed_at AND (c.undone_at IS NULL OR c.undone_at > w.computed_at)
), parts AS MATERIALIZED (
  SELECT debt_id, value_on AS until, amount FROM known
  UNION ALL
  SELECT w.debt_id, NULL, e.amount - coalesce(k.amount, 0)
  FROM wanted w JOIN ledger_entry e ON e.id = w.debt_id
  LEFT JOIN (SELECT debt_id, sum(amount) AS amount FROM known GROUP BY debt_id) k ON k.debt_id = w.debt_id
  WHERE e.amount > coalesce(k.amount, 0)
)"""

# What a policy says of debts due on a day: from when on they bear, and until when a payment bears nothing.
TERMS = """
SELECT d.day, p.id AS policy_id, p.recorded_at, p.regime_id, p.cap_percent, p.rounding = 'stretch' AS by_stretch,
       p.minimum_amount, t.start_on, CASE WHEN p.grace_days > 0 THEN t.grace_end ELSE t.start_on END AS free_until
FROM {days} interest_interestpolicy p, LATERAL (
  SELECT CASE WHEN p.grace_start = 'end' AND p.grace_days > 0 THEN due + p.grace_days
              ELSE due - p.due_day_counts::int END AS start_on, due + p.grace_days AS grace_end
  FROM (SELECT CASE WHEN p.moves_due_day THEN d.moved ELSE d.day END AS due) x
) t
WHERE p.entity_id = %(entity)s AND p.valid @> d.day"""

INTEREST = """
WITH {booked}, {parts}, day AS (
  SELECT * FROM unnest(%(days)s::date[], %(moved)s::date[]) AS d(day, moved)
), term AS MATERIALIZED ({terms}
), step AS (
  SELECT regime_id, first_on, rate, divisor,
         coalesce(lead(first_on) OVER (PARTITION BY regime_id ORDER BY first_on), %(horizon)s::date + 1) AS next_on
  FROM unnest(%(regimes)s::bigint[], %(starts)s::date[], %(rates)s::numeric[], %(divisors)s::int[])
    AS r(regime_id, first_on, rate, divisor)
), rate_sum AS MATERIALIZED (
  SELECT regime_id, day, divisor, sum(rate) OVER w AS total, lead(first_on) OVER w AS next_from
  FROM (
    SELECT regime_id, day, first_on, rate, divisor
    FROM (SELECT %(earliest)s::date + n AS day FROM generate_series(0, %(day_count)s) n) d
    JOIN step ON day >= first_on AND day < next_on
    UNION ALL
    SELECT regime_id, greatest(min(first_on), %(earliest)s::date) - 1, NULL, 0, min(divisor)
    FROM step GROUP BY regime_id
  ) daily WINDOW w AS (PARTITION BY regime_id ORDER BY day)
), debt AS MATERIALIZED (
  SELECT e.id AS debt_id, e.account_id, e.amount, coalesce(e.due_on, e.effective_on) AS due_on, w.through_on, w.booked,
         e.document_number AS debt_number, e.sub_account_id, {waived} AS waived, p.policy_id, p.regime_id,
         p.cap_percent, p.by_stretch, p.minimum_amount, p.start_on, p.free_until
  FROM wanted w JOIN ledger_entry e ON e.id = w.debt_id AND e.entity_id = %(entity)s
    AND e.kind = ANY(%(bearing)s) AND e.source_kind <> 'reversal' AND e.amount > 0
  {policy}
), worth AS (
  SELECT d.debt_id, sum(p.amount) AS amount, sum(p.amount * t.total) AS product, count(*) = count(t.total) AS known,
         min(least(p.until, d.through_on)) AS first_end, max(least(p.until, d.through_on)) AS last_end
  FROM debt d JOIN parts p ON p.debt_id = d.debt_id
  LEFT JOIN rate_sum t ON t.regime_id = d.regime_id AND t.day = least(p.until, d.through_on)
  WHERE {bears}
  GROUP BY d.debt_id
){by_stretch}, figured AS (
  SELECT d.*, t.known IS NOT FALSE AND (t.debt_id IS NULL OR f.total IS NOT NULL) AS known,
         CASE WHEN t.debt_id IS NOT NULL THEN d.start_on END AS after_on,
         CASE WHEN t.debt_id IS NOT NULL THEN f.next_from END AS rates_from, t.amount AS bearing,
         t.first_end, t.last_end,
         least(coalesce({amount}, 0), round(d.amount * d.cap_percent / 100, %(places)s)) AS computed
  FROM debt d LEFT JOIN worth t ON t.debt_id = d.debt_id
  LEFT JOIN rate_sum f ON f.regime_id = d.regime_id AND f.day = d.start_on{amount_join}
  OFFSET 0
), result AS (
  SELECT * FROM (
    SELECT i.*, CASE WHEN known THEN greatest(computed - waived, 0) - booked END AS difference FROM figured i OFFSET 0
  ) i{chosen}
){spans}
SELECT i.debt_id, i.account_id, i.policy_id, i.due_on, i.start_on, i.through_on, i.amount AS principal, i.booked,
       i.waived, coalesce(i.minimum_amount, 0) AS minimum, i.known, i.after_on, i.regime_id,
       CASE WHEN i.known THEN i.computed END AS computed, i.difference{span_columns}
FROM result i{span_joins}
"""

BEARS = """d.regime_id IS NOT NULL AND d.through_on > d.free_until
    AND (p.until IS NULL OR p.until > d.free_until)"""
# Each part bears from the first day of the debt to its own last one, so no stretches are needed for the sum.
ONCE = "round((t.product - t.amount * f.total) / f.divisor, %(places)s)"
# Where an entity rounds each stretch of constant principal, the stretches of debts with more than one are valued.
BY_STRETCH = """CASE WHEN d.by_stretch AND t.first_end < t.last_end THEN r.amount
              ELSE round((t.product - t.amount * f.total) / f.divisor, %(places)s) END"""
ROUNDED = """, rounded AS (
  SELECT s.debt_id, sum(round(s.principal * (t.total - f.total) / t.divisor, %(places)s)) AS amount
  FROM ({stretches}) s JOIN debt d ON d.debt_id = s.debt_id
  JOIN rate_sum f ON f.regime_id = d.regime_id AND f.day = coalesce(s.after_on, d.start_on)
  JOIN rate_sum t ON t.regime_id = d.regime_id AND t.day = s.ends_on
  WHERE d.by_stretch GROUP BY s.debt_id
)"""
ROUNDED_JOIN = """
  LEFT JOIN rounded r ON r.debt_id = d.debt_id"""
# The stretches of debts that have more than one: the principal of each is what is not covered before.
STRETCHES = """
    SELECT debt_id, lag(ends_on) OVER w AS after_on, ends_on,
           sum(amount) OVER (PARTITION BY debt_id) - sum(amount) OVER w + amount AS principal
    FROM (
      SELECT d.debt_id, least(p.until, d.through_on) AS ends_on, sum(p.amount) AS amount
      FROM {several} d JOIN parts p ON p.debt_id = d.debt_id
      WHERE {bears} GROUP BY d.debt_id, least(p.until, d.through_on)
    ) covered WINDOW w AS (PARTITION BY debt_id ORDER BY ends_on)"""

POLICY = "LEFT JOIN term p ON p.day = coalesce(e.due_on, e.effective_on){known}"
# Exceptions of premises and payers win over the entity's own policy, that of a sub-account over all.
POLICY_WITH_EXCEPTIONS = """JOIN ledger_account a ON a.id = e.account_id
  JOIN occupancy_agreement g ON g.id = a.agreement_id
  LEFT JOIN day d ON d.day = coalesce(e.due_on, e.effective_on)
  LEFT JOIN LATERAL ({terms}{known}
      AND (p.premises_id IS NULL OR p.premises_id = g.premises_id) AND (p.party_id IS NULL OR p.party_id = a.payer_id)
      AND (p.sub_account_id IS NULL OR p.sub_account_id = e.sub_account_id)
    ORDER BY p.sub_account_id IS NULL, p.party_id IS NULL, p.premises_id IS NULL LIMIT 1
  ) p ON true"""
NO_WAIVER = "0::numeric"
WAIVED = """coalesce((SELECT sum(v.amount) FROM interest_interestwaiverline v
    JOIN interest_interestwaiver x ON x.id = v.waiver_id
    WHERE v.debt_id = e.id AND v.through_on <= w.through_on{known}), 0)"""
# What a calculation sheet and a note need beside the figures: stretches, and the rates from the first of them on, as
# JSON text (days by to_json, which writes them alike everywhere).
SPANS = """, several AS MATERIALIZED (
  SELECT debt_id, start_on, through_on, regime_id, free_until FROM result WHERE first_end < last_end
), span AS (
  SELECT s.debt_id, concat('[', string_agg(concat('[', to_json(coalesce(s.after_on, d.start_on) + 1), ', ',
           to_json(s.ends_on), ', "', s.principal, '"]'), ', ' ORDER BY s.ends_on), ']') AS stretches
  FROM ({stretches}) s JOIN several d ON d.debt_id = s.debt_id GROUP BY s.debt_id
)"""
SPAN_COLUMNS = """,
       CASE WHEN i.first_end < i.last_end THEN s.stretches
            WHEN i.first_end IS NOT NULL
            THEN concat('[[', to_json(i.start_on + 1), ', ', to_json(i.last_end), ', "', i.bearing, '"]]')
       END AS stretches,
       y.rates, i.debt_number, i.sub_account_id"""
SPAN_JOINS = """
LEFT JOIN span s ON s.debt_id = i.debt_id
LEFT JOIN (
  SELECT s.regime_id, s.first_on, json_build_object('divisor', min(n.divisor),
           'steps', json_agg(json_build_array(n.first_on, n.rate::text) ORDER BY n.first_on))::text AS rates
  FROM step s JOIN step n ON n.regime_id = s.regime_id AND n.first_on >= s.first_on
  GROUP BY s.regime_id, s.first_on
) y ON y.regime_id = i.regime_id AND y.first_on = i.rates_from"""
CHANGED = """
  WHERE NOT known OR difference <> 0"""


@dataclass(frozen=True)
class Statement:
    """The query and its values; its columns are those of `Due` (from `stretches` on only where asked for)."""

    sql: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Due:
    """Interest of one debt to `through_on`: all of it, waived, booked, and the difference still to book (negative: to
    take back). `computed` is None where a day before the rate table is needed (`known` is false)."""

    debt_id: int
    account_id: int
    policy_id: int | None
    due_on: dt.date
    start_on: dt.date | None
    through_on: dt.date
    principal: Decimal
    booked: Decimal
    waived: Decimal
    minimum: Decimal
    known: bool
    after_on: dt.date | None
    regime_id: int | None
    computed: Decimal | None
    difference: Decimal | None
    stretches: Any = None  # [[first day, last day, principal], ...]
    rates: Any = None  # {"divisor": 36500, "steps": [[first day, rate], ...]}
    debt_number: str = ""
    sub_account_id: int | None = None


def _all_days(entity: Entity, account_ids: Collection[int] | None) -> list[dt.date]:
    """Due days of the debts looked at; few, however many debts there are."""
    with connection.cursor() as cursor:
        if account_ids is None:
            cursor.execute(
                "SELECT DISTINCT o.due_on FROM ledger_openitem o JOIN ledger_account a ON a.id = o.account_id "
                "WHERE a.entity_id = %s AND o.side = 'debit'",
                [entity.pk],
            )
        else:
            cursor.execute(
                "SELECT DISTINCT coalesce(due_on, effective_on) FROM ledger_entry "
                "WHERE account_id = ANY(%s) AND amount > 0",
                [list(account_ids)],
            )
        return [row[0] for row in cursor.fetchall()]


def statement(
    entity: Entity,
    through_on: dt.date,
    account_ids: Collection[int] | None = None,
    *,
    stretches: bool = False,
    changed_only: bool = False,
    days: Collection[dt.date] | None = None,
    known_between: tuple[dt.datetime | None, dt.datetime | None] | None = None,
) -> Statement:
    """The query for all debts of an entity or of some of its accounts, to the end of a day.

    stretches: also the stretches of constant principal of each debt, for the calculation sheet.
    changed_only: only debts whose interest is not what is booked, and those that need a day before the rate table.
    days: the due days of these debts, where the caller knows them.
    known_between: not as of today, but each debt as it was known when its last note line was made; only debts whose
    line was made since the first moment and before the second one. Rates and days off are those known at the first one.
    """
    policies = InterestPolicy.objects.filter(entity=entity)
    regimes = set(policies.exclude(regime=None).values_list("regime_id", flat=True))
    horizon = _horizon(entity, through_on)
    since, before = known_between or (None, None)
    days = list(_all_days(entity, account_ids) if days is None else days)
    earliest = min(days, default=horizon) - dt.timedelta(days=2)
    steps = [
        (pk, day, rate, rates.divisor)
        for pk, rates in sorted(rates_of(regimes, since).items())
        for day, rate in _in_force(rates.steps, earliest, horizon)
    ]
    calendar = calendar_of(entity.country_pack, since)
    sql = _sql(entity, policies, account_ids is not None, stretches, changed_only, known_between is not None)
    values: dict[str, Any] = {
        "entity": entity.pk,
        "through": through_on,
        "accounts": sorted(set(account_ids)) if account_ids is not None else [],
        "bearing": [str(kind) for kind in BEARING],
        "places": places_of(entity.currency),
        "days": days,
        "moved": [calendar.moved(day) for day in days],
        "regimes": [one[0] for one in steps],
        "starts": [one[1] for one in steps],
        "rates": [one[2] for one in steps],
        "divisors": [one[3] for one in steps],
        "since": since or dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        "horizon": horizon,
        "earliest": earliest,
        "day_count": (horizon - earliest).days,
        "before": before or dt.datetime(9999, 1, 1, tzinfo=dt.UTC),
    }
    return Statement(sql, values)


def _sql(entity: Entity, policies: Any, of_some: bool, stretches: bool, changed_only: bool, as_known: bool) -> str:
    """The text of the query: only what the entity's policies and waivers ask for."""
    exceptional = policies.exclude(premises=None, party=None, sub_account=None).exists()
    by_stretch = policies.filter(rounding=InterestPolicy.Rounding.STRETCH).exists()
    waiving = entity.accounts.filter(interest_waivers__isnull=False).exists()
    known = " AND x.waived_at <= w.computed_at" if as_known else ""
    policy_known = " AND p.recorded_at <= w.computed_at" if as_known else ""
    policy = POLICY_WITH_EXCEPTIONS if exceptional else POLICY
    return INTEREST.format(
        booked=BOOKED.format(of_accounts="n.account_id = ANY(%(accounts)s)" if of_some else "true", alive=ALIVE),
        parts=(KNOWN_PARTS if as_known else NOW_PARTS).format(
            of_items="o.account_id = ANY(%(accounts)s)" if of_some else "true",
            of_covered=OF_ENTRIES if of_some else "true",
            alive=ALIVE,
            of_known="l.computed_at >= %(since)s AND l.computed_at < %(before)s",
        ),
        terms=TERMS.format(days="day d,"),
        waived=WAIVED.format(known=known) if waiving else NO_WAIVER,
        policy=policy.format(known=policy_known, terms=TERMS.format(days="")),
        bears=BEARS,
        by_stretch=ROUNDED.format(stretches=STRETCHES.format(several="debt", bears=BEARS)) if by_stretch else "",
        amount=BY_STRETCH if by_stretch else ONCE,
        amount_join=ROUNDED_JOIN if by_stretch else "",
        chosen=CHANGED if changed_only else "",
        spans=SPANS.format(stretches=STRETCHES.format(several="several", bears=BEARS)) if stretches else "",
        span_columns=SPAN_COLUMNS if stretches else "",
        span_joins=SPAN_JOINS if stretches else "",
    )


def _in_force(
    steps: Iterable[tuple[dt.date, Decimal]], earliest: dt.date, horizon: dt.date
) -> list[tuple[dt.date, Decimal]]:
    """The steps of a rate table from the one in force on a day to the last one before another day's end."""
    found: list[tuple[dt.date, Decimal]] = []
    for step in steps:
        if step[0] > horizon:
            break
        if step[0] <= earliest:
            found.clear()
        found.append(step)
    return found


def _horizon(entity: Entity, through_on: dt.date) -> dt.date:
    """The last day any debt is computed to: a payment may have noted interest beyond the day asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(n.through_on) FROM interest_interestnote n JOIN ledger_account a ON a.id = n.account_id "
            "WHERE a.entity_id = %s",
            [entity.pk],
        )
        latest = cursor.fetchone()[0]
    return max(through_on, latest or through_on)


def dues(
    entity: Entity, through_on: dt.date, account_ids: Collection[int] | None = None, *, stretches: bool = False
) -> list[Due]:
    """Interest of the debts of some accounts (None: of the whole entity), oldest debt first."""
    query = statement(entity, through_on, account_ids, stretches=stretches)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query.sql}) i ORDER BY account_id, due_on, debt_id", query.values)  # noqa: S608
        return [Due(*row[:15], *map(parsed, row[15:17]), *row[17:]) for row in cursor.fetchall()]


def parsed(value: Any) -> Any:
    """JSON as Python sees it, whether the driver has read it or not."""
    return json.loads(value) if isinstance(value, str) else value
