"""What the buttons of the ledger's registers call: services with records taken apart into ids."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Period
from lokum.money.ledger.scope import require_entity, require_within
from lokum.money.ledger.services import close_after_checklist, propose_reopening, transfer_between_sub_accounts


def close_month(*, entity: Entity, month: dt.date, actor: Actor, reason: str = "") -> Period:
    with transaction.atomic():
        period = close_after_checklist(entity.pk, month, reason, actor=actor)
        require_within(period, actor, "close")
        return period


def reopen_month(pk: int, *, reason: str, actor: Actor) -> str:
    """A closed month is opened by two people: this one asks, another decides under Approvals."""
    propose_reopening(pk, reason, actor=actor)
    return _("Somebody else has to approve this now.")


def transfer_now(*, entity: Entity, actor: Actor) -> str:
    require_entity(entity, actor, "ledger.subaccount:transfer")
    count, amount = transfer_between_sub_accounts(entity.pk, actor=actor)
    return _("Transfers: %(count)s, moved in all: %(amount)s.") % {"count": count, "amount": amount}


def order_proof(*, actor: Actor) -> Job:
    """One proof a minute is enough; asking twice shows the same one."""
    key = f"ledger.prove:{clock.now():%Y%m%d%H%M}"
    return order_job("ledger.prove", key=key, title="Proof of the books", arguments={}, actor=actor)
