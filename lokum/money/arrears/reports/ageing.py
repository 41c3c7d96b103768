"""Ageing (LED-11) and the open items its cells are made of."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
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
               "LEFT JOIN estates_estate s ON s.id = p.estate_id"),
    "building": (gettext_lazy("Building"), "p.building_id", "coalesce(p.building_code, '')", ""),
    "payer": (gettext_lazy("Payer"), "p.payer_id", f"y.code || ' ' || {PARTY_NAME}",
              "JOIN parties_party y ON y.id = p.payer_id"),
    "contract": (gettext_lazy("Contract"), "p.agreement_id", "g.code",
                 "JOIN occupancy_agreement g ON g.id = p.agreement_id"),
    "component": (gettext_lazy("Component"), "i.component_key", "coalesce(c.code || ' ' || {name}, '')",
                  "LEFT JOIN charges_component c ON c.id = i.component_key"),
    "entity": (gettext_lazy("Entity"), "p.entity_id", "e.name", ""),
    "premises_kind": (gettext_lazy("Kind of premises"), "p.premises_kind", "coalesce(p.premises_kind, '')", ""),
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
# Limitation starts anew with the last interruption up to the day asked for, by the same rule.
BROKEN = """
broken AS MATERIALIZED (
  SELECT v.account_id, v.entry_id, max(v."on") AS "on" FROM arrears_limitationevent v WHERE v."on" <= %(on)s
  GROUP BY v.account_id, v.entry_id
)"""
LIMITATION = """
  LEFT JOIN arrears_arrearspolicy policy ON policy.entity_id = p.entity_id
  LEFT JOIN broken whole ON whole.account_id = i.account_id AND whole.entry_id IS NULL
  LEFT JOIN broken one ON one.entry_id = i.entry_id
  CROSS JOIN LATERAL (SELECT {rule} AS last_day) limitation"""


def limitation_join() -> str:
    """Needs `broken` among the common table expressions; greatest() passes over what is NULL."""
    return LIMITATION.replace("{rule}", limitation_sql('greatest(i.due_on, whole."on", one."on")', "e.country_pack"))


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
        ReportColumn("balance", _("Balance"), kind="amount", total=True),
        ReportColumn("limited", _("Limitation near or over"), url=_limited, **debit),  # type: ignore[arg-type]
    ]
    if values["group"] != "component":
        found.append(ReportColumn("held", _("Deposits held (apart)"), kind="amount", total=True))
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
    """Open items are added up by account first; places and names are joined to the sums.

    Limitation is asked item by item, and only of items old enough for the shortest rule there is.
    """
    ends, group = bands_of(values), values["group"]
    _title, key, label, join = GROUPS[group]
    by_component = group == "component" or values.get("component") is not None
    label = label.replace("{name}", _component_name())
    ages = ["not_due", *(f"band_{place}" for place in range(len(ends) + 1)), "owed"]
    bands = ", ".join(
        f"sum(open_amount) FILTER (WHERE band = {place}) AS {name}" for place, name in enumerate(ages[:-1], -1)
    )
    chosen = " AND i.component_key = %(component)s" if values.get("component") is not None else ""
    # Each kind of piece is added up by itself, by a key of which the server knows how many there are: of pieces put
    # together it would expect two hundred, and read all accounts for each sum.
    source, part = ("part", ", component_key") if by_component else ("item", "")
    pieces = [(f"{source} i JOIN ledger_account c ON c.id = i.account_id", "c.id")]
    if not by_component and values.get("known") is None:
        pieces = [(f"{one} i", "i.account_id") for one in PIECES]
    summed = " UNION ALL ".join(
        f"""
  SELECT account_id{part}, {bands}, sum(open_amount) FILTER (WHERE band IS NOT NULL) AS owed,
         sum(open_amount) FILTER (WHERE band IS NULL) AS credit
  FROM (SELECT {account} AS account_id{part}, i.open_amount, {band_of(ends, "i")} AS band
        FROM {rows} WHERE true{chosen} OFFSET 0) aged GROUP BY account_id{part}"""  # noqa: S608 - built from constants
        for rows, account in pieces
    )
    found = ["credit", "limited", "held"]
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in [*ages, *found])
    nothing = ", ".join(["NULL"] * len(ages))
    horizon = "%(on)s::date + (SELECT days FROM limits)"
    old = f"i.due_on <= ({horizon} - interval '{shortest_limitation()} years')::date"
    lines = f"JOIN place p ON p.account_id = i.account_id\nJOIN organisation_entity e ON e.id = p.entity_id {join}"
    held = f"""
UNION ALL
SELECT p.currency, {key}, {label}, {nothing}, NULL, NULL, i.amount FROM ({held_sql()}) i {lines}"""  # noqa: S608
    place = place_sql(values, located=group in LOCATED, kept=by_component)
    items = items_of(values) if by_component else items_source(values)
    return f"""
WITH {place}, {items}, {BROKEN}
{"," + PARTS if by_component else ""}, summed AS ({summed}), limits AS (
  SELECT greatest(90, max(limitation_days)) AS days FROM arrears_arrearspolicy
)
SELECT lines.*, owed - credit AS balance FROM (
SELECT currency, key, label, {sums} FROM (
SELECT p.currency, {key} AS key, {label} AS label, {", ".join(f"i.{name}" for name in ages)}, i.credit,
       NULL::numeric AS limited, NULL::numeric AS held
FROM summed i {lines}
UNION ALL
SELECT p.currency, {key}, {label}, {nothing}, NULL, i.open_amount, NULL
FROM {source} i {lines} {limitation_join()}
WHERE {old} AND {WARNED}{chosen}{"" if by_component else held}
) found GROUP BY currency, key, label
) lines"""  # noqa: S608 - built from constants, values as parameters


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
        filters=(GROUP, ON, KNOWN, *PLACES, COMPONENT, BANDS, ACCOUNT, PAYER, CONTRACT),
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
WITH {place_sql(values)}, {items_of(values)}, {BROKEN} {"," + PARTS if component is not None else ""}
SELECT p.currency, p.account_id, p.account_code, {PARTY_NAME} AS payer, p.premises_code, i.entry_id,
       n.document_number, n.kind, n.booked_on, i.due_on, i.amount,
       CASE i.side WHEN 'debit' THEN i.open_amount ELSE -i.open_amount END AS open_amount,
       CASE WHEN i.side = 'debit' AND i.due_on <= %(on)s THEN {AGE} END AS days,
       CASE WHEN i.side = 'debit' THEN limitation.last_day END AS limitation_on, {WARNED} AS warned
FROM {"part" if component is not None else "item"} i JOIN place p ON p.account_id = i.account_id
JOIN organisation_entity e ON e.id = p.entity_id
JOIN parties_party y ON y.id = p.payer_id
JOIN ledger_entry n ON n.id = i.entry_id {limitation_join()}
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
        filters=(ON, KNOWN, *PLACES, COMPONENT, LIMITED, BANDS, BAND, SIDE, ACCOUNT, PAYER, CONTRACT),
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
        ),
        sql=items_sql,
        order_by="currency, due_on, entry_id",
        prepare=lambda values: _prepare(values | {"group": "building"}),
    )
)  # fmt: skip
