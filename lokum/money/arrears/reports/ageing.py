"""Ageing (LED-11) and the open items its cells are made of."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.arrears.models import LimitationEvent
from lokum.money.arrears.queries.items import PIECES, open_items_sql, open_pieces_sql, pivot_of, place_sql
from lokum.money.arrears.queries.parts import PARTS
from lokum.money.arrears.reports.asking import (
    ACCOUNT,
    ACCOUNT_COLUMN,
    BANDS,
    CONTRACT,
    DEBTS,
    KNOWN,
    ON,
    PARTY_NAME,
    PAYER,
    PAYER_COLUMN,
    PLACE_NAMES,
    PLACES,
    PREMISES_COLUMN,
    RIGHT,
    WHO,
    address,
    band_label,
    band_of,
    bands_of,
    kept,
    with_today,
    within_band,
)
from lokum.money.arrears.seams import held_sql, limitation_sql, shortest_limitation
from lokum.money.charges.models import Component, name_field
from lokum.money.ledger.models import Account, Entry

# group -> (heading, key, label, join); keys are the names of the filters the cells lead to.
GROUPS: dict[str, tuple[object, str, str, str]] = {
    "estate": (gettext_lazy("Estate"), "p.estate_id", "coalesce(s.name, '')",
               "LEFT JOIN estates_estate s ON s.id = i.key"),
    "building": (gettext_lazy("Building"), "p.building_id", "coalesce(b.code, '')",
                 "LEFT JOIN estates_building b ON b.id = i.key"),
    "payer": (gettext_lazy("Payer"), "p.payer_id", f"y.code || ' ' || {PARTY_NAME}",
              "JOIN parties_party y ON y.id = i.key"),
    "contract": (gettext_lazy("Contract"), "p.agreement_id", "g.code",
                 "JOIN occupancy_agreement g ON g.id = i.key"),
    "component": (gettext_lazy("Component"), "i.component_key", "coalesce(c.code || ' ' || {name}, '')",
                  "LEFT JOIN charges_component c ON c.id = i.key"),
    "entity": (gettext_lazy("Entity"), "p.entity_id", "e.name", "JOIN organisation_entity e ON e.id = i.key"),
    "premises_kind": (gettext_lazy("Kind of premises"), "p.premises_kind", "coalesce(i.key, '')", ""),
}  # fmt: skip
GROUP = ReportFilter(
    "group",
    gettext_lazy("Grouped by"),
    "choice",
    options=lambda: [(name, one[0]) for name, one in GROUPS.items()],
    default=lambda user: "building",
)
BAND = ReportFilter("band", gettext_lazy("Band"), "hidden")
SIDE = ReportFilter("side", gettext_lazy("Side"), "hidden")
COMPONENT = ReportFilter("component", gettext_lazy("Component"), "relation", model=Component)
LIMITED = ReportFilter("limited", gettext_lazy("Limitation near or over"), "yesno")
AGE = "(%(on)s::date - i.due_on)"
WARNED = """(i.side = 'debit' AND i.due_on <= %(on)s AND limitation.last_day IS NOT NULL
      AND limitation.last_day <= %(on)s::date + coalesce(policy.limitation_days, 90))"""
# Limitation starts anew with the last interruption up to the day asked for, by the same rule. The policy is that of the
# day; as known at a moment, what was entered or withdrawn later does not count.
WATCHED = """
broken AS MATERIALIZED (
  SELECT DISTINCT ON (v.account_id, v.entry_id) v.account_id, v.entry_id, v."on", v.kind, v.document
  FROM arrears_limitationevent v WHERE v."on" <= %(on)s AND {standing}
  ORDER BY v.account_id, v.entry_id, v."on" DESC, v.id DESC
), policy AS MATERIALIZED (
  SELECT DISTINCT ON (w.entity_id) w.* FROM arrears_arrearspolicy w WHERE w.valid_from <= %(on)s{entered}
  ORDER BY w.entity_id, w.valid_from DESC, w.id DESC
)"""
LIMITATION = """
  LEFT JOIN policy ON policy.entity_id = p.entity_id
  LEFT JOIN broken whole ON whole.account_id = i.account_id AND whole.entry_id IS NULL
  LEFT JOIN broken one ON one.entry_id = i.entry_id
  CROSS JOIN LATERAL (SELECT {rule} AS last_day) limitation"""


def standing_sql(alias: str, values: Values) -> str:
    """SQL condition: the row was entered and not withdrawn, as known at the moment asked for."""
    if values.get("known") is None:
        return f"{alias}.withdrawn_at IS NULL"
    gone = f"coalesce({alias}.withdrawn_at > %(known)s, true)"
    return f"{alias}.recorded_at <= %(known)s AND {gone}"


def watched_sql(values: Values) -> str:
    """Common table expressions `broken` (interruptions of limitation) and `policy` (of each entity) of the day."""
    entered = "" if values.get("known") is None else " AND w.recorded_at <= %(known)s"
    return WATCHED.replace("{standing}", standing_sql("v", values)).replace("{entered}", entered)


def limitation_join(values: Values) -> str:
    """Needs `watched_sql` among the common table expressions; greatest() passes over what is NULL."""
    start = 'greatest(i.due_on, whole."on", one."on")'
    return LIMITATION.replace("{rule}", limitation_sql(start, "e.country_pack", values.get("known")))


# What made limitation start anew: the later of an act for this debt and one for the whole account, if it came after
# the due day.
FOR_ONE = """coalesce(one."on" >= whole."on", one."on" IS NOT NULL)"""
INTERRUPTED = ", ".join(
    f"""CASE WHEN i.side = 'debit' AND greatest(whole."on", one."on") >= i.due_on
            THEN CASE WHEN {FOR_ONE} THEN one.{name} ELSE whole.{name} END END AS {shown}"""
    for name, shown in (('"on"', "interrupted_on"), ("kind", "interrupted_by"), ("document", "interrupted_document"))
)
CREDIT, LIMITED_BAND, HELD_BAND = 100, 101, 102  # beside the bands: money not used, limitation near, deposits
LOCATED = ("estate", "building", "premises_kind")


def items_of(values: Values, *, kept: bool = True) -> str:
    return open_items_sql(known=values.get("known") is not None, kept=kept)


def items_source(values: Values) -> str:
    """`item` for whoever only adds up."""
    return open_pieces_sql() if values.get("known") is None else items_of(values, kept=False)


def _prepare(values: Values) -> Values:
    values = with_today(values)
    values["pivot"] = pivot_of(values["on"])
    bands_of(values)
    values["group"] = values["group"] if values.get("group") in GROUPS else "building"
    return values


def _cell(band: int | None, side: str = "") -> object:
    def url(row: Row, values: Values) -> str:
        group = values["group"]
        names = ("on", "known", "bands", *PLACE_NAMES, "payer", "contract", "component")
        found = kept(values, *(name for name in names if name != group))
        return address("open_items", found, **{group: row["key"]}, band=band, side=side)

    return url


def _deposits(row: Row, values: Values) -> str:
    """The deposits of a place; the report of deposits knows no other groups."""
    group = values["group"]
    names = ("on", *(name for name in PLACE_NAMES if name not in (group, "who")))
    return address("deposits_held", kept(values, *names), **{group: row["key"]})


def ageing_columns(values: Values) -> Sequence[ReportColumn]:
    ends = bands_of(values)
    debit = {"kind": "amount", "total": True}
    found = [ReportColumn("label", GROUPS[values["group"]][0], shown=_label(values["group"]))]
    found.append(ReportColumn("not_due", _("Not yet due"), url=_cell(-1), tone="muted", **debit))  # type: ignore[arg-type]
    for place in range(len(ends) + 1):
        name, tone = f"band_{place}", f"scale:{place / len(ends):.2f}"  # the older the debt, the warmer its colour
        found.append(ReportColumn(name, band_label(ends, place), url=_cell(place), tone=tone, **debit))  # type: ignore[arg-type]
    found += [
        ReportColumn("owed", _("Open in all"), url=_cell(None, "debit"), **debit),  # type: ignore[arg-type]
        ReportColumn("credit", _("Money not used yet"), url=_cell(None, "credit"), **debit),  # type: ignore[arg-type]
        ReportColumn("balance", _("Balance"), url=_cell(None), **debit),  # type: ignore[arg-type]
        ReportColumn("limited", _("Limitation near or over"), url=_limited, **debit),  # type: ignore[arg-type]
    ]
    if values["group"] != "component":
        opens = _deposits if values["group"] in PLACE_NAMES and not values.get("known") else None
        found.append(ReportColumn("held", _("Deposits held (apart)"), url=opens, **debit))  # type: ignore[arg-type]
    return found


def _limited(row: Row, values: Values) -> str:
    return str(_cell(None)(row, values)) + "&limited=1"  # type: ignore[operator]


def _label(group: str):  # type: ignore[no-untyped-def]
    from lokum.money.arrears.reports.asking import kind_text

    return (
        (lambda value: kind_text(value) or _("without premises"))
        if group == "premises_kind"
        else (lambda value: value or _("without"))
    )


def ageing_sql(values: Values) -> str:
    """Pieces of money, each with its band, are added up by group in one go; what the groups are called is asked last.

    Limitation is asked item by item, and only of items old enough for the shortest rule there is.
    """
    ends, group = bands_of(values), values["group"]
    _title, key, label, join = GROUPS[group]
    by_component = group == "component" or values.get("component") is not None
    label = label.replace("{name}", _component_name())
    names = ["not_due", *(f"band_{place}" for place in range(len(ends) + 1))]
    bands = "".join(f"sum(i.amount) FILTER (WHERE i.band = {band}) AS {name}, " for band, name in enumerate(names, -1))
    part = ", i.component_key" if by_component else ""
    chosen = " AND i.component_key = %(component)s" if values.get("component") is not None else ""
    source = "part" if by_component else "item"
    horizon = "%(on)s::date + (SELECT greatest(90, max(limitation_days)) FROM arrears_arrearspolicy)"
    pieces = "".join(
        f"""
  SELECT i.account_id{part}, i.open_amount AS amount, {band_of(ends, "i", credit=CREDIT)} AS band FROM {one} i
  WHERE true{chosen}
  UNION ALL"""  # noqa: S608 - built from constants
        for one in ((source,) if by_component or values.get("known") is not None else PIECES)
    )
    pieces += f"""
  SELECT i.account_id{part}, i.open_amount, {LIMITED_BAND}
  FROM {source} i JOIN ledger_account p ON p.id = i.account_id
  JOIN organisation_entity e ON e.id = p.entity_id {limitation_join(values)}
  WHERE i.due_on <= ({horizon} - interval '{shortest_limitation()} years')::date AND {WARNED}{chosen}"""  # noqa: S608
    if not by_component:
        pieces += f" UNION ALL SELECT account_id, amount, {HELD_BAND} FROM ({held_sql()}) held"  # noqa: S608
    place = place_sql(values, located=group in LOCATED, kept=by_component)
    items = items_of(values) if by_component else items_source(values)
    sums = ", ".join(f"coalesce(i.{name}, 0) AS {name}" for name in [*names, "owed", "credit", "limited", "held"])
    return f"""
