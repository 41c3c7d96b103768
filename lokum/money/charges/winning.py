"""Which tariff wins: one SQL for the month run, the card of premises and the question "which rate on that day?".

The most specific approved tariff valid on the day: personal > premises > group > building > entity > operator;
within a level one for a kind of title before one for (non-)members before one for everybody. Of several groups of the
same premises the one with the smaller precedence, then the earlier code.
"""

# Placeholders: %(entity)s and %(day)s; {base} is a relation (component_id, premises_id, building_id, party_id,
# title_kind, member). Dated, it also has a column `day`, and each row is asked for its own day inside the month whose
# first day is %(day)s. Gives (its columns, tariff_id); tariff_id NULL = no approved price.
# Rows that share their wide candidates (entity, building) are looked up once, however many premises there are.
WINNING = """
candidates AS MATERIALIZED (
  SELECT t.id, t.component_id, t.level, t.target_key, t.title_kind, t.membership, t.valid,
         coalesce(g.precedence, 0) AS precedence, coalesce(g.code, '') AS group_code,
         CASE t.level WHEN 'party' THEN 40 WHEN 'premises' THEN 30 WHEN 'group' THEN 25 WHEN 'building' THEN 20
                      WHEN 'entity' THEN 10 ELSE 0 END
         + CASE WHEN t.title_kind <> '' THEN 2 ELSE 0 END + CASE WHEN t.membership <> '' THEN 1 ELSE 0 END AS rank
  FROM charges_tariff t JOIN charges_component c ON c.id = t.component_id
  LEFT JOIN estates_premisesgroup g ON g.id = t.group_id
  WHERE {of_entity} AND t.state = 'approved' AND {in_time}
), kinds AS MATERIALIZED (
  SELECT DISTINCT component_id, building_id, title_kind, member{day} FROM {base}
), wide AS MATERIALIZED (
  SELECT DISTINCT ON (k.component_id, k.building_id, k.title_kind, k.member{k_day})
         k.component_id, k.building_id, k.title_kind, k.member{k_day}, c.id AS tariff_id
  FROM kinds k
  CROSS JOIN LATERAL (VALUES ('global', 0::bigint), ('entity', 0), ('building', k.building_id)) place(level, target_key)
  JOIN candidates c ON c.component_id = k.component_id AND c.level = place.level AND c.target_key = place.target_key
    AND c.title_kind IN ('', k.title_kind)
    AND c.membership IN ('', CASE WHEN k.member THEN 'member' ELSE 'other' END){k_valid}
  ORDER BY k.component_id, k.building_id, k.title_kind, k.member{k_day}, c.rank DESC
), narrow AS MATERIALIZED (
  SELECT DISTINCT ON (component_id, premises_id, party_id, title_kind, member{day})
         component_id, premises_id, party_id, title_kind, member{day}, tariff_id
  FROM (
    SELECT b.component_id, b.premises_id, b.party_id, b.title_kind, b.member{b_day}, c.id AS tariff_id, c.rank,
           c.precedence, c.group_code
    FROM candidates c JOIN {base} b ON b.component_id = c.component_id AND b.premises_id = c.target_key
    WHERE c.level = 'premises' AND c.title_kind IN ('', b.title_kind)
      AND c.membership IN ('', CASE WHEN b.member THEN 'member' ELSE 'other' END){b_valid}
    UNION ALL
    SELECT b.component_id, b.premises_id, b.party_id, b.title_kind, b.member{b_day}, c.id, c.rank, c.precedence,
           c.group_code
    FROM candidates c
    JOIN group_membership m ON m.group_id = c.target_key AND {m_valid}
    JOIN {base} b ON b.component_id = c.component_id AND b.premises_id = m.premises_id
    WHERE c.level = 'group' AND c.title_kind IN ('', b.title_kind)
      AND c.membership IN ('', CASE WHEN b.member THEN 'member' ELSE 'other' END){b_valid}{m_day}
    UNION ALL
    SELECT b.component_id, b.premises_id, b.party_id, b.title_kind, b.member{b_day}, c.id, c.rank, c.precedence,
           c.group_code
    FROM candidates c JOIN {base} b ON b.component_id = c.component_id AND b.party_id = c.target_key
    WHERE c.level = 'party' AND c.title_kind IN ('', b.title_kind)
      AND c.membership IN ('', CASE WHEN b.member THEN 'member' ELSE 'other' END){b_valid}
  ) found
  ORDER BY component_id, premises_id, party_id, title_kind, member{day}, rank DESC, precedence, group_code
), winning AS (
  SELECT b.*, coalesce(n.tariff_id, w.tariff_id) AS tariff_id
  FROM {base} b
  LEFT JOIN wide w ON w.component_id = b.component_id AND w.building_id = b.building_id
    AND w.title_kind = b.title_kind AND w.member = b.member{w_day}
  LEFT JOIN narrow n ON n.component_id = b.component_id AND n.premises_id = b.premises_id
    AND n.party_id = b.party_id AND n.title_kind = b.title_kind AND n.member = b.member{n_day}
)
"""


OF_ONE_DAY = {
    "of_entity": "c.entity_id = %(entity)s",
    "in_time": "t.valid @> %(day)s::date",
    "day": "", "k_day": "", "b_day": "", "k_valid": "", "b_valid": "", "w_day": "", "n_day": "",
    "m_valid": "m.valid @> %(day)s::date", "m_day": "",
}  # fmt: skip
OF_OWN_DAYS = {
    "of_entity": "c.entity_id = %(entity)s",
    "in_time": "t.valid && daterange(%(day)s::date, (%(day)s::date + interval '1 month')::date)",
    "day": ", day", "k_day": ", k.day", "b_day": ", b.day",
    "k_valid": " AND c.valid @> k.day", "b_valid": " AND c.valid @> b.day",
    "w_day": " AND w.day = b.day", "n_day": " AND n.day = b.day",
    "m_valid": "m.valid && daterange(%(day)s::date, (%(day)s::date + interval '1 month')::date)",
    "m_day": " AND m.valid @> b.day",
}  # fmt: skip


def winning_sql(base: str, *, dated: bool = False, history: bool = False) -> str:
    """The chain of named queries that ends in `winning`, to stand behind WITH.

    dated: each row has a day of its own inside the month; history: each row has a day of any time (no placeholders).
    """
    if history:
        any_time = {"in_time": "true", "m_valid": "true", "of_entity": f"c.id IN (SELECT component_id FROM {base})"}  # noqa: S608 - a name of ours
        return WINNING.format(base=base, **(OF_OWN_DAYS | any_time))
    return WINNING.format(base=base, **(OF_OWN_DAYS if dated else OF_ONE_DAY))
