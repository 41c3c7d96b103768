"""Customers without premises from a sheet: the supply point, its quantity, the customer and the agreement (PPL-06).

A row says as much as it knows: the point alone, its contracted quantity from a day, or the customer who is served there
from a day, known by number or new. The account opens with the agreement. An undo takes all of it back together.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.references import references
from lokum.core.desk.desk import SheetExtra
from lokum.core.desk.importing.cells import day_of, number_of
from lokum.core.desk.records import find_by_key
from lokum.core.organisation.models import Entity
from lokum.property.estates.bitemporal import touched_since, withdraw
from lokum.property.estates.models import CONTRACTED, PremisesFact
from lokum.property.estates.queries import FACTS
from lokum.property.estates.services import assign_entity, give_to_own_entity, record_fact
from lokum.property.occupancy import seams
from lokum.property.occupancy.models import Agreement, AgreementAttribute
from lokum.property.occupancy.services import AgreementTerms
from lokum.property.parties.models import Party, PartyContact
from lokum.property.parties.services import add_party
from lokum.property.supply.models import SupplyPoint
from lokum.property.supply.services import ALWAYS, sign_supply


def _quantity(text: str, user: Any) -> Decimal:
    number = number_of(text)
    if number < 0 or number >= 10**10 or number != round(number, 4):
        raise ValidationError(_("A quantity is not negative and has at most four decimals."))
    return number


def _text(most: int) -> Any:
    def read(text: str, user: Any) -> str:
        if len(text) > most:
            raise ValidationError(_("At most %(most)d characters.") % {"most": most})
        return text

    return read


def _day(text: str, user: Any) -> dt.date:
    return day_of(text)


def _is_served(record: Any, name: str) -> bool:
    """Whether the customer of today is called so (the first name may follow)."""
    return f"{record.customer_name or ''} ".startswith(f"{name} ")


EXTRAS = (
    SheetExtra("entity", lambda text, user: find_by_key(Entity, text, user)),
    SheetExtra("quantity", _quantity, lambda record: record.contracted),
    SheetExtra("quantity_from", _day),
    SheetExtra("customer", lambda text, user: find_by_key(Party, text, user).code, lambda record: record.customer_code),
    SheetExtra("new_name", _text(200), same=_is_served),
    SheetExtra("new_first_name", _text(100)),
    SheetExtra("new_tax_number", _text(20)),
    SheetExtra("served_from", _day),
    SheetExtra("agreement_number", _text(40)),
)


def bring_in(records: Sequence[SupplyPoint], *, created: bool, actor: Actor) -> None:
    """Write what the rows of a sheet say beside the points themselves. Raises Refusal naming the column."""
    bare = [record for record in records if not _given(record).get("entity")]
    if created:
        give_to_own_entity(bare)
    for record in records:
        given, made = _given(record), {}
        if created and given.get("entity"):
            assign_entity(record.pk, given["entity"].pk, record.opened_on or ALWAYS, actor=actor)
        made["facts"] = _record_quantity(record, given, actor)
        made |= _sign(record, given, actor)
        record.sheet_made = made  # type: ignore[attr-defined]


def _given(record: Any) -> dict[str, Any]:
    values: dict[str, Any] = getattr(record, "extra_values", {})
    return values


def _refuse(code: str, column: str, text: str) -> Refusal:
    return Refusal(code, text, fields={column: [text]})


def _record_quantity(point: SupplyPoint, given: Mapping[str, Any], actor: Actor) -> list[int]:
    """The facts recorded now."""
    if given.get("quantity") is None:
        return []
    kind = CONTRACTED.get(point.resource)
    if kind is None:
        raise _refuse("supply.without_quantity", "quantity", _("This supply has no contracted quantity."))
    since = given.get("quantity_from") or given.get("served_from") or point.opened_on
    if since is None:
        raise _refuse("supply.quantity_from", "quantity_from", _("Say from which day the quantity holds."))
    rows = PremisesFact.objects.filter(premises_id=point.pk)
    known = set(rows.values_list("pk", flat=True))
    source = given.get("agreement_number") or point.code
    record_fact(point.pk, kind, given["quantity"], since, source=source, actor=actor)
    made = rows.exclude(pk__in=known).filter(origin=None)  # not what is left of the former value
    return sorted(made.values_list("pk", flat=True))


def _sign(point: SupplyPoint, given: Mapping[str, Any], actor: Actor) -> dict[str, list[int]]:
    """The agreement and the customer made now."""
    code, name, since = given.get("customer"), given.get("new_name"), given.get("served_from")
    if code and name:
        text = _("Give the number of a known customer or the name of a new one, not both.")
        raise _refuse("supply.customer", "new_name", text)
    if not code and not name:
        if since is not None or given.get("new_tax_number") or given.get("new_first_name"):
            raise _refuse("supply.customer", "customer", _("Say who the customer is."))
        return {}
    if _runs(point, given):
        return {}
    if since is None:
        raise _refuse("supply.served_from", "served_from", _("Say from which day the customer is served."))
    party, new = (Party.objects.get(code=code), False) if code else _customer(point, given, actor)
    terms = AgreementTerms(code=given.get("agreement_number") or "")
    try:
        agreement = sign_supply(point.pk, party.pk, since, actor=actor, terms=terms)
    except Refusal as refusal:
        columns = {"valid_from": "served_from", "code": "agreement_number", "point": "customer"}
        fields = {columns.get(one, one): texts for one, texts in refusal.fields.items()}
        raise Refusal(refusal.code, refusal.message, fields=fields, status=refusal.status)
    return {"agreements": [agreement.pk], "parties": [party.pk] if new else []}


def _runs(point: SupplyPoint, given: Mapping[str, Any]) -> bool:
    """Whether the customer a row names is served there already."""
    rows = Agreement.objects.filter(premises_id=point.pk, valid__contains=given.get("served_from") or clock.today())
    if given.get("customer"):
        return rows.filter(payer__code=given["customer"]).exists()
    return rows.filter(payer__last_name=given["new_name"], payer__first_name=given.get("new_first_name") or "").exists()


def _customer(point: SupplyPoint, given: Mapping[str, Any], actor: Actor) -> tuple[Party, bool]:
    """The customer a row names, and whether it is new: the same name and tax number are the same customer."""
    name, first, tax = given["new_name"], given.get("new_first_name") or "", given.get("new_tax_number") or ""
    if tax:
        same = Party.objects.filter(tax_number=tax, last_name=name, first_name=first, merged_into=None).first()
        if same is not None:
            return same, False
    node = point.building.estate.node
    values = {
        "kind": Party.Kind.PERSON if first else Party.Kind.COMPANY, "last_name": name, "first_name": first,
        "tax_number": tax, "country": node.country, "home_node": node,
    }  # fmt: skip
    try:
        return add_party(values, actor=actor), True
    except Refusal as refusal:
        columns = {"tax_number": "new_tax_number", "first_name": "new_first_name"}
        fields = {columns.get(one, "new_name"): texts for one, texts in refusal.fields.items()}
        raise Refusal(refusal.code, refusal.message, fields=fields or {"new_name": [str(refusal.message)]})


# --- undo ------------------------------------------------------------------------------------------------------------
def take_back(made: Mapping[int, dict[str, Any]], created: Collection[int], *, actor: Actor) -> None:
    """Agreements with their accounts, customers and quantities of an import, as long as nobody used them."""

    def all_of(name: str) -> list[int]:
        return [pk for one in made.values() for pk in one.get(name, [])]

    _take_agreements(all_of("agreements"), actor)
    parties = all_of("parties")
    _unused(Party, parties, ignored=(PartyContact,))
    _delete("parties_party", "id", parties)
    facts = all_of("facts")
    if touched_since(FACTS, facts):
        raise Refusal("batch.changed", _("A quantity was recorded since; this import cannot be undone."), status=409)
    new = list(created)
    if PremisesFact.objects.filter(premises__in=new).exclude(pk__in=facts).exists():
        raise Refusal("batch.changed", _("A quantity was recorded since; this import cannot be undone."), status=409)
    withdraw(
        FACTS, list(PremisesFact.objects.filter(pk__in=facts).exclude(premises__in=new).values_list("pk", flat=True))
    )
    for table in ("premisesfact", "factchange", "premisesentity"):
        _delete(f"estates_{table}", "premises_id", new)


def _take_agreements(pks: list[int], actor: Actor) -> None:
    changed = Agreement.objects.filter(pk__in=pks).exclude(version=1).first()
    if changed is not None or Agreement.objects.filter(pk__in=pks).count() != len(pks):
        text = _("An agreement was changed since; this import cannot be undone.")
        raise Refusal("batch.changed", text, status=409)
    reasons = seams.agreement_withdrawn(pks, actor=actor)
    if reasons:
        raise Refusal("batch.used", next(iter(reasons.values())), status=409)
    _unused(Agreement, pks, ignored=(AgreementAttribute,))
    _delete("occupancy_agreementattribute", "agreement_id", pks)
    _delete("occupancy_agreement", "id", pks)


def _unused(model: Any, pks: list[int], *, ignored: tuple[Any, ...]) -> None:
    for pk, label in references(model, pks, ignored=ignored).items():
        text = _("“%(record)s” is used (%(register)s); this import cannot be undone.")
        raise Refusal("batch.used", text % {"record": model.objects.get(pk=pk), "register": label}, status=409)


def _delete(table: str, column: str, pks: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {column} = ANY(%s)", [pks])  # noqa: S608 - names stand above
