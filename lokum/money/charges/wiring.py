"""What the charges hang into lower layers: rules of proof, and what an entry of a notice comes from."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base.languages import worded
from lokum.core.desk.addresses import url_of
from lokum.core.organisation.inherited import register_setting
from lokum.core.papers.queries import altered_documents
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.charges import due_dates, limits, rehearsing
from lokum.money.charges.closing import forgotten
from lokum.money.charges.explanation import Unexplained, explain
from lokum.money.charges.models import (
    ChargeLine,
    ChargeRun,
    Component,
    ComponentAssignment,
    CorrectionRun,
    Notice,
    Tariff,
)
from lokum.money.charges.queries import source_of_correction, source_of_notice
from lokum.money.charges.queries.rates import rates_of, shown_rates_of
from lokum.money.charges.reducing import ALL_REDUCTIONS
from lokum.money.charges.reshaping import ChargesCarrier
from lokum.money.charges.seams import ChargeSource, register_charge_source
from lokum.money.charges.services import correcting
from lokum.money.charges.services.tariffs import SECOND_PERSON
from lokum.money.charges.sources import ON_NEXT_NOTICE
from lokum.money.ledger.proof import Finding, register_check, register_view
from lokum.money.ledger.seams import (
    OpenPoint,
    register_closing_check,
    register_component_names,
    register_source,
)
from lokum.money.ledger.words import BATCH_KINDS
from lokum.property.estates.seams import add_holding
from lokum.property.occupancy.seams import add_history_source
from lokum.property.reshaping.seams import add_carrier


def names_of_components(keys: Collection[int]) -> dict[int, str]:
    return {pk: component.local_name for pk, component in Component.objects.in_bulk(sorted(keys)).items()}


def open_charges(entity_id: int, month: dt.date) -> Sequence[OpenPoint]:
    """Drafts of the month that wait, and a month in which nothing was charged although there are components."""
    runs = ChargeRun.objects.filter(entity_id=entity_id, period=month)
    waiting = runs.filter(state__in=("draft", "checked", "approved")).first()
    if waiting is not None:
        return [
            OpenPoint(worded(lambda: gettext("a month run waits to be posted")), blocking=True, url=url_of(waiting))
        ]
    if not runs.filter(state="posted").exists() and Component.objects.filter(entity_id=entity_id).exists():
        return [OpenPoint(worded(lambda: gettext("nothing was charged for this month")))]
    return []


def open_proposals(entity_id: int, month: dt.date) -> Sequence[OpenPoint]:
    """What the nightly look proposed and nobody decided on, of months up to this one."""
    rows = CorrectionRun.objects.filter(entity_id=entity_id, by_night=True, state="compared", since__lte=month)
    return [OpenPoint(_otherwise(one.document_count), url=url_of(one)) for one in rows]


def _otherwise(count: int) -> str:
    return worded(
        lambda: (
            ngettext(
                "%(count)d posted notice would read otherwise now",
                "%(count)d posted notices would read otherwise now",
                count,
            )
            % {"count": count}
        )
    )


def unexplained_lines() -> Iterable[Finding]:
    """CHG-07: every posted line, computed anew from its own snapshot, gives the amount that was posted."""
    rows = ChargeLine.objects.values_list("pk", "snapshot", "net_amount", "tax_amount", "amount")
    for pk, snapshot, net, tax, amount in rows.iterator(chunk_size=5000):
        try:
            one = explain(snapshot)
        except Unexplained as error:
            yield Finding("charges.chargeline", pk, str(error))
            continue
        if (one.net, one.tax, one.amount) != (net, tax, amount):
            yield Finding("charges.chargeline", pk, f"explained {one.amount}, posted {amount}")


def altered() -> Iterable[Finding]:
    return [Finding("papers.issueddocument", pk, "the data do not give the hash") for pk in altered_documents()]


def gaps_in_series() -> Iterable[Finding]:
    """Serials of series without gaps run from one to the counter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.period, c.last, count(d.id) FROM papers_seriescounter c "
            "JOIN papers_numberseries s ON s.id = c.series_id AND s.gapless "
            "LEFT JOIN papers_issueddocument d ON d.series_id = c.series_id AND d.series_period = c.period "
            "AND d.kind = s.kind "
            "GROUP BY c.id, c.period, c.last HAVING count(d.id) <> c.last"
        )
        return [
            Finding("papers.seriescounter", pk, f"{period}: {last} numbers taken, {count} documents")
            for pk, period, last, count in cursor.fetchall()
        ]


add_history_source(rates_of, portal=shown_rates_of)
register_setting(SECOND_PERSON, _("Second person: start of a tariff"), "yesno", True, guarded=True)
register_view("I6", _("One charge per agreement, component, period and reason"), "proof_i6")
register_check("C7", _("Every charge line is explained by its own snapshot"), unexplained_lines)
register_check("D1", _("Documents are what they were when issued"), altered)
register_check("D2", _("Number series have no gaps"), gaps_in_series)
register_source("notice", source_of_notice)
register_source("correction", source_of_correction)
BATCH_KINDS.add("charge-run", _("month run"))
BATCH_KINDS.add("charge-undo", _("month run undone"))
DOCUMENT_KINDS.add("notice", _("charge notice"))
DOCUMENT_KINDS.add("notice_copy", _("charge notice of a joint payer"))
DOCUMENT_KINDS.add("correction", _("correction of a notice"))
correcting.install()
due_dates.install()
limits.install()
rehearsing.register()
register_charge_source(ChargeSource("one_off", _("One-off charges"), ON_NEXT_NOTICE))
register_charge_source(ChargeSource("reduction", _("Reductions"), ALL_REDUCTIONS))
register_component_names(names_of_components)
register_closing_check(open_charges)
register_closing_check(open_proposals)
register_closing_check(forgotten)
add_carrier(ChargesCarrier())
add_holding(ComponentAssignment, "premises")
add_holding(Tariff, "premises")
add_holding(Notice, "account__agreement__premises")
add_holding(ChargeLine, "notice__account__agreement__premises")
