"""Builds the smaller portfolios of `abroad` and keeps half a year of their books, through the services alone."""

import datetime as dt
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.organisation.models import Entity, EntityBankAccount, EntityFund, Node, NodePlacement
from lokum.demo.abroad import PORTFOLIOS, Fee, Portfolio
from lokum.demo.draws import draw, pick, whole
from lokum.demo.money import FREE_MONTHS, note_interest
from lokum.demo.organisation import FOUNDED_ON, bank_number
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_camt053
from lokum.money.banking.models import BankFile, ClearingItem
from lokum.money.banking.services import assign_money, post_statement, receive_file, take_opening
from lokum.money.charges.models import Component, Notice
from lokum.money.charges.services import (
    approve_run,
    approve_tariff,
    attach_component,
    check_run,
    compute_run,
    post_run,
    propose_tariff,
)
from lokum.money.charges.services.formulas import check_formulas
from lokum.money.ledger.models import Account, LedgerAccount
from lokum.money.ledger.services import close_period, open_accounts, prepare_books
from lokum.money.payments.models import VirtualAccount, VirtualAccountPool
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.generator import Parameters, Position
from lokum.property.estates.models import Estate, Premises
from lokum.property.estates.services import generate_estate
from lokum.property.occupancy.models import Agreement
from lokum.property.occupancy.services import AgreementTerms, TitleRow, open_titles
from lokum.property.parties.models import Party

MONTHS = 6
SINCE = dt.date(2015, 1, 1)


def build_portfolios(company: Node, today: dt.date, *, actor: Actor) -> None:
    """Every portfolio under the operator's node, with `MONTHS` months of books up to today."""
    first_month = clock.add_months(today, 1 - MONTHS)
    for number, portfolio in enumerate(PORTFOLIOS, start=1):
        with acting(actor):
            entity, account = _entity(company, portfolio, number, actor)
            premises = _estate(entity, portfolio, actor)
            _people(entity, premises, portfolio, actor)
            for position, fee in enumerate(portfolio.fees, start=1):
                _charge_for(entity, premises, fee, position * 10, first_month, actor)
        _keep_books(entity, account, portfolio, first_month, today, actor)


def _entity(company: Node, portfolio: Portfolio, number: int, actor: Actor) -> tuple[Entity, EntityBankAccount]:
    node = Node.objects.create(
        code=portfolio.code,
        name=portfolio.name,
        kind=Node.Kind.ESTATE,
        opened_on=FOUNDED_ON,
        country=portfolio.country,
        currency=portfolio.currency,
        time_zone=portfolio.time_zone,
        address=f"{portfolio.postal_code} {portfolio.city}",
    )
    NodePlacement.objects.create(node=node, parent=company, valid=DateRange(FOUNDED_ON, None))
    entity = Entity.objects.create(
        code=portfolio.code,
        name=portfolio.name,
        short_name=portfolio.short_name,
        kind=portfolio.kind,
        node=node,
        country_pack=portfolio.pack,
        legal_name=portfolio.name,
        tax_number=portfolio.tax_number,
        street=f"{portfolio.street} 1",
        postal_code=portfolio.postal_code,
        city=portfolio.city,
        email=f"{portfolio.code.lower()}@lipowe-wzgorze.example",
        currency=portfolio.currency,
        time_zone=portfolio.time_zone,
        opened_on=SINCE,
        due_day=portfolio.due_day,
    )
    fund = EntityFund.objects.create(entity=entity, code="RUNNING", name=portfolio.fees[0].names[0])
    account = EntityBankAccount.objects.create(
        entity=entity,
        number=portfolio.bank_account or bank_number(7000 + number),
        bank_name=portfolio.bank_name,
        currency=portfolio.currency,
        fund=fund,
        opened_on=SINCE,
    )
    if portfolio.pool is not None:
        sort_code, mask = portfolio.pool
        VirtualAccountPool.objects.create(bank_account=account, sort_code=sort_code, mask=mask)
    prepare_books(entity.pk, actor=actor)
    return entity, account


