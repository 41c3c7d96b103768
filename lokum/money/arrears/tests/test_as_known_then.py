"""Lists as of and as known on a past day equal the ones exported then, whatever was entered since (LED-10, LED-16)."""

import datetime as dt
from decimal import Decimal as D
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_pack_rule
from lokum.money.arrears.factories import make_arrears_policy, make_limitation_event, make_payer_contact
from lokum.money.arrears.models import ArrearsPolicy, LimitationEvent
from lokum.money.arrears.services import apply_relief, withdraw_contact, withdraw_interruption
from lokum.money.arrears.tests.test_reports import run
from lokum.money.deposits.factories import make_deposit_kind
from lokum.money.deposits.services import take_over
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.services import allocate_pairs, reverse_entry, undo_allocation

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("as_system")]
ON = dt.date(2026, 3, 31)


@pytest.fixture
def clerk(as_system: Any) -> Any:
    user = make_user()
    make_grant(user, ["*:*"])
    return user


def charge(account: Any, year: int, month: int, amount: int = 100) -> Any:
    return make_entry(account=account, amount=D(amount), booked_on=dt.date(year, month, 10))


def post(client: Client, register: str, **values: Any) -> Any:
    return client.post(f"/api/v1/arrears/{register}", values, content_type="application/json")


def rows(client: Client, code: str, **asked: Any) -> list[str]:
    """The lines of the exported sheet, without the head that names filters and moment."""
    answer = client.get(f"/office/reports/{code}/", {"format": "csv", "on": ON.isoformat(), **asked})
    assert answer.status_code == 200, answer.content
    text = answer.content.decode("utf-8-sig")
    lines = [line for line in text.splitlines() if line.count(",") > 5]
    return [line for line in lines if not line.startswith(("Filters,", "Data of,"))]


@pytest.mark.req("LED-10", "LED-11", "LED-16")
def test_the_list_known_then_is_the_one_exported_then(clerk: Any, as_system: Any) -> None:
    client = Client()
    client.force_login(clerk)
    account, other = make_account(), make_account()
    debts = [charge(account, 2023, 2), charge(account, 2026, 1), charge(account, 2026, 2), charge(other, 2026, 1, 70)]
    paid = make_entry(account=account, amount=D(-60), booked_on=dt.date(2026, 2, 20))
    match = allocate_pairs([(paid.pk, debts[1].pk, D(60))], rule="by_hand", actor=as_system)[0]
    make_arrears_policy(entity=account.entity, warn_amount=D(200), warn_months=9)
    said = make_payer_contact(account=account, on=dt.date(2026, 3, 1), promised_on=dt.date(2026, 3, 20))
    act = make_limitation_event(account=account, entry=debts[0], on=dt.date(2025, 5, 5))
    asked: dict[str, dict[str, Any]] = {
        "arrears": {"show": "all"}, "open_items": {}, "ageing": {"group": "contract"},
    }  # fmt: skip
    then = {code: rows(client, code, **values) for code, values in asked.items()}
    assert all(len(lines) > 2 for lines in then.values())
    moment = timezone.now()

    make_entry(account=account, amount=D(-25), booked_on=dt.date(2026, 3, 3))
    undo_allocation(match.pk, "wrong debt", actor=as_system)
    charge(other, 2026, 3, 55)
    withdraw_contact(said.pk, "another payer", actor=as_system)
    make_payer_contact(account=other, on=dt.date(2026, 3, 30), kind="visit")
    withdraw_interruption(act.pk, "no signature", actor=as_system)
    make_limitation_event(account=other, on=dt.date(2026, 3, 15), kind="claim", document="I C 12/26")
    make_arrears_policy(entity=account.entity, valid_from=dt.date(2026, 3, 1), warn_amount=D(50), warn_months=1)
    make_pack_rule(key="arrears.limitation", valid_from=dt.date(2022, 1, 1), value={"years": 5})
    apply_relief(
        account.pk, debt_ids=[debts[2].pk], kind="deferral", amount=D(100), until=dt.date(2027, 1, 31),
        reason="illness", proposed_by="Clerk", actor=as_system,
    )  # fmt: skip
    for code, values in asked.items():
        now = rows(client, code, **values)
        assert now != then[code], code
        assert rows(client, code, known=moment.isoformat(), **values) == then[code], code


