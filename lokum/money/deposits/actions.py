"""What the buttons of the registers of deposits call: services with records taken apart into ids."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.organisation.models import Entity
from lokum.money.deposits import services
from lokum.money.deposits.models import Deposit, DepositKind
from lokum.money.ledger.models import Account
from lokum.money.ledger.scope import require_entity, require_within


def load_kinds(*, entity: Entity, actor: Actor) -> str:
    require_entity(entity, actor, "deposits.depositkind:load")
    made = services.load_usual_kinds(entity.pk, actor=actor)
    return _("Kinds added: %(count)s.") % {"count": len(made)}


def call(
    *, account: Account, kind: DepositKind, due_on: dt.date, actor: Actor, amount: Decimal | None = None,
    months: Decimal | None = None, rent: Decimal | None = None, words: str = "",
) -> Deposit:  # fmt: skip
    with transaction.atomic():
        deposit = services.call_deposit(
            account.pk, kind.pk, due_on=due_on, amount=amount, months=months, rent=rent, words=words, actor=actor
        )
        require_within(deposit, actor, "call")
        return deposit


def take_over(
    *, account: Account, kind: DepositKind, amount: Decimal, paid_on: dt.date, actor: Actor,
    rent: Decimal | None = None, words: str = "",
) -> Deposit:  # fmt: skip
    with transaction.atomic():
        deposit = services.take_over(
            account.pk, kind.pk, amount=amount, paid_on=paid_on, rent=rent, words=words, actor=actor
        )
        require_within(deposit, actor, "take_over")
        return deposit