def _estate(entity: Entity, portfolio: Portfolio, actor: Actor) -> list[Premises]:
    estate = Estate.objects.create(code=portfolio.code, name=portfolio.name[:150], node=entity.node)
    lowest, highest = portfolio.levels
    homes = frozenset(range(lowest, highest + 1)) - portfolio.skipped_levels
    places = [
        Position("dwelling", {kind: Decimal(value) for kind, value in facts.items()}, homes)
        for facts in portfolio.positions
    ]
    places += [Position("parking_space", {}, frozenset({lowest - 1}))] * portfolio.parking
    generate_estate(
        estate.pk,
        Parameters(
            estate_code=portfolio.code,
            street=portfolio.street,
            city=portfolio.city,
            postal_code=portfolio.postal_code,
            positions=places,
            building_count=portfolio.building_count,
            lowest_level=lowest - 1 if portfolio.parking else lowest,
            highest_level=highest,
            skipped_levels=portfolio.skipped_levels,
            number_mask=portfolio.number_mask,
            counting="storey" if "{position" in portfolio.number_mask else "building",
        ),
        actor=actor,
        entity_pk=entity.pk,
        valid_from=SINCE,
        source={"pl": "Inwentaryzacja", "tw": "建物測量成果圖", "cn": "房产测绘报告"}[portfolio.pack],
    )
    return list(Premises.objects.filter(building__estate=estate).order_by("building__code", "pk"))


def _people(entity: Entity, premises: list[Premises], portfolio: Portfolio, actor: Actor) -> None:
    """One holder for each home; parking spaces belong to holders of homes."""
    homes = [one for one in premises if one.kind == "dwelling"]
    parties = Party.objects.bulk_create(
        Party(
            code=f"{portfolio.code}{number:04d}",
            kind=Party.Kind.PERSON,
            last_name=pick(portfolio.last_names, "last", home.code),
            first_name=pick(portfolio.first_names, "first", home.code),
            country=portfolio.country,
            language=portfolio.language,
            home_node=entity.node,
        )
        for number, home in enumerate(homes, start=1)
    )
    holder = {home.pk: party for home, party in zip(homes, parties, strict=True)}
    spaces = [one for one in premises if one.kind != "dwelling"]
    holder |= {space.pk: parties[(place * 3) % len(parties)] for place, space in enumerate(spaces)}
    rows = []
    for one in premises:
        since = dt.date(2016, 1, 1) + dt.timedelta(days=whole(0, 2800, "since", one.code))
        terms = AgreementTerms()
        rows.append(TitleRow(one.pk, portfolio.title_kind, [(holder[one.pk].pk, 1, 1)], since, None, False, "", terms))
    open_titles(rows, actor=actor)
    known = Account.objects.values("agreement_id")
    missing = Agreement.objects.filter(entity=entity).exclude(pk__in=known).values_list("pk", flat=True)
    open_accounts(list(missing), actor=actor)
    for pool in VirtualAccountPool.objects.filter(bank_account__entity=entity):
        issue_missing_numbers(pool.pk, actor=actor)


def _charge_for(
    entity: Entity, premises: list[Premises], fee: Fee, position: int, first_month: dt.date, actor: Actor
) -> None:
    english, polish, traditional, simplified = fee.names
    component = Component.objects.create(
        entity=entity,
        code=fee.code,
        name=english,
        name_pl=polish,
        name_zh_hant=traditional,
        name_zh_hans=simplified,
        component_class=fee.kind,
        basis=fee.basis,
        vat_kind=fee.vat,
        decimals=fee.decimals,
        formula=fee.formula,
        income_account=LedgerAccount.objects.get(entity=entity, purpose="income"),
        position=position,
        valid=DateRange(first_month, None),
    )
    check_formulas([component.pk], actor=actor)
    if fee.price:
        tariff = propose_tariff(component.pk, Decimal(fee.price), (first_month, None), actor=actor, source=fee.source)
        approve_tariff(tariff.pk, actor=actor)
    if carried := [one.pk for one in premises if one.kind in fee.kinds]:
        attach_component(component.pk, carried, first_month, actor=actor)


