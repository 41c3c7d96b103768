"""VAT by dated rates: frozen in the line, apart on the notice; the register by rate is the ledger's account."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.arrears import proof
from lokum.money.charges.models import ChargeLine, Component, DraftLine, Notice, VatRate
from lokum.money.charges.papers import notice_paper
from lokum.money.charges.services import BatchOrder, OneOff, compute_run, post_run, raise_charges, undo_run
from lokum.money.charges.services.correcting import compare_months, post_correction, request_correction
from lokum.money.charges.tests.world import approved_run, attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.charges.vat import vat_percent
from lokum.money.ledger.proof import prove
from lokum.money.ledger.tests.world import World, make_world

MARCH, APRIL, MAY = (dt.date(2026, month, 1) for month in (3, 4, 5))


@pytest.fixture
def world(as_system: Any) -> World:
    """Three payers: flat rent exempt, a garage of 81.30 and a socket by formula of 10.00, both at the standard rate."""
    world = make_world(3, actor=as_system, tag="V1")
    for code, price, more in (("RENT", "200", {}), ("GARAGE", "81.30", {"vat_kind": "standard"}),
                              ("SOCKET", "10", {"vat_kind": "standard", "formula": "rate * 1"})):  # fmt: skip
        component = make_component(world, code, "unit", **more)
        make_tariff(component, price)
        attach_everywhere(world, component)
    return world


@pytest.fixture
def clerk(as_system: Any) -> Any:
    user = make_user()
    make_grant(user, ["*:*"])
    return user


def register(user: Any, start: dt.date, end: dt.date | None = None, code: str = "vat_register") -> Any:
    asked = {"start": f"{start:%Y-%m}", "end": f"{end or start:%Y-%m}"}
    return run_report(report_named(code), user, asked)  # type: ignore[arg-type]


def by_rate(user: Any, start: dt.date, end: dt.date | None = None) -> dict[str, tuple[D, D, D]]:
    return {row["rate"]: (row["net"], row["tax"], row["gross"]) for row in register(user, start, end).rows}


@pytest.mark.req("CHG-16")
def test_a_new_rate_changes_only_the_months_from_its_day_on(
    world: World, as_system: Any, clerk: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda time_zone="": dt.date(2026, 5, 31))
    march = posted_run(world, MARCH, actor=as_system)
    april = approved_run(world, APRIL, actor=as_system)
    VatRate.objects.create(country_pack="pl", kind="standard", percent=D(24), valid_from=APRIL)
    with pytest.raises(Refusal) as refused:  # the draft was computed by the old rate
        post_run(april.pk, actor=as_system)
    assert refused.value.code == "charge_run.stale"
    posted_run(world, APRIL, actor=as_system)
    taxes = ChargeLine.objects.filter(component__code="GARAGE").order_by("period")
    assert set(taxes.values_list("period", "net_amount", "tax_amount", "snapshot__vat_percent")) == {
        (MARCH, D("81.30"), D("18.70"), "23"), (APRIL, D("81.30"), D("19.51"), "24"),
    }  # fmt: skip
    assert by_rate(clerk, MARCH) == {"exempt": (600, 0, 600), "23": (D("273.90"), D("63.00"), D("336.90"))}
    both = by_rate(clerk, MARCH, APRIL)
    assert both["24"] == (D("273.90"), D("65.73"), D("339.63")) and both["exempt"] == (1200, 0, 1200)
    notice = Notice.objects.filter(period=APRIL).first()
    assert notice is not None
    data = notice.document.data
    assert D(data["total"]) == sum(D(line["amount"]) for line in data["lines"]) == notice.entry.amount
    assert (D(data["net"]), D(data["tax"])) == (D("291.30"), D("21.91"))
    assert [line.vat for line in notice_paper(notice.document).lines].count("24 %") == 2
    # Nothing differs in March: it is compared by the rate of March.
    assert compare_months(world.entity.pk, MARCH, APRIL, "new rate", actor=as_system).line_count == 0
    Component.objects.filter(code="GARAGE").update(vat_kind="reduced")
    run = compare_months(world.entity.pk, MARCH, MARCH, "garage of a dwelling", actor=as_system)
    request_correction(run.pk, actor=as_system)
    post_correction(run.pk, actor=as_system, issued_on=MAY)
    assert by_rate(clerk, MAY) == {
        "23": (D("-243.90"), D("-56.10"), D("-300.00")),
        "8": (D("243.90"), D("19.50"), D("263.40")),
    }
    undo_run(posted_run(world, MAY, actor=as_system).pk, "wrong month", actor=as_system)
    assert by_rate(clerk, MAY)["exempt"] == (0, 0, 0)
    for rate, shown in by_rate(clerk, MARCH, MAY).items():
        asked = {"start": "2026-03", "end": "2026-05", "rate": rate}
        listed = run_report(report_named("vat_documents"), clerk, asked)  # type: ignore[arg-type]
        assert tuple(listed.totals[0][name] for name in ("net", "tax", "gross")) == shown
        assert {(row["rate"], bool(row["payer"]), bool(row["premises_code"])) for row in listed.rows} == {
            (rate, True, True)
        }
    documents = register(clerk, MARCH, MAY, "vat_documents").totals[0]
    assert documents["tax"] == register(clerk, MARCH, MAY).totals[0]["tax"] == D("92.13")
    assert march.notice_count == 3 and not list(proof.vat_reports())
    assert not {one.code for one in prove(["I1", "I2", "I6", "C7", "D1"]) if one.count}


@pytest.mark.req("CHG-16")
def test_without_a_rate_nothing_is_charged_and_the_reason_is_said(world: World, as_system: Any) -> None:
    VatRate.objects.filter(country_pack="pl", kind="standard").delete()
    VatRate.objects.create(country_pack="pl", kind="standard", percent=D(23), valid_from=MAY)
    run = compute_run(world.entity.pk, MARCH, actor=as_system)
    wrong = DraftLine.objects.filter(run=run, problem="no_vat_rate")
    assert set(wrong.values_list("component__code", "amount")) == {("GARAGE", None), ("SOCKET", None)}
    garage = Component.objects.get(code="GARAGE")
    order = BatchOrder(world.entity.pk, "single", "next_notice", MARCH, "key")
    with pytest.raises(Refusal) as refused:
        raise_charges(order, [OneOff(world.accounts[0], garage.pk, D(1), D(5))], actor=as_system)
    assert refused.value.code == "one_off.no_vat_rate"


def test_rates_of_the_packs_by_day(world: World) -> None:
    component = Component(entity=world.entity, vat_kind="standard")
    expected = {"pl": {dt.date(2010, 12, 31): 22, MARCH: 23}, "tw": {MARCH: 5},
                "cn": {dt.date(2018, 5, 1): 16, dt.date(2019, 4, 1): 13}}  # fmt: skip
    for pack, days in expected.items():
        world.entity.country_pack = pack
        world.entity.save()
        assert {day: vat_percent(component, day) for day in days} == days
