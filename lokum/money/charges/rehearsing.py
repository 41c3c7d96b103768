"""Charges as a part of closing a month: the month run from its draft to its notices, and what to look at before."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lokum.core.base import clock
from lokum.core.base.languages import worded
from lokum.money.charges.closing import forgotten
from lokum.money.charges.computing import seen_sql
from lokum.money.charges.models import Tariff
from lokum.money.charges.queries.shares import wrong_shares
from lokum.money.charges.seams import charge_sources
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.charges.sources import hash_due_sql
from lokum.money.ledger.models import Period
from lokum.money.ledger.rehearsing import Month, Outcome, Part, Sum, register_part, row_marks
from lokum.money.ledger.seams import OpenPoint, component_names
from lokum.property.estates.models import FactChange
from lokum.property.occupancy.models import Declaration

TOLD = 5  # changes named when they void a rehearsal
RELEASE = "charges.approve_run"

MORE_SEEN = """
SELECT 'one_offs' AS part, b.id, b.xmin::text::bigint AS xmin FROM charges_chargebatch b WHERE b.entity_id = %(entity)s
UNION ALL SELECT 'one_offs', -o.id, o.xmin::text::bigint FROM charges_oneoffcharge o
  JOIN charges_chargebatch b ON b.id = o.batch_id AND b.entity_id = %(entity)s
UNION ALL SELECT 'reductions', r.id, r.xmin::text::bigint FROM charges_reduction r
  JOIN ledger_account a ON a.id = r.account_id AND a.entity_id = %(entity)s
UNION ALL SELECT 'settings', id, xmin::text::bigint FROM organisation_nodesetting
"""
OF_RUN = """
SELECT n.account_id, sum(n.total_amount), count(*) FROM charges_notice n WHERE n.run_id = %(run)s GROUP BY n.account_id
"""
# Components of the month by themselves, what sources brought by source.
SUMS = """
SELECT CASE WHEN l.reason LIKE 'src:%%' THEN 'source:' || split_part(l.reason, ':', 2) ELSE c.id::text END AS key,
       count(*), sum(l.amount), min(c.position) AS position
