"""The SQL of lines with a formula, or with parts of a month that differ: spans, segments, values, lines.

A *span* is the time in a month for which an agreement pays a component. It falls into *segments*, in each of which
one state counts (persons, area, share, rate, title): the state of the first of the month for the whole month, of the
1st and the 16th for a half each, or of every day on which something changes. A segment weighs num/den of the month.

The amount of a line is the sum of value x weight, rounded once. Where payers follow each other, the one before is
rounded and the next one gets the rest (`carried`), so that the parts add up to the whole month.

Placeholders: %(entity)s, %(day)s, %(premises)s, %(every)s as in `computing`; %(components)s: ids of the components
meant.
"""

MONTH = "daterange(%(day)s::date, (%(day)s::date + interval '1 month')::date)"

# Is component `c` of every month, of a cycle or of chosen months due this month? Cycles are counted from the first
# month of the component, or from a January where it has no beginning; in arrears they are charged with their last.
REGULAR = """CASE c.rhythm
    WHEN 'periodic' THEN
      (extract(year FROM %(day)s::date) * 12 + extract(month FROM %(day)s::date)
       - extract(year FROM coalesce(lower(c.valid), date '2000-01-01')) * 12
       - extract(month FROM coalesce(lower(c.valid), date '2000-01-01'))
       + CASE WHEN c.billing = 'arrears' THEN 1 ELSE 0 END)::int %% c.cycle_months = 0
    WHEN 'windowed' THEN
      extract(month FROM %(day)s::date)::int::text = ANY(string_to_array(replace(c.months, ' ', ''), ','))
  END"""
# The same over attachment `s` too: what is charged once, on the first of the month with which the attachment begins to
# count; with `every`, anything but that is priced as if it were due.
DUE = f"""CASE WHEN c.rhythm IN ('periodic', 'windowed') THEN %(every)s OR {REGULAR}
    ELSE %(day)s::date = (date_trunc('month', coalesce(lower(s.valid), lower(c.valid))::timestamp
                          - interval '1 day') + interval '1 month')::date
  END"""

SPANS = f"""
CREATE TEMP TABLE charge_span ON COMMIT DROP AS
WITH handovers AS MATERIALIZED (
  SELECT premises_id, min(coalesce(lower(valid), '-infinity')) AS since
  FROM occupancy_agreement WHERE entity_id = %(entity)s GROUP BY premises_id
), starts AS (
  SELECT g.id AS agreement_id, g.premises_id, p.building_id, g.payer_id AS party_id, coalesce(t.kind, '') AS title_kind,
         t.id AS title_id, c.id AS component_id, c.proration, lower(g.valid) AS live_from,
         upper(g.valid) AS ends, c.valid AS component_valid,
         CASE WHEN lower(g.valid) IS NULL OR lower(g.valid) <> h.since THEN lower(g.valid)
              WHEN c.billing_start = 'whole_month' THEN date_trunc('month', lower(g.valid)::timestamp)::date
              WHEN c.billing_start = 'next_month' THEN
                (date_trunc('month', lower(g.valid)::timestamp - interval '1 day') + interval '1 month')::date
              ELSE lower(g.valid) END AS starts,
         -- An attachment that begins no later than the agreement puts no bound of its own.
         CASE WHEN coalesce(lower(s.valid) <= lower(g.valid), lower(s.valid) IS NULL) THEN NULL
              ELSE lower(s.valid) END AS attached_from, upper(s.valid) AS attached_to
  FROM occupancy_agreement g
  JOIN estates_premises p ON p.id = g.premises_id
  JOIN handovers h ON h.premises_id = g.premises_id
  LEFT JOIN occupancy_title t ON t.id = g.title_id
  JOIN charges_componentassignment s ON s.premises_id = g.premises_id AND s.valid && {MONTH}
    AND s.component_id = ANY (%(components)s::bigint[])
  JOIN charges_component c ON c.id = s.component_id AND c.entity_id = g.entity_id
  WHERE g.entity_id = %(entity)s AND g.valid && {MONTH}
    AND (%(premises)s::bigint[] IS NULL OR g.premises_id = ANY (%(premises)s::bigint[]))
    AND {DUE}
)
SELECT agreement_id, premises_id, building_id, party_id, title_kind, title_id, component_id, proration, live_from,
       daterange(starts, ends) * daterange(attached_from, attached_to) * component_valid * {MONTH} AS effective
FROM starts WHERE starts IS NULL OR ends IS NULL OR starts < ends
"""  # noqa: S608 - built from constants

