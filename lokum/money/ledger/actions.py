"""What the buttons of the ledger's registers call: services with records taken apart into ids."""

import datetime as dt
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account, CoPayer, Period
from lokum.money.ledger.opening import read_opening_items
from lokum.money.ledger.scope import require_entity, require_within
from lokum.money.ledger.services import (
    close_after_checklist,
    close_year,
    post_opening_items,
    prepare_books,
    propose_reopening,
    refuse_unfinished,
    transfer_between_sub_accounts,
)
from lokum.property.parties.models import Party


def prepare(*, entity: Entity, actor: Actor) -> str:
    """Without its chart an entity can neither charge nor book."""
    require_entity(entity, actor, "ledger.ledgeraccount:prepare")
    count = len(prepare_books(entity.pk, actor=actor))
    return ngettext("The books have %(count)s account.", "The books have %(count)s accounts.", count) % {"count": count}


def close_month(*, entity: Entity, month: dt.date, actor: Actor, reason: str = "") -> Period:
    refuse_unfinished(entity, month)
    with transaction.atomic():
        period = close_after_checklist(entity.pk, month, reason, actor=actor)
        require_within(period, actor, "close")
        return period


def reopen_month(pk: int, *, reason: str, actor: Actor) -> str:
    """A closed month is opened by two people: this one asks, another decides under Approvals."""
    propose_reopening(pk, reason, actor=actor)
    return _("Somebody else has to approve this now.")


def close_year_now(*, entity: Entity, year: int, actor: Actor) -> str:
    require_entity(entity, actor, "ledger.period:close_year")
    batch = close_year(entity.pk, year, actor=actor)
    if batch is None:
        return _("The year moved neither income nor expense; there is nothing to close.")
    return _("The year is closed by batch %(number)s.") % {"number": batch.chain_number}


class _Checked(Exception):
    """Takes a mere check back."""


def import_opening(
    *, entity: Entity, file: UploadedFile, booked_on: dt.date, actor: Actor, only_check: bool = False
) -> str:
    """Post the items of a sheet; a mere check does the same and takes it back, so that it promises nothing false."""
    require_entity(entity, actor, "ledger.batch:import_opening")
    items = read_opening_items(entity, file.read(), file.name or "sheet", booked_on, actor)
    amounts = [item.amount for item in items]
    values = {
        "count": len(items), "accounts": len({item.account_id for item in items}), "currency": entity.currency,
        "debit": sum((one for one in amounts if one > 0), Decimal(0)),
        "credit": -sum((one for one in amounts if one < 0), Decimal(0)),
    }  # fmt: skip
    try:
        with transaction.atomic():
            words = _("Opening item taken over on %(day)s") % {"day": booked_on}
            post_opening_items(entity.pk, items, booked_on, actor=actor, description=words)
            if only_check:
                raise _Checked
    except _Checked:
        text = _("Nothing was posted. Items: %(count)s, accounts: %(accounts)s, debit %(debit)s, credit %(credit)s "
                 "%(currency)s.")  # fmt: skip
        return text % values
    text = _("Posted items: %(count)s, accounts: %(accounts)s, debit %(debit)s, credit %(credit)s %(currency)s.")
    return text % values


def transfer_now(*, entity: Entity, actor: Actor) -> str:
    require_entity(entity, actor, "ledger.subaccount:transfer")
    count, amount = transfer_between_sub_accounts(entity.pk, actor=actor)
    return _("Transfers: %(count)s, moved in all: %(amount)s.") % {"count": count, "amount": amount}


def order_proof(*, actor: Actor) -> Job:
    """One proof a minute is enough; asking twice shows the same one."""
    key = f"ledger.prove:{clock.now():%Y%m%d%H%M}"
    return order_job("ledger.prove", key=key, title=gettext_lazy("Proof of the books"), arguments={}, actor=actor)


def add_co_payer(*, account: Account, party: Party, since: dt.date, actor: Actor, basis: str = "") -> CoPayer:
    """A person who owes the debts of an account together with its payer from a day on."""
    text = _("This person is a joint payer of the account in this time already.")
    if (
        party.pk == account.payer_id
        or CoPayer.objects.filter(account=account, party=party, valid__overlap=DateRange(since, None)).exists()
    ):
        raise Refusal("co_payer.known", text, fields={"party": [text]})
    with transaction.atomic():
        made = CoPayer.objects.create(account=account, party=party, valid=DateRange(since, None), basis=basis[:200])
        require_within(made, actor, "add_payer")
        note(account, "joint payer added", actor=actor, party=party.code)
        return made
