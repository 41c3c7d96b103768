"""Proving the books: each rule is asked of the database and must find nothing (LED-18).

Rules of layers above are registered by their apps (`register_view`, `register_check`). The daily job and
`manage.py prove` run them all; a finding names its row.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from lokum.money.ledger.models import Account, AccountBalance
from lokum.money.ledger.queries import balances, sheet
from lokum.money.ledger.seams import balance_readers

FINDINGS_SHOWN = 100


@dataclass(frozen=True)
class Finding:
    object_label: str
    object_id: int | None
    detail: str

    def __str__(self) -> str:
        return f"{self.object_label} {self.object_id}: {self.detail}"


Check = Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    code: str
    title: Any
    check: Check


@dataclass(frozen=True)
class Outcome:
    """What one rule found: how much in all, and the first findings."""

    code: str
    title: Any
    count: int
    findings: list[Finding] = field(default_factory=list)


_rules: dict[str, Rule] = {}


def register_check(code: str, title: Any, check: Check) -> None:
    """A rule of any kind: `check()` yields findings."""
    _rules[code] = Rule(code, title, check)


def register_view(code: str, title: Any, view: str) -> None:
    """A rule that is a view (object_label, object_id, detail) without rows."""

    def check() -> Iterable[Finding]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT object_label, object_id, detail FROM {view} LIMIT 10000")  # noqa: S608 - own name
            return [Finding(*row) for row in cursor.fetchall()]

    register_check(code, title, check)


def rules() -> list[Rule]:
    return [rule for _order, rule in sorted((_place(code), rule) for code, rule in _rules.items())]


def _place(code: str) -> tuple[str, int, str]:
    digits = "".join(letter for letter in code if letter.isdigit())
    return (code.rstrip("0123456789"), int(digits or 0), code)


def prove(codes: Iterable[str] | None = None) -> list[Outcome]:
    """Run the rules (all, or those named) and return what each found. Sees whole books: call as the system."""
    chosen = [rule for rule in rules() if codes is None or rule.code in set(codes)]
    outcomes = []
    for rule in chosen:
        found = list(rule.check())
        outcomes.append(Outcome(rule.code, rule.title, len(found), found[:FINDINGS_SHOWN]))
    return outcomes


@contextmanager
def hash_joins() -> Iterator[None]:
    """Join whole books by hashing, never row by row.

    The planner cannot know how long a list made within a statement will be. It takes it for a handful and walks one
    list for each row of the other, which is minutes where seconds do.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def compare_balances(account_ids: list[int] | None = None) -> Iterable[Finding]:
    """LED-04, I12: every place that shows a balance shows the sum of posted lines, for every account."""
    from lokum.core.base import clock

    accounts = account_ids if account_ids is not None else list(Account.objects.values_list("pk", flat=True))
    day = clock.today().replace(year=clock.today().year + 100)
    for first in range(0, len(accounts), 2000):
        part = accounts[first : first + 2000]
        expected, told = _sums_of_lines(part), balances(part, day)
        shown: dict[str, dict[int, Any]] = {
            "balance table": dict(AccountBalance.objects.filter(pk__in=part).values_list("pk", "amount")),
            "balance query": {pk: one.total for pk, one in told.items()},
            "parts of the balance": {pk: one.due + one.not_yet_due - one.credit for pk, one in told.items()},
            "open items": _open_items(part),
            "account sheet": {pk: _last_of_sheet(pk) for pk in part},
            **{name: reader(part) for name, reader in balance_readers().items()},
        }
        for name, values in shown.items():
            for pk in part:
                if values.get(pk, Decimal(0)) != expected.get(pk, Decimal(0)):
                    detail = f"{name} shows {values.get(pk)}, lines sum to {expected.get(pk, 0)}"
                    yield Finding("ledger.account", pk, detail)


def _last_of_sheet(account_id: int) -> Decimal:
    rows = sheet(account_id, size=1).rows
    return rows[0].balance if rows else Decimal(0)


def _sums_of_lines(accounts: list[int]) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, sum(debit_amount - credit_amount) FROM ledger_line WHERE account_id = ANY(%s) "
            "GROUP BY account_id",
            [accounts],
        )
        return dict(cursor.fetchall())


def _open_items(accounts: list[int]) -> dict[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, sum(CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END) "
            "FROM ledger_openitem WHERE account_id = ANY(%s) GROUP BY account_id",
            [accounts],
        )
        return dict(cursor.fetchall())


def register_own_rules() -> None:
    register_view("I1", _("Entries add up to zero per transaction, currency and entity"), "proof_i1")
    register_view("I2", _("The balance table equals the sum of entries"), "proof_i2")
    register_view("I4", _("Every correction points to its original and never takes more than is left"), "proof_i4")
    register_view("I5", _("Payment = allocated + free; charge = paid + open"), "proof_i5")
    register_view("I8", _("Nothing is booked into a closed period"), "proof_i8")
    register_view("I9", _("The hash chain has no gap and fits its rows"), "proof_i9")
    register_view("I10", _("Clearing accounts are zero or young"), "proof_i10")
    register_check("I12", _("Every place shows the same balance"), compare_balances)
    register_view("I13", _("Sub-ledger equals general ledger, day by day"), "proof_i13")
    register_view("P1", _("Shares of payers add up to the whole"), "proof_p1")
    register_view("T1", _("Transfers between sub-accounts arrive whole"), "proof_t1")
    register_view("T2", _("Sums kept of each batch equal its lines"), "proof_t2")