# Days inside the month on which something changes for a component that counts by days.
SEGMENTS = """
CREATE TEMP TABLE charge_segment ON COMMIT DROP AS
WITH memberships AS MATERIALIZED (
  SELECT m.title_id, m.valid FROM title_membership m
  WHERE m.entity_id = %(entity)s AND m.title_id = ANY (ARRAY(SELECT DISTINCT title_id FROM charge_span))
), held AS MATERIALIZED (
  -- One row per title, so that it can be hashed.
  SELECT title_id, range_agg(valid) AS days FROM memberships GROUP BY title_id
), bounds AS MATERIALIZED (
  SELECT premises_id, component_id, lower(effective) AS day FROM charge_span WHERE proration = 'days'
  UNION SELECT premises_id, component_id, upper(effective) FROM charge_span WHERE proration = 'days'
  UNION
  SELECT s.premises_id, s.component_id, v.day
  FROM charge_span s
  JOIN charge_use u ON u.component_id = s.component_id AND u.fact <> ''
  JOIN charge_fact f ON f.name = u.fact AND f.premises_id = s.premises_id
  CROSS JOIN LATERAL (VALUES (lower(f.valid)), (upper(f.valid))) v(day)
  WHERE s.proration = 'days'
  UNION
  SELECT s.premises_id, s.component_id, v.day
  FROM charge_span s
  JOIN charge_use u ON u.component_id = s.component_id AND u.rate_id IS NOT NULL
  JOIN charges_tariff t ON t.component_id = u.rate_id AND t.state = 'approved'
    AND t.target_key = CASE t.level WHEN 'building' THEN s.building_id WHEN 'premises' THEN s.premises_id
                                    WHEN 'party' THEN s.party_id WHEN 'group' THEN t.target_key ELSE 0 END
  LEFT JOIN group_membership m ON m.group_id = t.group_id AND m.premises_id = s.premises_id
  CROSS JOIN LATERAL (VALUES (lower(t.valid)), (upper(t.valid)), (lower(m.valid)), (upper(m.valid))) v(day)
  WHERE s.proration = 'days' AND (t.level <> 'group' OR m.group_id IS NOT NULL)
  UNION
  SELECT s.premises_id, s.component_id, v.day
  FROM charge_span s
  JOIN memberships m ON m.title_id = s.title_id
  CROSS JOIN LATERAL (VALUES (lower(m.valid)), (upper(m.valid))) v(day)
  WHERE s.proration = 'days'
), cut AS (
  SELECT s.*, b.day AS from_on,
         coalesce(lead(b.day) OVER (PARTITION BY s.agreement_id, s.component_id, s.effective ORDER BY b.day),
                  upper(s.effective)) AS to_on
  FROM charge_span s
  JOIN bounds b ON b.premises_id = s.premises_id AND b.component_id = s.component_id AND s.effective @> b.day
  WHERE s.proration = 'days'
  UNION ALL
  SELECT s.*, h.from_on, h.to_on
  FROM charge_span s
  JOIN (VALUES (%(day)s::date, %(day)s::date + 15),
               (%(day)s::date + 15, (%(day)s::date + interval '1 month')::date)) h(from_on, to_on)
    ON s.effective @> h.from_on
  WHERE s.proration = 'half_month'
  UNION ALL
  SELECT s.*, %(day)s::date, (%(day)s::date + interval '1 month')::date
  FROM charge_span s WHERE s.proration = 'next_month' AND s.effective @> %(day)s::date
)
SELECT agreement_id, premises_id, building_id, party_id, title_kind,
       coalesce(h.days @> greatest(from_on, live_from), false) AS member,
       component_id, proration, from_on, to_on,
       greatest(from_on, live_from) AS day,
       CASE proration WHEN 'days' THEN to_on - from_on ELSE 1 END AS num,
       CASE proration WHEN 'days' THEN (%(day)s::date + interval '1 month')::date - %(day)s::date
                      WHEN 'half_month' THEN 2 ELSE 1 END AS den,
       row_number() OVER (PARTITION BY agreement_id, component_id ORDER BY from_on)::int AS place
FROM cut LEFT JOIN held h USING (title_id)
"""

