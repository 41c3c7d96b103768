"""A few acts of staff of every kind, so that no page of the demonstration is empty: made through the services."""

import datetime as dt
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.flow.deputies import appoint_deputy
from lokum.core.flow.kinds import steps_of
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.core.organisation.deciding import set_setting
from lokum.core.organisation.models import Entity
from lokum.demo.organisation import Books
from lokum.money.arrears.models import ArrearsPolicy, PayerContact, Relief
from lokum.money.arrears.services import request_relief
from lokum.money.arrears.services.reliefs import CODE as RELIEF
from lokum.money.changeover.services import set_holders, start_on_premises
from lokum.money.charges.models import ChargeBatch, Component, Reduction, ReductionType
from lokum.money.charges.services import (
    BatchOrder,
    OneOff,
    apply_for_reduction,
    propose_tariff,
    raise_charges,
)
from lokum.money.charges.services.correcting import compare_months, request_correction
from lokum.money.ledger.models import Account, OpenItem
from lokum.property.estates.models import Premises, PremisesFact
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, HouseholdMember
from lokum.property.occupancy.services import accept_declaration, declare, set_persons_source
from lokum.property.parties.models import Party

CORRECTED_MONTHS = 5  # the area was found to be wrong so many months back
HOUSEHOLD = ("owner", "family", "family", "family", "tenant")


def staff(username: str) -> Actor:
    user = User.objects.get(username=username)
    return Actor(user_id=user.pk, label=str(user), reach=Reach(everything=True))


def do_desk_work(books: Books, today: dt.date, *, actor: Actor) -> None:
    """Everything that staff of the cooperative have on their desks today. Needs users; the next month follows it."""
    with acting(actor):
        accountant, deputy = staff("ksiegowa"), staff("zastepca")
        entity = books.entity
        homes = list(
            Account.objects.filter(
                entity=entity, agreement__valid__endswith=None, agreement__premises__kind="dwelling",
                agreement__title__kind__in=EXCLUSIVE_KINDS,
            )
            .select_related("agreement__premises", "payer")
            .order_by("code")[:12]
        )  # fmt: skip
        month = clock.first_of_month(today)
    with translation.override("pl"):  # words that are kept are those of the staff
        _reductions(homes, month, accountant, deputy)
        _one_offs(books, homes, month, accountant)
        _tariff(entity, month, accountant)
        _arrears(entity, today, accountant, deputy)
        _households(homes[8:], month, actor)
        _area(homes[6], month, accountant)
        _new_owner(homes[7], today, accountant)
        _approvals(entity, today, actor)


def _approvals(entity: Entity, today: dt.date, actor: Actor) -> None:
    """Debts from 10,000 on are given up by two persons, the second an administrator; the head bookkeeper's deputy."""
    set_setting(entity.node_id, steps_of(RELIEF), "1; 10000: * > administrator", actor=actor)
    users = User.objects.in_bulk(["ksiegowa", "zastepca"], field_name="username")
    appoint_deputy(
        principal=users["ksiegowa"], deputy=users["zastepca"], starts_on=today, ends_on=today + dt.timedelta(days=14),
        reason="Urlop", actor=actor,
    )  # fmt: skip


def _approve_waiting(model: str, target_id: int, approver: Actor) -> None:
    request = ApprovalRequest.objects.get(target_model=model, target_id=target_id, state="proposed")
    approve(request.pk, actor=approver)


def _reductions(accounts: list[Account], month: dt.date, accountant: Actor, deputy: Actor) -> None:
    """One approved: it credits the posted month at once; one waits for a second person."""
    with acting(accountant):
        kind = ReductionType.objects.create(
            code="ULGA", name="Reduction for a hard time", name_pl="Ulga w trudnej sytuacji", name_zh_hant="困難減免",
            name_zh_hans="困难减免", nature=ReductionType.Nature.REDUCTION, needs_check=False, max_percent=Decimal(50),
        )  # fmt: skip
        last = clock.add_months(month, 5)
        made: list[Reduction] = [
            apply_for_reduction(one.pk, kind.pk, month, last, reason, percent=percent, actor=accountant)
            for one, percent, reason in (
                (accounts[0], Decimal(25), "Uchwała Zarządu 14: długotrwała choroba"),
                (accounts[1], Decimal(15), "Wniosek najemcy: utrata pracy"),
            )
        ]
    with acting(deputy):
        _approve_waiting("charges.reduction", made[0].pk, deputy)


def _one_offs(books: Books, accounts: list[Account], month: dt.date, accountant: Actor) -> None:
    """Remote controls handed out this month, charged with the next notice."""
    with acting(accountant):
        component = Component.objects.create(
            entity=books.entity, code="PILOT", name="Gate remote control", name_pl="Pilot do bramy",
            name_zh_hant="大門遙控器", name_zh_hans="大门遥控器", component_class="other", basis="unit",
            rhythm=Component.Rhythm.ONE_OFF, vat_kind="standard", fund=books.funds["running"],
            income_account=books.chart["income"], position=900, valid=DateRange(month, None),
        )  # fmt: skip
        order = BatchOrder(
            entity_id=books.entity.pk,
            origin=ChargeBatch.Origin.SHEET,
            delivery=ChargeBatch.Delivery.NEXT_NOTICE,
            period=clock.add_months(month, 1),
            reason="Piloty do bramy wydane w administracji",
        )
        charges = [OneOff(one.pk, component.pk, Decimal(1), Decimal("48.00")) for one in accounts[2:6]]
        raise_charges(order, charges, actor=accountant)


