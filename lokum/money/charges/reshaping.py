"""Charges of premises that are split or merged: attached components, own prices, and months posted already.

A component goes on at each of the new premises; a fixed amount stays one amount and goes to the first of them. An own
price of merged premises goes on when it is the same wherever it exists.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.addresses import url_of
from lokum.money.charges.computing import price_month
from lokum.money.charges.models import Component, ComponentAssignment, CorrectionRun, Notice, Tariff
from lokum.money.charges.services.correcting import compare_months
from lokum.property.estates.queries import entity_of
from lokum.property.estates.services import restore_span
from lokum.property.reshaping.seams import Carriage, Carrier, Section

# Months for which a notice of the former premises stands, with how many.
_POSTED = """
SELECT a.entity_id, g.premises_id, n.period, count(*)
  FROM charges_notice n JOIN ledger_account a ON a.id = n.account_id JOIN occupancy_agreement g ON g.id = a.agreement_id
 WHERE g.premises_id = ANY (%(places)s) AND n.period >= %(month)s AND n.corrects_id IS NULL
   AND NOT EXISTS (SELECT FROM ledger_entry v WHERE v.corrects_id = n.entry_id AND v.source_kind = 'reversal')
 GROUP BY a.entity_id, g.premises_id, n.period ORDER BY n.period, g.premises_id
"""
_PRICES = "SELECT component_id, sum(amount), bool_or(amount IS NULL) FROM charge_priced GROUP BY component_id"
Prices = dict[int, Decimal | None]


def posted_months(places: Sequence[int], day: dt.date) -> list[tuple[int, int, dt.date, int]]:
    """(entity, premises, month, notices) posted for the month of a day and later."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTED, {"places": list(places), "month": clock.first_of_month(day)})
        return list(cursor.fetchall())


def shown_month(day: dt.date) -> dt.date:
    """The first month that lies wholly behind the day."""
    first = clock.first_of_month(day)
    return first if first == day else clock.add_months(first, 1)


def _prices(places: Sequence[int], month: dt.date) -> Prices:
    found: Prices = {}
    for entity_id in sorted({pk for pk in (entity_of(place, month) for place in places) if pk is not None}):
        with connection.cursor() as cursor:
            price_month(cursor, entity_id, month, places)
            cursor.execute(_PRICES)
            found |= {pk: None if unpriced else amount for pk, amount, unpriced in cursor.fetchall()}
    return found


