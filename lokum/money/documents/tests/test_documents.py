"""Statements and replies, payment forms, letters about new fees, delivery."""

import csv
import datetime as dt
import io
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pikepdf
import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.annex.models import Attachment
from lokum.core.annex.services import read_file
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.own_fields import forget
from lokum.core.organisation.factories import make_entity, make_own_field_definition, make_pack_rule
from lokum.core.organisation.rule_forms import check_rule
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.proofs import proof_code
from lokum.core.papers.services import pdf_of
from lokum.core.papers.wording import write_template
from lokum.money.charges.models import ComponentAssignment, Tariff
from lokum.money.charges.papers import build_notice, notice_paper
from lokum.money.charges.services import undo_run
from lokum.money.charges.tests.test_splitting import share_out
from lokum.money.charges.tests.world import make_charged_world, make_component, make_tariff, posted_run
from lokum.money.documents.models import AccountStatement, DeliveryBatch, FeeChangeLetter
from lokum.money.documents.payment_forms import month_to_pay, payment_form
from lokum.money.documents.seams import latest_notice as notice_of
from lokum.money.documents.services import (
    deliver_run,
    issue_fee_change,
    issue_statement,
    issue_statements,
    order_statements,
    produce_batch,
    record_reply,
)
from lokum.money.interest.factories import make_interest_policy, make_interest_rate
from lokum.money.interest.queries.accrued import accrued_of
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import compare_balances
from lokum.money.ledger.queries import sheet
from lokum.money.ledger.services import allocate_pairs, undo_allocation
from lokum.packs.pl.notice_time import latest_notice
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_consent
from lokum.property.parties.models import Party

pytestmark = pytest.mark.usefixtures("as_system")
MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def actor(as_system: Any) -> Any:
    return as_system


@pytest.fixture
def world(actor: Any) -> Any:
    return make_charged_world(4, actor=actor)