def _tariff(entity: Entity, month: dt.date, accountant: Actor) -> None:
    """A new price of the aerial waits for approval."""
    with acting(accountant):
        component = Component.objects.get(entity=entity, code="RTV")
        since = clock.add_months(month, 3)
        propose_tariff(component.pk, Decimal("3.50"), (since, None), actor=accountant, source="Uchwała RN 21")


def _arrears(entity: Entity, today: dt.date, accountant: Actor, deputy: Actor) -> None:
    """Thresholds of every entity; a talk with the largest debtor, whose oldest debt is put off with approval."""
    with acting(accountant):
        for one in Entity.objects.all():
            ArrearsPolicy.objects.create(entity=one, valid_from=one.opened_on, warn_amount=Decimal(500), warn_months=2)
        debtor = Account.objects.filter(
            entity=entity, balance__amount__gt=0, agreement__premises__kind="dwelling"
        ).order_by("-balance__amount", "pk")[0]
        PayerContact.objects.create(
            account=debtor, on=today - dt.timedelta(days=9), kind=PayerContact.Kind.PHONE,
            note="Obiecał wpłatę po wypłacie, prosi o odroczenie najstarszej zaległości.",
            promised_on=today + dt.timedelta(days=12), promised_amount=Decimal(600),
        )  # fmt: skip
        oldest = OpenItem.objects.filter(account=debtor, side="debit", open_amount__gt=0).order_by("due_on", "pk")[0]
        request_relief(
            account=debtor, document=oldest.entry.document_number, kind=Relief.Kind.DEFERRAL,
            reason="Pismo dłużnika z prośbą o odroczenie", until=today + dt.timedelta(days=60), acknowledged=True,
            actor=accountant,
        )  # fmt: skip
    with acting(deputy):
        _approve_waiting("ledger.account", debtor.pk, deputy)


def _households(accounts: list[Account], month: dt.date, actor: Actor) -> None:
    """One household by the residence register, one declared number waiting, one declared and accepted; and a water
    norm that is unusual: it waits for a review."""
    with acting(actor):
        facts = PremisesFact.objects.filter(kind="persons", valid__contains=month, recorded__endswith=None)
        persons = dict(facts.filter(premises__in=map(_home, accounts)).values_list("premises_id", "value"))
        kept, waiting, accepted, *_others = sorted(accounts, key=lambda one: -persons.get(_home(one).pk, 0))
        premises, count = _home(kept), int(persons.get(_home(kept).pk, 1))
        for number, role in enumerate((HOUSEHOLD * 3)[: max(count, 1)]):
            HouseholdMember.objects.create(
                premises=premises,
                party=kept.payer if number == 0 else None,
                name="" if number == 0 else f"{('Maria', 'Jan', 'Zofia', 'Piotr')[number % 4]} {kept.payer.last_name}",
                role=role,
                valid=DateRange(dt.date(2018, 3, 1), None),
                document="Oświadczenie o zamieszkaniu",
            )
        set_persons_source([premises.pk], "register", month, actor=actor)
        since = clock.add_months(month, 1)
        declare(_home(waiting).pk, "persons", Decimal(3), since, actor=actor, party_pk=waiting.payer_id)
        taken = declare(_home(accepted).pk, "persons", Decimal(2), since, actor=actor, party_pk=accepted.payer_id)
        accept_declaration(taken.pk, actor=actor)
        declare(  # 14 m³ for each of two persons; usual are 10
            _home(accepted).pk, "cold_water_forecast", Decimal(28), since, actor=actor, party_pk=accepted.payer_id,
            text="Napełniamy basen w ogródku",
        )  # fmt: skip


def _home(account: Account) -> Premises:
    premises = account.agreement.premises
    assert premises is not None  # chosen so
    return premises


def _area(account: Account, month: dt.date, accountant: Actor) -> None:
    """A survey changes an area back in time; the differences of the posted months wait for approval."""
    with acting(accountant):
        premises, since = _home(account), clock.add_months(month, -CORRECTED_MONTHS)
        facts = PremisesFact.objects.filter(premises=premises, kind="usable_area", recorded__endswith=None)
        area = facts.get(valid__contains=since).value
        reason = "Nowa inwentaryzacja lokalu"
        record_fact(premises.pk, "usable_area", area - Decimal("1.30"), since, source=reason, actor=accountant)
        run = compare_months(account.entity_id, since, month, reason, premises_id=premises.pk, actor=accountant)
        request_correction(run.pk, actor=accountant)


def _new_owner(account: Account, today: dt.date, accountant: Actor) -> None:
    """A change of owner in preparation: the buyer is known, nothing is carried out."""
    with acting(accountant):
        entity = account.entity
        buyer = Party.objects.create(
            code="P-NABYWCA", kind=Party.Kind.PERSON, last_name="Jaworowicz", first_name="Kalina", country="PL",
            language="pl", home_node=entity.node,
        )  # fmt: skip
        change = start_on_premises(_home(account).pk, today + dt.timedelta(days=20), actor=accountant)
        document = "Akt notarialny Rep. A 417"
        set_holders(change.pk, [(buyer, 1, 1)], actor=accountant, member=True, document=document)