@pytest.mark.req("RPT-06", "LED-11")
def test_collection_known_then_is_the_one_of_then(clerk: Any, as_system: Any) -> None:
    """Then: 100 of January and 100 of March charged, 60 in March used for January, 30 kept. Since: the match undone and
    30 used for March, a charge of 55 and money of 25 with a day in March, a correction of the charge of March."""
    account = make_account()
    old, new = charge(account, 2026, 1), charge(account, 2026, 3)
    paid = make_entry(account=account, amount=D(-60), booked_on=dt.date(2026, 3, 12))
    ahead = make_entry(account=account, amount=D(-30), booked_on=dt.date(2026, 3, 13))
    match = allocate_pairs([(paid.pk, old.pk, D(60))], rule="by_hand", actor=as_system)[0]
    months = {"start": "2026-03", "end": "2026-03"}
    wide = {"start": "2026-01", "end": "2026-03"}
    asked = [("collection", months | {"group": group}) for group in ("building", "estate", "entity", "month")]
    asked += [("collection", wide | {"group": "month"}), ("progress", months), ("progress", wide)]
    then = [run(code, clerk, **values).rows for code, values in asked]
    [row] = then[0]
    shown = [row[name] for name in ("history_owed", "receivable", "current_paid", "recovered", "prepaid", "balance")]
    assert shown == [40, 100, 0, 60, 30, 110]
    moment = timezone.now()
    undo_allocation(match.pk, "wrong debt", actor=as_system)
    allocate_pairs([(ahead.pk, new.pk, D(30))], rule="by_hand", actor=as_system)
    make_entry(account=account, amount=D(55), booked_on=dt.date(2026, 3, 14))
    make_entry(account=account, amount=D(-25), booked_on=dt.date(2026, 3, 15))
    reverse_entry(new.pk, "by mistake", actor=as_system, booked_on=dt.date(2026, 3, 31))
    for (code, values), rows_then in zip(asked, then, strict=True):
        assert run(code, clerk, **values).rows != rows_then, (code, values)
        again = run(code, clerk, known=moment.isoformat(), **values)
        assert again.rows == rows_then, (code, values)
    known = run("collection", clerk, known=moment.isoformat(), **months)
    opens = {one.name: one.url for one in known.columns if one.url}
    for name in ("history_owed", "owed"):  # what a sum opens to is known then, too
        path, _mark, query = opens[name](known.rows[0], known.values).partition("?")
        items = run(path.rstrip("/").rpartition("/")[2], clerk, **dict(parse_qsl(query)))
        assert items.totals[0]["open_amount"] == known.rows[0]["owed"] == 140


@pytest.mark.req("LED-16")
def test_the_list_shows_what_interrupted_limitation_and_the_alarm_of_any_day(clerk: Any) -> None:
    """Due in 2023: claimable to the end of 2026 (article 118 of the Polish civil code). Acknowledged in 2025: to the
    end of 2028; a claim brought in 2024 came before and is passed over, one before the due day interrupts nothing."""
    account = make_account()
    first, second = charge(account, 2023, 2), charge(account, 2026, 1)
    make_limitation_event(account=account, on=dt.date(2024, 2, 1), kind="claim", document="I C 5/24")
    make_limitation_event(account=account, entry=first, on=dt.date(2025, 5, 5), document="Letter of 5 May")

    def shown(on: dt.date, **asked: Any) -> list[tuple[Any, ...]]:
        names = ("entry_id", "limitation_on", "interrupted_on", "interrupted_by", "interrupted_document")
        return [tuple(row[name] for name in names) for row in run("open_items", clerk, on=on, **asked).rows]

    assert shown(dt.date(2026, 11, 1)) == [
        (first.pk, dt.date(2028, 12, 31), dt.date(2025, 5, 5), "acknowledged", "Letter of 5 May"),
        (second.pk, dt.date(2029, 12, 31), None, None, None),
    ]
    assert shown(dt.date(2025, 1, 1)) == [
        (first.pk, dt.date(2027, 12, 31), dt.date(2024, 2, 1), "claim", "I C 5/24"),
    ]
    assert shown(dt.date(2023, 12, 1))[0][1:3] == (dt.date(2026, 12, 31), None)
    # The alarm, ninety days ahead: asked of a day before the interruptions, it names the debt by what held then.
    assert shown(dt.date(2028, 10, 1), limited="1") == []
    assert [row[0] for row in shown(dt.date(2028, 10, 2), limited="1")] == [first.pk]
    page = Client()
    page.force_login(clerk)
    body = page.get("/office/reports/open_items/?on=2026-11-01").content.decode()
    assert "Letter of 5 May" in body and "Debt acknowledged" in body