FROM charges_notice n JOIN charges_chargeline l ON l.notice_id = n.entry_id
JOIN charges_component c ON c.id = l.component_id
WHERE n.run_id = %(run)s GROUP BY 1 ORDER BY (min(l.reason) LIKE 'src:%%'), position, key
"""
FORMER = """
SELECT n.account_id, sum(n.total_amount) FROM charges_notice n
JOIN charges_chargerun r ON r.id = n.run_id AND r.entity_id = %(entity)s AND r.kind = 'month' AND r.state = 'posted'
WHERE n.period = %(former)s AND n.corrects_id IS NULL GROUP BY n.account_id
"""
NAMES = {
    "component": gettext_lazy("components"),
    "vat_rate": gettext_lazy("VAT rates"),
    "tariff": gettext_lazy("prices"),
    "member": gettext_lazy("groups of premises"),
    "assignment": gettext_lazy("components attached to premises"),
    "agreement": gettext_lazy("agreements"),
    "title": gettext_lazy("titles"),
    "membership": gettext_lazy("the member register"),
    "account": gettext_lazy("accounts of payers"),
    "split": gettext_lazy("joint payers and payers by shares"),
    "payer": gettext_lazy("joint payers and payers by shares"),
    "fact": gettext_lazy("areas, persons and other facts of premises"),
    "share": gettext_lazy("ownership shares"),
    "notice": gettext_lazy("notices of the month"),
    "run": gettext_lazy("undone month runs"),
    "one_offs": gettext_lazy("one-off charges"),
    "reductions": gettext_lazy("reductions"),
    "sources": gettext_lazy("what else is due"),
    "settings": gettext_lazy("settings"),
}
WORDS = {
    "closed": gettext_lazy("the month is closed already"),
    "charged": gettext_lazy("everything of this month was charged before"),
}


class _Nothing(Exception):
    """Takes the empty draft back."""


def charge(month: Month) -> Outcome:
    """Compute, check and post the month as its run does it; an open draft of the month is computed anew."""
    alarms = _alarms(month)
    if Period.objects.filter(entity=month.entity, starts_on=month.first, closed_at__isnull=False).exists():
        return Outcome(skipped="closed")
    try:
        with transaction.atomic():
            run = compute_run(month.entity.pk, month.first, actor=month.actor)
            if not run.line_count:
                raise _Nothing
            check_run(run.pk, actor=month.actor)
            approve_run(run.pk, actor=month.actor)
            run = post_run(run.pk, actor=month.actor)
    except _Nothing:
        return Outcome(skipped="charged", alarms=alarms)
    with connection.cursor() as cursor:
        cursor.execute(OF_RUN, {"run": run.pk})
        rows = cursor.fetchall()
        cursor.execute(SUMS, {"run": run.pk})
        sums = [Sum(key, count, amount) for key, count, amount, _position in cursor.fetchall()]
    amounts: dict[int, Decimal] = {account: amount for account, amount, _count in rows}
    return Outcome(amounts, sum(row[2] for row in rows), sums, alarms=alarms)


def _alarms(month: Month) -> list[OpenPoint]:
    """Forgotten charges, shares that do not add up to the whole, unusual declarations that nobody decided on."""
    found = list(forgotten(month.entity.pk, month.first))
    for one in wrong_shares(month.entity.pk, month.first):
        found.append(OpenPoint(_shares_words(one.record, one.total_text), url=one.url))
    waiting = Declaration.objects.filter(
        state="submitted", valid_from__lte=month.last, premises__agreements__entity=month.entity
    )
    count = waiting.exclude(remarks=[]).distinct().count()
    if count:
        found.append(OpenPoint(worded(lambda: _declared_words(count)), url=reverse("occupancy:declarations")))
    return found


def _shares_words(place: Any, total: str) -> str:
    told = {"place": place, "total": total}
    return worded(lambda: _("%(place)s: the shares add up to %(total)s instead of the whole") % told)


def _declared_words(count: int) -> str:
    text = ngettext(
        "%(count)d unusual declaration waits for a decision",
        "%(count)d unusual declarations wait for a decision",
        count,
    )
    return text % {"count": count}


def former(month: Month) -> Mapping[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(FORMER, {"entity": month.entity.pk, "former": clock.add_months(month.first, -1)})
        return dict(cursor.fetchall())


def seen(month: Month) -> Mapping[str, str]:
    """Marks of everything that the month run reads, and of what the charge sources say is due."""
    values: dict[str, Any] = {"entity": month.entity.pk, "day": month.first, "run": 0}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT part, rows || ':' || hash FROM ({seen_sql(cursor, values)}) s WHERE rows > 0 ORDER BY part",  # noqa: S608
            values,
        )
        marks = _joined(cursor.fetchall())
        more = row_marks(cursor, MORE_SEEN, values)
        cursor.execute(hash_due_sql(), values)
        count, due = cursor.fetchone()
    return {**marks, **more, "sources": f"{count}:{due}"}


def _joined(rows: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Facts that formulas read ("fact:share", "fact:own_lift") count as facts."""
    found: dict[str, str] = {}
    for name, mark in rows:
        short = name.split(":")[0]
        found[short] = f"{found[short]}|{mark}" if short in found else mark
    return found


def told_facts(month: Month, since: dt.datetime) -> Sequence[str]:
    rows = FactChange.objects.filter(
        recorded_at__gt=since, premises__agreements__entity=month.entity
    ).select_related("premises__building")  # fmt: skip
    return [_told_fact(one) for one in rows.distinct().order_by("-pk")[:TOLD]]


def _told_fact(one: FactChange) -> str:
    return worded(lambda: f"{one.premises}: {one.get_kind_display()} {one.old_value or '–'} → {one.new_value or '–'}")


def told_prices(month: Month, since: dt.datetime) -> Sequence[str]:
    rows = Tariff.objects.filter(component__entity=month.entity, approved_at__gt=since).select_related("component")
    return [_told_price(one) for one in rows.order_by("-approved_at", "-pk")[:TOLD]]


def _told_price(one: Tariff) -> str:
    def words() -> str:
        since = date_format(one.valid.lower, "SHORT_DATE_FORMAT") if one.valid.lower else "–"
        return f"{one.component.local_name} {one.price} ({since})"

    return worded(words)


def words(keys: Collection[str]) -> Mapping[str, Any]:
    found: dict[str, Any] = dict(WORDS)
    names = component_names([int(key) for key in keys if key.isdigit()])
    found |= {str(pk): name for pk, name in names.items()}
    return found | {f"source:{one.name}": one.label for one in charge_sources()}


def register() -> None:
    register_part(
        Part(
            "charges",
            gettext_lazy("Charges"),
            10,
            charge,
            seen,
            NAMES,
            {"fact": told_facts, "tariff": told_prices},
            former,
            words,
            second_person=(RELEASE,),
        )
    )
