"""The payment form of a month that was corrected: supplements are asked for, credits taken off (CHG-14, REG-05)."""

import datetime as dt
import subprocess
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext

from lokum.money.charges.services.correcting import post_correction, request_correction
from lokum.money.charges.tests.test_corrections import OCTOBER, area, compared, make_posted_world
from lokum.money.documents.payment_forms import month_to_pay, payment_form
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import payment

pytestmark = pytest.mark.req("CHG-14", "REG-05")


def corrected(world: Any, value: str, actor: Any) -> None:
    area(world, value, OCTOBER, actor)
    run = compared(world, actor)
    request_correction(run.pk, actor=actor)
    post_correction(run.pk, actor=actor, issued_on=dt.date(2025, 12, 3))


def test_a_supplement_of_a_paid_month_is_left_to_pay(as_system: Any) -> None:
    """64.50 -> 65.85 m2 at 2.30: 148.35 was paid, 3.11 more is due."""
    world = make_posted_world(as_system)
    account = Account.objects.get(pk=world.accounts[0])
    post_batch(world.entity.pk, "t", "p", OCTOBER, [payment(world, account.pk, "445.05", 1)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    assert month_to_pay(account, OCTOBER).left == 0
    corrected(world, "65.85", as_system)
    found = month_to_pay(account, OCTOBER)
    assert [(one.amount, one.open_amount) for one in found.charged] == [(D("148.35"), D(0)), (D("3.11"), D("3.11"))]
    assert found.left == D("3.11")


def test_a_credit_takes_from_an_unpaid_month_and_is_named(as_system: Any) -> None:
    """64.50 -> 60.00 m2 at 2.30: 10.35 less than 148.35."""
    world = make_posted_world(as_system)
    account = Account.objects.get(pk=world.accounts[0])
    corrected(world, "60.00", as_system)
    found = month_to_pay(account, OCTOBER)
    assert found.left == D("138.00") and found.charged[0].amount == D("148.35")
    assert [one.amount for one in found.charged[0].matched] == [D("10.35")]


@pytest.mark.parametrize("language", ["pl", "zh-hant"])
def test_a_paid_month_says_so_on_the_paper_itself(as_system: Any, language: str) -> None:
    """The transfer's amount, number and words stand on the form while something is left, and not when all is paid."""
    world = make_posted_world(as_system)
    account = Account.objects.get(pk=world.accounts[0])

    def words() -> str:
        with translation.override(language):
            content = payment_form(account, OCTOBER)
        done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
        return "".join(done.stdout.decode().split())

    with translation.override(language):
        nothing, transfer = ("".join(gettext(text).split()) for text in ("Paid in full", "Payment reference"))
    owing = words()
    assert nothing not in owing and transfer in owing and ("148,35" in owing or "148.35" in owing)
    post_batch(world.entity.pk, "t", "p", OCTOBER, [payment(world, account.pk, "445.05", 1)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    paid = words()
    assert nothing in paid and transfer not in paid
