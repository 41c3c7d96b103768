"""The proof finds nothing on sound books and names the row after a deliberate breach of every rule."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from lokum.core.base.context import acting, system_actor
from lokum.money.charges.tests.world import MONTH, make_charged_world, posted_run
from lokum.money.ledger.models import Entry
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_oldest_first, post_batch, reverse_entry
from lokum.money.ledger.tests.test_posting import payment

# What somebody with the owner's rights and bad intentions would do, and the rules that must notice.
BREACHES = {
    "a line is changed": ("UPDATE ledger_line SET debit_amount = debit_amount + 1 WHERE id = "
                          "(SELECT min(id) FROM ledger_line WHERE debit_amount > 0)", {"I1", "I9", "I12", "I13"}),
    "a line is deleted": ("DELETE FROM ledger_line WHERE id = (SELECT min(id) FROM ledger_line)", {"I1", "I9"}),
    "an entry is deleted": ("DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)",
                            {"I1", "I2", "I5", "I9"}),
    "the author is changed": ("UPDATE ledger_batch SET actor_label = 'nobody' WHERE id = "
                              "(SELECT min(id) FROM ledger_batch)", {"I9"}),
    "the booked moment is changed": ("UPDATE ledger_batch SET posted_at = posted_at - interval '1 day' WHERE id = "
                                     "(SELECT min(id) FROM ledger_batch)", {"I9"}),
    "a description is changed": ("UPDATE ledger_entry SET description = 'x' WHERE id = "
                                 "(SELECT min(id) FROM ledger_entry)", {"I9"}),
    "the last batch disappears": ("DELETE FROM ledger_batch WHERE id = (SELECT max(id) FROM ledger_batch)", {"I9"}),
    "a balance is changed": ("UPDATE ledger_accountbalance SET amount = amount + 5 WHERE account_id = "
                             "(SELECT min(account_id) FROM ledger_accountbalance)", {"I2", "I12"}),
    "a sum of a batch is changed": ("UPDATE ledger_batchturnover SET debit_amount = debit_amount + 1 WHERE id = "
                                    "(SELECT min(id) FROM ledger_batchturnover)", {"T2"}),
    "a correction loses its original": ("UPDATE ledger_entry SET corrects_id = 999999 WHERE corrects_id IS NOT NULL",
                                        {"I4", "I9"}),
    "a reversal is larger than its original": ("UPDATE ledger_entry SET amount = amount * 2 "
                                               "WHERE source_kind = 'reversal'", {"I1", "I2", "I4"}),
    "an open item is changed": ("UPDATE ledger_openitem SET open_amount = open_amount / 2 WHERE open_amount > 1",
                                {"I5", "I12"}),
    "an allocation is changed": ("UPDATE ledger_allocation SET amount = amount / 2", {"I5"}),
    "a month is closed before it was posted": ("UPDATE ledger_period SET closed_at = '2000-01-01'", {"I8"}),
    "a charge is posted twice": ("INSERT INTO charges_chargeline (notice_id, agreement_id, component_id, period, "
                                 "reason, quantity, price, amount, net_amount, tax_amount, snapshot) SELECT notice_id, "
                                 "agreement_id, component_id, period, 'run/7', quantity, price, amount, net_amount, "
                                 "tax_amount, snapshot FROM charges_chargeline ORDER BY id DESC LIMIT 1", {"I6"}),
    "an amount no longer follows from its snapshot": ("UPDATE charges_chargeline SET net_amount = net_amount + 1, "
                                                      "amount = amount + 1", {"I6", "C7"}),
    "a document is rewritten": ("UPDATE papers_issueddocument SET data = data || '{\"total\": \"1.00\"}' WHERE id = "
                                "(SELECT min(id) FROM papers_issueddocument)", {"D1", "I6"}),
    "a document disappears": ("DELETE FROM papers_issueddocument WHERE id = "
                              "(SELECT max(id) FROM papers_issueddocument)", {"D2", "I6"}),
    "a payment is booked twice": ("ALTER TABLE payments_payment DROP CONSTRAINT payment_once; "
                                  "INSERT INTO payments_payment (entity_id, account_id, entry_id, channel, "
                                  "channel_reference, amount, booked_on, value_on, payer_name, title) "
                                  "SELECT entity_id, account_id, id - k, 'bank', 'twice', abs(amount), booked_on, "
                                  "booked_on, '', '' FROM ledger_entry, generate_series(0, 1) k "
                                  "WHERE kind = 'payment'", {"I7"}),
    "old money waits in clearing": ("INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, "
                                    "booked_on, debit_amount, credit_amount) SELECT l.entry_id, l.batch_id, "
                                    "l.entity_id, g.id, '2020-01-01', 0, 10 FROM ledger_line l, "
                                    "ledger_ledgeraccount g WHERE g.purpose = 'clearing' LIMIT 1", {"I10", "I1"}),
    "money stays between sub-accounts": ("INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, "
                                         "booked_on, debit_amount, credit_amount) SELECT l.entry_id, l.batch_id, "
                                         "l.entity_id, g.id, l.booked_on, 10, 0 FROM ledger_line l, "
                                         "ledger_ledgeraccount g WHERE g.purpose = 'transit' LIMIT 1", {"T1", "I1"}),
    "an entry names a sub-account nobody has": ("UPDATE ledger_entry SET sub_account_id = 999999 WHERE id = "
                                                "(SELECT max(id) FROM ledger_entry)", {"T1", "I9"}),
}  # fmt: skip


@pytest.fixture
def books(fresh_database):
    """Two months charged, paid in part, one notice reversed."""
    actor = system_actor("test")
    with acting(actor):
        world = make_charged_world(3, actor=actor)
        for month in (MONTH, dt.date(2026, 4, 1)):
            posted_run(world, month, actor=actor)
        post_batch(
            world.entity.pk, "t", "p", dt.date(2026, 4, 2), [payment(world, world.accounts[0], "100", 1)], actor=actor
        )
        allocate_oldest_first(world.entity.pk, actor=actor)
        reverse_entry(Entry.objects.filter(account=world.accounts[1]).first().pk, "mistake", actor=actor)
    return world


@contextmanager
def as_owner() -> Iterator[None]:
    """Everything inside works as the owner of the schema in one transaction, which is rolled back."""
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        connections["default"] = application


def breach(sql: str) -> None:
    """With every guard switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sql_tables():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in sql.split("; "):
            cursor.execute(statement)
        assert cursor.rowcount > 0, "the breach changed nothing"


