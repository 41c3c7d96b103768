"""What the buttons of the registers call: a right in the books it touches, then one service."""

from typing import Any

from django.urls import reverse

from lokum.core.base.context import Actor
from lokum.core.desk.addresses import url_of
from lokum.core.organisation.models import Entity
from lokum.money.allowances.models import AllowanceBreak, Claim
from lokum.money.allowances.services import claim_month
from lokum.money.ledger.scope import require_entity


def claim(*, entity: Entity, month: Any, body: Any = None, actor: Actor) -> list[Claim]:
    require_entity(entity, actor, "allowances.claim:claim")
    return claim_month(entity=entity, month=month, body=body, actor=actor)


def claims_page(made: list[Claim]) -> str:
    return url_of(made[0]) if len(made) == 1 else reverse("desk:list", args=["allowances", "claim"])


def page_after(result: Any) -> str:
    """The allowance whose months were taken out, or the request that waits for a second person."""
    return url_of(result.allowance) if isinstance(result, AllowanceBreak) else url_of(result)
