"""The charge source of approved reductions: what each credits in the months up to the run's month, as SQL.

It reads the living lines of posted months and, for the run's own month, the lines of the draft. A share is taken of
each component's net; an amount is at most what the component costs. The limit of a reduction cuts the credits in the
order of the months. Several reductions of one payer never credit more of a component than it costs: who was decided on
first takes first, so that a later one changes nothing of what was credited before.
"""

REDUCED = """
SELECT x.account_id, x.agreement_id, x.component_id, x.source_key,
       CASE WHEN x.credit = x.full_credit AND x.percent IS NOT NULL THEN -x.percent / 100 ELSE -1 END AS quantity,
       CASE WHEN x.credit = x.full_credit AND x.percent IS NOT NULL THEN x.net ELSE x.credit END AS price,
       NULL::date AS due_on,
       jsonb_build_object('title', x.title || ' ' || to_char(x.period, 'YYYY-MM'), 'document', x.reason,
         'reduction', jsonb_build_object('id', x.id, 'month', x.period, 'percent', x.percent::text)) AS snapshot
FROM (
  SELECT l.*, l.id || ':' || to_char(l.period, 'YYYY-MM') AS source_key,
         greatest(0, least(l.limited, l.net - coalesce(sum(l.limited) OVER (
           PARTITION BY l.account_id, l.agreement_id, l.component_id, l.period ORDER BY l.decided_at, l.id
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS credit
  FROM (
  SELECT m.*,
         CASE WHEN m.limit_amount IS NULL THEN m.full_credit
              ELSE greatest(0, least(m.full_credit, m.limit_amount - coalesce(sum(m.full_credit) OVER (
                PARTITION BY m.account_id, m.id ORDER BY m.period, m.component_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) END AS limited
  FROM (
    SELECT r.id, r.account_id, r.decided_at, c.agreement_id, c.component_id, c.period, c.net, r.percent,
           r.limit_amount, r.reason,
           coalesce(nullif(CASE y.language WHEN 'pl' THEN k.name_pl WHEN 'zh-hant' THEN k.name_zh_hant
                                           WHEN 'zh-hans' THEN k.name_zh_hans END, ''), k.name) AS title,
           CASE WHEN r.percent IS NULL THEN least(r.month_amount, c.net)
                ELSE charges_round(c.net * r.percent / 100, p.decimals::int, p.rounding) END AS full_credit
    FROM charges_reduction r
    JOIN charges_reductiontype k ON k.id = r.reduction_type_id
    JOIN ledger_account a ON a.id = r.account_id AND a.entity_id = %(entity)s
    JOIN parties_party y ON y.id = a.payer_id
    JOIN LATERAL (
      SELECT l.agreement_id, l.component_id, l.period, sum(l.net_amount) AS net
      FROM charges_notice n JOIN charges_chargeline l ON l.notice_id = n.entry_id
      WHERE n.account_id = r.account_id AND n.period <= %(day)s AND r.valid @> n.period
        AND (l.reason = 'run' OR l.reason LIKE 'run/%%' OR l.reason LIKE 'run@%%')
        AND NOT EXISTS (SELECT FROM ledger_entry v WHERE v.corrects_id = n.entry_id AND v.source_kind = 'reversal')
      GROUP BY l.agreement_id, l.component_id, l.period
      UNION ALL
      SELECT d.agreement_id, d.component_id, %(day)s::date, sum(d.net_amount)
      FROM charges_draftline d
      WHERE d.run_id = %(run)s AND d.account_id = r.account_id AND d.problem = '' AND r.valid @> %(day)s::date
        AND (d.reason = 'run' OR d.reason LIKE 'run/%%' OR d.reason LIKE 'run@%%')
      GROUP BY d.agreement_id, d.component_id
    ) c ON (r.component_id IS NULL OR c.component_id = r.component_id) AND c.net > 0
    JOIN charges_component p ON p.id = c.component_id
    WHERE r.state = 'approved' AND {which}
  ) m
  ) l
) x
WHERE x.credit > 0 AND {own}
"""
ALL_REDUCTIONS = REDUCED.format(which="true", own="true")
# Its neighbours are read as well: they may have taken what it would credit.
ONE_REDUCTION = REDUCED.format(
    which="r.account_id = (SELECT o.account_id FROM charges_reduction o WHERE o.id = {id})", own="x.id = {id}"
)


def of_one(reduction_id: int) -> str:
    """The relation of a single reduction."""
    return ONE_REDUCTION.format(id=int(reduction_id))
