"""Places a data scope can name by code. Layers above add theirs: `register_target("building", find, label)`."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from lokum.core.access.models import GrantScope
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Node

Find = Callable[[str], int | None]

_finders: dict[str, Find] = {
    GrantScope.Kind.NODE: lambda code: Node.objects.filter(code=code).values_list("pk", flat=True).first(),
}


def register_target(kind: str, find: Find) -> None:
    _finders[kind] = find


def find_target(kind: str, code: str) -> int | str:
    """Id of the place with this code; a charge class is its own code."""
    if kind == GrantScope.Kind.COMPONENT_CLASS:
        return code
    found = _finders[kind](code) if kind in _finders else None
    if found is None:
        text = _("There is nothing with the code “%(code)s”.") % {"code": code}
        raise Refusal("grant.unknown_place", text, fields={"codes": [text]})
    return found
