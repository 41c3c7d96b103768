"""Rules of the country packs, some of them dated: notice before a change of fees, advances that carry no tax yet."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.organisation.queries import rule_on
from lokum.core.organisation.rule_forms import is_count, register_rule

KEY = "fees.notice"  # {"independent": {"days_before_due": 14, "months_before_start": 0, "days_before_start": 1}, ...}
STEPS = {"days_before_due": 365, "months_before_start": 24, "days_before_start": 365}

# rule(costs, first day of the new fees, due day of the first notice) -> last day of notice, None = no rule
NoticeTime = Callable[[str, dt.date, dt.date], dt.date | None]
_rules: dict[str, tuple[NoticeTime, str]] = {}


@dataclass(frozen=True)
class LatestNotice:
    """The last day on which payers may be told, and the law that says so."""

    day: dt.date
    source: str


def register_notice_time(pack: str, rule: NoticeTime, source: str) -> None:
    _rules[pack] = (rule, source)


def latest_notice(pack: str, costs: str, effective_on: dt.date, due_on: dt.date) -> LatestNotice | None:
    """Last day on which payers may be told of new fees; None where the country has no rule.

    A dated rule of the installation that holds on the first day of the new fees wins over the pack's own.
    """
    stored = rule_on(pack, KEY, effective_on)
    if stored is not None:
        day = _last_day(stored.value.get(costs), effective_on, due_on)
        return LatestNotice(day, stored.source) if day else None
    rule, source = _rules.get(pack, (None, ""))
    found = rule(costs, effective_on, due_on) if rule else None
    return LatestNotice(found, source) if found else None


def _last_day(terms: dict[str, int] | None, effective_on: dt.date, due_on: dt.date) -> dt.date | None:
    """The earlier of what the due day and the first day of the new fees ask for."""
    if not terms:
        return None
    days = [due_on - dt.timedelta(days=terms["days_before_due"])] if "days_before_due" in terms else []
    if {"months_before_start", "days_before_start"} & set(terms):
        start = clock.add_months(effective_on, -terms.get("months_before_start", 0))
        days.append(start - dt.timedelta(days=terms.get("days_before_start", 0)))
    return min(days)


def _readable(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(terms, dict)
        and terms
        and all(name in STEPS and is_count(number, STEPS[name]) for name, number in terms.items())
        for terms in value.values()
    )


register_rule(KEY, _readable, gettext_lazy("notice of changed fees"))


_taxed_when_invoiced: dict[str, frozenset[str]] = {}


def register_taxed_when_invoiced(pack: str, classes: Collection[str]) -> None:
    """Classes of components whose tax arises with the invoice: money received before it is no taxed advance."""
    _taxed_when_invoiced[pack] = frozenset(classes)


def taxed_when_invoiced(pack: str) -> frozenset[str]:
    return _taxed_when_invoiced.get(pack, frozenset())