# The test bench: one segment of the asked day for premises, attached or not, with the payer of that day if any.
BENCH_SEGMENTS = """
CREATE TEMP TABLE charge_segment ON COMMIT DROP AS
SELECT coalesce(g.id, 0) AS agreement_id, p.id AS premises_id, p.building_id, coalesce(g.payer_id, 0) AS party_id,
       coalesce(t.kind, '') AS title_kind,
       EXISTS (SELECT FROM title_membership m WHERE m.title_id = t.id AND m.entity_id = c.entity_id
               AND m.valid @> %(on)s::date) AS member, c.id AS component_id,
       'next_month'::varchar AS proration, %(day)s::date AS from_on,
       (%(day)s::date + interval '1 month')::date AS to_on, %(on)s::date AS day, 1 AS num, 1 AS den, 1 AS place
FROM charges_component c
JOIN estates_premisesentity pe ON pe.entity_id = c.entity_id AND pe.valid @> %(on)s::date
JOIN estates_premises p ON p.id = pe.premises_id
LEFT JOIN LATERAL (
  SELECT * FROM occupancy_agreement g WHERE g.premises_id = p.id AND g.entity_id = c.entity_id
    AND g.valid @> %(on)s::date ORDER BY g.id LIMIT 1) g ON true
LEFT JOIN occupancy_title t ON t.id = g.title_id
WHERE c.id = ANY (%(components)s::bigint[])
  AND (%(premises)s::bigint[] IS NULL OR p.id = ANY (%(premises)s::bigint[]))
"""

# Which facts and which prices the formulas read; made before the facts are collected.
USES = """
CREATE TEMP TABLE charge_use ON COMMIT DROP AS
SELECT u.component_id, u.fact, u.code, c.id AS rate_id
FROM (SELECT * FROM unnest(%(use_of)s::bigint[], %(use_facts)s::text[], %(use_codes)s::text[])
        AS u(component_id, fact, code)) u
LEFT JOIN charges_component c ON u.fact = '' AND c.entity_id = %(entity)s
  AND (c.code = u.code OR (u.code = '' AND c.id = u.component_id))
"""

FACTS = """
CREATE TEMP TABLE charge_fact (name text, premises_id bigint, value numeric, word text, valid daterange, source text,
                               fact_id bigint) ON COMMIT DROP
"""

# One statement per fact that is in use; {relation} is the one that was registered under the name.
FACT = f"""
INSERT INTO charge_fact
SELECT %(fact_name)s, f.premises_id, {{value}}, {{word}}, f.valid, f.source, f.fact_id
FROM ({{relation}}) f
WHERE f.value IS NOT NULL AND f.valid && {MONTH} AND f.premises_id IN (SELECT premises_id FROM {{of}})
"""  # noqa: S608 - built from constants

RATE_BASE = """
CREATE TEMP TABLE charge_asked ON COMMIT DROP AS
SELECT DISTINCT u.rate_id AS component_id, s.premises_id, s.building_id, s.party_id, s.title_kind, s.member, s.day
FROM charge_segment s JOIN charge_use u ON u.component_id = s.component_id AND u.rate_id IS NOT NULL
"""

