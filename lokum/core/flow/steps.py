"""How many persons an act needs, and who: read from a setting of a node, kept with each request.

    1                         one second person (nothing decided)
    2                         two persons, one after the other
    1; 10000: 2               two from 10,000 on, in the currency of the node
    1; 50000: manager > board from 50,000 on somebody with the role "manager", then somebody with the role "board"

A step is the code of the role its person must hold, "" = whoever has the right of the act.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from lokum.core.access.models import Role
from lokum.core.base.errors import Refusal

MOST = 5
ANYBODY = "*"


@dataclass(frozen=True)
class Rung:
    """From an amount on these persons, in this order."""

    from_amount: Decimal
    roles: tuple[str, ...]


def _wrong(text: str) -> Refusal:
    return Refusal("approval.steps", text, fields={"value": [text]})


def _roles(text: str) -> tuple[str, ...]:
    text = text.strip()
    if text.isdecimal() and len(text) < 4:
        count = int(text)
        roles: tuple[str, ...] = ("",) * count
    else:
        names = [part.strip() for part in text.split(">")]
        if not all(names):
            raise _wrong(_("Write a number of persons, or codes of roles with > between."))
        roles = tuple("" if name == ANYBODY else name for name in names)
    if not 1 <= len(roles) <= MOST:
        raise _wrong(_("Between 1 and %(most)s persons.") % {"most": MOST})
    return roles


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise _wrong(_("Write an amount before the colon, without spaces.")) from None
    if not amount.is_finite() or amount <= 0:
        raise _wrong(_("The amount before the colon is above zero."))
    return amount


def read_rungs(text: str) -> list[Rung]:
    """The rungs from below; refuses what is none."""
    found: dict[Decimal, Rung] = {}
    for part in str(text).split(";"):
        head, colon, tail = part.partition(":")
        amount = _amount(head) if colon else Decimal(0)
        if amount in found:
            raise _wrong(_("Each amount stands once."))
        found[amount] = Rung(amount, _roles(tail if colon else head))
    found.setdefault(Decimal(0), Rung(Decimal(0), ("",)))
    return [found[amount] for amount in sorted(found)]


def check_text(text: Any) -> None:
    """Refuse what cannot be read."""
    read_rungs(text)


def check_roles(text: Any) -> None:
    """Refuse roles that do not exist; asked when somebody decides, so that a role may go later."""
    named = {role for rung in read_rungs(text) for role in rung.roles if role}
    known = set(Role.objects.filter(code__in=named).values_list("code", flat=True))
    if missing := sorted(named - known):
        raise _wrong(_("There is no role with the code “%(code)s”.") % {"code": missing[0]})


def steps_for(text: str, amount: Decimal | None) -> Sequence[str]:
    """The steps of a request over an amount; without one the lowest rung counts."""
    size = abs(amount) if amount is not None else Decimal(0)
    return next(rung.roles for rung in reversed(read_rungs(text)) if rung.from_amount <= size)