def pages_of(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as found:
        return len(found.pages)


# --- payment forms ------------------------------------------------------------------------------------------------


@pytest.mark.req("CHG-14")
def test_a_payment_form_is_reduced_by_what_is_matched_and_restored_by_undoing(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    notice = run.notices.order_by("pk")[0]
    account = notice.account
    assert month_to_pay(account, MARCH).left == notice.total_amount
    paid = make_entry(account=account, amount=D("-40.00"), booked_on=dt.date(2026, 3, 9), document_number="WB/7")
    made = allocate_pairs([(paid.pk, notice.pk, D("40.00"))], rule="by_hand", actor=actor)[0]
    found = month_to_pay(account, MARCH)
    assert found.left == notice.total_amount - 40
    assert [(one.document, one.amount) for one in found.charged[0].matched] == [("WB/7", D("40.00"))]
    assert payment_form(account, MARCH).startswith(b"%PDF")
    undo_allocation(made.pk, "wrong", actor=actor)
    assert month_to_pay(account, MARCH).left == notice.total_amount
    rest = make_entry(account=account, amount=-notice.total_amount, booked_on=dt.date(2026, 3, 10))
    allocate_pairs([(rest.pk, notice.pk, notice.total_amount)], rule="by_hand", actor=actor)
    assert month_to_pay(account, MARCH).left == 0
    with pytest.raises(Missing):
        month_to_pay(account, dt.date(2026, 4, 1))


@pytest.mark.req("CHG-14")
def test_a_fully_paid_month_says_so_and_carries_no_transfer(actor: Any, world: Any, monkeypatch: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    notice = run.notices.order_by("pk")[0]
    told: list[Any] = []
    monkeypatch.setattr(
        "lokum.money.documents.payment_forms.render_payment_form", lambda paper: told.append(paper) or b"%PDF"
    )
    payment_form(notice.account, MARCH)
    rest = make_entry(account=notice.account, amount=-notice.total_amount, booked_on=dt.date(2026, 3, 10))
    allocate_pairs([(rest.pk, notice.pk, notice.total_amount)], rule="by_hand", actor=actor)
    payment_form(notice.account, MARCH)
    assert told[0].transfer.amount == notice.total_amount and told[0].left == notice.total_amount
    assert told[1].transfer is None and told[1].left == 0


@pytest.mark.req("CHG-14", "PLT-11")
def test_payment_forms_of_staff_and_residents(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    account = run.notices.order_by("pk")[0].account
    user = make_user(user_class="resident")
    Party.objects.filter(pk=account.payer_id).update(user=user)
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    client = Client()
    client.force_login(user)
    assert client.get(f"/portal/money/{account.pk}/form/2026-03.pdf").content.startswith(b"%PDF")
    assert f"/portal/money/{account.pk}/form/2026-03.pdf" in client.get("/portal/money/").content.decode()
    foreign = run.notices.order_by("-pk")[0].account_id
    assert client.get(f"/portal/money/{foreign}/form/2026-03.pdf").status_code == 404
    assert client.get(f"/portal/money/{account.pk}/form/never.pdf").status_code == 404
    client.force_login(clerk)
    assert client.get(f"/office/documents/form/{account.pk}/2026-03.pdf").content.startswith(b"%PDF")
    assert client.get(f"/office/documents/form/{account.pk}/2026-09.pdf").status_code == 404


# --- statements -----------------------------------------------------------------------------------------------------


@pytest.mark.req("LED-20")
def test_a_statement_is_the_sheet_of_its_range(actor: Any, world: Any) -> None:
    for month in (dt.date(2026, 1, 1), dt.date(2026, 2, 1), MARCH):
        posted_run(world, month, actor=actor)
    account = Account.objects.get(pk=world.accounts[0])
    make_entry(account=account, amount=D("-50.00"), booked_on=dt.date(2026, 2, 20))
    made = issue_statement(account.pk, start=dt.date(2026, 2, 1), end=dt.date(2026, 2, 28), actor=actor)
    page = sheet(account.pk, dt.date(2026, 2, 1), dt.date(2026, 2, 28), newest_first=False)
    assert (made.opening_amount, made.closing_amount) == (page.opening, page.closing)
    assert made.entry_count == len(page.rows) == 2
    rows = made.document.data["tables"][0]["rows"]
    assert len(rows) == 3 and rows[-1][-1] == made.document.data["tables"][0]["totals"][0][-1]
    assert pdf_of(made.document, actor=actor).startswith(b"%PDF")
    assert list(compare_balances()) == []
    with pytest.raises(Refusal, match="last day"):
        issue_statement(account.pk, start=MARCH, end=dt.date(2026, 2, 1), actor=actor)


@pytest.mark.req("LED-20")
def test_confirmations_of_open_balances_go_by_the_day_they_name(actor: Any, world: Any) -> None:
    """Owed at the end of March and paid in April: still confirmed as of March. Gone in January with nothing owed and
    nothing booked since: not written to at all."""
    owing, settled, gone = world.accounts[:3]
    for pk in world.accounts[:3]:
        account = Account.objects.get(pk=pk)
        make_entry(account=account, amount=D(100), booked_on=dt.date(2026, 1, 10))
        paid_on = dt.date(2026, 4, 8) if pk == owing else dt.date(2026, 1, 20)
        make_entry(account=account, amount=D(-100), booked_on=paid_on)
    Account.objects.filter(pk=gone).update(closed_on=dt.date(2026, 1, 31))

    def written_to(start: dt.date, **asked: Any) -> set[int]:
        values = {"entity": world.entity, "kind": "confirmation", "start": start, "end": dt.date(2026, 3, 31)}
        batch = order_statements(**values, **asked, actor=actor)
        issue_statements(batch.pk, actor=actor)
        return set(batch.statements.values_list("account_id", flat=True))

    assert written_to(MARCH, only_open=True) == {owing}
    assert written_to(MARCH) == set(world.accounts) - {gone}
    assert written_to(dt.date(2026, 1, 1)) == set(world.accounts) and settled != gone


@pytest.mark.req("LED-20", "DOC-07")
def test_a_bulk_file_holds_each_payer_once_even_when_interrupted(actor: Any, world: Any) -> None:
    posted_run(world, MARCH, actor=actor)
    batch = order_statements(
        entity=world.entity, kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor
    )
    with pytest.raises(Refusal):
        produce_batch(batch.pk, actor=actor)
    issue_statements(batch.pk, actor=actor)
    issue_statements(batch.pk, actor=actor)
    assert AccountStatement.objects.filter(batch=batch).count() == 4
    assert sorted(batch.items.values_list("account_id", flat=True)) == world.accounts

    class Broken(Exception):
        pass

    def stop(done: int, total: int, step: Any = "") -> None:
        if done >= 2:
            raise Broken

    with pytest.raises(Broken):
        produce_batch(batch.pk, actor=actor, progress=stop, most=2)
    assert sorted(batch.items.values_list("volume", flat=True), key=str) == [1, 1, None, None]
    produce_batch(batch.pk, actor=actor, most=2)
    produce_batch(batch.pk, actor=actor, most=2)
    files = Attachment.objects.filter(object_label="documents.deliverybatch", object_id=batch.pk, kind="volume")
    assert [pages_of(read_file(one.file)) for one in files.order_by("name")] == [2, 2]
    post = Attachment.objects.get(object_label="documents.deliverybatch", object_id=batch.pk, kind="post")
    lines = list(csv.reader(io.StringIO(read_file(post.file).decode("utf-8-sig"))))
    assert [line[:2] for line in lines[1:]] == [["1", "1"], ["2", "1"], ["3", "2"], ["4", "2"]]
    batch.refresh_from_db()
    assert batch.state == DeliveryBatch.State.DONE


@pytest.mark.req("LED-20")
@pytest.mark.parametrize(("paid", "said"), [(0, "winni"), (100, "rozliczone"), (130, "nadpłata")])
def test_words_of_a_balance_fit_its_sign(actor: Any, world: Any, paid: int, said: str) -> None:
    account = Account.objects.get(pk=world.accounts[0])
    make_entry(account=account, amount=D(100), booked_on=dt.date(2026, 2, 2), due_on=dt.date(2026, 2, 15))
    if paid:
        make_entry(account=account, amount=D(-paid), booked_on=dt.date(2026, 2, 20))
    for kind in ("statement", "confirmation"):
        made = issue_statement(account.pk, kind=kind, start=dt.date(2026, 2, 1), end=dt.date(2026, 2, 28), actor=actor)
        told = " ".join(made.document.data["paragraphs"])
        assert said in told and sum(word in told for word in ("winni", "rozliczone", "nadpłata")) == 1


@pytest.mark.req("LED-20")
def test_a_reply_is_recorded_and_looked_at(actor: Any, world: Any) -> None:
    posted_run(world, MARCH, actor=actor)
    made = issue_statement(world.accounts[0], kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor)
    assert made.document.data["slip"]["choices"]
    with pytest.raises(Refusal):
        record_reply(made.pk, reply="disputed", reply_on=dt.date(2026, 4, 9), actor=actor)
    with pytest.raises(Refusal):
        record_reply(made.pk, reply="agreed", reply_on=dt.date(2026, 3, 9), actor=actor)
    with pytest.raises(Refusal, match="not come yet"):
        record_reply(made.pk, reply="agreed", reply_on=dt.date(2999, 1, 1), actor=actor)
    told = record_reply(
        made.pk, reply="disputed", reply_on=dt.date(2026, 4, 9), reply_amount=D("12.00"), reply_note="paid", actor=actor
    )
    assert (told.reply, told.reply_amount) == ("disputed", D("12.00"))


@pytest.mark.req("LED-20")
def test_a_reply_names_an_amount_in_whole_units_of_the_currency(actor: Any) -> None:
    """Whole New Taiwan dollars, grosze for Poland: a part of either is refused beside its field, nothing is kept."""
    entities = ({"country_pack": "tw", "kind": "community", "currency": "TWD"}, {})
    for entity, wrong, right in zip(entities, ("12.50", "12.505"), ("12.00", "12.50"), strict=True):
        account = make_account(entity=make_entity(**entity))
        day = dt.date(2026, 3, 31)
        made = issue_statement(account.pk, kind="confirmation", start=MARCH, end=day, actor=actor)
        values = {"reply": "disputed", "reply_on": day, "actor": actor}
        with pytest.raises(Refusal, match=f"whole units of {account.currency}") as refused:
            record_reply(made.pk, reply_amount=D(wrong), **values)
        assert refused.value.code == "statement.reply_amount" and "reply_amount" in refused.value.fields
        made.refresh_from_db()
        assert (made.reply, made.reply_amount) == ("none", None)
        assert record_reply(made.pk, reply_amount=D(right), **values).reply_amount == D(right)


# --- delivery -------------------------------------------------------------------------------------------------------


@pytest.mark.req("DOC-07", "CHG-13")
def test_notices_of_a_run_go_the_way_each_payer_chose(actor: Any, world: Any) -> None:
    run = posted_run(world, MARCH, actor=actor)
    party = Party.objects.get(pk=Account.objects.get(pk=world.accounts[1]).payer_id)
    party.user = make_user(user_class="resident")
    party.save()
    make_consent(party=party, purpose=E_DOCUMENTS)
    batch = deliver_run(run.pk, actor=actor)
    assert deliver_run(run.pk, actor=actor).pk == batch.pk
    counts = dict(batch.items.values_list("account_id", "way"))
    assert counts == {pk: "electronic" if pk == world.accounts[1] else "paper" for pk in world.accounts}
    produce_batch(batch.pk, actor=actor)
    assert batch.items.filter(done_at=None).count() == 0
    assert batch.items.filter(way="electronic").get().volume is None
    places = list(batch.items.order_by("place").values_list("account_id", flat=True))
    assert places == world.accounts
    client = Client()
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    client.force_login(clerk)
    page = client.get(f"/office/documents/deliverybatch/{batch.pk}/").content.decode()
    assert f"notice-{batch.pk}-001.pdf" in page


# --- changes of fees ------------------------------------------------------------------------------------------------


@pytest.mark.req("CHG-17")
def test_the_legal_notice_time() -> None:
    """Art. 4 ust. 7: 14 days before the due day and not after the month before; three months to a month's end."""
    assert latest_notice("independent", dt.date(2026, 4, 1), dt.date(2026, 4, 10)) == dt.date(2026, 3, 27)
    assert latest_notice("independent", dt.date(2026, 4, 1), dt.date(2026, 4, 30)) == dt.date(2026, 3, 31)
    assert latest_notice("dependent", dt.date(2026, 4, 1), dt.date(2026, 4, 10)) == dt.date(2025, 12, 31)
    assert latest_notice("rent", dt.date(2026, 7, 1), dt.date(2026, 7, 10)) == dt.date(2026, 3, 31)


@pytest.mark.req("PLT-05", "CHG-17")
def test_a_changed_notice_time_counts_from_its_day_and_names_its_source(actor: Any) -> None:
    terms = {"independent": {"days_before_due": 30}, "dependent": {"months_before_start": 6, "days_before_start": 1}}
    make_pack_rule(key="fees.notice", valid_from=dt.date(2026, 7, 1), value=terms, source="Act of 5 May 2026")

    def latest(costs: str, month: int) -> tuple[dt.date, bool] | None:
        found = notice_of("pl", costs, dt.date(2026, month, 1), dt.date(2026, month, 10))
        return (found.day, found.source == "Act of 5 May 2026") if found else None

    assert latest("independent", 6) == (dt.date(2026, 5, 27), False)
    assert latest("independent", 7) == (dt.date(2026, 6, 10), True)
    assert latest("dependent", 7) == (dt.date(2025, 12, 31), True)
    assert latest("rent", 7) is None, "the new act does not speak of rents"
    with pytest.raises(Refusal) as caught:
        check_rule("fees.notice", {"independent": {"weeks": 2}})
    assert caught.value.code == "rules.form"
    check_rule("fees.notice", terms)


@pytest.mark.req("CHG-17")
def test_letters_go_to_all_with_a_difference_and_to_nobody_else(actor: Any, world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 3, 20))
    accounts = list(Account.objects.filter(pk__in=world.accounts).order_by("pk").select_related("agreement"))
    tariff = Tariff.objects.get(component__code="GAS", component__entity=world.entity)
    for account in accounts[:2]:
        Tariff.objects.create(
            component=tariff.component, level="premises", premises=account.agreement.premises, price=D("9.90"),
            valid=(dt.date(2026, 7, 1), None), state="approved",
        )  # fmt: skip
    parking = make_component(world, "PARK", proration="days")  # let by days from the middle of June: no change in July
    make_tariff(parking, "90.00")
    ComponentAssignment.objects.create(
        component=parking, premises=accounts[3].agreement.premises, valid=(dt.date(2026, 6, 16), None)
    )
    values = {"entity": world.entity, "reason": "Resolution 7/2026", "actor": actor}
    with pytest.raises(Refusal, match="differ"):
        issue_fee_change(effective_on=dt.date(2026, 5, 1), costs="independent", **values)
    with pytest.raises(Refusal, match="first of a month"):
        issue_fee_change(effective_on=dt.date(2026, 5, 3), costs="independent", **values)
    change = issue_fee_change(effective_on=dt.date(2026, 7, 1), costs="dependent", **values)
    letters = FeeChangeLetter.objects.filter(change=change).select_related("document").order_by("account_id")
    assert [one.account_id for one in letters] == [one.pk for one in accounts[:2]]
    assert all(one.new_amount > one.old_amount for one in letters)
    data = letters[0].document.data
    row = next(row for row in data["tables"][0]["rows"] if row[0] == "Gas")
    assert (row[1], row[3]) == ("8,40", "9,90")
    assert len(data["tables"][0]["rows"]) == 8 and "Resolution 7/2026" in " ".join(data["paragraphs"])
    assert pdf_of(letters[0].document, actor=actor).startswith(b"%PDF")
    assert (change.latest_on, change.late_reason, change.batch.items.count()) == (dt.date(2026, 3, 31), "", 2)


@pytest.mark.req("CHG-17", "LED-07")
def test_payers_by_shares_get_their_own_letters_and_who_begins_to_pay_gets_none(
    actor: Any, world: Any, monkeypatch: Any
) -> None:
    """One flat is shared by halves, one is taken over with the new month; both old and new price stand per unit."""
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 3, 20))
    split = share_out(world, actor, (Fraction(1, 2), Fraction(1, 2)))
    july = dt.date(2026, 7, 1)
    Agreement.objects.filter(pk=world.agreements[3]).update(valid=(july, None))
    tariff = Tariff.objects.get(component__code="GAS", component__entity=world.entity)
    Tariff.objects.filter(pk=tariff.pk).update(valid=(dt.date(2020, 1, 1), july))
    Tariff.objects.create(component=tariff.component, price=D("9.90"), valid=(july, None), state="approved")
    change = issue_fee_change(entity=world.entity, effective_on=july, costs="dependent", reason="r", actor=actor)
    letters = {one.account_id: one for one in FeeChangeLetter.objects.filter(change=change).select_related("document")}
    sharers = list(split.shares.order_by("pk").values_list("account_id", flat=True))
    assert set(letters) == {*sharers, *world.accounts[1:3]} and world.accounts[3] not in letters
    # 1.50 more for each of two persons, by halves
    assert {one.new_amount - one.old_amount for pk, one in letters.items() if pk in sharers} == {D("1.50")}
    rows = [next(row for row in letters[pk].document.data["tables"][0]["rows"] if row[0] == "Gas") for pk in letters]
    assert {(row[1], row[3]) for row in rows} == {("8,40", "9,90")}


@pytest.mark.req("CHG-17")
def test_late_notice_needs_a_reason(actor: Any, world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 6, 30))
    tariff = Tariff.objects.get(component__code="GAS", component__entity=world.entity)
    Tariff.objects.filter(pk=tariff.pk).update(valid=(dt.date(2020, 1, 1), dt.date(2026, 7, 1)))
    Tariff.objects.create(
        component=tariff.component, price=D("9.90"), valid=(dt.date(2026, 7, 1), None), state="approved"
    )
    values = {"entity": world.entity, "effective_on": dt.date(2026, 7, 1), "costs": "dependent", "reason": "r"}
    with pytest.raises(Refusal) as refused:
        issue_fee_change(actor=actor, **values)
    assert refused.value.code == "fee_change.late" and "late_reason" in refused.value.fields
    assert not IssuedDocument.objects.filter(kind="fee_change").exists()
    change = issue_fee_change(actor=actor, late_reason="The supplier told us yesterday.", **values)
    assert change.letter_count == 4