RATES = """
CREATE TEMP TABLE charge_price ON COMMIT DROP AS
WITH {winning}, tariffs AS MATERIALIZED (
  SELECT t.id, t.price, t.level IN ('premises', 'party') AS own,
         jsonb_build_object('id', t.id, 'level', t.level, 'price', t.price::text, 'valid_from', lower(t.valid),
           'title_kind', t.title_kind, 'membership', t.membership, 'source', t.source) AS part
  FROM charges_tariff t WHERE t.id IN (SELECT DISTINCT tariff_id FROM winning)
), told AS MATERIALIZED (
  SELECT t.*, part || jsonb_build_object('code', '', 'own', own) AS own_part FROM tariffs t
)
SELECT w.component_id, w.premises_id, w.party_id, w.title_kind, w.member, w.day, t.id AS tariff_id, t.price, t.own,
       t.part, t.own_part
FROM winning w JOIN told t ON t.id = w.tariff_id
"""

VALUES = """
CREATE TEMP TABLE charge_value (agreement_id bigint, premises_id bigint, component_id bigint, place int, value numeric,
                                problem text, quantity numeric, price numeric, tariff_id bigint, tariff jsonb,
                                inputs jsonb, rates jsonb) ON COMMIT DROP
"""

# One statement per component: {value}, {problem} and {quantity} over the joined facts and prices.
VALUE = """
INSERT INTO charge_value
SELECT s.agreement_id, s.premises_id, s.component_id, s.place, v.value,
       CASE WHEN v.value IS NULL THEN {problem} WHEN v.value < 0 THEN 'negative::0' ELSE '' END,
       {quantity}, own.price, own.tariff_id, own.part,
       to_jsonb(array_remove(ARRAY[{inputs}]::jsonb[], NULL)), to_jsonb(array_remove(ARRAY[{rates}]::jsonb[], NULL))
FROM charge_segment s
LEFT JOIN charge_price own ON own.component_id = s.component_id AND own.premises_id = s.premises_id
  AND own.party_id = s.party_id AND own.title_kind = s.title_kind AND own.member = s.member AND own.day = s.day
{joins}
CROSS JOIN LATERAL (SELECT {value} AS value) v
WHERE s.component_id = %(component)s
"""

FACT_JOIN = """LEFT JOIN charge_fact f{number} ON f{number}.name = %(name{number})s
  AND f{number}.premises_id = s.premises_id AND f{number}.valid @> s.day
"""
RATE_JOIN = """LEFT JOIN charge_price r{number} ON r{number}.component_id = %(rate{number})s
  AND r{number}.premises_id = s.premises_id AND r{number}.party_id = s.party_id
  AND r{number}.title_kind = s.title_kind AND r{number}.member = s.member AND r{number}.day = s.day
"""

