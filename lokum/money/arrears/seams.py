"""What country packs and layers beside tell the arrears."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from lokum.core.organisation.models import PackRule
from lokum.core.organisation.queries import rule_on, rules_of
from lokum.core.organisation.rule_forms import is_count, register_rule

KEY = "arrears.limitation"  # {"years": 3, "year_end": true}


@dataclass(frozen=True)
class Limitation:
    """Periodic dues fall to limitation `years` after the due day; `year_end`: with the end of that year."""

    years: int
    year_end: bool = False
    source: str = ""

    def on(self, due_on: dt.date) -> dt.date:
        """Last day on which the debt can be claimed."""
        if self.year_end:
            return dt.date(due_on.year + self.years, 12, 31)
        try:
            return due_on.replace(year=due_on.year + self.years)
        except ValueError:  # 29 February
            return dt.date(due_on.year + self.years, 2, 28)


_limitations: dict[str, Limitation] = {}


def register_limitation(pack: str, rule: Limitation) -> None:
    _limitations[pack] = rule


def limitation_of(pack: str, due_on: dt.date | None = None) -> Limitation | None:
    """The rule for a debt due on a day: the newest dated rule of the installation, else the pack's own."""
    stored = rule_on(pack, KEY, due_on) if due_on else None
    return _stored(stored) if stored is not None else _limitations.get(pack)


def _stored(rule: PackRule) -> Limitation:
    return Limitation(int(rule.value["years"]), bool(rule.value.get("year_end", False)), rule.source)


def shortest_limitation() -> int:
    """Years before which no debt falls to limitation by any rule."""
    rules = [*_limitations.values(), *map(_stored, rules_of(KEY))]
    return min((int(rule.years) for rule in rules), default=0)


def limitation_sql(day: str, pack: str, known: dt.datetime | None = None) -> str:
    """SQL: last day on which a debt due on `day` can be claimed, by the rule that holds on that day; else NULL.

    Rules of the installation (key "arrears.limitation") win over the packs' own from their first day on.
    known: leaves out rules that were entered later.
    """
    cases = []
    for rule in reversed([one for one in rules_of(KEY) if known is None or one.recorded_at <= known]):
        cases.append(f"WHEN {pack} = '{_plain(rule.pack)}' AND {day} >= DATE '{rule.valid_from:%Y-%m-%d}' "
                     f"THEN {_last(day, _stored(rule))}")  # fmt: skip
    for code, own in sorted(_limitations.items()):
        cases.append(f"WHEN {pack} = '{_plain(code)}' THEN {_last(day, own)}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL::date"


def _plain(code: str) -> str:
    if not code.replace("-", "").isalnum():
        raise ValueError(f"not the code of a pack: {code!r}")
    return code


def _last(day: str, rule: Limitation) -> str:
    years = int(rule.years)
    if rule.year_end:
        return f"make_date(extract(year FROM {day})::int + {years}, 12, 31)"
    return f"({day} + interval '{years} years')::date"


def _readable(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) <= {"years", "year_end"}
        and is_count(value.get("years"), 30)
        and value["years"] > 0
        and isinstance(value.get("year_end", False), bool)
    )


register_rule(KEY, _readable, gettext_lazy("limitation of claims"))


# Money held for payers beside their accounts (deposits), as SQL (account_id bigint, amount numeric); %(on)s = day.
_held: dict[str, str] = {}


def register_held(code: str, sql: str) -> None:
    """`sql` selects (account_id, amount) of what is held for payers on the day %(on)s; shown apart from balances."""
    _held[code] = sql


def held_sql() -> str:
    """SQL (account_id, amount) of everything held for payers on the day %(on)s; no rows where nothing is registered."""
    parts = [
        f"SELECT account_id, amount FROM ({sql}) h{number}"  # noqa: S608 - own SQL
        for number, sql in enumerate(_held.values())
    ]
    return " UNION ALL ".join(parts) or "SELECT NULL::bigint AS account_id, NULL::numeric AS amount WHERE false"