# --- proof and templates --------------------------------------------------------------------------------------------


@pytest.mark.req("DOC-08")
def test_a_code_confirms_number_date_and_amount_and_nothing_more(actor: Any, world: Any, client: Client) -> None:
    run = posted_run(world, MARCH, actor=actor)
    notice = run.notices.select_related("document", "account__payer").order_by("pk")[0]
    code = proof_code(notice.document.content_hash)
    page = client.get(f"/check/?code={code}").content.decode()
    assert notice.number in page and str(notice.total_amount) in page and "holds" in page
    for hidden in (notice.account.code, notice.account.payer.last_name, notice.account.agreement.premises.code):
        assert hidden not in page
    altered = code[:-1] + ("0" if code[-1] != "0" else "1")
    for wrong in (altered, "0000-0000-0000-0000", "x", "' OR 1=1 --"):
        page = client.get("/check/", {"code": wrong}).content.decode()
        assert "Unknown code" in page and notice.number not in page
    undo_run(run.pk, "by mistake", actor=actor)
    page = client.get(f"/check/?code={code}").content.decode()
    assert "replaced or taken back" in page and notice.number in page


@pytest.mark.req("DOC-08")
def test_guessing_codes_is_slowed_down(client: Client) -> None:
    answers = [client.get(f"/check/?code={number:016x}").status_code for number in range(22)]
    assert answers[0] == 200 and answers[-1] == 429


