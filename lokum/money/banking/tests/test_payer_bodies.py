"""Money of a payer body that the bank brought: out of the queue, onto the lines of its claim."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.demo.statement_writer import write_camt053
from lokum.money.allowances.factories import make_allowance, make_claim_line
from lokum.money.allowances.models import BodyPayment
from lokum.money.allowances.services import claim_due
from lokum.money.banking.models import ClearingItem
from lokum.money.banking.services import settle_claim
from lokum.money.banking.tests.test_importing import entry, import_file, statement, world
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import prove
from lokum.money.ledger.tests.world import World

__all__ = ["world"]
pytestmark = pytest.mark.database
JULY = dt.date(2026, 7, 1)


@pytest.mark.req("LED-22")
def test_a_transfer_of_the_town_settles_its_claim(world: World, as_system: Actor) -> None:
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    accounts = [Account.objects.get(pk=pk) for pk in world.accounts[:2]]
    first = make_allowance(account=accounts[0], first_month=JULY, monthly_amount=Decimal("180.40"))
    make_allowance(account=accounts[1], first_month=JULY, monthly_amount=Decimal("90.00"), body=first.body)
    claim = claim_due(world.entity, JULY, actor=as_system)[0]
    import_file(write_camt053(statement(entry("270.40", title="DODATKI 07/2026"), entry("5.00"))), as_system)
    item, other = ClearingItem.objects.order_by("-amount")
    with pytest.raises(Refusal) as caught:
        settle_claim(other.pk, claim, Decimal("5.00"), actor=as_system)
    assert caught.value.code == "claim.difference"
    with pytest.raises(Refusal) as caught:
        settle_claim(other.pk, make_claim_line().claim, Decimal("5.00"), reason="x", actor=as_system)
    assert caught.value.code == "clearing.foreign_claim"
    client = Client()
    client.force_login(clerk)
    answer = client.post(
        f"/office/banking/clearingitem/{item.pk}/do/settle_claim/", {"claim": claim.pk, "amount": "270.40"}
    )
    assert answer.status_code == 302
    item.refresh_from_db()
    paid = BodyPayment.objects.get()
    assert (item.state, item.left_amount, paid.reference, paid.received_on) == (
        "done", 0, "DODATKI 07/2026", dt.date(2026, 9, 14),
    )  # fmt: skip
    assert sorted(paid.lines.values_list("amount", flat=True)) == [Decimal("90.00"), Decimal("180.40")]
    assert not {
        one.code: [str(f) for f in one.findings] for one in prove(["I1", "I2", "I5", "I13", "A1", "B1"]) if one.count
    }
