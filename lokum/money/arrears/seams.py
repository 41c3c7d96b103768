"""What country packs and layers beside tell the arrears."""

import datetime as dt
from dataclasses import dataclass


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


def limitation_of(pack: str) -> Limitation | None:
    return _limitations.get(pack)


def shortest_limitation() -> int:
    """Years before which no debt falls to limitation by any pack's rule."""
    return min((int(rule.years) for rule in _limitations.values()), default=0)


def limitation_sql(day: str, pack: str) -> str:
    """SQL: last day on which a debt due on `day` can be claimed, by the rule of the country pack; else NULL."""
    cases = []
    for code, rule in sorted(_limitations.items()):
        if not code.isalnum():
            raise ValueError(f"not the code of a pack: {code!r}")
        years = int(rule.years)
        last = (
            f"make_date(extract(year FROM {day})::int + {years}, 12, 31)"
            if rule.year_end
            else f"({day} + interval '{years} years')::date"
        )
        cases.append(f"WHEN '{code}' THEN {last}")
    return f"CASE {pack} {' '.join(cases)} END" if cases else "NULL::date"


# Money held for payers beside their accounts (deposits), as SQL (account_id bigint, amount numeric); %(on)s = day.
_held: dict[str, str] = {}


def register_held(code: str, sql: str) -> None:
    """`sql` selects (account_id, amount) of what is held for payers on the day %(on)s; shown apart from balances."""
    _held[code] = sql


def held_sql() -> str:
    parts = [
        f"SELECT account_id, amount FROM ({sql}) h{number}"  # noqa: S608 - own SQL
        for number, sql in enumerate(_held.values())
    ]
    return " UNION ALL ".join(parts) or "SELECT NULL::bigint AS account_id, NULL::numeric AS amount WHERE false"
