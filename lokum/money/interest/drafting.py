"""The SQL of a run's draft: computed once, shown as the preview, taken by posting while nothing it rests on changed."""

# Lines before the rate table refuse the whole draft: the statement answers with them (regime, first day, debts).
DRAFT = """
WITH i AS MATERIALIZED ({query}), made AS (
  INSERT INTO interest_interestdraftline (run_id, debt_id, account_id, policy_id, sub_account_id, debt_number, due_on,
    through_on, principal, computed, waived, booked, difference, minimum, stretches, rates)
  SELECT %(run)s, debt_id, account_id, policy_id, sub_account_id, debt_number, due_on, through_on, principal, computed,
         waived, booked, difference, minimum, stretches, rates
  FROM i WHERE known
)
SELECT regime_id, min(after_on) + 1, count(*) FROM i WHERE NOT known GROUP BY regime_id ORDER BY regime_id LIMIT 1
"""

OF_RUN = "interest_interestdraftline WHERE run_id = %(run)s"
# The draft as `services.noting.stage` would compute it.
TAKEN = """
CREATE TEMP TABLE interest_due ON COMMIT DROP AS
SELECT debt_id, account_id, policy_id, sub_account_id, debt_number, due_on, through_on, principal, computed, waived,
       booked, difference, minimum, stretches, rates
FROM interest_interestdraftline WHERE run_id = %(run)s
"""

# Every row the computation reads that can change: a changed row has another xmin, so anything inserted, changed or
# deleted since gives another hash. It notices changes that do not matter, too; then posting computes again.
# What was posted (debts, notes) never changes, so its keys are enough; a match is undone by a change of its row.
OF_ENTITY = "JOIN ledger_account a ON a.id = r.account_id AND a.entity_id = %(entity)s"
CHANGING = "count(*), bit_xor(hashint8extended({key}, r.xmin::text::bigint))"
# Debts are read by their due days, which the computation asks for.
SEEN_DEBTS = f"""
SELECT r.due_on, {CHANGING.format(key="r.entry_id")} FROM ledger_openitem r {OF_ENTITY}
WHERE r.side = 'debit' GROUP BY r.due_on ORDER BY r.due_on
"""  # noqa: S608 - built from constants
SEEN = {
    "matches": (CHANGING.format(key="r.id"), f"ledger_allocation r {OF_ENTITY}"),
    "notes": ("count(*), bit_xor(hashint8extended(r.id, 0))", f"interest_interestnote r {OF_ENTITY}"),
    "reversals": (
        "count(*), bit_xor(hashint8extended(r.id, 0))",
        "ledger_entry r WHERE r.entity_id = %(entity)s AND r.source_kind = 'reversal'",
    ),
    "waivers": (CHANGING.format(key="r.id"), f"interest_interestwaiver r {OF_ENTITY}"),
    "policies": (CHANGING.format(key="r.id"), "interest_interestpolicy r WHERE r.entity_id = %(entity)s"),
    "regimes": (CHANGING.format(key="r.id"), "interest_interestregime r"),
    "rates": (CHANGING.format(key="r.id"), "interest_interestrate r"),
    "entity": (CHANGING.format(key="r.id"), "organisation_entity r WHERE r.id = %(entity)s"),
}
# Whom an exception of the policy concerns.
SEEN_OF_EXCEPTIONS = {
    "accounts": (CHANGING.format(key="r.id"), "ledger_account r WHERE r.entity_id = %(entity)s"),
    "agreements": (CHANGING.format(key="r.id"), "occupancy_agreement r WHERE r.entity_id = %(entity)s"),
}
SEEN_OF_DRAFT = {
    "draft": (CHANGING.format(key="r.debt_id"), "interest_interestdraftline r WHERE r.run_id = %(run)s"),
}


def seen_sql(parts: dict[str, tuple[str, str]]) -> str:
    """The statement that selects (part, rows, hash) of each part."""
    return "\nUNION ALL ".join(
        f"SELECT '{name}' AS part, {figures} FROM {rows}"  # noqa: S608 - built from constants
        for name, (figures, rows) in parts.items()
    )


# Rows the posting would book, and what stays below the smallest amount; the fingerprint is of what would be booked.
FIGURES = """
WITH sums AS (
  SELECT account_id, sum(difference) FILTER (WHERE difference > 0) AS charged,
         coalesce(sum(-difference) FILTER (WHERE difference < 0), 0) AS back,
         coalesce(sum(difference) FILTER (WHERE difference > 0) >= max(minimum) FILTER (WHERE difference > 0), false)
           AS large,
         count(*) FILTER (WHERE difference > 0) AS lines, count(*) AS all_lines, sum(mark) AS marks,
         coalesce(sum(mark) FILTER (WHERE difference < 0), 0) AS marks_of_back
  FROM (SELECT account_id, difference, minimum,
               hash_numeric_extended(difference, hashint8extended(debt_id, through_on - date '2000-01-01')) AS mark
        FROM {due}) d
  GROUP BY account_id
)
SELECT count(*) FILTER (WHERE large), coalesce(sum(lines) FILTER (WHERE large), 0),
       coalesce(sum(charged) FILTER (WHERE large), 0), count(*) FILTER (WHERE back > 0), coalesce(sum(back), 0),
       count(*) FILTER (WHERE NOT large AND charged > 0), coalesce(sum(charged) FILTER (WHERE NOT large), 0),
       coalesce(sum(CASE WHEN large THEN all_lines ELSE all_lines - lines END), 0) || ':' ||
         coalesce(sum(CASE WHEN large THEN marks ELSE marks_of_back END), 0)
FROM sums
"""

CHANGES = """
SELECT account_id, sum(booked) AS before, sum(greatest(computed - waived, 0)) AS after, sum(difference) AS difference,
       CASE WHEN min(difference) < 0 AND max(difference) > 0 THEN 'both' WHEN min(difference) < 0 THEN 'shorter'
            WHEN sum(booked) > 0 THEN 'longer' ELSE 'new' END AS cause,
       sum(difference) FILTER (WHERE difference > 0) < max(minimum) AS small
FROM interest_interestdraftline WHERE run_id = %(run)s GROUP BY account_id
ORDER BY abs(sum(difference)) DESC, account_id LIMIT %(limit)s
"""
