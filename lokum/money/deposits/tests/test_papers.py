"""Letters about deposits: what they say, in the payer's language, and that they never change."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest

from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.services import pdf_of
from lokum.core.papers.wording import write_template
from lokum.money.deposits.models import DepositPaper
from lokum.money.deposits.services import apply_return, issue_receipt, issue_settlement, take_over
from lokum.money.deposits.tests.test_deposits import call, in_may, kind, owe, pay, refused, world  # noqa: F401
from lokum.money.ledger.models import Account, CoPayer
from lokum.property.parties.factories import make_party
from lokum.property.parties.models import Party

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("LED-21", "PLT-20")]


def rows_of(document: IssuedDocument, place: int) -> list[list[str]]:
    return [[cell.replace("\u00a0", " ") for cell in row] for row in document.data["tables"][place]["rows"]]


def test_a_receipt_tells_what_came_and_is_told_once(world, kind, as_system) -> None:  # noqa: F811
    deposit = call(world, kind, as_system)
    with refused("deposit.nothing_received"):
        issue_receipt(deposit.pk, actor=as_system)
    pay(world, as_system, "1000.00", 1, deposit.number)
    first = issue_receipt(deposit.pk, actor=as_system)
    assert first.document.number == "DR/2026/00001" and first.amount == 1000
    assert first.document.data["title"] == f"Potwierdzenie wpłaty kaucji: {deposit.number}"
    assert rows_of(first.document, 0) == [["20 maj 2026", "Wpłynęło", "1 000,00"]]
    facts = {name: value.replace("\u00a0", " ") for name, value in first.document.data["facts"]}
    assert facts["Uzgodniona"] == "2 475,00 zł" and "1 475,00 zł" in facts.values()
    with refused("deposit.paper_issued"):
        issue_receipt(deposit.pk, actor=as_system)
    pay(world, as_system, "1475.00", 2, deposit.number)
    assert issue_receipt(deposit.pk, actor=as_system).document.number == "DR/2026/00002"


def test_a_settlement_names_additions_deductions_and_the_payee(world, kind, as_system) -> None:  # noqa: F811
    """2,475.00 received, 707.40 valorisation, 640.00 deducted for document N/1, 2,542.40 returned."""
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2475.00"), paid_on=dt.date(2020, 2, 1),
                        rent=D("412.50"), actor=as_system)  # fmt: skip
    owe(world, as_system, "640.00", 1, dt.date(2026, 5, 10))
    with refused("deposit.nothing_settled"):
        issue_settlement(deposit.pk, actor=as_system)
    apply_return(deposit.pk, rent=D("530.40"), payee_number="PL61109010140000071219812874", reason="left",
                 actor=as_system)  # fmt: skip
    document = issue_settlement(deposit.pk, actor=as_system).document
    assert [row[-1] for row in rows_of(document, 0)] == ["2 475,00", "707,40"]
    assert "530,40 zł" in rows_of(document, 0)[1][1]
    [deduction] = rows_of(document, 1)
    assert (deduction[1], deduction[-1]) == ("N/1", "640,00") and "10 maj 2026" in deduction[2]
    [payout] = rows_of(document, 2)
    assert (payout[1], payout[2]) == ("Anna Kowalska 1 (… 2874)", "2 542,40")
    assert document.data["amount"] == "2542.40"


@pytest.mark.parametrize(("language", "title"), [
    ("en", "Confirmation of a deposit"), ("zh-hant", "押金收據"), ("zh-hans", "押金收据"),
])  # fmt: skip
def test_in_the_language_of_the_payer_and_the_same_for_ever(world, kind, as_system, language: str, title: str) -> None:  # noqa: F811
    account = Account.objects.get(pk=world.accounts[0])
    Party.objects.filter(pk=account.payer_id).update(language=language)
    deposit = take_over(account.pk, kind.pk, amount=D("2000"), paid_on=dt.date(2026, 3, 2), rent=D("400"),
                        actor=as_system)  # fmt: skip
    friend = make_party(first_name="Jan", last_name="Nowak", language="pl")
    CoPayer.objects.create(account=account, party=friend, valid=(dt.date(2020, 1, 1), None))
    document = issue_receipt(deposit.pk, actor=as_system).document
    assert document.data["title"].startswith(title) and document.language == language
    [copy] = IssuedDocument.objects.filter(kind="deposit_receipt_copy")
    assert copy.data["title"] == f"Potwierdzenie wpłaty kaucji: {deposit.number}"
    assert (copy.data["payer"]["name"], DepositPaper.objects.count()) == ("Jan Nowak", 1)
    before = pdf_of(document, actor=as_system)
    assert before.startswith(b"%PDF")
    write_template(entity=world.entity, kind="deposit_receipt", language=language, subject="Other {deposit}",
                   body="Other words.", actor=as_system)  # fmt: skip
    Party.objects.filter(pk=account.payer_id).update(last_name="Inna")
    from lokum.core.papers.letters import build_letter

    again = IssuedDocument.objects.get(pk=document.pk)
    assert build_letter(again) == before == pdf_of(again, actor=as_system)


def test_a_template_knows_its_variables(world, as_system) -> None:  # noqa: F811
    values: dict[str, Any] = {
        "entity": world.entity,
        "kind": "deposit_settlement",
        "language": "pl",
        "actor": as_system,
    }
    with refused("template.variable"):
        write_template(subject="Kaucja {deposit}", body="Zwrot {refund}", **values)
    assert write_template(subject="Kaucja {deposit}", body="Zwrot {returned}", **values).number == 1


def test_the_rows_are_only_added(world, kind, as_system) -> None:  # noqa: F811
    from django.db import DatabaseError, transaction

    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=dt.date(2026, 3, 2), rent=D("400"),
                        actor=as_system)  # fmt: skip
    issue_receipt(deposit.pk, actor=as_system)
    with pytest.raises(DatabaseError), transaction.atomic():
        DepositPaper.objects.update(amount=1)