def sql_tables() -> list[str]:
    names = ["entry", "line", "batch", "accountbalance", "batchturnover", "openitem", "allocation", "period"]
    return [f"ledger_{name}" for name in names] + ["charges_chargeline", "charges_notice", "papers_issueddocument"]


@pytest.mark.req("LED-18", "LED-04", "CHG-07")
def test_every_rule_finds_nothing(books, capsys):
    with acting(system_actor("test")):
        outcomes = {one.code: one.count for one in prove()}
    assert {"C7", "D1", "D2", "I1", "I2", "I4", "I5", "I6", "I8", "I9", "I10", "I12", "I13"} <= set(outcomes)
    assert not any(outcomes.values()), outcomes
    call_command("prove")
    assert "I9        0" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.req("LED-18")
def test_each_breach_is_named(books, capsys):
    for name, (sql, rules) in BREACHES.items():
        with as_owner(), acting(system_actor("test")):
            breach(sql)
            # Where rows are gone, no other rule may stumble over the gap.
            found = {one.code: one for one in prove(None if "DELETE" in sql else rules) if one.count}
            assert rules <= set(found), f"{name}: found only {sorted(found)}"
            assert all(each.object_id and each.detail for code in rules for each in found[code].findings), name
            with pytest.raises(SystemExit) as ended:
                call_command("prove", *sorted(rules))
            assert ended.value.code == 1
            finding = found[min(rules)].findings[0]
            assert f"{finding.object_label} {finding.object_id}" in capsys.readouterr().out
    with acting(system_actor("test")):
        assert not any(one.count for one in prove())
