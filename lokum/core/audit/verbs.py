"""Words of the history: what services note and the log records, as people read it.

`audit.note` keeps a short English verb ("approved") and named details (reason="..."); both are put into the reader's
language when shown. The catalogues take every verb and every name of a detail from the calls that write them
(`tools/catalogues.py`, contexts "history" and "detail"), so an untranslated one fails the check. Here stand only
verbs whose English words differ from the code.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from lokum.core.base.wording import local_text

_NUMBER = re.compile(r"-?\d{1,15}\.\d{1,9}")
_CENTS = re.compile(r"-?\d+\.\d\d")
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
    "months_taken_out": pgettext_lazy("history", "months taken out"),
    "booked_by_rules": pgettext_lazy("history", "booked by rules"),
    "booking_undone": pgettext_lazy("history", "booking undone"),
    "demo begun": pgettext_lazy("history", "demonstration begun"),
    "demo made": pgettext_lazy("history", "demonstration made"),
    "changed": gettext_lazy("changed"),
    "added": gettext_lazy("added"),
    "deleted": gettext_lazy("deleted"),
    "received": pgettext_lazy("history", "received"),
    "refused": pgettext_lazy("history", "refused"),
    "withdrawn": pgettext_lazy("history", "withdrawn"),
    "approval proposed": pgettext_lazy("history", "sent for approval"),
    "approval approved": pgettext_lazy("history", "approved by a second person"),
    "approval refused": pgettext_lazy("history", "turned down by a second person"),
    "approval withdrawn": pgettext_lazy("history", "request for approval withdrawn"),
}


# Names of details of events, which are written as dictionaries and not by a call of `note`.
EVENT_DETAILS = (
    pgettext_lazy("detail", "method"),
    pgettext_lazy("detail", "path"),
    pgettext_lazy("detail", "status"),
    pgettext_lazy("detail", "format"),
    pgettext_lazy("detail", "rows"),
    pgettext_lazy("detail", "query"),
    pgettext_lazy("detail", "batch"),
    pgettext_lazy("detail", "file"),
    pgettext_lazy("detail", "created"),
    pgettext_lazy("detail", "updated"),
    pgettext_lazy("detail", "same"),
    pgettext_lazy("detail", "error"),
    pgettext_lazy("detail", "request"),
    pgettext_lazy("detail", "field"),
)
# Columns of records that their models give no words, since no form shows them.
COLUMNS = (
    pgettext_lazy("detail", "undo batch"),
    pgettext_lazy("detail", "created by"),
    pgettext_lazy("detail", "checked by"),
    pgettext_lazy("detail", "approved by"),
    pgettext_lazy("detail", "rehearsed by"),
    pgettext_lazy("detail", "committed by"),
    pgettext_lazy("detail", "posted by"),
    pgettext_lazy("detail", "undone by"),
    pgettext_lazy("detail", "waived by"),
)


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


# Details that hold codes of registries which grow: name of the detail -> label of a code, None for one not known.
_WORDS: dict[str, list[Callable[[str], Any]]] = {}


def name_words(detail: str, words: Callable[[str], Any]) -> None:
    """Say how the codes are read that notes of any register hold under a detail."""
    _WORDS.setdefault(detail, []).append(words)


# Names of details whose values are amounts in the currency of the record.
MONEY = frozenset({"amount", "total", "used", "debts", "credit"})

# Registers whose numbers notes hold: (register, name of the detail) -> register; "" stands for every register.
_RECORDS: dict[tuple[str, str], str] = {}


def name_records(register: str, detail: str, label: str) -> None:
    """Say of which register the numbers are that the notes of a register hold under a detail."""
    _RECORDS[register, detail] = label


def record_named(register: str, detail: str) -> str:
    """The register of the record that a detail names by its number; "" when it names none."""
    return _RECORDS.get((register, detail)) or _RECORDS.get(("", detail), "")


def _label_of(register: str, detail: str, value: str) -> Any:
    """The label of a code: said by an app, else that of the choices of the register's own field of this name."""
    known = _CODES.get((register, detail), {}).get(value)
    if known is None:
        try:
            field: Any = apps.get_model(register)._meta.get_field(detail)
        except (LookupError, ValueError, FieldDoesNotExist):
            field = None
        known = dict(getattr(field, "flatchoices", ())).get(value)
    return known if known is not None else next(filter(None, (words(value) for words in _WORDS.get(detail, ()))), None)


def value_text(register: str, detail: str, value: Any) -> str:
    """The value of a detail as people read it: codes by their label, yes and no, days and amounts in their language."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    label = _label_of(register, detail, value) if isinstance(value, str) else None
    if label is not None:
        return str(label)
    if isinstance(value, str) and _NUMBER.fullmatch(value) and not _CENTS.fullmatch(value):
        return str(number_format(Decimal(value).normalize(), use_l10n=True))
    return local_text(value)


def field_text(model: type[Model] | None, name: str) -> str:
    """The field that a line of the history names, as its form calls it; the bare name where there is none."""
    field = None
    for known in (name.removesuffix("_id"), name) if model is not None else ():
        try:
            field = model._meta.get_field(known)  # type: ignore[union-attr]
            break
        except FieldDoesNotExist:
            continue
    if field is None:
        return pgettext(DETAIL, name)
    plain = field.name.replace("_", " ")
    words = str(getattr(field, "verbose_name", plain))
    return words if words != plain else pgettext(DETAIL, plain.removesuffix(" id"))
