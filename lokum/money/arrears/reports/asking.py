"""The filters all reports on money share, and the addresses they lead to."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.reports.declaration import ReportColumn, ReportFilter, Row, Values
from lokum.money.ledger.report_places import BUILDING, DISTRICT, ENTITY, ESTATE, KIND, PLACES, STOCK
from lokum.property.estates.models import Premises

__all__ = ["BUILDING", "DISTRICT", "ENTITY", "ESTATE", "KIND", "PLACES", "STOCK"]

RIGHT = "arrears.report:view"
DEBTS = gettext_lazy("Arrears")
COLLECTION = gettext_lazy("Collection")
BOOKS = gettext_lazy("Books")

ON = ReportFilter("on", gettext_lazy("As of"), "date", default=lambda user: clock.today())
KNOWN = ReportFilter(
    "known",
    gettext_lazy("As known at"),
    "moment",
    help_text=gettext_lazy("Repeats what the books said at that moment; empty: as known now."),
)
WHO = ReportFilter(
    "who", gettext_lazy("Payer or account"), "text", help_text=gettext_lazy("A part of the name, its code or number.")
)
ACCOUNT = ReportFilter("account", gettext_lazy("Account"), "id")
PAYER = ReportFilter("payer", gettext_lazy("Payer"), "id")
CONTRACT = ReportFilter("contract", gettext_lazy("Contract"), "id")


def known_condition(values: Values, entry: str = "n") -> str:
    """A condition over an entry: what the books held at the moment asked for; nothing where none is. Postings never
    change, so a past moment always gives the same rows."""
    if values.get("known") is None:
        return ""
    return f" AND EXISTS (SELECT FROM ledger_batch kb WHERE kb.id = {entry}.batch_id AND kb.posted_at <= %(known)s)"


def known_match(values: Values, match: str) -> str:
    """A condition over a row of `ledger_allocation`: it stood at the moment asked for, now where none is."""
    if values.get("known") is None:
        return f"{match}.undone_at IS NULL"
    return f"{match}.made_at <= %(known)s AND coalesce({match}.undone_at > %(known)s, true)"


START = ReportFilter("start", gettext_lazy("From month"), "month", default=lambda user: clock.today().replace(day=1))
END = ReportFilter("end", gettext_lazy("To month"), "month", default=lambda user: clock.today().replace(day=1))

STANDARD_BANDS = "30,60,90,180,365,730,1095"  # days; domain of Chinese property management, 7.13
BANDS = ReportFilter(
    "bands",
    gettext_lazy("Bands (days)"),
    "text",
    default=lambda user: STANDARD_BANDS,
    help_text=gettext_lazy("Upper ends of the bands, with commas between."),
)


def bands_of(values: Values) -> list[int]:
    """Upper ends in days, growing. Raises Refusal."""
    text = str(values.get("bands") or STANDARD_BANDS)
    try:
        found = [int(part) for part in text.replace(";", ",").split(",") if part.strip()]
    except ValueError:
        found = []
    if not found or found != sorted(set(found)) or found[0] < 0 or len(found) > 12 or found[-1] > 36_500:
        message = _("Write growing numbers of days with commas between, for example 30,60,90.")
        raise Refusal("report.bands", message, fields={"bands": [message]})
    return found


def band_label(ends: list[int], place: int) -> str:
    """Words of a band: 0-30, 31-60, ..., above 1095."""
    if place == len(ends):
        return _("above %(days)d days") % {"days": ends[-1]}
    first = ends[place - 1] + 1 if place else 0
    return _("%(first)d–%(last)d days") % {"first": first, "last": ends[place]}


def within_band(ends: list[int], place: int, due_on: str) -> str:
    """SQL condition: what was due on a day lies in the band of %(on)s; -1 = not yet due."""
    day = "%(on)s::date"
    if place < 0:
        return f"{due_on} > {day}"
    low = f"{due_on} < {day} - {ends[place - 1]}" if place else f"{due_on} <= {day}"
    return low if place == len(ends) else f"{low} AND {due_on} >= {day} - {ends[place]}"


def band_of(ends: list[int], item: str, *, credit: int) -> str:
    """SQL: number of the band a debt lies in, told once for all bands; -1 = not yet due, `credit` = no debt."""
    places = "".join(f" WHEN {item}.due_on >= %(on)s::date - {end} THEN {place}" for place, end in enumerate(ends))
    return (
        f"CASE WHEN {item}.side <> 'debit' THEN {credit} WHEN {item}.due_on > %(on)s::date THEN -1{places} "
        f"ELSE {len(ends)} END"
    )


def with_today(values: Values) -> Values:
    return values | {"on": values.get("on") or clock.today()}


def with_months(values: Values) -> Values:
    """First and last day of the chosen months; the last month is not before the first."""
    first = values.get("start") or clock.first_of_month(clock.today())
    last = values.get("end") or first
    if last < first:
        message = _("The last month lies before the first.")
        raise Refusal("report.months", message, fields={"end": [message]})
    if (last.year - first.year) * 12 + last.month - first.month >= 120:
        message = _("Choose ten years at most.")
        raise Refusal("report.months", message, fields={"start": [message]})
    return values | {"start": first, "end": clock.last_of_month(last)}


def address(code: str, values: Values, **changes: Any) -> str:
    """The address of a report with these filters; None leaves one out."""
    query = {}
    for name, value in {**values, **changes}.items():
        if value is None or value == "" or value is False:
            continue
        if isinstance(value, dt.datetime):
            value = value.isoformat()
        query[name] = "1" if value is True else value
    return f"{reverse('reports:report', args=[code])}?{urlencode(query)}"


def kept(values: Values, *names: str) -> Values:
    """The filters of these names, to hand on to another report."""
    return {name: values.get(name) for name in names}


PLACE_NAMES = ("entity", "estate", "building", "stock", "premises_kind", "who", "district")


def sheet_url(row: Row, values: Values) -> str:
    return reverse("ledger:sheet", args=[row["account_id"]])


ACCOUNT_COLUMN = ReportColumn("account_code", gettext_lazy("Account"), personal=True, short=True, url=sheet_url)
PAYER_COLUMN = ReportColumn("payer", gettext_lazy("Payer"), personal=True)
PREMISES_COLUMN = ReportColumn("premises_code", gettext_lazy("Premises"), personal=True, short=True)
PARTY_NAME = "lokum_called(y.first_name, y.last_name)"
# Names of payer and premises for the rows of a page (`Report.named`); the rows have account_id.
NAMED = f"""
SELECT row.*, {PARTY_NAME} AS payer, p.code AS premises_code FROM {{rows}} row
LEFT JOIN ledger_account a ON a.id = row.account_id LEFT JOIN parties_party y ON y.id = a.payer_id
LEFT JOIN occupancy_agreement g ON g.id = a.agreement_id LEFT JOIN estates_premises p ON p.id = g.premises_id"""  # noqa: S608


def kind_text(value: Any) -> str:
    return str(dict(Premises.Kind.choices).get(value, value or ""))
