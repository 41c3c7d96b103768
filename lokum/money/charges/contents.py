"""What else stands on a notice: the entity's own words, and interest where the words ask for it (CHG-13).

The words are a template of the kind "notice": paragraphs below the figures. They are stored with each document as they
are in force when it is issued, and filled from the document's own data, so the paper never changes afterwards.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.core.papers.models import DocumentTemplate, IssuedDocument
from lokum.core.papers.rendering import texts
from lokum.core.papers.seams import TemplateKind, register_template_kind
from lokum.core.papers.wording import fill
from lokum.money.charges.seams import third_parties
from lokum.money.interest.accrual import dues

VARIABLES: dict[str, Any] = {
    "payer": _("name of the payer"),
    "premises": _("address of the premises"),
    "account": _("number of the payer's account"),
    "entity": _("name of the entity"),
    "number": _("number of the notice"),
    "month": _("month of the charges"),
    "due_on": _("day until which to pay"),
    "total": _("charges of the month"),
    "to_pay": _("amount to pay"),
    "open_before": _("open before the notice"),
    "overdue": _("overdue amount"),
    "interest": _("interest accrued to the day of the notice and not booked yet"),
}
ZERO = Decimal("0.00")


def texts_of(entity_id: int) -> dict[str, dict[str, str]]:
    """The entity's own words in force, by language."""
    rows = DocumentTemplate.objects.filter(entity_id=entity_id, kind="notice").order_by("language", "-number")
    newest = rows.distinct("language")
    return {one.language: {"version": f"notice/{one.number}", "body": one.body} for one in newest}


def contents(entity: Entity, account_ids: Collection[int], on: dt.date) -> dict[str, Any]:
    """Values for issuing: words by language, and accrued interest by account where some words name it."""
    words = texts_of(entity.pk)
    sums: dict[int, Decimal] = {}
    if any("{interest}" in one["body"] for one in words.values()):
        for due in dues(entity, on, account_ids):
            if due.known and due.difference and due.difference > 0:
                sums[due.account_id] = sums.get(due.account_id, ZERO) + due.difference
    return {
        "texts": json.dumps(words),
        "interest_accounts": list(sums),
        "interest_amounts": list(sums.values()),
    }


def shares_of_others(month: dt.date, account_ids: Collection[int]) -> dict[str, Any]:
    """Values for issuing: the parts of a month that third parties pay, by account (LED-22)."""
    found = third_parties().shares(month, account_ids)
    return {
        "share_accounts": list(found),
        "share_texts": [json.dumps([dict(one) for one in shares]) for shares in found.values()],
    }


def values_of_notice(data: Mapping[str, Any], language: str) -> dict[str, str]:
    """Values of the variables, from the data of a document alone."""

    def amount(name: str) -> str:
        return texts.amount(Decimal(data.get(name) or "0"), language, data["currency"])

    return {
        "payer": data["payer"]["name"],
        "premises": data["premises"]["address"],
        "account": data["account"]["code"],
        "entity": data["issuer"]["name"],
        "number": data["number"],
        "month": texts.month(dt.date.fromisoformat(data["period"]), language),
        "due_on": texts.day(dt.date.fromisoformat(data["due_on"]), language),
        **{name: amount(name) for name in ("total", "to_pay", "open_before", "overdue", "interest")},
    }


def own_paragraphs(data: Mapping[str, Any], language: str) -> list[str]:
    """The entity's words on a notice, filled."""
    body = (data.get("texts") or {}).get("body", "")
    found = fill(body.replace("\r", ""), values_of_notice(data, language)) if body else ""
    return [" ".join(part.split()) for part in found.split("\n\n") if part.strip()]


def _example(entity_id: int, language: str) -> Mapping[str, str] | None:
    newest = IssuedDocument.objects.filter(entity_id=entity_id, kind="notice").order_by("-pk").first()
    return values_of_notice(newest.data, language) if newest is not None else None


def install() -> None:
    kind = TemplateKind("notice", _("Charge notice, text below the figures"), VARIABLES, lambda: ("", ""), _example)
    register_template_kind(kind)
