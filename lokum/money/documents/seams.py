"""Rules of the country packs: how long before a change of fees notice is given, which advances carry no tax yet."""

import datetime as dt
from collections.abc import Callable, Collection

# rule(costs, first day of the new fees, due day of the first notice) -> last day of notice, None = no rule
NoticeTime = Callable[[str, dt.date, dt.date], dt.date | None]
_rules: dict[str, NoticeTime] = {}


def register_notice_time(pack: str, rule: NoticeTime) -> None:
    _rules[pack] = rule


def latest_notice(pack: str, costs: str, effective_on: dt.date, due_on: dt.date) -> dt.date | None:
    """Last day on which payers may be told of new fees; None where the country has no rule."""
    rule = _rules.get(pack)
    return rule(costs, effective_on, due_on) if rule else None


_taxed_when_invoiced: dict[str, frozenset[str]] = {}


def register_taxed_when_invoiced(pack: str, classes: Collection[str]) -> None:
    """Classes of components whose tax arises with the invoice: money received before it is no taxed advance."""
    _taxed_when_invoiced[pack] = frozenset(classes)


def taxed_when_invoiced(pack: str) -> frozenset[str]:
    return _taxed_when_invoiced.get(pack, frozenset())
