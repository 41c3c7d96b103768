"""The filters of place that every report on money has, and their condition on the account of a payer (RPT-07)."""

from django.utils.translation import gettext_lazy

from lokum.core.organisation.models import Entity
from lokum.core.reports.declaration import ReportFilter, Values
from lokum.property.estates.models import Building, Estate, Premises, PremisesGroup

ENTITY = ReportFilter("entity", gettext_lazy("Entity"), "relation", model=Entity)
ESTATE = ReportFilter("estate", gettext_lazy("Estate"), "relation", model=Estate)
BUILDING = ReportFilter("building", gettext_lazy("Building"), "relation", model=Building)
STOCK = ReportFilter(
    "stock",
    gettext_lazy("Stock"),
    "choice",
    options=lambda: [("residential", gettext_lazy("residential")), ("commercial", gettext_lazy("commercial"))],
)
KIND = ReportFilter("premises_kind", gettext_lazy("Kind of premises"), "choice", options=lambda: Premises.Kind.choices)
DISTRICT = ReportFilter(
    "district",
    gettext_lazy("District or group"),
    "relation",
    model=PremisesGroup,
    help_text=gettext_lazy("As its premises were on the last day of the report."),
)
PLACES = (ENTITY, ESTATE, BUILDING, STOCK, KIND, DISTRICT)
# Everything that is no dwelling is commercial stock, customers without premises included.
ON_THE_SPOT = {
    "estate": "b.estate_id = %(estate)s",
    "building": "b.id = %(building)s",
    "premises_kind": "p.kind = %(premises_kind)s",
}
STOCKS = {"residential": "p.kind = 'dwelling'", "commercial": "coalesce(p.kind, '') <> 'dwelling'"}


def district_condition(values: Values) -> str:
    """Condition on premises `p`: in the district or group on the last day of a report; "" where none is asked for."""
    if values.get("district") is None:
        return ""
    name = next((one for one in ("on", "end") if values.get(one) is not None), None)
    day = f"%({name})s::date" if name else "current_date"
    return (
        "EXISTS (SELECT FROM group_membership gm WHERE gm.premises_id = p.id AND gm.group_id = %(district)s "
        f"AND gm.valid @> {day})"
    )


def located(values: Values) -> bool:
    """Whether a filter asks where the premises of an account are, or what they are."""
    return any(values.get(name) is not None for name in (*ON_THE_SPOT, "stock", "district"))


def place_condition(values: Values, account: str = "a") -> str:
    """ " AND ..." over a row of `ledger_account`; nothing where no filter of place is set."""
    found = f" AND {account}.entity_id = %(entity)s" if values.get("entity") is not None else ""
    if not located(values):
        return found
    asked = [text for name, text in ON_THE_SPOT.items() if values.get(name) is not None]
    if (stock := values.get("stock")) in STOCKS:
        asked.append(STOCKS[stock])
    if inside := district_condition(values):
        asked.append(inside)
    conditions = " AND ".join(asked)
    return (
        f"{found} AND EXISTS (SELECT FROM occupancy_agreement g LEFT JOIN estates_premises p ON p.id = g.premises_id "
        f"LEFT JOIN estates_building b ON b.id = p.building_id WHERE g.id = {account}.agreement_id AND {conditions})"
    )
