"""A small world of payers, made set-wise: one entity with N premises, titles, agreements and accounts.

Sizes go from 2 (unit tests) to 100,000 (measurements); the same seedless figures every time.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection

from lokum.core.base.context import Actor
from lokum.core.organisation.models import Entity, Node
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.services import open_accounts, prepare_books

PROPERTY = """
WITH estate AS (
  INSERT INTO estates_estate (code, name, node_id, address, register_number, version)
  VALUES (%(tag)s, 'Estate ' || %(tag)s, %(node)s, '', '', 1) RETURNING id
), building AS (
  INSERT INTO estates_building (estate_id, code, name, street, house_number, postal_code, city, territory_code,
                                register_number, version)
  SELECT estate.id, %(tag)s || '-' || b, '', 'ul. Lipowa', b::text, '50-001', 'Wrocław', '', '', 1
  FROM estate, generate_series(1, greatest(1, (%(count)s + 99) / 100)) b RETURNING id, house_number::int AS number
), premises AS (
  INSERT INTO estates_premises (building_id, code, number, kind, register_number, version)
  SELECT building.id, %(tag)s || '-' || i, ((i - 1) %% 100 + 1)::text, 'dwelling', '', 1
  FROM generate_series(1, %(count)s) i JOIN building ON building.number = (i - 1) / 100 + 1
  RETURNING id, code
), books AS (
  INSERT INTO estates_premisesentity (premises_id, entity_id, valid)
  SELECT id, %(entity)s, daterange('2000-01-01', NULL) FROM premises
), fact AS (
  INSERT INTO estates_premisesfact (premises_id, kind, value, valid, recorded, source, actor_label)
  SELECT id, kind, CASE kind WHEN 'usable_area' THEN 28 + (split_part(code, '-', 2)::int * 7919 %% 6000) / 100.0
                             WHEN 'persons' THEN 1 + split_part(code, '-', 2)::int %% 5
                             ELSE 2 + (split_part(code, '-', 2)::int * 31 %% 900) / 100.0 END,
         daterange('2000-01-01', NULL), tstzrange('2000-01-01', NULL), 'survey', ''
  FROM premises, unnest(ARRAY['usable_area', 'persons', 'cold_water_forecast']) kind
), party AS (
  INSERT INTO parties_party (code, kind, last_name, first_name, country, personal_number, other_document, tax_number,
                             statistical_number, language, member_number, home_node_id, note, version)
  SELECT code, 'person', 'Kowalska ' || split_part(code, '-', 2), 'Anna', 'PL', '', '', '', '', 'pl', '', %(node)s,
         '', 1 FROM premises RETURNING id, code
), title AS (
  INSERT INTO occupancy_title (premises_id, kind, member, valid, document, version)
  SELECT id, 'coop_ownership', split_part(code, '-', 2)::int %% 3 > 0, daterange('2020-01-01', NULL), 'act', 1
  FROM premises RETURNING id, premises_id
)
INSERT INTO occupancy_agreement (entity_id, code, kind, premises_id, title_id, payer_id, valid, version)
SELECT %(entity)s, premises.code, 'title', premises.id, title.id, party.id, daterange('2020-01-01', NULL), 1
FROM premises JOIN party ON party.code = premises.code JOIN title ON title.premises_id = premises.id
ORDER BY premises.id RETURNING id
"""


@dataclass
class World:
    entity: Entity
    agreements: list[int]
    accounts: list[int]
    chart: dict[str, LedgerAccount] = field(default_factory=dict)  # by purpose


def make_world(count: int = 3, *, actor: Actor, tag: str = "W1", currency: str = "PLN") -> World:
    node = Node.objects.create(code=tag, name=tag, kind=Node.Kind.ESTATE, opened_on=dt.date(2000, 1, 1))
    entity = Entity.objects.create(
        code=tag,
        name=f"SM {tag}",
        short_name=f"SM {tag}",
        kind=Entity.Kind.COOPERATIVE,
        node=node,
        legal_name=f"Spółdzielnia {tag}",
        currency=currency,
        opened_on=dt.date(2000, 1, 1),
    )
    with connection.cursor() as cursor:
        cursor.execute(PROPERTY, {"tag": tag, "node": node.pk, "entity": entity.pk, "count": count})
        agreements = [row[0] for row in cursor.fetchall()]
    chart = {row.purpose: row for row in prepare_books(entity.pk, actor=actor) if row.purpose}
    accounts = sorted(open_accounts(agreements, actor=actor))
    return World(entity, agreements, accounts, chart)
