"""Months that do not go straight: changes back in time, undone matches, interest, new owners, third parties, papers."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.jobs.testing import run_jobs
from lokum.core.organisation.models import Entity
from lokum.money.allowances.models import BodyPaymentLine, Claim
from lokum.money.changeover.models import OwnerChange
from lokum.money.charges.models import Component, Notice, Package, PackageComponent, Tariff
from lokum.money.charges.models import ComponentAssignment as Attached
from lokum.money.charges.tests.world import make_component, make_tariff
from lokum.money.deposits.models import Deposit, DepositKind
from lokum.money.deposits.services import load_usual_kinds
from lokum.money.documents.models import Invoice
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestNote
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account, Allocation
from lokum.money.ledger.services import allocate_by_rule
from lokum.money.rehearsals.models import Rehearsal
from lokum.property.estates.factories import make_building
from lokum.property.estates.models import Estate
from lokum.property.occupancy.factories import make_title_holder
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_party
from lokum.property.parties.models import Party
from lokum.property.reshaping.models import Reshaping
from tests.browser.office_work import Open, act, decide, fill, key_in, send, send_wrong
from tests.browser.watching import Watched
from tests.browser.world import NEXT_MONTH, OWN_PASSWORD, PASSWORD, POSTED_MONTH, RESIDENTS, STAFF, Site

SECOND, CUSTOMER = "barbara", "szkola"
SIGNED_IN: dict[tuple[str, str], Any] = {}  # one sign-in per person and site is enough
NIP, SELLER = "5260250995", "5252248481"


@pytest.fixture(scope="module")
def site(site: Site) -> Site:
    """The site with a second person in the office, holders of the titles, interest terms and kinds of deposits."""
    with acting(system_actor("test")) as actor:
        make_grant(make_user(username=SECOND, display_name="Barbara Kontrolna", language="pl"), ["*:*"])
        entity = Entity.objects.get(pk=site.entity_id)
        Entity.objects.filter(pk=entity.pk).update(tax_number=SELLER)
        for agreement in Agreement.objects.select_related("title", "payer"):
            make_title_holder(title=agreement.title, party=agreement.payer)
        make_interest_policy(entity=entity)
        load_usual_kinds(entity.pk, actor=actor)
        make_party(code="GMINA", kind="company", last_name="Gmina Lipogóra", first_name="", language="pl")
    return site


@pytest.fixture
def office(open_browser: Open, site: Site) -> tuple[Watched, Watched]:
    """Two people of the office, signed in side by side."""
    windows = []
    for name in (STAFF, SECOND):
        window = open_browser(language="pl", storage_state=SIGNED_IN.get((site.address, name)))
        if (site.address, name) not in SIGNED_IN:
            window.sign_in(name, PASSWORD)
            SIGNED_IN[site.address, name] = window.page.context.storage_state()
        windows.append(window)
    return windows[0], windows[1]


def read(act_: Any) -> Any:
    with acting(system_actor("test")):
        return act_()


def account_of(site: Site, place: int) -> Account:
    rows = Account.objects.select_related("agreement__premises", "payer")
    return read(lambda: rows.get(pk=site.accounts[place]))


def resident(open_browser: Open, site: Site, language: str) -> Watched:
    window = open_browser(phone=True, language=language)
    name = RESIDENTS[language]
    window.sign_in(name, site.first_passwords[name])
    for field in window.page.locator('main input[type="password"]').all():
        field.fill(OWN_PASSWORD)
    window.page.click('main form button[type="submit"]')
    window.page.wait_for_url("**/portal/")
    return window


def _note_interest(window: Watched, site: Site) -> None:
    """Close March, preview its interest, post it."""
    act(window, "ledger/period/do/close", entity=site.entity_id, month="2026-03-31", reason="sprawdzone")
    act(window, "interest/interestrun/do/compute", entity=site.entity_id, month="2026-03-31")
    run_jobs()
    window.open("/office/interest/interestrun/")
    window.page.click("#rows [data-row-link]")
    window.audit()
    window.page.click('.page-head a[href$="/do/post/"]')
    send(window)
    run_jobs()


@pytest.mark.req("CHG-08", "REG-05", "LED-06", "LED-09")
def test_an_area_back_in_time_an_undone_match_and_an_interest_note(
    open_browser: Open, site: Site, office: tuple[Watched, Watched]
) -> None:
    window, second = office
    account = account_of(site, 0)
    premises = account.agreement.premises_id
    charged = read(lambda: Notice.objects.get(account=account, period=POSTED_MONTH).total_amount)

    # The area changes from the middle of a month that is posted: compared, proposed, decided, on the resident's phone.
    act(window, f"estates/premises/{premises}/do/record_fact", audit=True, kind="usable_area", value="60,5",
        valid_from="2026-03-01", source="inwentaryzacja 7/2026")  # fmt: skip
    act(window, "charges/correctionrun/do/compare", entity=site.entity_id, since="2026-03-01", until="2026-03-01",
        reason="nowy pomiar")  # fmt: skip
    assert run_jobs() == 1
    window.open("/office/charges/correctionrun/")
    window.page.click("#rows [data-row-link]")
    window.open(window.page.url + "?tab=differences")
    assert "60,5" in window.page.inner_text("main") and "od 01.03.2026" in window.page.inner_text("main")
    window.page.click('.page-head a[href$="/do/request/"]')
    send(window)
    decide(second)
    correction = read(lambda: Notice.objects.get(account=account, corrects__isnull=False))
    phone = resident(open_browser, site, "pl")
    phone.open("/portal/money/")
    phone.page.click(f'a[href="/portal/money/entry/{correction.pk}/"]')
    phone.audit()

    # Money that covers the wrong debt: the match is undone, then made by hand.
    with acting(system_actor("test")) as actor:
        make_entry(account=account, amount=Decimal("-50.00"), booked_on=dt.date(2026, 3, 20),
                   effective_on=dt.date(2026, 3, 20), due_on=dt.date(2026, 3, 20))  # fmt: skip
        allocate_by_rule(site.entity_id, [account.pk], actor=actor)
        match = Allocation.objects.get(account=account, undone_at=None, amount=Decimal("50.00"))
    window.open(f"/office/ledger/account/{account.pk}/?tab=matching")
    window.page.click(f'a[href$="/ledger/allocation/{match.pk}/do/undo/"]')
    fill(window, reason="pomyłka")
    send(window)
    assert read(lambda: Allocation.objects.get(pk=match.pk).undone_at) is not None
    window.open(f"/office/ledger/match/{account.pk}/")
    window.page.locator('main input[name^="debt_"]').last.fill("999999")
    send_wrong(window)
    assert window.page.locator('main input[name^="debt_"]').last.input_value() == "999999", "nothing typed is lost"
    window.page.locator('main input[name^="debt_"]').last.fill("1.00")
    send(window)
    assert "?tab=matching" in window.page.url
    window.audit()

    # Interest of the month, once it is closed: previewed, posted, opened by the resident down to its days.
    _note_interest(window, site)
    note = read(lambda: InterestNote.objects.filter(account=account).first())
    assert note is not None and 0 < note.total_amount < charged
    window.open(f"/office/interest/interestnote/{note.pk}/")
    phone.open(f"/portal/money/interest/{account.pk}/")


@pytest.mark.req("PPL-05", "REG-10")
def test_an_owner_follows_another_and_premises_are_split(site: Site, office: tuple[Watched, Watched]) -> None:
    window, _second = office
    sold, parted = account_of(site, 2), account_of(site, 3)
    buyer = read(lambda: make_party(last_name="Lis", first_name="Jan"))
    act(window, f"estates/premises/{sold.agreement.premises_id}/do/change_owner", transferred_on="2026-04-09",
        document="akt 17/2026")  # fmt: skip
    fill(window, holders="NIKT 1/1")
    send_wrong(window)
    fill(window, holders=buyer.code)
    send(window)
    fill(window, readings="ZW-1204 381,52 m3", arrears="stays")
    send(window)
    window.audit()
    send(window)
    window.audit()
    change = read(lambda: OwnerChange.objects.get())
    assert change.state == "done" and change.new_agreement_id

    act(window, f"estates/premises/{parted.agreement.premises_id}/do/split", effective_on="2026-04-01",
        document="akt 4/2026")  # fmt: skip
    fill(window, number_1="4A", number_2="4B", usable_area_1="dużo")
    send_wrong(window)
    fill(window, usable_area_1="20", cold_water_forecast_1="1", persons_1="1")
    send(window)
    assert window.page.locator("main .note.tone-bad").all_inner_texts() == []
    window.audit()
    send(window)
    window.audit()
    assert read(lambda: Reshaping.objects.get().state) == "done"
    assert "4A" in window.page.inner_text("main")


@pytest.mark.req("LED-21", "LED-22", "DOC-02")
def test_a_deposit_an_allowance_and_an_invoice(open_browser: Open, site: Site, office: tuple[Watched, Watched]) -> None:
    window, second = office
    account = account_of(site, 1)
    with acting(system_actor("test")):
        kind = DepositKind.objects.filter(valorised=False).first() or DepositKind.objects.first()
        body = Party.objects.get(code="GMINA")
    assert kind is not None
    key_in(act(window, "deposits/deposit/do/take_over", audit=True, account=account.pk, kind=kind.pk, amount="900.00",
               paid_on="2026-03-02"))  # fmt: skip
    deposit = read(lambda: Deposit.objects.get())
    act(window, f"deposits/deposit/{deposit.pk}/do/use", amount="100.00", reason="zaległość")
    decide(second)
    act(window, f"deposits/deposit/{deposit.pk}/do/leave", left_on="2026-04-30")
    act(window, f"deposits/deposit/{deposit.pk}/do/give_back", rent="300.00", reason="lokal oddany")
    decide(second)
    window.open(f"/office/deposits/deposit/{deposit.pk}/?tab=moves")
    assert read(lambda: Deposit.objects.get().state) == "returned"

    act(window, "allowances/allowance/add", audit=True, account=account.pk, kind="housing", body=body.pk,
        decision_number="DM.7/2026", decided_on="2026-03-20", first_month="2026-04-01",
        monthly_amount="150.00")  # fmt: skip
    act(window, "allowances/claim/do/claim", entity=site.entity_id, month="2026-04-01")
    claim = read(lambda: Claim.objects.get())
    act(window, f"allowances/claim/{claim.pk}/do/receive", amount="90.00", received_on="2026-05-06",
        reason="reszta w czerwcu")  # fmt: skip
    assert read(lambda: BodyPaymentLine.objects.get().amount) == 90
    window.open(f"/office/allowances/claim/{claim.pk}/?tab=payments")

    notice = read(lambda: Notice.objects.get(account=account, period=POSTED_MONTH, corrects=None))
    act(window, "documents/invoice/do/issue", audit=True, notice=notice.pk, requested_on="2026-03-20",
        exempt_reason="art. 43 ust. 1 pkt 36")  # fmt: skip
    invoice = read(lambda: Invoice.objects.get())
    window.audit()
    phone = resident(open_browser, site, "zh-hant")
    phone.open("/portal/documents/")
    with phone.page.expect_navigation():  # invoices are electronic only where their buyer agrees
        phone.page.click('main button[name="agree"]')
    phone.audit()
    assert phone.page.locator(f'a[href="/portal/documents/{invoice.document_id}/"]').count() >= 1
    file = phone.page.request.get(f"/portal/documents/{invoice.document_id}/")
    assert file.ok and file.body().startswith(b"%PDF")


@pytest.mark.req("CHG-19")
def test_a_month_is_rehearsed_again_after_a_change(site: Site, office: tuple[Watched, Watched]) -> None:
    window, second = office
    act(window, "rehearsals/rehearsal/do/rehearse", entity=site.entity_id, month=NEXT_MONTH.isoformat())
    run_jobs()
    first = read(lambda: Rehearsal.objects.get())
    window.open(f"/office/rehearsals/rehearsal/{first.pk}/?tab=figures")
    with acting(system_actor("test")):
        component = Component.objects.get(entity_id=site.entity_id, code="WASTE")
        Tariff.objects.filter(component=component).update(valid=(dt.date(2020, 1, 1), NEXT_MONTH))
        make_tariff(component, "31.00", NEXT_MONTH, approved_at=clock.now())
    window.open(f"/office/rehearsals/rehearsal/{first.pk}/do/approve/")
    fill(window, reason="sprawdzone")
    assert "ceny" in send_wrong(window, 409), "the refusal names what changed"
    window.open(f"/office/rehearsals/rehearsal/{first.pk}/?tab=figures")
    assert "31" in window.page.inner_text("main .note.tone-bad")
    act(window, f"rehearsals/rehearsal/{first.pk}/do/again")
    run_jobs()
    again = read(lambda: Rehearsal.objects.latest("pk"))
    act(window, f"rehearsals/rehearsal/{again.pk}/do/approve", reason="sprawdzone")
    if read(lambda: Rehearsal.objects.get(pk=again.pk).state) == "rehearsed":
        decide(second)
    act(window, f"rehearsals/rehearsal/{again.pk}/do/commit")
    run_jobs()
    window.open(f"/office/rehearsals/rehearsal/{again.pk}/?tab=figures")
    assert read(lambda: Rehearsal.objects.get(pk=again.pk).state) == "committed"
    assert read(lambda: Notice.objects.filter(period=NEXT_MONTH).exists())


@pytest.mark.req("CHG-04", "PPL-06", "REG-14")
def test_packages_supply_points_and_legal_data(open_browser: Open, site: Site, office: tuple[Watched, Watched]) -> None:
    window, _second = office
    with acting(system_actor("test")):
        entity = Entity.objects.get(pk=site.entity_id)
        world: Any = SimpleNamespace(entity=entity, chart={})
        income = Component.objects.filter(entity=entity).first()
        assert income is not None
        world.chart["income"] = income.income_account
        power = make_component(world, "MOC", "contracted_power", component_class="heating")
        lift = make_component(world, "WINDA")
        for component in (power, lift):
            make_tariff(component, "6.03")
        package = Package.objects.create(entity=entity, code="STD", name="Standard")
        PackageComponent.objects.create(package=package, component=lift, valid=(dt.date(2026, 1, 1), None))
        estate = Estate.objects.get(code="W1")
        network = make_building(estate=estate, code="SIEC", name="Sieć Północ", kind="network")
    act(window, f"charges/package/{package.pk}/do/attach", audit=True, estate=estate.pk, starts_on="2026-06-01")
    window.audit()
    assert read(lambda: Attached.objects.filter(component=lift).count()) >= 4
    act(window, f"charges/bulkattachment/{key_in(window.page.url)}/do/undo", reason="pomyłka")
    assert read(lambda: Attached.objects.filter(component=lift).count()) == 0

    act(window, "supply/supplypoint/do/sign", audit=True, last_name="Szkoła Podstawowa nr 5", tax_number="5260250274",
        place=network.pk, number="7", resource="heat", contracted="180", valid_from="2026-05-01",
        components=power.pk)  # fmt: skip
    window.audit()
    with acting(system_actor("test")):
        agreement = Agreement.objects.get(kind="supply")
        user = make_user(username=CUSTOMER, user_class="resident", language="pl")
        Party.objects.filter(pk=agreement.payer_id).update(user=user)
    phone = open_browser(phone=True, language="pl")
    phone.sign_in(CUSTOMER, PASSWORD)
    for address in ("/portal/", "/portal/money/", "/portal/me/", "/portal/more/"):
        phone.open(address)

    window.open(f"/office/organisation/entity/{site.entity_id}/edit/")
    fill(window, street="ul. Nowa 2", valid_from="2027-01-01", document="uchwała 7/2026")
    send(window)
    window.open(f"/office/organisation/entity/{site.entity_id}/?tab=legal")
    assert "ul. Nowa 2" in window.page.inner_text("main") and re.search(r"1\.01\.2027", window.page.inner_text("main"))
    window.open("/office/audit/auditmonth/")