class ChargesCarrier(Carrier):
    name = "charges"

    def refuse(self, carriage: Carriage) -> None:
        """Months charged beyond the day (unless they go to the corrections), and prices that wait for a decision."""
        posted = posted_months(carriage.sources, carriage.effective_on)
        if posted and not carriage.corrects_posted:
            months = sorted({month for _entity, _place, month, _count in posted})
            text = _(
                "Charges are posted beyond the day already (%(months)s). Choose a later day, undo them, or let "
                "these months go to the corrections."
            ) % {"months": ", ".join(date_format(month, "YEAR_MONTH_FORMAT") for month in months)}
            details = {"months": [f"{month:%Y-%m}" for month in months], "notices": sum(row[3] for row in posted)}
            raise Refusal("reshaping.charged", text, status=409, fields={"effective_on": [text]}, details=details)
        waiting = Tariff.objects.filter(premises__in=carriage.sources, state=Tariff.State.PROPOSED).first()
        if waiting is not None:
            text = _("A proposed price waits for a decision: %(price)s. Approve or refuse it first.") % {
                "price": waiting
            }
            raise Refusal("reshaping.price_waits", text)

    def look(self, carriage: Carriage) -> Prices:
        return _prices(carriage.sources, shown_month(carriage.effective_on))

    def carry(self, carriage: Carriage, actor: Actor) -> dict[str, Any]:
        kept = {"assignments": self._carry_assignments(carriage), "tariffs": self._carry_tariffs(carriage, actor)}
        return kept | {"corrections": self._compare(carriage, actor) if carriage.corrects_posted else []}

    def _carry_assignments(self, carriage: Carriage) -> list[list[Any]]:
        day = carriage.effective_on
        rows = list(
            ComponentAssignment.objects.filter(premises__in=carriage.sources, valid__overlap=DateRange(day, None))
            .select_related("component")
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        kept = [_span(row) for row in rows]
        spans: dict[Component, list[tuple[dt.date, dt.date | None]]] = {}
        for row in rows:
            spans.setdefault(row.component, []).append((max(row.valid.lower or day, day), row.valid.upper))
            _cut(row, day)
        for component, parts in spans.items():
            one_amount = component.basis == Component.Basis.AMOUNT and not component.formula
            targets = carriage.targets[:1] if one_amount else carriage.targets
            ComponentAssignment.objects.bulk_create(
                ComponentAssignment(component=component, premises_id=target, valid=DateRange(lower, upper))
                for target in targets
                for lower, upper in _united(parts)
            )
        return kept

    def _carry_tariffs(self, carriage: Carriage, actor: Actor) -> list[list[Any]]:
        """Own prices end and go on; of one target two different prices in the same time are refused."""
        day = carriage.effective_on
        rows = list(
            Tariff.objects.filter(
                premises__in=carriage.sources, state=Tariff.State.APPROVED, valid__overlap=DateRange(day, None)
            )
            .select_related("component", "premises")
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        kept = [_span(row) for row in rows]
        new: dict[Any, Tariff] = {}
        for row in rows:
            span = (max(row.valid.lower or day, day), row.valid.upper)
            key = (row.component_id, row.title_kind, row.membership)
            clash = [one for (*other, begins), one in new.items() if tuple(other) == key]
            if any(_meet(one.valid, span) and (one.price, one.valid.lower, one.valid.upper) != (row.price, *span)
                   for one in clash):  # fmt: skip
                text = _("The premises have different own prices of %(component)s; make them equal first.") % {
                    "component": row.component
                }
                raise Refusal("reshaping.prices_differ", text, details={"component": row.component_id})
            new[*key, span[0]] = Tariff(
                component=row.component, level=Tariff.Level.PREMISES, title_kind=row.title_kind,
                membership=row.membership, price=row.price, valid=DateRange(*span), state=Tariff.State.APPROVED,
                source=row.source, proposed_by_id=row.proposed_by_id, approved_by_id=row.approved_by_id,
                approved_at=clock.now(),
            )  # fmt: skip
            _cut(row, day)
        for one in new.values():
            for target in carriage.targets:
                one.pk, one._state.adding, one.premises_id = None, True, target
                one.save(force_insert=True)
                note(one, gettext_noop("carried over"), actor=actor, price=str(one.price))
        return kept

    def _compare(self, carriage: Carriage, actor: Actor) -> list[int]:
        """Posted months of each of the former premises go to the corrections, as a comparison to be requested."""
        spans: dict[tuple[int, int], list[dt.date]] = {}
        for entity_id, place, month, _count in posted_months(carriage.sources, carriage.effective_on):
            spans.setdefault((entity_id, place), []).append(month)
        reason = carriage.document or _("Split or merge of premises")
        return [
            compare_months(entity_id, months[0], months[-1], reason, actor=actor, premises_id=place).pk
            for (entity_id, place), months in spans.items()
        ]

    def shown(self, carriage: Carriage, looked: Prices, kept: Any) -> list[Section]:
        month = shown_month(carriage.effective_on)
        after = _prices(carriage.targets, month)
        components = Component.objects.filter(pk__in={*looked, *after}).order_by("position", "code")
        rows = [
            (str(one), _amount(looked.get(one.pk, Decimal(0))), _amount(after.get(one.pk, Decimal(0))))
            for one in components
        ]
        rows.append((_("Total"), _amount(_sum(looked)), _amount(_sum(after))))
        sections = [
            Section(
                _("Charges of %(month)s before and after") % {"month": f"{month:%Y-%m}"},
                (_("Component"), _("Before"), _("After")), rows if len(rows) > 1 else (), numeric=(1, 2),
                note="" if len(rows) > 1 else _("Nothing is charged on these premises in this month."),
            )
        ]  # fmt: skip
        runs = CorrectionRun.objects.filter(pk__in=kept["corrections"]).select_related("premises").order_by("pk")
        if runs:
            sections.append(
                Section(
                    _("Posted months that go to the corrections"),
                    (_("Premises"), _("From"), _("To"), _("Documents"), _("Total difference")),
                    [(str(one.premises), f"{one.since:%Y-%m}", f"{one.until:%Y-%m}", one.document_count,
                      _amount(one.total_amount)) for one in runs],
                    numeric=(3, 4), note=_(
                        "They are posted once a second person approves. The new premises are charged for these months "
                        "by a run of each month."
                    ),
                )
            )  # fmt: skip
        return sections

    def links(self, carriage: Carriage, kept: Any) -> list[dict[str, Any]]:
        runs = CorrectionRun.objects.filter(pk__in=(kept or {}).get("corrections", ())).select_related("premises")
        return [
            {"text": _("Corrections of %(premises)s from %(month)s") % {"premises": one.premises,
             "month": date_format(one.since, "YEAR_MONTH_FORMAT")}, "url": url_of(one)}
            for one in runs
        ]  # fmt: skip

    def refuse_undo(self, carriage: Carriage, kept: Any) -> None:
        asked = CorrectionRun.objects.filter(pk__in=kept["corrections"], state__in=("requested", "posted")).first()
        if asked is not None:
            text = _("A correction of posted months is %(state)s already.") % {"state": asked.get_state_display()}
            raise Refusal("reshaping.corrected", text, status=409)
        if Notice.objects.filter(account__agreement__premises__in=carriage.targets).exists():
            text = _("Something was posted to the new accounts already.")
            raise Refusal("reshaping.posted", text, status=409)

    def take_back(self, carriage: Carriage, kept: Any, actor: Actor) -> None:
        for run in CorrectionRun.objects.filter(pk__in=kept["corrections"]):
            run.lines.all()._raw_delete(run.lines.db)
            run.delete()
        ComponentAssignment.objects.filter(premises__in=carriage.targets).delete()
        Tariff.objects.filter(premises__in=carriage.targets).delete()
        for model, rows in ((ComponentAssignment, kept["assignments"]), (Tariff, kept["tariffs"])):
            for pk, lower, upper, values in rows:
                restore_span(model, pk, lower, upper, values)


def _span(row: Any) -> list[Any]:
    """Key, span and columns of a row, as `restore_span` takes them."""
    lower, upper = row.valid.lower, row.valid.upper
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "valid"
    }
    return [row.pk, lower and lower.isoformat(), upper and upper.isoformat(), values]


def _cut(row: Any, day: dt.date) -> None:
    if row.valid.lower is not None and row.valid.lower >= day:
        row.delete()
    else:
        row.valid = DateRange(row.valid.lower, day)
        row.save(update_fields=["valid"])


def _meet(span: Any, other: tuple[dt.date, dt.date | None]) -> bool:
    lower, upper = other
    return (span.upper is None or lower < span.upper) and (upper is None or span.lower < upper)


def _united(parts: Sequence[tuple[dt.date, dt.date | None]]) -> list[tuple[dt.date, dt.date | None]]:
    """Spans that meet become one: a component that several of the former premises carry is carried once."""
    found: list[tuple[dt.date, dt.date | None]] = []
    for lower, upper in sorted(parts, key=lambda part: part[0]):
        if found and (found[-1][1] is None or lower <= found[-1][1]):
            first, last = found[-1]
            found[-1] = (first, None if last is None or upper is None else max(last, upper))
        else:
            found.append((lower, upper))
    return found


def _sum(prices: Prices) -> Decimal | None:
    return None if None in prices.values() else sum((one for one in prices.values() if one is not None), Decimal(0))


def _amount(value: Decimal | None) -> str:
    return _("no price") if value is None else number_format(f"{value:.2f}", use_l10n=True)
