"""How registers of the books show their figures."""

import csv
import io

import openpyxl
import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.desk.columns import column
from lokum.core.desk.desk import registry
from lokum.money.ledger.models import Account
from lokum.money.ledger.tests.world import make_world


@pytest.mark.req("LED-04")
def test_the_balances_of_accounts_are_a_column_of_amounts() -> None:
    """Aligned right, with cents: as every other column of money."""
    desk = registry.of(Account)
    assert desk is not None
    shown = column(desk, "total")
    assert (shown.kind, shown.right_aligned) == ("amount", True)


@pytest.mark.req("PLT-25")
def test_sheets_of_amounts_say_their_currency(client: Client, as_system: Actor) -> None:
    """Two sets of books in one list: each row names its own, a sheet that comes back or has no amount does not."""
    for currency in ("PLN", "TWD"):
        make_world(1, actor=as_system, tag=currency, currency=currency)
    user = make_user()
    make_grant(user, ["*:*"])
    client.force_login(user)
    address = "/office/ledger/account/export/"

    def sheet(**asked: str) -> list[list[str]]:
        content = client.get(address, {"format": "csv", **asked}).content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(content)))

    head, *rows = sheet(columns="total")
    assert head == ["Balance", "Currency"] and sorted(row[1] for row in rows) == ["PLN", "TWD"]
    assert sheet(columns="code")[0] == ["Account number"] and "Currency" not in sheet(scope="fields")[0]
    book = openpyxl.load_workbook(io.BytesIO(client.get(address, {"columns": "total"}).content)).active
    assert sorted(cell.value for cell in book["B"]) == ["Currency", "PLN", "TWD"]
