"""The rules of the layers above the charges, breached one by one; and no rule of the proof without a breach."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from lokum.core.base.context import acting, system_actor
from lokum.money.arrears import proof, proof_places
from lokum.money.charges.tests.test_proof import BREACHES as OF_THE_BOOKS
from lokum.money.charges.tests.test_proof import as_owner
from lokum.money.charges.tests.test_proof import books as books
from lokum.money.ledger.factories import make_payer_split
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import prove, rules

LINE = (
    "INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, booked_on, debit_amount, "
    "credit_amount) SELECT l.entry_id, l.batch_id, l.entity_id, g.id, l.booked_on, 10, 0 FROM ledger_line l, "
    "ledger_ledgeraccount g WHERE g.purpose = '{purpose}' AND g.entity_id = l.entity_id ORDER BY l.id DESC LIMIT 1"
)
BREACHES = {
    "a share is made larger": ("UPDATE ledger_payershare SET numerator = numerator + 1", {"P1"}),
    "money waits that no queue knows": (LINE.format(purpose="clearing"), {"B1"}),
    "tax of an advance nobody paid": (LINE.format(purpose="advance_vat"), {"D4"}),
    "an open item is made smaller": (
        "UPDATE ledger_openitem SET open_amount = open_amount - 1 WHERE entry_id = (SELECT max(entry_id) FROM "
        "ledger_openitem WHERE side = 'debit' AND open_amount > 1)", {"R1", "R4"}),
    "a balance is made larger": (
        "UPDATE ledger_accountbalance SET amount = amount + 1 WHERE account_id = (SELECT min(account_id) FROM "
        "ledger_accountbalance)",
        {"R2"}),
}  # fmt: skip
# Rules whose breach needs more than these books have; each stands with the tests of what it proves.
ELSEWHERE = {
    "A1": "lokum/money/allowances/tests/test_allowances.py", "B2": "lokum/money/banking/tests/test_outgoing.py",
    "B3": "lokum/money/banking/tests/test_outgoing.py", "B4": "lokum/money/banking/tests/test_bank_books.py",
    "B5": "lokum/money/banking/tests/test_refunds.py", "D3": "lokum/money/documents/tests/test_invoices.py",
    "I11": "lokum/money/interest/tests/test_proof.py", "K1": "lokum/money/deposits/tests/test_deposits.py",
    "K2": "lokum/money/deposits/tests/test_deposits.py", "R5": "lokum/money/arrears/tests/test_proof_rows.py",
    "R6": "lokum/money/arrears/tests/test_proof_rows.py", "R7": "lokum/money/arrears/tests/test_proof_rows.py",
    "R9": "lokum/money/arrears/tests/test_takings.py",
}  # fmt: skip
TABLES = ("ledger_payershare", "ledger_line", "ledger_accountbalance", "ledger_openitem")


def codes_of(breaches: dict[str, tuple[str, set[str]]]) -> set[str]:
    return set().union(*(codes for _sql, codes in breaches.values()))


@pytest.mark.slow
@pytest.mark.req("LED-18")
def test_each_breach_above_the_books_is_named(books: Any) -> None:
    with acting(system_actor("test")):
        make_payer_split(account=Account.objects.get(pk=books.accounts[0]))
        assert not [one for one in prove(codes_of(BREACHES)) if one.count]
    for name, (sql, codes) in BREACHES.items():
        with as_owner(), acting(system_actor("test")):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                for table in TABLES:
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(sql)
                assert cursor.rowcount == 1, name
            found = {one.code: one.findings for one in prove(codes) if one.count}
            assert set(found) == codes, f"{name}: found only {sorted(found)}"
            assert all(each.detail for findings in found.values() for each in findings), name


REPORTS = {"R3", "R8", "R10"}  # their reports and the ledger read the same rows; what may be wrong is the report


@pytest.mark.req("LED-18")
def test_a_report_that_tells_otherwise_is_named(as_system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [one for one in prove(REPORTS) if one.count]
    for module in (proof, proof_places):
        monkeypatch.setattr(module, "totals", lambda code, column, **values: {"PLN": Decimal(99)})
    assert {one.code for one in prove(REPORTS) if "99" in str(one.findings)} == REPORTS


@pytest.mark.req("LED-18")
def test_no_rule_is_without_a_breach() -> None:
    """A rule that was never seen to find anything proves nothing."""
    here = codes_of(OF_THE_BOOKS) | codes_of(BREACHES) | REPORTS
    assert {rule.code for rule in rules()} - here == set(ELSEWHERE)
    root = Path(__file__).resolve().parents[4]
    told = {code: (root / path).read_text(encoding="utf-8") for code, path in ELSEWHERE.items()}
    functions = {rule.code: rule.check.__name__ for rule in rules()}
    assert all(f'"{code}"' in text or functions[code] in text for code, text in told.items())
