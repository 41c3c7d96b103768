"""What values of country rules must look like. Apps that read a rule say so here; import refuses anything else.

A rule nobody reads yet is stored as it is.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from lokum.core.base.errors import Refusal
from lokum.core.desk.words import Words

RULES = Words({})  # keys of rules that somebody reads, in words
_checks: dict[str, Callable[[Any], bool]] = {}


def register_rule(key: str, is_right: Callable[[Any], bool], label: Any) -> None:
    """`is_right(value)`: the value of a rule of this key can be read. label: what the rule says, for people."""
    _checks[key] = is_right
    RULES.add(key, label)


def check_rule(key: str, value: Any) -> None:
    check = _checks.get(key)
    if check is not None and not check(value):
        text = _("The value of the rule %(key)s has another form; see docs/country-rules.md.") % {"key": key}
        raise Refusal("rules.form", text, fields={"file": [text]})


def is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