@pytest.mark.req("PLT-20")
def test_an_unknown_variable_is_refused_by_name_and_issued_papers_keep_their_bytes(actor: Any, world: Any) -> None:
    values = {"entity": world.entity, "kind": "confirmation", "language": "pl", "actor": actor}
    with pytest.raises(Refusal) as refused:
        write_template(subject="Saldo {account}", body="Dzien dobry {nobody}, {closing}", **values)
    assert "{nobody}" in str(refused.value.message) and refused.value.details == {"unknown": ["nobody"]}
    with pytest.raises(Refusal, match="brace"):
        write_template(subject="Saldo", body="Dzien dobry {payer", **values)
    first = write_template(subject="Saldo {account}", body="Dzien dobry {payer}.\n\nSaldo: {closing}.", **values)
    made = issue_statement(world.accounts[0], kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor)
    assert made.document.data["words"] == "confirmation/1" and "Kowalska" in made.document.data["paragraphs"][0]
    kept = pdf_of(made.document, actor=actor)
    second = write_template(subject="Inne {account}", body="Inaczej {payer}.", **values)
    assert (first.number, second.number) == (1, 2)
    from lokum.core.papers.letters import build_letter

    assert pdf_of(made.document, actor=actor) == kept == build_letter(IssuedDocument.objects.get(pk=made.document_id))
    later = issue_statement(world.accounts[0], kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor)
    assert later.document.data["paragraphs"] == ["Inaczej Anna Kowalska 1."]
    with pytest.raises(Refusal):
        write_template(subject="Inne {account}", body="Inaczej {payer}.", **values)


