"""How people pay: most in time, some late, some in part, a few not at all. Plain data, no database.

Habits follow from the account's number, moods from the month: in December and January more people are late, in March
and September some pay what they owe.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from lokum.demo.draws import draw, pick, whole

# Share of payers by habit; they sum to one.
HABITS = (
    ("punctual", 0.58), ("standing", 0.10), ("late", 0.14), ("rounding", 0.06), ("partial", 0.055),
    ("irregular", 0.04), ("ahead", 0.01), ("stopped", 0.01), ("never", 0.005),
)  # fmt: skip
WINTER = (12, 1)
CATCHING_UP = (3, 9)


@dataclass(frozen=True)
class Transfer:
    booked_on: dt.date
    amount: Decimal


def habit_of(account_code: str) -> str:
    chance = draw("habit", account_code)
    for name, share in HABITS:
        chance -= share
        if chance < 0:
            return name
    return "punctual"


def _working(day: dt.date) -> dt.date:
    """Banks book from Monday to Friday."""
    return day + dt.timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def transfers(
    account_code: str, month: dt.date, number: int, charged: Decimal, owed: Decimal, due_on: dt.date
) -> list[Transfer]:
    """What the payer sends for a month. number: months since the start; owed: what was open before the charge."""
    habit = habit_of(account_code)
    key = (account_code, month)
    if habit == "never" or (habit == "stopped" and number >= 9):
        return []
    early = _working(due_on - dt.timedelta(days=whole(1, 11, "early", *key)))
    late = _working(due_on + dt.timedelta(days=whole(3, 24, "late", *key)))
    catching = owed > 0 and month.month in CATCHING_UP and draw("catch", *key) < 0.5
    if habit == "ahead":
        return [Transfer(early, charged * 12)] if owed <= -charged * 0 and owed + charged > 0 else []
    if habit == "standing":  # a standing order for a round sum, set once, corrected in January
        return [Transfer(_working(due_on.replace(day=10)), _round_up(charged + max(owed, Decimal(0)) / 2, 1))]
    if habit == "late" or (month.month in WINTER and draw("winter", *key) < 0.12):
        return [Transfer(late, charged + (owed if catching else 0))]
    if habit == "rounding":
        return [Transfer(early, _round_up(charged, 10))] if owed > -charged else []
    if habit == "partial":
        share = Decimal(pick(("0.5", "0.7", "0.8", "0.9", "1"), "part", *key))
        paid = (charged * share).quantize(Decimal("0.01"))
        return [Transfer(late, paid + (owed if catching else 0))]
    if habit == "irregular":
        return [Transfer(late, charged + max(owed, Decimal(0)))] if draw("pays", *key) < 0.45 else []
    if owed < 0 and charged + owed <= 0:
        return []
    forgets = draw("forgets", *key) < 0.012
    twice = draw("twice", *key) < 0.002
    paid = charged + (owed if owed < 0 or draw("settles", *key) < 0.7 else 0)
    if forgets or paid <= 0:
        return []
    return [Transfer(early, paid)] * (2 if twice else 1)


def _round_up(value: Decimal, step: int) -> Decimal:
    return (value / step).to_integral_value(rounding="ROUND_CEILING") * step + Decimal("0.00")
