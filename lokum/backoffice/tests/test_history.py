"""The history of a record in words: relations by their name of today, choices by label, days and money as read."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from lokum.core.access.factories import make_grant, make_user
from lokum.core.audit.services import note
from lokum.money.allowances.factories import make_allowance
from lokum.money.allowances.models import Allowance
from lokum.property.estates.factories import make_building, make_estate
from lokum.property.estates.models import Building
from lokum.property.occupancy.factories import make_agreement
from lokum.property.occupancy.models import Agreement, AgreementAttribute
from lokum.property.parties.factories import make_party

pytestmark = pytest.mark.usefixtures("as_system")


def _reader(*rights: str, language: str = "en", **scopes: Any) -> Client:
    user = make_user(language=language)
    make_grant(user, list(rights or ["*:*"]), **scopes)
    client = Client()
    client.force_login(user)
    client.cookies["lokum_language"] = language
    return client


def _changes(client: Client, address: str) -> list[tuple[str, str, str]]:
    """(label, before, after) of the newest change first."""
    lines = client.get(address, {"tab": "history"}).context["lines"]
    return [(one["label"], str(one["before"]), str(one["after"])) for line in lines for one in line["changes"]]


@pytest.mark.req("PLT-15")
def test_a_relation_is_shown_by_the_name_of_today(as_system: Any) -> None:
    first, second, third = (make_estate(name=name) for name in ("Lipowa", "Dębowa", "Sosnowa"))
    building = make_building(estate=first)
    for estate in (second, third, first):
        Building.objects.filter(pk=building.pk).update(estate=estate)
    third_pk = third.pk
    third.delete()
    type(second).objects.filter(pk=second.pk).update(name="Dębowa Nowa")
    second.refresh_from_db()
    client, address = _reader(), f"/office/estates/building/{building.pk}/"
    names = [change[1:] for change in _changes(client, address)]
    assert names == [(f"#{third_pk}", str(first)), (str(second), f"#{third_pk}"), (str(first), str(second))]
    page = client.get(address, {"tab": "history"}).content.decode()
    assert f'<ins><a href="/office/estates/estate/{second.pk}/">{second}</a></ins>' in page and "Dębowa Nowa" in page
    # Of somebody else's estate only the number is told; the building's own estate is named on its card anyway.
    scoped = _reader("estates.*:*", scopes={"building": [building.pk]})
    assert _changes(scoped, address)[-1][1:] == (str(first), f"#{second.pk}")


@pytest.mark.req("PLT-15")
def test_choices_periods_days_and_money_in_the_language_of_the_reader(as_system: Any) -> None:
    agreement = make_agreement()
    Agreement.objects.filter(pk=agreement.pk).update(valid=("2026-01-01", "2026-12-01"))
    note(agreement, "attribute recorded", actor=as_system, attribute="due_day", value="10", day="2026-03-12")
    address = f"/office/occupancy/agreement/{agreement.pk}/"
    polish = _reader(language="pl")
    assert _changes(polish, address)[0][2] == "01.01.2026 – 30.11.2026"
    assert _changes(_reader(), address)[0][2] == "1 Jan 2026 – 30 Nov 2026"
    assert _changes(_reader(language="zh-hant"), address)[0][2] == "2026年1月1日 – 2026年11月30日"
    page = polish.get(address, {"tab": "history"}).content.decode()
    with override("pl"):
        due_day = str(AgreementAttribute.Name("due_day").label)
    assert "12.03.2026" in page and f": {due_day}<" in page
    allowance = make_allowance(monthly_amount="150.00")
    Allowance.objects.filter(pk=allowance.pk).update(monthly_amount="1805.88")
    note(allowance, "granted", actor=as_system, amount="1805.88")
    address = f"/office/allowances/allowance/{allowance.pk}/"
    gap = "\N{NO-BREAK SPACE}"
    assert _changes(polish, address)[0][1:] == (f"150,00{gap}zł", f"1{gap}805,88{gap}zł")
    assert f"kwota: 1{gap}805,88{gap}zł" in polish.get(address, {"tab": "history"}).content.decode()
    assert _changes(_reader(), address)[0][2] == f"1,805.88{gap}zł"


@pytest.mark.req("PLT-15", "PLT-33")
def test_a_long_history_costs_as_much_sql_as_a_short_one(as_system: Any) -> None:
    agreement = make_agreement()
    client, address = _reader(), f"/office/occupancy/agreement/{agreement.pk}/"

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address, {"tab": "history"}).status_code == 200
        return len(seen)

    Agreement.objects.filter(pk=agreement.pk).update(payer=make_party())
    short = max(cost(), cost())
    for _number in range(6):
        Agreement.objects.filter(pk=agreement.pk).update(payer=make_party())
    assert min(cost(), cost()) <= short