@pytest.mark.req("PLT-27", "PLT-20")
def test_a_letter_may_name_own_fields_of_premises_payer_and_agreement(actor: Any, world: Any) -> None:
    """They are variables at once, written in the language of the payer; none is known before it is defined."""
    values = {"entity": world.entity, "kind": "confirmation", "language": "pl", "subject": "S", "actor": actor}
    body = "{premises.volume}|{payer.since}|{agreement.pledge}|{premises.heating}"
    with pytest.raises(Refusal) as refused:
        write_template(body=body, **values)
    assert refused.value.details["unknown"][0] == "premises.volume"
    for register, code, kind in (
        ("estates.premises", "volume", "decimal"), ("parties.party", "since", "date"),
        ("occupancy.agreement", "pledge", "money"), ("estates.premises", "heating", "text"),
    ):  # fmt: skip
        make_own_field_definition(object_label=register, code=code, type=kind, label=code.title())
    forget()
    write_template(body=body, **values)
    account = Account.objects.select_related("agreement__premises", "payer").get(pk=world.accounts[0])
    for record, own in (
        (account.agreement.premises, {"volume": "160.5"}), (account.payer, {"since": "2019-04-01"}),
        (account.agreement, {"pledge": "1500.00"}),
    ):  # fmt: skip
        type(record).objects.filter(pk=record.pk).update(own=own)
    made = issue_statement(account.pk, kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor)
    [text] = made.document.data["paragraphs"]
    assert text.replace("\xa0", " ") == "160,5|1 kwietnia 2019|1 500,00 zł|"


