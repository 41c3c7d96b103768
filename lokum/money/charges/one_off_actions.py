"""What the buttons of one-off charges call: one charge, many by filter, or those of a sheet."""

import datetime as dt
import hashlib
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from lokum.core.access.models import User
from lokum.core.annex.content import judge
from lokum.core.annex.models import StoredFile
from lokum.core.annex.services import attach_file, read_file, store_file
from lokum.core.base import clock, policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import kept, read, worded
from lokum.core.desk.importing.workbook import read_sheet
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeBatch, Component
from lokum.money.charges.services import BatchOrder, OneOff, charge_many, raise_charges
from lokum.money.ledger.models import Account
from lokum.money.ledger.scope import require_within
from lokum.property.estates.models import Building, Estate, Premises

LANGUAGES = ("en", "pl", "zh-hant", "zh-hans")
# Headings of a sheet, in any of the languages.
HEADINGS = {
    "account": gettext_noop("account number"),
    "component": gettext_noop("component"),
    "quantity": gettext_noop("quantity"),
    "price": gettext_noop("net price"),
    "reason": gettext_noop("reason"),
}


def _visible(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    if actor.user_id is None:
        return rows
    return policy.allowed(rows, User.objects.get(pk=actor.user_id), "view")


def _kept(batch: ChargeBatch, files: list[UploadedFile | None], actor: Actor) -> str:
    require_within(batch, actor, "view")
    for file in files:
        if file is not None:
            file.seek(0)
            attach_file(batch, file, actor=actor, kind="reason")
    values = {"count": batch.charge_count, "total": batch.total_amount, "currency": batch.entity.currency}
    return _("%(count)d charges raised, together %(total)s %(currency)s.") % values


def raise_one(
    *, account: Account, component: Component, quantity: Decimal, price: Decimal, reason: str, month: dt.date,
    delivery: str, actor: Actor, due_on: dt.date | None = None, file: UploadedFile | None = None,
) -> str:  # fmt: skip
    """One charge for one account."""
    order = BatchOrder(account.entity_id, ChargeBatch.Origin.SINGLE, delivery, month, reason, due_on)
    with transaction.atomic():
        batch = raise_charges(order, [OneOff(account.pk, component.pk, quantity, price)], actor=actor)
        return _kept(batch, [file], actor)


def accounts_by_filter(
    entity: Entity, month: dt.date, actor: Actor, *, estate_id: int | None = None, building_id: int | None = None,
    premises_kind: str = "",
) -> list[int]:  # fmt: skip
    """Accounts of the entity whose agreement runs in the month, narrowed by place and kind of premises."""
    rows = Account.objects.filter(
        entity=entity, agreement__valid__overlap=(month, clock.add_months(month, 1)), closed_on__isnull=True
    )
    if estate_id is not None:
        rows = rows.filter(agreement__premises__building__estate_id=estate_id)
    if building_id is not None:
        rows = rows.filter(agreement__premises__building_id=building_id)
    if premises_kind:
        rows = rows.filter(agreement__premises__kind=premises_kind)
    else:  # supply points are no premises: they are charged when asked for by name
        rows = rows.exclude(agreement__premises__kind=Premises.Kind.SUPPLY_POINT)
    return list(_visible(rows, actor).order_by("pk").values_list("pk", flat=True))


def order_raising(
    *, component: Component, quantity: Decimal, price: Decimal, reason: str, month: dt.date, delivery: str,
    actor: Actor, due_on: dt.date | None = None, estate: Estate | None = None, building: Building | None = None,
    premises_kind: str = "", file: UploadedFile | None = None,
) -> Job:  # fmt: skip
    """The same charge for everybody who matches, as a job. A second click within the minute shows the same job."""
    values: dict[str, Any] = {
        "entity_id": component.entity_id, "component_id": component.pk, "quantity": str(quantity), "price": str(price),
        "reason": reason, "month": month.isoformat(), "delivery": delivery,
        "due_on": due_on.isoformat() if due_on else None, "estate_id": estate.pk if estate else None,
        "building_id": building.pk if building else None, "premises_kind": premises_kind,
    }  # fmt: skip
    if file is not None:
        values["file"] = _waiting(file)
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    key = f"charges.raise:{actor.user_id}:{digest}:{clock.now():%Y%m%d%H%M}"
    told = {"reason": reason, "entity": component.entity}
    title = worded(lambda: _("Raising %(reason)s for %(entity)s") % told)
    return order_job("charges.raise_charges", key=key, title=title, arguments=values, actor=actor)


def _waiting(file: UploadedFile) -> dict[str, Any]:
    """The document of a batch that is still to be made, kept for the job."""
    data, name = file.read(), file.name or "file"
    return {"id": store_file(data, media_type=judge(data, name).media_type).pk, "name": name}


def raise_by_filter(values: dict[str, Any], *, actor: Actor, progress: Any) -> ChargeBatch:
    """The work of that job."""
    entity, month = Entity.objects.get(pk=values["entity_id"]), dt.date.fromisoformat(values["month"])
    chosen = {name: values[name] for name in ("estate_id", "building_id", "premises_kind")}
    due_on = dt.date.fromisoformat(values["due_on"]) if values["due_on"] else None
    named = {
        "estate": Estate.objects.filter(pk=values["estate_id"]).first(),
        "building": Building.objects.filter(pk=values["building_id"]).first(),
        "component": Component.objects.filter(pk=values["component_id"]).first(),
    }
    told = {name: kept(one) for name, one in named.items() if one is not None}
    order = BatchOrder(
        entity.pk, ChargeBatch.Origin.FILTER, values["delivery"], month, values["reason"], due_on,
        chosen | {"component_id": values["component_id"]} | told,
    )  # fmt: skip
    accounts = accounts_by_filter(entity, clock.first_of_month(month), actor, **chosen)
    with transaction.atomic():
        batch = charge_many(
            order, values["component_id"], Decimal(values["quantity"]), Decimal(values["price"]), accounts,
            actor=actor, progress=progress,
        )  # fmt: skip
        require_within(batch, actor, "view")
        if waiting := values.get("file"):
            data = read_file(StoredFile.objects.get(pk=waiting["id"]))
            attach_file(batch, SimpleUploadedFile(waiting["name"], data), actor=actor, kind="reason")
        return batch


def filter_words(batch: ChargeBatch) -> str:
    """By what the payers of a batch were chosen, in the language of the reader."""
    told = batch.chosen_by
    found = [read(told[name]) for name in ("component", "estate", "building") if told.get(name)]
    if told.get("premises_kind"):
        found.append(str(dict(Premises.Kind.choices).get(told["premises_kind"], told["premises_kind"])))
    if told.get("file"):
        found.append(_("%(file)s, rows: %(count)d") % {"file": told["file"], "count": told.get("rows", 0)})
    if batch.origin == ChargeBatch.Origin.FILTER and not (told.get("estate_id") or told.get("building_id")):
        found.append(str(_("all payers of the entity")))
    return " · ".join(found)


def raise_from_sheet(
    *, entity: Entity, file: UploadedFile, reason: str, month: dt.date, delivery: str, actor: Actor,
    due_on: dt.date | None = None,
) -> str:  # fmt: skip
    """Every row of the sheet is a charge; one wrong row stops all of them, each with its number and its fault."""
    charges = read_charges(entity, file.read(), file.name or "sheet", actor)
    chosen = {"file": file.name, "rows": len(charges)}
    order = BatchOrder(entity.pk, ChargeBatch.Origin.SHEET, delivery, month, reason, due_on, chosen)
    with transaction.atomic():
        batch = raise_charges(order, charges, actor=actor)
        return _kept(batch, [file], actor)


def _places(headings: list[str]) -> dict[str, int]:
    known: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            known |= {_(text).lower(): name for name, text in HEADINGS.items()}
    found = {known[text.strip().lower()]: place for place, text in enumerate(headings) if text.strip().lower() in known}
    missing = [_(HEADINGS[name]) for name in ("account", "component", "price") if name not in found]
    if missing:
        text = _("The sheet has no column %(names)s.") % {"names": ", ".join(missing)}
        raise Refusal("one_off.columns", text, fields={"file": [text]})
    return found


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 10**9 and round(value, 4) == value else None


def read_charges(entity: Entity, data: bytes, name: str, actor: Actor) -> list[OneOff]:
    """The charges of a sheet, or one refusal with every faulty row (`one_off.rows`, details by row number)."""
    headings, rows = read_sheet(data, name)
    places = _places(headings)
    accounts = dict(_visible(Account.objects.filter(entity=entity), actor).values_list("code", "pk"))
    components = dict(Component.objects.filter(entity=entity).values_list("code", "pk"))
    charges, faults = [], []
    for number, row in rows:
        cells = {key: str(row[place]).strip() if place < len(row) else "" for key, place in places.items()}
        account, component = accounts.get(_key(cells["account"])), components.get(_key(cells["component"]))
        quantity = _number(cells["quantity"]) if cells.get("quantity") else Decimal(1)
        price = _number(cells["price"])
        fault = ""
        if account is None:
            fault = _("there is no account %(code)s") % {"code": cells["account"] or "—"}
        elif component is None:
            fault = _("there is no component %(code)s") % {"code": cells["component"] or "—"}
        elif quantity is None or price is None:
            fault = _("quantity and price are numbers above zero with at most four decimals")
        if fault:
            faults.append({"row": number, "text": fault})
        else:
            charges.append(OneOff(account, component, quantity, price, cells.get("reason", ""), number))  # type: ignore[arg-type]
    if faults:
        texts = [_("Row %(row)d: %(text)s.") % one for one in faults]
        shown = texts[:20] + ([_("… and %(count)d more rows.") % {"count": len(texts) - 20}] if len(texts) > 20 else [])
        raise Refusal("one_off.rows", " ".join(shown), fields={"file": shown}, details={"rows": faults})
    return charges


def _key(text: str) -> str:
    """A spreadsheet turns "00012" into 12.0 only when it was typed as a number; whole numbers lose their point."""
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
