"""One charge per agreement, component, month and payer: lines of payers beside the agreement's own are "run@<account>".

Living lines of a month and component come from one run: either the whole was charged, or its shares were.
"""

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION charges_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  -- All lines of a notice come in one statement and add up to it.
  SELECT l.notice_id INTO bad FROM (
      SELECT notice_id, sum(amount) AS amount, min(period) AS period, max(period) AS other_period,
             min(agreement_id) AS agreement_id, max(agreement_id) AS other_agreement
      FROM new_rows GROUP BY notice_id) l
    LEFT JOIN charges_notice n ON n.entry_id = l.notice_id AND n.total_amount = l.amount
      AND n.period = l.period AND n.period = l.other_period
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.agreement_id = l.agreement_id
      AND a.agreement_id = l.other_agreement
    WHERE a.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'charge lines do not add up to their notice %', bad.notice_id USING ERRCODE = 'LK003';
  END IF;
  SELECT n.component_id INTO bad FROM (SELECT DISTINCT component_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM charges_component c WHERE c.id = n.component_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'component % is absent', bad.component_id USING ERRCODE = 'LK004';
  END IF;
  -- "run" is unique by its key. A repeat ("run/2") needs every line before it to be reversed; a share ("run@7") stands
  -- beside shares of its own run only.
  SELECT n.agreement_id, n.component_id, n.period INTO bad FROM new_rows n
    JOIN charges_chargeline l ON l.agreement_id = n.agreement_id AND l.component_id = n.component_id
      AND l.period = n.period AND l.id <> n.id
      AND (l.reason = 'run' OR l.reason LIKE 'run/%' OR l.reason LIKE 'run@%')
    WHERE (n.reason LIKE 'run/%' OR n.reason LIKE 'run@%') AND (
      split_part(split_part(l.reason, '/', 1), '@', 2) = split_part(split_part(n.reason, '/', 1), '@', 2)
      OR (SELECT o.run_id FROM charges_notice o WHERE o.entry_id = l.notice_id) IS DISTINCT FROM
         (SELECT o.run_id FROM charges_notice o WHERE o.entry_id = n.notice_id)) AND NOT EXISTS (
      SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'component % of agreement % is charged for % already', bad.component_id, bad.agreement_id,
      bad.period USING ERRCODE = '23505', CONSTRAINT = 'charge_once';
  END IF;
  RETURN NULL;
END $$;
"""
FORMER = """
CREATE OR REPLACE FUNCTION charges_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  -- All lines of a notice come in one statement and add up to it.
  SELECT l.notice_id INTO bad FROM (
      SELECT notice_id, sum(amount) AS amount, min(period) AS period, max(period) AS other_period,
             min(agreement_id) AS agreement_id, max(agreement_id) AS other_agreement
      FROM new_rows GROUP BY notice_id) l
    LEFT JOIN charges_notice n ON n.entry_id = l.notice_id AND n.total_amount = l.amount
      AND n.period = l.period AND n.period = l.other_period
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.agreement_id = l.agreement_id
      AND a.agreement_id = l.other_agreement
    WHERE a.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'charge lines do not add up to their notice %', bad.notice_id USING ERRCODE = 'LK003';
  END IF;
  SELECT n.component_id INTO bad FROM (SELECT DISTINCT component_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM charges_component c WHERE c.id = n.component_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'component % is absent', bad.component_id USING ERRCODE = 'LK004';
  END IF;
  -- "run" is unique by its key. A repeat ("run/2") needs every line before it to be reversed.
  SELECT n.agreement_id, n.component_id, n.period INTO bad FROM new_rows n
    JOIN charges_chargeline l ON l.agreement_id = n.agreement_id AND l.component_id = n.component_id
      AND l.period = n.period AND l.id <> n.id AND (l.reason = 'run' OR l.reason LIKE 'run/%')
    WHERE n.reason LIKE 'run/%' AND NOT EXISTS (
      SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'component % of agreement % is charged for % already', bad.component_id, bad.agreement_id,
      bad.period USING ERRCODE = '23505', CONSTRAINT = 'charge_once';
  END IF;
  RETURN NULL;
END $$;
"""

VIEW = """
CREATE OR REPLACE VIEW proof_i6 AS
SELECT 'charges.chargeline'::text AS object_label, min(l.id) AS object_id,
       format('agreement %s, component %s, %s: %s living charges (%s)', l.agreement_id, l.component_id, l.period,
              count(*), string_agg(l.reason, ', ')) AS detail
FROM charges_chargeline l
WHERE NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')
GROUP BY l.agreement_id, l.component_id, l.period,
         CASE WHEN l.reason LIKE 'run%' THEN split_part(l.reason, '/', 1) ELSE l.reason END
HAVING count(*) > 1
UNION ALL
SELECT 'charges.chargeline', min(l.id), format('agreement %s, component %s, %s: charged by %s runs', l.agreement_id,
       l.component_id, l.period, count(DISTINCT n.run_id))
FROM charges_chargeline l JOIN charges_notice n ON n.entry_id = l.notice_id
WHERE l.reason LIKE 'run%'
  AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')
GROUP BY l.agreement_id, l.component_id, l.period HAVING count(*) > 1 AND count(DISTINCT n.run_id) > 1
UNION ALL
SELECT 'charges.notice', n.entry_id, format('notice %s, lines %s, ledger %s', n.total_amount, coalesce(l.amount, 0),
       coalesce(e.amount::text, 'none'))
FROM charges_notice n
LEFT JOIN (
  SELECT o.id, o.amount + coalesce(sum(p.amount), 0) AS amount FROM ledger_entry o
  LEFT JOIN ledger_entry p ON o.source_kind IN ('notice', 'correction')
    AND p.source_kind <> o.source_kind AND split_part(p.source_kind, '/', 1) = o.source_kind AND p.source_id = o.source_id AND p.batch_id = o.batch_id AND p.account_id = o.account_id
  GROUP BY o.id
) e ON e.id = n.entry_id
LEFT JOIN (SELECT notice_id, sum(amount) AS amount FROM charges_chargeline GROUP BY notice_id) l
  ON l.notice_id = n.entry_id
WHERE e.amount IS DISTINCT FROM n.total_amount OR l.amount IS DISTINCT FROM n.total_amount
UNION ALL
SELECT 'charges.notice', n.entry_id, 'the document differs from the notice'
FROM charges_notice n LEFT JOIN papers_issueddocument d ON d.id = n.document_id
WHERE d.id IS NULL OR (d.data ->> 'total')::numeric IS DISTINCT FROM n.total_amount OR d.number <> n.number
"""
FORMER_VIEW = """
CREATE OR REPLACE VIEW proof_i6 AS
SELECT 'charges.chargeline'::text AS object_label, min(l.id) AS object_id,
       format('agreement %s, component %s, %s: %s living charges (%s)', l.agreement_id, l.component_id, l.period,
              count(*), string_agg(l.reason, ', ')) AS detail
FROM charges_chargeline l
WHERE NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')
GROUP BY l.agreement_id, l.component_id, l.period,
         CASE WHEN l.reason = 'run' OR l.reason LIKE 'run/%' THEN 'run' ELSE l.reason END
HAVING count(*) > 1
UNION ALL
SELECT 'charges.notice', n.entry_id, format('notice %s, lines %s, ledger %s', n.total_amount, coalesce(l.amount, 0),
       coalesce(e.amount::text, 'none'))
FROM charges_notice n
LEFT JOIN (
  SELECT o.id, o.amount + coalesce(sum(p.amount), 0) AS amount FROM ledger_entry o
  LEFT JOIN ledger_entry p ON o.source_kind IN ('notice', 'correction')
    AND p.source_kind <> o.source_kind AND split_part(p.source_kind, '/', 1) = o.source_kind AND p.source_id = o.source_id AND p.batch_id = o.batch_id AND p.account_id = o.account_id
  GROUP BY o.id
) e ON e.id = n.entry_id
LEFT JOIN (SELECT notice_id, sum(amount) AS amount FROM charges_chargeline GROUP BY notice_id) l
  ON l.notice_id = n.entry_id
WHERE e.amount IS DISTINCT FROM n.total_amount OR l.amount IS DISTINCT FROM n.total_amount
UNION ALL
SELECT 'charges.notice', n.entry_id, 'the document differs from the notice'
FROM charges_notice n LEFT JOIN papers_issueddocument d ON d.id = n.document_id
WHERE d.id IS NULL OR (d.data ->> 'total')::numeric IS DISTINCT FROM n.total_amount OR d.number <> n.number
"""

CORRECTIONS = """
CREATE OR REPLACE FUNCTION charges_check_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT l.notice_id INTO bad FROM new_rows l
    JOIN charges_notice n ON n.entry_id = l.notice_id
    WHERE (n.corrects_id IS NOT NULL AND {reason} <> 'correction/' || n.correction_number)
       OR (n.corrects_id IS NULL AND l.reason LIKE 'correction/%') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'lines of notice % do not fit its correction', bad.notice_id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
"""
# The notice of a payer beside the agreement's own is corrected by "correction/<number>@<account>".
OF_PAYERS, OF_ONE = CORRECTIONS.replace("{reason}", "split_part(l.reason, '@', 1)"), CORRECTIONS.replace(
    "{reason}", "l.reason"
)


class Migration(migrations.Migration):
    dependencies = [("charges", "0021_payers"), ("ledger", "0020_payers_guarded")]
    operations = [migrations.RunSQL(CHECK, FORMER), migrations.RunSQL(VIEW, FORMER_VIEW),
                  migrations.RunSQL(OF_PAYERS, OF_ONE)]