WITH {place}, {items}, {watched_sql(values)} {"," + PARTS if by_component else ""}
SELECT i.currency, i.key, {label} AS label, {sums}, coalesce(i.owed, 0) - coalesce(i.credit, 0) AS balance FROM (
  SELECT p.currency, {key} AS key, {bands}sum(i.amount) FILTER (WHERE i.band < {CREDIT}) AS owed,
         sum(i.amount) FILTER (WHERE i.band = {CREDIT}) AS credit,
         sum(i.amount) FILTER (WHERE i.band = {LIMITED_BAND}) AS limited,
         sum(i.amount) FILTER (WHERE i.band = {HELD_BAND}) AS held
  FROM ({pieces} OFFSET 0) i JOIN place p ON p.account_id = i.account_id GROUP BY {key}, p.currency
) i {join}"""  # noqa: S608 - built from constants, values as parameters


def _component_name() -> str:
    from django.utils.translation import get_language

    return f"coalesce(nullif(c.{name_field(get_language())}, ''), c.name)"


def _chart(values: Values) -> Chart:
    return Chart("label", ("not_due", *(f"band_{place}" for place in range(len(bands_of(values)) + 1))))


AGEING = register_report(
    Report(
        code="ageing",
        title=gettext_lazy("Ageing"),
        definition=gettext_lazy(
            "Open items of a day by days since they were due (day minus due date). Money not used for any debt and "
            "deposits held stand apart. Open in all minus money not used is the balance of the ledger."
        ),
        right=RIGHT,
        scope=Account,
        section=DEBTS,
        icon="chart-bar",
        order=20,
        filters=(GROUP, ON, KNOWN, *PLACES, WHO, COMPONENT, BANDS, ACCOUNT, PAYER, CONTRACT),
        columns=ageing_columns,
        sql=ageing_sql,
        order_by="currency, owed DESC, label",
        chart=_chart,
        prepare=_prepare,
    )
)


def items_sql(values: Values) -> str:
    """One row per open item, or per component of one when a component is asked for."""
    chosen = ["true"]
    ends = bands_of(values)
    component = values.get("component")
    band = values.get("band")
    if band is not None and str(band).lstrip("-").isdigit() and -1 <= int(band) <= len(ends):
        chosen.append(f"i.side = 'debit' AND {within_band(ends, int(band), 'i.due_on')}")
    if values.get("side") in ("debit", "credit"):
        chosen.append(f"i.side = '{values['side']}'")
    if component is not None:
        chosen.append("i.component_key = %(component)s")
    if values.get("limited"):
        chosen.append(WARNED)
    return f"""
