"""Words of the history: what services note and the log records, as people read it.

`audit.note` keeps a short English verb ("approved") and named details (reason="..."); both are put into the reader's
language when shown. The catalogues take every verb and every name of a detail from the calls that write them
(`tools/catalogues.py`, contexts "history" and "detail"), so an untranslated one fails the check. Here stand only
verbs whose English words differ from the code.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from lokum.core.base.wording import local_text

CONTEXT = "history"
DETAIL = "detail"
VERBS: dict[str, Any] = {
    "insert": gettext_lazy("added"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
    "view": gettext_lazy("protected value seen"),
    "export": gettext_lazy("exported"),
    "import": pgettext_lazy("history", "brought in from a sheet"),
    "attachment_removed": pgettext_lazy("history", "attachment removed"),
    "numbers_issued": pgettext_lazy("history", "payment numbers issued"),
    "took_back": pgettext_lazy("history", "taken back"),
    "received": pgettext_lazy("history", "received"),
    "refused": pgettext_lazy("history", "refused"),
    "withdrawn": pgettext_lazy("history", "withdrawn"),
    "approval proposed": pgettext_lazy("history", "sent for approval"),
    "approval approved": pgettext_lazy("history", "approved by a second person"),
    "approval refused": pgettext_lazy("history", "turned down by a second person"),
    "approval withdrawn": pgettext_lazy("history", "request for approval withdrawn"),
}


def verb_text(verb: str) -> str:
    """A verb in the reader's language; verbs marked where they are written are found without the context."""
    known = VERBS.get(verb.lower())
    if known is not None:
        return str(known)
    text = pgettext(CONTEXT, verb)
    return text if text != verb else gettext(verb)


def detail_text(name: str) -> str:
    """The name of a detail of a note in the reader's language ("starts_on" -> "starts on")."""
    words = name.replace("_", " ")
    return pgettext(DETAIL, words)


# Labels of the codes that notes hold: (register, name of the detail) -> {code: label}.
_CODES: dict[tuple[str, str], dict[str, Any]] = {}


def name_codes(register: str, detail: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Say how the codes are read that the notes of a register ("estates.premises") hold under a detail."""
    _CODES.setdefault((register, detail), {}).update(choices)


def value_text(register: str, detail: str, value: Any) -> str:
    """The value of a detail as people read it: codes by their label, yes and no, days and amounts in their language."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    label = _CODES.get((register, detail), {}).get(value) if isinstance(value, str) else None
    return str(label) if label is not None else local_text(value)


def field_text(model: type[Model] | None, name: str) -> str:
    """The field that a line of the history names, as its form calls it; the bare name where there is none."""
    try:
        field = model._meta.get_field(name.removesuffix("_id")) if model is not None else None
    except FieldDoesNotExist:
        return name
    return str(getattr(field, "verbose_name", name))
