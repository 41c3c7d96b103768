"""Valid defaults for components, tariffs, runs and notices. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.charges.models import (
    BulkAttachment,
    BulkAttachmentLine,
    ChargeBatch,
    ChargeLine,
    ChargeRun,
    Component,
    ComponentAssignment,
    CorrectionLine,
    CorrectionRun,
    DeclarationLimit,
    Notice,
    OneOffCharge,
    Package,
    PackageAssignment,
    PackageComponent,
    Reduction,
    ReductionType,
    SharedTariff,
    Tariff,
    VatRate,
)
from lokum.money.charges.services import (
    BatchOrder,
    OneOff,
    approve_run,
    check_run,
    compute_run,
    post_run,
    raise_charges,
)
from lokum.money.ledger.factories import make_account
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.services import prepare_books
from lokum.property.estates.factories import make_premises

_count = itertools.count(1)
_ACTOR = system_actor("factory")
_SINCE = dt.date(2020, 1, 1)
MONTH = dt.date(2026, 3, 1)


def make_component(**over: Any) -> Component:
    number = next(_count)
    values = {
        "code": f"C{number}",
        "name": f"Component {number}",
        "component_class": "service",
        "basis": "unit",
        "valid": DateRange(_SINCE, None),
    } | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    if "income_account" not in values and "income_account_id" not in values:
        entity_id = values["entity"].pk if "entity" in values else values["entity_id"]
        prepare_books(entity_id, actor=_ACTOR)
        values["income_account"] = LedgerAccount.objects.filter(entity_id=entity_id, purpose="income").first()
    return Component.objects.create(**values)


def make_tariff(**over: Any) -> Tariff:
    """A proposed price for everybody; `state="approved"` makes it count."""
    values = {"price": Decimal("2.72"), "valid": DateRange(_SINCE, None)} | over
    if "component" not in values:
        values["component"] = make_component()
    return Tariff.objects.create(**values)


def make_component_assignment(**over: Any) -> ComponentAssignment:
    values = {"valid": DateRange(_SINCE, None)} | over
    if "premises" not in values:
        values["premises"] = make_premises()
    if "component" not in values:
        values["component"] = make_component(entity=values["premises"].entities.latest("pk").entity)
    return ComponentAssignment.objects.create(**values)


def make_package(**over: Any) -> Package:
    number = next(_count)
    values = {"code": f"P{number}", "name": f"Package {number}"} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return Package.objects.create(**values)


def make_package_component(**over: Any) -> PackageComponent:
    values = {"valid": DateRange(_SINCE, None)} | over
    if "component" not in values:
        values["component"] = make_component(**({"entity": values["package"].entity} if "package" in values else {}))
    if "package" not in values:
        values["package"] = make_package(entity=values["component"].entity)
    return PackageComponent.objects.create(**values)


def make_package_assignment(**over: Any) -> PackageAssignment:
    values = {"valid": DateRange(_SINCE, None)} | over
    if "premises" not in values:
        values["premises"] = make_premises()
    if "package" not in values:
        values["package"] = make_package(entity=values["premises"].entities.latest("pk").entity)
    return PackageAssignment.objects.create(**values)


def make_bulk_attachment(**over: Any) -> BulkAttachment:
    """The record of an act that attached a component to nothing yet."""
    values = {"reach": BulkAttachment.Reach.ENTITY, "starts_on": _SINCE, "created_at": clock.now()} | over
    if "component" not in values and "package" not in values:
        values["component"] = make_component()
    what: Any = values.get("component") or values.get("package")
    values.setdefault("entity", what.entity)
    values.setdefault("name", what.name)
    return BulkAttachment.objects.create(**values)


def make_bulk_attachment_line(**over: Any) -> BulkAttachmentLine:
    values = {"outcome": BulkAttachmentLine.Outcome.ATTACHED} | over
    if "premises" not in values:
        values["premises"] = make_premises()
    if "bulk" not in values:
        component = make_component(entity=values["premises"].entities.latest("pk").entity)
        values |= {"bulk": make_bulk_attachment(component=component), "component": component}
    return BulkAttachmentLine.objects.create(**values)


def make_charge_run(**over: Any) -> ChargeRun:
    """An empty draft."""
    values = {"period": MONTH, "created_at": clock.now()} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return ChargeRun.objects.create(**values)


def make_posted_run(**over: Any) -> ChargeRun:
    """A posted month of one payer with one component."""
    account = over.pop("account", None) or make_account()
    component = make_component(entity=account.entity)
    make_tariff(component=component, price=over.pop("price", Decimal("10.00")), state=Tariff.State.APPROVED)
    make_component_assignment(component=component, premises=account.agreement.premises)
    run = compute_run(account.entity_id, over.pop("period", MONTH), actor=_ACTOR)
    check_run(run.pk, actor=_ACTOR)
    approve_run(run.pk, actor=_ACTOR)
    return post_run(run.pk, actor=_ACTOR, issued_on=run.period)


def make_notice(**over: Any) -> Notice:
    return make_posted_run(**over).notices.get()


def make_charge_line(**over: Any) -> ChargeLine:
    return make_notice(**over).lines.get()


def make_charge_batch(**over: Any) -> ChargeBatch:
    """One charge of 25.00 for the next notice."""
    account = over.pop("account", None) or make_account()
    component = over.pop("component", None) or make_component(entity=account.entity)
    values: dict[str, Any] = {
        "origin": "single",
        "delivery": "next_notice",
        "period": MONTH,
        "reason": "Lost key",
    } | over
    order = BatchOrder(entity_id=account.entity_id, **values)
    return raise_charges(order, [OneOff(account.pk, component.pk, Decimal(1), Decimal("25.00"))], actor=_ACTOR)


def make_one_off_charge(**over: Any) -> OneOffCharge:
    return make_charge_batch(**over).charges.get()


def make_reduction_type(**over: Any) -> ReductionType:
    number = next(_count)
    values = {"code": f"R{number}", "name": f"Hardship {number}", "nature": "reduction"} | over
    return ReductionType.objects.create(**values)


def make_reduction(**over: Any) -> Reduction:
    """An application for half of everything in the first three months of 2026."""
    values: dict[str, Any] = {
        "percent": Decimal(50),
        "valid": DateRange(dt.date(2026, 1, 1), dt.date(2026, 4, 1)),
        "reason": "Hardship",
        "applied_at": clock.now(),
    } | over
    if "account" not in values:
        values["account"] = make_account()
    if "reduction_type" not in values:
        values["reduction_type"] = make_reduction_type()
    return Reduction.objects.create(**values)


def make_vat_rate(**over: Any) -> VatRate:
    """A standard rate of Poland from a month of its own on."""
    values = {"country_pack": "pl", "kind": "standard", "percent": Decimal(24)} | over
    if "valid_from" not in values:
        values["valid_from"] = clock.add_months(dt.date(2030, 1, 1), next(_count))
    return VatRate.objects.create(**values)


def make_shared_tariff(**over: Any) -> SharedTariff:
    """A proposed price for the code "WATER" below a node."""
    values = {"code": "WATER", "price": Decimal("9.50"), "valid": DateRange(_SINCE, None)} | over
    if "node" not in values:
        values["node"] = make_entity().node
    return SharedTariff.objects.create(**values)


def make_correction_run(**over: Any) -> CorrectionRun:
    """A comparison of one posted month that found nothing yet."""
    values = {"since": MONTH, "until": MONTH, "reason": "New survey", "created_at": clock.now()} | over
    if "entity" not in values:
        values["entity"] = make_entity()
    return CorrectionRun.objects.create(**values)


def make_correction_line(**over: Any) -> CorrectionLine:
    """One component that was charged 10.00 and counts 12.00 now."""
    run = over.pop("run", None) or make_correction_run()
    values = {"period": MONTH, "before_net": Decimal(10), "after_net": Decimal(12), "amount": Decimal(2)} | over
    if "component" not in values:
        values["component"] = make_component(entity=run.entity)
    if "agreement" not in values:
        values["agreement"] = make_account(entity=run.entity).agreement
    return CorrectionLine.objects.create(run=run, **values)


def make_declaration_limit(**over: Any) -> DeclarationLimit:
    """At most six persons are usual, at most twenty possible."""
    values = {
        "kind": "persons", "usual_most": Decimal(6), "possible_most": Decimal(20), "valid": DateRange(_SINCE, None),
    } | over  # fmt: skip
    if "component" not in values:
        values["component"] = make_component(basis="persons")
    return DeclarationLimit.objects.create(**values)
