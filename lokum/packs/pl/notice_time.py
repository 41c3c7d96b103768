"""How early payers are told of new fees (ustawa o spoldzielniach mieszkaniowych, art. 4 ust. 7; rents: art. 8a of the
act on the protection of tenants).

Costs the entity cannot influence: at least 14 days before the due day and not later than the last day of the month
before. Costs it can influence, and rents: three months ahead, to the end of a calendar month.
"""

import datetime as dt

from lokum.core.base import clock

SOURCE = "ustawa o spółdzielniach mieszkaniowych, art. 4 ust. 7; ustawa o ochronie praw lokatorów, art. 8a"


def latest_notice(costs: str, effective_on: dt.date, due_on: dt.date) -> dt.date:
    """Last day of notice for fees from `effective_on` (first of a month), first due on `due_on`."""
    if costs == "independent":
        return min(due_on - dt.timedelta(days=14), effective_on - dt.timedelta(days=1))
    return clock.add_months(effective_on, -3) - dt.timedelta(days=1)