WITH {place_sql(values)}, {items_of(values)}, {watched_sql(values)} {"," + PARTS if component is not None else ""}
SELECT p.currency, p.account_id, p.account_code, {PARTY_NAME} AS payer, p.premises_code, i.entry_id,
       n.document_number, n.kind, n.booked_on, i.due_on, i.amount,
       CASE i.side WHEN 'debit' THEN i.open_amount ELSE -i.open_amount END AS open_amount,
       CASE WHEN i.side = 'debit' AND i.due_on <= %(on)s THEN {AGE} END AS days,
       CASE WHEN i.side = 'debit' THEN limitation.last_day END AS limitation_on, {WARNED} AS warned, {INTERRUPTED}
FROM {"part" if component is not None else "item"} i JOIN place p ON p.account_id = i.account_id
JOIN organisation_entity e ON e.id = p.entity_id
JOIN parties_party y ON y.id = p.payer_id
JOIN ledger_entry n ON n.id = i.entry_id {limitation_join(values)}
WHERE {" AND ".join(chosen)}"""  # noqa: S608 - built from constants, values as parameters


def _entry_url(row: Row, values: Values) -> str:
    from django.urls import reverse

    return reverse("desk:detail", args=["ledger", "entry", row["entry_id"]])


OPEN_ITEMS = register_report(
    Report(
        code="open_items",
        title=gettext_lazy("Open items"),
        definition=gettext_lazy(
            "Every document with something still open on the day: debts positive, money not used negative. "
            "The sum is the balance of the ledger on that day."
        ),
        right=RIGHT,
        scope=Account,
        section=DEBTS,
        icon="list",
        order=30,
        filters=(ON, KNOWN, *PLACES, WHO, COMPONENT, LIMITED, BANDS, BAND, SIDE, ACCOUNT, PAYER, CONTRACT),
        columns=(
            ReportColumn("document_number", gettext_lazy("Document"), url=_entry_url,
                         shown=lambda value: value or _("without number")),
            ReportColumn("kind", gettext_lazy("Kind"), shown=lambda value: dict(Entry.Kind.choices).get(value, value)),
            ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
            ReportColumn("booked_on", gettext_lazy("Booked on"), "date"),
            ReportColumn("due_on", gettext_lazy("Due on"), "date"),
            ReportColumn("days", gettext_lazy("Days"), "count"),
            ReportColumn("amount", gettext_lazy("Amount"), "amount"),
            ReportColumn("open_amount", gettext_lazy("Open"), "amount", total=True),
            ReportColumn("limitation_on", gettext_lazy("Limitation on"), "date"),
            ReportColumn("warned", gettext_lazy("Limitation near or over"),
                         shown=lambda value: _("yes") if value else ""),
            ReportColumn("interrupted_on", gettext_lazy("Interrupted on"), "date"),
            ReportColumn("interrupted_by", gettext_lazy("Interrupted by"),
                         shown=lambda value: str(dict(LimitationEvent.Kind.choices).get(value, value or ""))),
            ReportColumn("interrupted_document", gettext_lazy("Document of the interruption")),
        ),
        sql=items_sql,
        order_by="currency, due_on, entry_id",
        prepare=lambda values: _prepare(values | {"group": "building"}),
    )
)  # fmt: skip