@pytest.mark.req("PLT-20")
def test_a_value_is_never_read_for_variables_again(actor: Any, world: Any) -> None:
    Party.objects.filter(pk=Account.objects.get(pk=world.accounts[0]).payer_id).update(last_name="{closing}")
    made = issue_statement(world.accounts[0], kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor)
    assert made.document.data["payer"]["name"] == "Anna {closing}"
    values = {"entity": world.entity, "kind": "confirmation", "language": "pl", "actor": actor}
    write_template(subject="S", body="{payer}", **values)
    made = issue_statement(world.accounts[0], kind="confirmation", start=MARCH, end=dt.date(2026, 3, 31), actor=actor)
    assert made.document.data["paragraphs"] == ["Anna {closing}"]


@pytest.mark.req("PLT-20")
def test_a_template_is_written_and_previewed_in_the_browser(actor: Any, world: Any, client: Client) -> None:
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    client.force_login(clerk)
    address = "/office/papers/documenttemplate/do/write/"
    body = {"entity": world.entity.pk, "kind": "statement", "language": "en", "subject": "Hello {payer}",
            "body": "From {from} to {wrong}."}  # fmt: skip
    answer = client.post(address, body)
    assert answer.status_code in (200, 422) and "{wrong}" in answer.content.decode()
    answer = client.post(address, body | {"body": "From {from} to {to}: {closing}."})
    assert answer.status_code == 302
    page = client.get(answer["Location"] + "?tab=preview").content.decode()
    assert "Hello Anna Kowalska" in page