def _keep_books(
    entity: Entity, account: EntityBankAccount, portfolio: Portfolio, first_month: dt.date, today: dt.date, actor: Actor
) -> None:
    balance = Decimal(100_000)
    for number in range(MONTHS):
        month = clock.add_months(first_month, number)
        run = compute_run(entity.pk, month, actor=actor)
        check_run(run.pk, actor=actor)
        approve_run(run.pk, actor=actor)
        post_run(run.pk, actor=actor, issued_on=month)
        with acting(actor):
            entries = _transfers(entity, portfolio, month, today)
            if entries:
                statement = DemoStatement(
                    account=account.number,
                    number=number + 1,
                    opened_on=entries[0].booked_on,
                    closed_on=entries[-1].booked_on,
                    opening_amount=balance,
                    entries=tuple(entries),
                    currency=portfolio.currency,
                )
                balance = statement.closing_amount
                _import(entity, statement, actor)
    with acting(actor):
        for number in range(MONTHS - FREE_MONTHS):
            close_period(entity.pk, clock.add_months(first_month, number), actor=actor)
    note_interest(entity, portfolio.interest, clock.add_months(first_month, MONTHS - FREE_MONTHS - 1), actor)


def _transfers(entity: Entity, portfolio: Portfolio, month: dt.date, today: dt.date) -> list[DemoEntry]:
    """What arrives for a month: most in time, some weeks late, one home in twelve not at all."""
    numbers = dict(VirtualAccount.objects.filter(account__entity=entity).values_list("account_id", "number"))
    notices = Notice.objects.filter(period=month, account__entity=entity).select_related(
        "account__payer", "account__agreement__premises"
    )
    entries = []
    for notice in notices.order_by("account__code"):
        code = notice.account.code
        if draw("silent", code) < 1 / 12:
            continue
        late = draw("late", code, month) < 0.15
        day = notice.due_on + dt.timedelta(
            days=whole(5, 30, "days", code, month) if late else -whole(1, 9, code, month)
        )
        if day >= today:
            continue
        payer, premises = notice.account.payer, notice.account.agreement.premises
        assert premises is not None  # everybody here holds premises
        entries.append(
            DemoEntry(
                booked_on=day,
                amount=notice.total_amount,
                counter_account=_sender(portfolio, code),
                counter_name=f"{payer.last_name}{payer.first_name}" if portfolio.pack != "pl" else str(payer),
                title=portfolio.transfer_title.format(premises=premises.code, month=f"{month:%Y-%m}"),
                bank_reference=f"{entity.code}{month:%y%m}{notice.pk}",
                virtual_account=numbers.get(notice.account_id, ""),
            )
        )
    return sorted(entries, key=lambda one: (one.booked_on, one.bank_reference))


def _sender(portfolio: Portfolio, code: str) -> str:
    serial = whole(1, 10**9, "sender", code)
    return bank_number(serial, "99900017") if portfolio.pack == "pl" else f"999{serial:010d}"


def _import(entity: Entity, statement: DemoStatement, actor: Actor) -> None:
    """Book the file; money without a number of its own is given to the home that its reference names."""
    file = receive_file(write_camt053(statement), f"{entity.code}-{statement.closed_on}.xml", actor=actor)
    if file.state != BankFile.State.READ:
        raise RuntimeError(f"{file.name}: {file.refusal}")
    for read in file.statements.all():
        post_statement(read.pk, actor=actor)
        if statement.number == 1:
            take_opening(read.pk, actor=actor)
    accounts = dict(Account.objects.filter(entity=entity).values_list("agreement__premises__code", "pk"))
    for item in ClearingItem.objects.filter(entity=entity, state="open").select_related("bank_entry"):
        named = [pk for code, pk in accounts.items() if code and code in item.bank_entry.title.split()]
        if named:
            assign_money(item.pk, [(named[0], item.left_amount)], actor=actor)
