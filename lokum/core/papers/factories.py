"""Valid defaults for series and documents. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from typing import Any

from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.core.papers.models import DocumentTemplate, IssuedDocument, NumberSeries, VoidNumber
from lokum.core.papers.services import issue_document

_count = itertools.count(1)
_ACTOR = system_actor("factory")


def make_number_series(**over: Any) -> NumberSeries:
    values = {"kind": f"letter{next(_count)}", "pattern": "L/{year}/{month}/{serial:04}"} | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return NumberSeries.objects.create(**values)


def make_issued_document(**over: Any) -> IssuedDocument:
    series = over.pop("series", None) or make_number_series(**{k: over.pop(k) for k in ("entity",) if k in over})
    values: dict[str, Any] = {
        "issued_on": dt.date(2026, 3, 2),
        "data": {"text": "A letter."},
        "template": "letter/1",
    } | over
    return issue_document(series, values.pop("template"), values.pop("data"), actor=_ACTOR, **values)


def make_void_number(**over: Any) -> VoidNumber:
    serial = next(_count)
    values = {
        "period": "2026-03",
        "serial": serial,
        "number": f"L/2026/03/{serial:04}",
        "reason": "issued by mistake",
        "voided_at": clock.now(),
    } | over
    if "series" not in values:
        values["series"] = make_number_series()
    return VoidNumber.objects.create(**values)


def make_document_template(**over: Any) -> DocumentTemplate:
    values = {
        "kind": "letter",
        "language": "pl",
        "number": next(_count),
        "subject": "A letter",
        "body": "Good morning.",
        "made_at": clock.now(),
    } | over
    if "entity" not in values and "entity_id" not in values:
        values["entity"] = make_entity()
    return DocumentTemplate.objects.create(**values)
