"""What the page of a rehearsal shows: parts, books, alarms, differences of payers, and what voids it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from lokum.core.base.languages import read
from lokum.money.ledger.rehearsing import parts
from lokum.money.rehearsals.models import BOOKS, Rehearsal
from lokum.money.rehearsals.services import OPEN, what_changed

SHOWN = 50
OTHER_NAMES = {"result": _("the same data come to other amounts")}

DIFFERENT = """
SELECT l.account_id, concat_ws(' ', y.last_name, nullif(y.first_name, '')), coalesce(m.code, ''),
       sum(l.former_amount) FILTER (WHERE l.part = ANY (%(owed)s)),
       sum(l.amount) FILTER (WHERE l.part = ANY (%(owed)s)),
       max(l.former_amount) FILTER (WHERE l.part = %(books)s), max(l.amount) FILTER (WHERE l.part = %(books)s),
       jsonb_object_agg(l.part, jsonb_build_array(l.former_amount::text, l.amount::text))
         FILTER (WHERE l.part = ANY (%(owed)s) AND l.former_amount <> l.amount)
FROM rehearsals_rehearsalline l
JOIN ledger_account a ON a.id = l.account_id
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises m ON m.id = g.premises_id
WHERE l.rehearsal_id = %(rehearsal)s
GROUP BY l.account_id, y.last_name, y.first_name, m.code
HAVING coalesce(sum(l.difference_amount) FILTER (WHERE l.part = ANY (%(owed)s)), 0) <> 0
ORDER BY abs(coalesce(sum(l.difference_amount) FILTER (WHERE l.part = ANY (%(owed)s)), 0)) DESC, l.account_id
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class PartView:
    """A part in words; count, former, total are None where it was not reached."""

    label: Any
    count: int | None
    former: Decimal | None
    total: Decimal | None
    skipped: Any
    problem: str
    sums: Sequence[tuple[Any, int, Decimal]]

    @property
    def difference(self) -> Decimal | None:
        return None if self.total is None or self.former is None else self.total - self.former


@dataclass(frozen=True)
class PayerView:
    """A payer whose month differs from the month before; balance: now and after the commit (None: it stays)."""

    account_id: int
    payer: str
    premises: str
    former: Decimal
    amount: Decimal
    balance: Decimal | None
    balance_after: Decimal | None
    causes: Sequence[tuple[Any, Decimal, Decimal]]

    @property
    def difference(self) -> Decimal:
        return self.amount - self.former


def part_labels() -> dict[str, Any]:
    return {part.code: part.label for part in parts()} | {BOOKS: _("Balance in the books")}


def name_words(name: str) -> Any:
    """What a mark stands for, in words."""
    names: dict[str, Any] = dict(OTHER_NAMES)
    for part in parts():
        names |= part.names
    return names.get(name, name)


def part_views(row: Rehearsal) -> list[PartView]:
    found = []
    for part in parts():
        told = row.figures.get("parts", {}).get(part.code)
        if told is None:
            found.append(PartView(part.label, None, None, None, _("not reached"), "", ()))
            continue
        words = part.words([told["skipped"], *(key for key, _count, _amount in told["sums"])])
        found.append(
            PartView(
                part.label,
                told["count"],
                Decimal(told["former"]),
                Decimal(told["total"]),
                words.get(told["skipped"], told["skipped"]),
                read(told["problem"]),
                [(words.get(key, key), count, Decimal(amount)) for key, count, amount in told["sums"]],
            )
        )
    return found


def payer_views(row: Rehearsal, limit: int = SHOWN) -> list[PayerView]:
    """Payers whose month differs from the one before, the largest difference first."""
    labels, nothing = part_labels(), Decimal(0)
    owed = [part.code for part in parts() if part.owed]
    values: dict[str, Any] = {"rehearsal": row.pk, "owed": owed, "books": BOOKS, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT, values)
        rows = cursor.fetchall()
    return [
        PayerView(
            account,
            payer,
            premises,
            former or nothing,
            amount or nothing,
            balance,
            after,
            [(labels.get(code, code), Decimal(old), Decimal(new)) for code, (old, new) in sorted(_parsed(causes))],
        )
        for account, payer, premises, former, amount, balance, after, causes in rows
    ]


def _parsed(value: Any) -> Any:
    return (json.loads(value) if isinstance(value, str) else value or {}).items()


STEPS = (
    ("rehearsed", _("Rehearsed")), ("approved", _("Approved")), ("committed", _("Committed")),
)  # fmt: skip


def _steps(row: Rehearsal) -> list[dict[str, Any]]:
    names = [name for name, _label in STEPS]
    if row.state not in names:
        return [{"label": STEPS[0][1], "state": "done"}, {"label": row.get_state_display(), "state": "failed"}]
    place = names.index(row.state)
    states = ["done" if number <= place else "current" if number == place + 1 else "todo" for number in range(3)]
    return [{"label": label, "state": state} for (_name, label), state in zip(STEPS, states, strict=True)]


def alarm_views(row: Rehearsal) -> list[dict[str, Any]]:
    """Alarms in the language of the reader."""
    return [one | {"text": read(one.get("texts") or one.get("text", ""))} for one in row.figures.get("alarms", [])]


def rehearsal_figures(row: Rehearsal, user: Any) -> dict[str, Any]:
    """The page of a rehearsal. Of an open one it is asked now whether it still holds."""
    changes = what_changed(row) if row.state in OPEN else row.voided_by
    books = {name: Decimal(text) for name, text in row.figures.get("books", {}).items()}
    return {
        "rehearsal": row,
        "currency": row.entity.currency,
        "steps": _steps(row),
        "changes": [(name_words(one["name"]), [read(text) for text in one["told"]]) for one in changes],
        "parts": part_views(row),
        "alarms": alarm_views(row),
        "books": books,
        "payers": payer_views(row),
        "shown": SHOWN,
    }
