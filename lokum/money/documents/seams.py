"""How long before a change of fees the law wants notice: rules of the country packs."""

import datetime as dt
from collections.abc import Callable

# rule(costs, first day of the new fees, due day of the first notice) -> last day of notice, None = no rule
NoticeTime = Callable[[str, dt.date, dt.date], dt.date | None]
_rules: dict[str, NoticeTime] = {}


def register_notice_time(pack: str, rule: NoticeTime) -> None:
    _rules[pack] = rule


def latest_notice(pack: str, costs: str, effective_on: dt.date, due_on: dt.date) -> dt.date | None:
    """Last day on which payers may be told of new fees; None where the country has no rule."""
    rule = _rules.get(pack)
    return rule(costs, effective_on, due_on) if rule else None