@pytest.mark.req("CHG-13", "PLT-20")
def test_a_notice_carries_the_words_in_force_and_interest_where_they_ask_for_it(actor: Any, world: Any) -> None:
    values = {"entity": world.entity, "kind": "notice", "language": "pl", "subject": "-", "actor": actor}
    regime = make_interest_rate(rate=D("12")).regime
    make_interest_policy(entity=world.entity, regime=regime)
    plain = posted_run(world, dt.date(2026, 1, 1), actor=actor).notices.order_by("pk")[0].document
    assert "texts" not in plain.data and "interest" not in plain.data
    write_template(body="Prosimy o {to_pay} do {due_on}.\n\nOdsetki: {interest}.", **values)
    notice = posted_run(world, MARCH, actor=actor).notices.order_by("pk")[0]
    data = notice.document.data
    assert data["texts"]["version"] == "notice/1"
    paper = notice_paper(notice.document)
    assert paper.notes[-2].startswith("Prosimy o ") and paper.notes[-1].startswith("Odsetki: ")
    due = accrued_of([notice.account], MARCH)[notice.account_id].amount
    assert data["interest"] == str(due) and due > 0
    kept = pdf_of(notice.document, actor=actor)
    write_template(body="Inaczej.", **values)
    assert build_notice(IssuedDocument.objects.get(pk=notice.document_id)) == kept
