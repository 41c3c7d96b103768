"""Year end: income and expense of a fiscal year are carried to the result of the year, in one batch.

The closing is booked on the first day of the first open month behind the year, with the last day of the year as its
effective date: nothing enters a closed month. It leaves closings of other years aside, so each year stands alone.
Payers' accounts, open items and their ageing are not touched.
"""

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Batch, LedgerAccount, Period
from lokum.money.ledger.queries.years import CLOSING, UNDOING, fiscal_year_of, months_of_year, standing_closings
from lokum.money.ledger.services.corrections import reverse_batch
from lokum.money.ledger.services.posting import close_batch, open_batch, posting

# What a year moved on each account of income and expense; debit positive.
SUMS = """
CREATE TEMP TABLE ledger_year_sum ON COMMIT DROP AS
SELECT l.ledger_account_id, sum(l.debit_amount - l.credit_amount) AS amount
FROM ledger_line l
JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.kind IN ('income', 'expense')
JOIN ledger_batch b ON b.id = l.batch_id AND b.kind NOT IN (%(closing)s, %(undoing)s)
WHERE l.entity_id = %(entity)s AND l.booked_on BETWEEN %(start)s AND %(end)s
GROUP BY l.ledger_account_id HAVING sum(l.debit_amount - l.credit_amount) <> 0
"""
ENTRY = """
INSERT INTO ledger_entry (batch_id, entity_id, kind, amount, document_number, description, booked_on, effective_on,
                          source_kind, source_id)
VALUES (%(batch)s, %(entity)s, 'collective', 0, '', %(description)s, %(booked_on)s, %(end)s, 'year_end', %(batch)s)
RETURNING id
"""
LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, booked_on, debit_amount, credit_amount)
SELECT %(entry)s, %(batch)s, %(entity)s, s.ledger_account_id, %(booked_on)s::date, greatest(-s.amount, 0),
       greatest(s.amount, 0)
FROM ledger_year_sum s
UNION ALL
SELECT %(entry)s, %(batch)s, %(entity)s, %(result)s, %(booked_on)s::date, greatest(t.amount, 0), greatest(-t.amount, 0)
FROM (SELECT sum(amount) AS amount FROM ledger_year_sum) t WHERE t.amount <> 0
"""


def close_year(entity_id: int, year: int, *, actor: Actor) -> Batch | None:
    """Carry income and expense of a fiscal year to its result. `year`: the calendar year in which it begins.

    Again: the closing that stands is returned and nothing is added. None: the year moved neither income nor expense.
    Refused while a month of the year is open (`ledger.year_open_months`) or the year runs (`ledger.year_not_over`).
    """
    with posting(actor) as whole:
        entity = Entity.objects.filter(pk=entity_id).first()
        if entity is None:
            raise Missing("ledger.no_entity", _("There is no such entity."))
        months = months_of_year(entity, year)
        _refuse_open(entity, months)
        standing = standing_closings(entity_id, year).first()
        return standing or _post(entity, year, months[0], clock.last_of_month(months[-1]), whole)


def _refuse_open(entity: Entity, months: list[dt.date]) -> None:
    """Lock the months of the year, so that nobody opens one meanwhile, and refuse unless all of them are closed."""
    if not months or clock.last_of_month(months[-1]) >= clock.today(entity.time_zone):
        text = _("The year is not over.")
        raise Refusal("ledger.year_not_over", text, fields={"year": [text]})
    found = Period.objects.select_for_update().filter(entity=entity, starts_on__in=months).order_by("pk")
    closed = {period.starts_on for period in found if period.closed_at is not None}
    still_open = [f"{month:%Y-%m}" for month in months if month not in closed]
    if still_open:
        text = _("Close these months first: %(months)s.") % {"months": ", ".join(still_open)}
        raise Refusal("ledger.year_open_months", text, details={"months": still_open}, status=409)


def _post(entity: Entity, year: int, start: dt.date, end: dt.date, actor: Actor) -> Batch | None:
    result = LedgerAccount.objects.filter(entity=entity, purpose=LedgerAccount.Purpose.RESULT).first()
    if result is None:
        text = _("The chart of accounts has no account for the result of the year.")
        raise Refusal("ledger.no_result_account", text, status=409)
    values: dict[str, Any] = {"entity": entity.pk, "start": start, "end": end, "closing": CLOSING, "undoing": UNDOING,
                              "result": result.pk, "booked_on": _first_open_day(entity.pk, end)}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS ledger_year_sum")
        cursor.execute(SUMS, values)
        cursor.execute("SELECT EXISTS (SELECT FROM ledger_year_sum)")
        if not cursor.fetchone()[0]:
            return None
        before = _closings(entity.pk, year).count()
        source = f"{CLOSING}:{year}" + (f"/{before + 1}" if before else "")
        values["batch"] = open_batch(entity.pk, CLOSING, source, values["booked_on"], actor=actor)
        values["description"] = _("Result of the year %(start)s to %(end)s") % {"start": start, "end": end}
        cursor.execute(ENTRY, values)
        values["entry"] = cursor.fetchone()[0]
        cursor.execute(LINES, values)
    close_batch(values["batch"])
    return Batch.objects.get(pk=values["batch"])


def _closings(entity_id: int, year: int) -> QuerySet[Batch]:
    """All closings of a year there ever were, also those taken back."""
    named = Q(source=f"{CLOSING}:{year}") | Q(source__startswith=f"{CLOSING}:{year}/")
    return Batch.objects.filter(named, entity_id=entity_id, kind=CLOSING)


def _first_open_day(entity_id: int, end: dt.date) -> dt.date:
    """First day of the first month behind the year that is not closed."""
    month = end + dt.timedelta(days=1)
    closed = set(
        Period.objects.filter(entity_id=entity_id, starts_on__gte=month, closed_at__isnull=False).values_list(
            "starts_on", flat=True
        )
    )
    while month in closed:
        month = clock.add_months(month, 1)
    return month


def undo_year_of(entity_id: int, month: dt.date, actor: Actor) -> None:
    """A month of a closed year was opened by two people: the closing is taken back, to be made anew."""
    entity = Entity.objects.get(pk=entity_id)
    year = fiscal_year_of(entity, month)
    standing = standing_closings(entity_id, year).first()
    if standing is not None:
        day = _first_open_day(entity_id, clock.last_of_month(months_of_year(entity, year)[-1]))
        reason = _("Month %(month)s was opened again.") % {"month": f"{month:%Y-%m}"}
        reverse_batch(standing.pk, reason, actor=actor, kind=UNDOING, booked_on=day)
