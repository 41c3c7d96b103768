"""Which rate wins where on a day: page, sheet and API of the rates of many premises (CHG-02)."""

from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.models import Entity
from lokum.core.reports.declaration import Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.charges.models import Component, Tariff, name_field
from lokum.money.charges.winning import winning_sql
from lokum.property.estates.models import Building, Estate, Premises

# Titles of members on the day. Only the answer "member or not" is used, and only where a price asks for it; so it is
# read with whole reach, as the month run does.
_MEMBERS = """
SELECT DISTINCT m.title_id, m.entity_id FROM title_membership m
WHERE m.valid @> %(on)s::date AND m.entity_id IN (
  SELECT c.entity_id FROM charges_tariff t JOIN charges_component c ON c.id = t.component_id
  WHERE t.state = 'approved' AND t.membership <> '' AND t.valid @> %(on)s::date)
"""
_NARROWED = {
    "entity": "c.entity_id = %(entity)s",
    "estate": "b.estate_id = %(estate)s",
    "building": "p.building_id = %(building)s",
    "premises": "p.id = %(premises)s",
    "component": "c.id = %(component)s",
    "level": "t.level = %(level)s",
}


def _prepare(values: Values) -> Values:
    values = values | {"on": values.get("on") or clock.today()}
    whole = system_actor("rates")
    with acting(whole), connection.cursor() as cursor:
        cursor.execute(_MEMBERS, values)
        found = cursor.fetchall()
    return values | {"member_titles": [row[0] for row in found], "member_entities": [row[1] for row in found]}


def rates_sql(values: Values) -> str:
    """One row for each attached component with the tariff that wins on the day; without one the price is empty."""
    chosen = "".join(
        f" AND {condition}" for name, condition in _NARROWED.items() if values.get(name) and name != "level"
    )
    level = f" WHERE {_NARROWED['level']}" if values.get("level") else ""
    base = f"""
asked AS MATERIALIZED (
  SELECT s.component_id, s.premises_id, p.building_id, p.code AS premises_code, b.code AS building_code, s.valid,
         c.basis, c.entity_id, coalesce(g.payer_id, 0) AS party_id, coalesce(k.kind, '') AS title_kind,
         m.title_id IS NOT NULL AS member, %(on)s::date AS day
  FROM charges_componentassignment s
  JOIN charges_component c ON c.id = s.component_id AND c.valid @> %(on)s::date
  JOIN estates_premises p ON p.id = s.premises_id
  JOIN estates_building b ON b.id = p.building_id
  LEFT JOIN LATERAL (
    SELECT * FROM occupancy_agreement g WHERE g.premises_id = p.id AND g.entity_id = c.entity_id
      AND g.valid @> %(on)s::date ORDER BY g.id LIMIT 1) g ON true
  LEFT JOIN occupancy_title k ON k.id = g.title_id
  LEFT JOIN unnest(%(member_titles)s::bigint[], %(member_entities)s::bigint[]) m(title_id, entity_id)
    ON m.title_id = g.title_id AND m.entity_id = c.entity_id
  WHERE p.id IN ({{scope}}) AND s.valid @> %(on)s::date{chosen}
)"""  # noqa: S608 - built from constants, values as parameters
    name = name_field(get_language())
    return f"""
WITH {base}, {winning_sql("asked", history=True)}
SELECT NULL::text AS currency, e.currency AS paid_in, w.premises_id, w.premises_code, w.building_code,
       c.id AS component_id, c.position,
       coalesce(nullif(c.{name}, ''), c.name) AS component, c.basis, t.id AS tariff_id, t.price, t.level,
       coalesce(nullif(h.name, ''), h.street || ' ' || h.house_number, g.name, '') AS place,
       lower(t.valid) AS price_since, upper(t.valid) - 1 AS price_until, t.source, lower(w.valid) AS attached_since
FROM winning w JOIN charges_component c ON c.id = w.component_id JOIN organisation_entity e ON e.id = c.entity_id
LEFT JOIN charges_tariff t ON t.id = w.tariff_id LEFT JOIN estates_building h ON h.id = t.building_id
LEFT JOIN estates_premisesgroup g ON g.id = t.group_id{level}"""  # noqa: S608 - built from constants


def _tariff_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["charges", "tariff", row["tariff_id"]]) if row["tariff_id"] else ""


def _premises_url(row: Row, values: Values) -> str:
    page = reverse("desk:detail", args=["estates", "premises", row["premises_id"]])
    return f"{page}?tab=components&on={values['on']}"


def _level(value: Any) -> str:
    return str(dict(Tariff.Level.choices).get(value, "")) if value else str(_("no approved price"))


def _basis(value: Any) -> str:
    return str(dict(Component.Basis.choices).get(value, value or ""))


register_report(
    Report(
        code="rates",
        title=_("Rates on a day"),
        definition=_(
            "Every component attached to premises on the day with the price that wins there: the most specific "
            "approved one (person, premises, group, building, entity, operator), within a level one for a kind of "
            "title or for members before one for everybody. The month run takes the same price."
        ),
        right="charges.tariff:view",
        scope=Premises,
        section=_("Charges"),
        icon="tag",
        order=15,
        filters=(
            ReportFilter("on", _("Day"), "date", default=lambda user: clock.today()),
            ReportFilter("entity", _("Entity"), "relation", model=Entity),
            ReportFilter("estate", _("Estate"), "relation", model=Estate),
            ReportFilter("building", _("Building"), "relation", model=Building),
            ReportFilter("premises", _("Premises"), "relation", model=Premises),
            ReportFilter("component", _("Component"), "relation", model=Component),
            ReportFilter("level", _("Level"), "choice", options=lambda: Tariff.Level.choices),
        ),
        columns=(
            ReportColumn("premises_code", _("Premises"), short=True, url=_premises_url),
            ReportColumn("component", _("Component")),
            ReportColumn("price", _("Price"), "quantity", url=_tariff_url),
            ReportColumn("paid_in", _("Currency"), short=True),
            ReportColumn("basis", _("Basis"), shown=_basis),
            ReportColumn("level", _("Level"), shown=_level),
            ReportColumn("place", _("Applies to")),
            ReportColumn("price_since", _("Price since"), "date"),
            ReportColumn("price_until", _("until"), "date"),
            ReportColumn("source", _("Resolution or document")),
            ReportColumn("attached_since", _("Attached since"), "date"),
        ),
        sql=rates_sql,
        order_by="building_code, premises_code, position, component_id",
        prepare=_prepare,
    )
)
