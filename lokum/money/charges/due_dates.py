"""When charges of a month are due: a fixed day or days after the first of the month, moved past days off or not.

Two settings of the node choose it; a day of the payer's own agreement wins over the rule. The month run and the
preview of an account ask the same functions.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.organisation.inherited import register_setting, settings_at
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account
from lokum.money.ledger.terms import Calendar, calendar_of
from lokum.property.occupancy.models import AgreementAttribute

AFTER, MOVES = "charges.due_after_days", "charges.due_moves"
BY_RULE = 0  # stands for the entity's rule among the days of a month
MONTHS = 12


def _check_days(days: int) -> None:
    if not 0 <= days <= 90:
        text = _("Write 0 to 90 days.")
        raise Refusal("setting.value", text, fields={"value": [text]})


@dataclass(frozen=True)
class DueRule:
    """day: of the month; after: days after its first, 0 = the day counts; moves: past days off of the calendar."""

    calendar: Calendar
    day: int
    after: int
    moves: bool

    def plain(self, month: dt.date, day: int) -> dt.date:
        """The date before it moves. day: one of the payer's own, or BY_RULE."""
        if day == BY_RULE and self.after:
            return month + dt.timedelta(days=self.after)
        return month.replace(day=day or self.day)

    def date(self, month: dt.date, day: int = BY_RULE) -> dt.date:
        plain = self.plain(month, day)
        return self.calendar.moved(plain) if self.moves else plain


def rule_of(entity: Entity) -> DueRule:
    held = settings_at(entity.node_id, codes=[AFTER, MOVES])
    return DueRule(calendar_of(entity.country_pack), entity.due_day, held[AFTER].value, held[MOVES].value)


@dataclass(frozen=True)
class DueMonth:
    month: dt.date
    due_on: dt.date
    plain: dt.date
    own: bool

    @property
    def moved(self) -> bool:
        return self.due_on != self.plain


def preview(account: Account, count: int = MONTHS) -> list[DueMonth]:
    """The due dates of an account in the months from this one on."""
    entity, agreement = account.entity, account.agreement
    rule = rule_of(entity)
    first = clock.first_of_month(clock.today(entity.time_zone))
    rows = list(AgreementAttribute.objects.filter(agreement=agreement, name="due_day", recorded__endswith__isnull=True))
    found = []
    for step in range(count):
        month = clock.add_months(first, step)
        own = next((int(row.value) for row in rows if month in row.valid), agreement.due_day)
        day = own or BY_RULE
        found.append(DueMonth(month, rule.date(month, day), rule.plain(month, day), own is not None))
    return found


def install() -> None:
    register_setting(
        AFTER, gettext_lazy("Charges are due so many days after the first of the month"), "integer", 0, _check_days,
        help=gettext_lazy("0: on the due day of the entity. A due day of the payer's own wins over both."),
    )  # fmt: skip
    register_setting(MOVES, gettext_lazy("Due dates move past days off"), "yesno", True)