@pytest.mark.req("LED-10")
def test_arrears_are_found_by_a_part_of_the_payers_name(clerk: Any) -> None:
    one, other = (charge(make_account(code=code), 2026, 1).account for code in ("QX-LEFT", "QX-RIGHT"))
    for text in (one.payer.last_name[:-1] + one.payer.last_name[-1].upper(), one.code.lower(), one.payer.code):
        assert one.pk in {row["account_id"] for row in run("arrears", clerk, on=ON, who=text).rows}, text
    assert [row["account_id"] for row in run("arrears", clerk, on=ON, who=one.code).rows] == [one.pk]
    assert run("open_items", clerk, on=ON, who="%").rows == []
    assert run("ageing", clerk, on=ON, who=other.code).totals[0]["owed"] == 100
    assert run("ageing", clerk, on=ON, who="O'Neill; --").rows == []


@pytest.mark.req("LED-16")
def test_bad_interruptions_contacts_and_policies_are_refused(clerk: Any, as_system: Any) -> None:
    client = Client()
    client.force_login(clerk)
    account, foreign = make_account(), charge(make_account(), 2026, 1)
    own = charge(account, 2026, 1)
    paid = make_entry(account=account, amount=D(-5), booked_on=ON)
    act = {"account": account.pk, "on": "2026-03-01", "kind": "claim", "document": "I C 1/26"}
    for entry in (foreign, paid):
        answer = post(client, "limitationevent", **act, entry=entry.pk)
        assert (answer.status_code, answer.json()["code"]) == (422, "limitation.foreign_debt"), answer.content
        with pytest.raises(DatabaseError, match="is no debt of account"), transaction.atomic():
            make_limitation_event(account=account, entry=entry)
    answer = post(client, "limitationevent", **act | {"on": "2999-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "arrears.ahead")
    assert post(client, "limitationevent", **act, entry=own.pk).status_code == 201
    said = {"account": account.pk, "on": "2026-03-01", "kind": "phone", "note": "x"}
    for wrong in ({"on": "2999-01-01"}, {"promised_amount": "0"}, {"promised_amount": "-5"}, {"kind": "drone"}):
        assert post(client, "payercontact", **said | wrong).status_code == 422, wrong
    policy = {"entity": account.entity_id, "valid_from": "2026-01-01", "warn_amount": "1", "warn_months": 1}
    for wrong in ({"warn_amount": "-1"}, {"warn_months": -1}, {"limitation_days": 40000}, {"valid_from": "soon"}):
        assert post(client, "arrearspolicy", **policy | wrong).status_code == 422, wrong
    assert post(client, "arrearspolicy", **policy).status_code == 201
    event = LimitationEvent.objects.get(entry=own)
    for change in (lambda: LimitationEvent.objects.filter(pk=event.pk).update(on=dt.date(2025, 1, 1)),
                   lambda: LimitationEvent.objects.filter(pk=event.pk).delete(),
                   lambda: ArrearsPolicy.objects.update(warn_months=5)):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    withdraw_interruption(event.pk, "mistake", actor=as_system)
    with pytest.raises(Refusal) as refused:
        withdraw_interruption(event.pk, "again", actor=as_system)
    assert (refused.value.code, refused.value.status) == ("arrears.withdrawn", 409)


@pytest.mark.req("LED-11")
@pytest.mark.parametrize("group", ["estate", "payer", "contract", "component"])
def test_each_cell_of_the_ageing_opens_to_its_documents(clerk: Any, as_system: Any, group: str) -> None:
    """Bands, sums, money not used, balance and limitation: what a cell leads to adds up to the cell."""
    account = make_account()
    for year, month in ((2022, 2), (2025, 9), (2026, 2), (2026, 5)):
        charge(account, year, month)
    make_entry(account=account, amount=D(-30), booked_on=dt.date(2026, 3, 20))
    kind = make_deposit_kind(entity=account.entity)
    take_over(account.pk, kind.pk, amount=D(500), paid_on=dt.date(2026, 1, 5), rent=D(500), actor=as_system)
    result = run("ageing", clerk, on=dt.date(2026, 12, 31), group=group)
    opened: dict[str, D] = {}
    for row in result.rows:
        for column in result.columns:
            if not row.get(column.name) or column.name == "label":
                continue
            if column.url is None:
                assert (column.name, group) in {("held", "payer"), ("held", "contract")}
                continue
            path, _mark, query = column.url(row, result.values).partition("?")
            items = run(path.rstrip("/").rpartition("/")[2], clerk, **dict(parse_qsl(query)))
            amount = "held" if column.name == "held" else "open_amount"
            total = sum((one[amount] for one in items.totals), D(0))
            sign = -1 if column.name == "credit" else 1
            opened[column.name] = opened.get(column.name, D(0)) + sign * total
            assert sign * total == row[column.name], column.name
    assert (opened["owed"], opened["credit"], opened["balance"], opened["limited"]) == (400, 30, 370, 100)
    assert opened.get("held") == (500 if group == "estate" else None)