# Adds the lines to `charge_priced`, each with its explanation. Materialized steps: an expression that later steps use
# many times is worked out once per line, not once per use, and functions over plain columns are inlined.
LINES = """
WITH crowded AS MATERIALIZED (
  SELECT DISTINCT premises_id FROM (
    SELECT premises_id, component_id, from_on FROM charge_segment GROUP BY premises_id, component_id, from_on
    HAVING count(DISTINCT agreement_id) > 1) twice
), parts AS (
  SELECT s.agreement_id, s.premises_id, s.party_id, s.component_id, min(s.from_on) AS from_on,
         min(s.den)::numeric AS den, sum(v.value * s.num) AS weighted,
         (array_agg(v.problem ORDER BY s.place) FILTER (WHERE v.problem <> ''))[1] AS problem,
         min(v.quantity) AS least_quantity, max(v.quantity) AS most_quantity, sum(v.quantity * s.num) AS quantities,
         min(v.price) AS least_price, max(v.price) AS most_price, sum(v.price * s.num) AS prices,
         (array_agg(v.tariff_id ORDER BY s.place DESC))[1] AS tariff_id,
         (array_agg(v.tariff ORDER BY s.place DESC))[1] AS tariff,
         (array_agg(v.inputs ORDER BY s.place DESC))[1] AS inputs,
         jsonb_agg(jsonb_build_object('from', s.from_on, 'to', s.to_on - 1, 'days', s.to_on - s.from_on, 'num', s.num,
           'value', v.value::text, 'inputs', v.inputs, 'rates', v.rates) ORDER BY s.place) AS segments
  FROM charge_segment s
  JOIN charge_value v ON v.agreement_id = s.agreement_id AND v.premises_id = s.premises_id
    AND v.component_id = s.component_id AND v.place = s.place
  GROUP BY s.agreement_id, s.premises_id, s.party_id, s.component_id
), chained AS (
  SELECT p.*, coalesce(sum(weighted) OVER (PARTITION BY premises_id, component_id ORDER BY from_on, agreement_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS carried
  FROM parts p
), taxes AS MATERIALIZED (
  SELECT c.id AS component_id, charges_vat_percent(c.entity_id, c.vat_kind, %(day)s::date) AS percent
  FROM charges_component c WHERE c.entity_id = %(entity)s
), checked AS (
  SELECT p.*, a.id AS account_id, c.basis, c.rounding, c.decimals::int AS decimals, c.vat_kind, c.proration,
         (%(texts)s::jsonb ->> c.id::text) AS formula, c.id = ANY (%(written)s::bigint[]) AS written,
         %(units)s::jsonb ->> c.basis::text AS unit,
         v.percent,
         CASE WHEN w.premises_id IS NOT NULL THEN 'two_payers'
              WHEN a.id IS NULL AND p.agreement_id > 0 THEN 'no_account'
              WHEN coalesce(p.problem, '') = '' AND v.percent IS NULL THEN 'no_vat_rate'
              ELSE coalesce(p.problem, '') END AS wrong
  FROM chained p
  JOIN charges_component c ON c.id = p.component_id
  JOIN taxes v ON v.component_id = c.id
  LEFT JOIN ledger_account a ON a.agreement_id = p.agreement_id AND a.payer_id = p.party_id
  LEFT JOIN crowded w ON w.premises_id = p.premises_id
), divided AS MATERIALIZED (
  -- As `charges_divide`, which is not inlined.
  SELECT k.*, round(div((carried + weighted) * 100000000000000000, den) * 0.00000000000000001, 16) AS with_own,
         round(div(carried * 100000000000000000, den) * 0.00000000000000001, 16) AS without_own
  FROM checked k
), rounded AS MATERIALIZED (
  SELECT d.*, CASE WHEN wrong = '' THEN round(charges_round(with_own, decimals, rounding)
                                              - charges_round(without_own, decimals, rounding), 2) END AS net
  FROM divided d
), taxed AS MATERIALIZED (
  SELECT r.*, CASE WHEN percent = 0 THEN net * 0 ELSE round(net * percent / 100, 2) END AS tax,
         CASE WHEN NOT written AND least_price = most_price THEN 'price'
              WHEN NOT written AND least_quantity = most_quantity THEN 'quantity' ELSE '' END AS same
  FROM rounded r
), shown AS MATERIALIZED (
  SELECT x.*, CASE same WHEN 'price' THEN round(quantities / den, 4) WHEN 'quantity' THEN round(least_quantity, 4)
                        ELSE 1 END AS quantity,
         CASE same WHEN 'price' THEN least_price WHEN 'quantity' THEN round(prices / den, 4) ELSE net END AS price,
         CASE WHEN same = '' THEN '' ELSE unit END AS shown_unit
  FROM taxed x
)
INSERT INTO charge_priced (agreement_id, account_id, component_id, premises_id, tariff_id, quantity, price, net, tax,
                           amount, fact_key, share_key, problem, detail, parts)
SELECT agreement_id, account_id, component_id, premises_id, tariff_id, quantity, price, net, tax, net + tax, NULL, NULL,
       split_part(wrong, ':', 1), trim(BOTH ':' FROM substr(wrong, length(split_part(wrong, ':', 1)) + 2)),
       jsonb_build_object(
         'basis', CASE WHEN written THEN 'formula' ELSE basis END, 'unit', shown_unit, 'rounding', rounding,
         'decimals', decimals, 'vat_kind', vat_kind, 'vat_percent', percent::text, 'formula', formula,
         'written', written, 'mode', proration, 'day', %(day)s::date, 'quantity', quantity::text,
         'price', price::text, 'carried', carried::text, 'den', den::text, 'tariff', tariff, 'inputs', inputs,
         'segments', segments)
FROM shown
"""
