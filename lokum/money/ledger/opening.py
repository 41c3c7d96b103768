"""The sheet of opening items: one row an item, headings in any of the languages."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from lokum.core.access.models import User
from lokum.core.base import policy
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.importing.workbook import read_sheet
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account, OpenItem
from lokum.money.ledger.services import OpeningItem, refuse_rows

LANGUAGES = ("en", "pl", "zh-hant", "zh-hans")
HEADINGS = {
    "account": gettext_noop("account number"),
    "document": gettext_noop("document"),
    "date": gettext_noop("document date"),
    "due": gettext_noop("due on"),
    "amount": gettext_noop("amount"),
    "side": gettext_noop("debit or credit"),
}
SIDES = {"d": "debit", "dr": "debit", "wn": "debit", "c": "credit", "cr": "credit", "ma": "credit"}
DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")  # 2026-03-31, 31.03.2026


def read_opening_items(entity: Entity, data: bytes, name: str, booked_on: dt.date, actor: Actor) -> list[OpeningItem]:
    """The items of a sheet, or one refusal with every faulty row (`opening.rows`, details by row number)."""
    headings, rows = read_sheet(data, name)
    places, sides = _places(headings), _sides()
    accounts = dict(_visible_accounts(entity, actor))
    items: list[OpeningItem] = []
    faults: list[tuple[int, str]] = []
    seen: dict[tuple[int, str], int] = {}
    for number, row in rows:
        cells = {key: row[place] if place < len(row) else "" for key, place in places.items()}
        try:
            item = _item(number, cells, accounts, sides, booked_on)
            first = seen.setdefault((item.account_id, item.document_number), number)
            if first != number:
                raise ValueError(_("the document stands in row %(row)d already") % {"row": first})
            items.append(item)
        except ValueError as fault:
            faults.append((number, str(fault)))
    if faults:
        refuse_rows(faults)
    return items


def _visible_accounts(entity: Entity, actor: Actor) -> Any:
    rows = Account.objects.filter(entity=entity)
    if actor.user_id is not None:
        rows = policy.allowed(rows, User.objects.get(pk=actor.user_id), "view")
    return rows.values_list("code", "pk")


def _places(headings: list[str]) -> dict[str, int]:
    known: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            known |= {_(text).lower(): name for name, text in HEADINGS.items()}
    found = {known[text.strip().lower()]: place for place, text in enumerate(headings) if text.strip().lower() in known}
    missing = [_(text) for name, text in HEADINGS.items() if name not in found]
    if missing:
        text = _("The sheet has no column %(names)s.") % {"names": ", ".join(missing)}
        raise Refusal("opening.columns", text, fields={"file": [text]})
    return found


def _sides() -> dict[str, str]:
    words = dict(SIDES)
    for language in LANGUAGES:
        with override(language):
            words |= {str(label).lower(): value for value, label in OpenItem.Side.choices}
    return words


def _item(
    number: int, cells: dict[str, Any], accounts: dict[str, int], sides: dict[str, str], booked_on: dt.date
) -> OpeningItem:
    """One row; ValueError says what is wrong with it."""
    code, document = _text(cells["account"]), _text(cells["document"])
    account = accounts.get(code)
    if account is None:
        raise ValueError(_("there is no account %(code)s") % {"code": code or "—"})
    if not document or len(document) > 80:
        raise ValueError(_("the document has a number of at most 80 characters"))
    document_on, due_on = _day(cells["date"]), _day(cells["due"])
    if document_on is None or due_on is None:
        raise ValueError(_("document date and due date are days such as 2026-03-31"))
    if document_on > booked_on:
        raise ValueError(_("the document is younger than the day of the takeover"))
    amount, side = _amount(cells["amount"]), sides.get(_text(cells["side"]).lower())
    if amount is None:
        raise ValueError(_("the amount is a number above zero with at most two decimals"))
    if side is None:
        raise ValueError(_("say debit (the payer owes) or credit (the payer has paid in excess)"))
    return OpeningItem(account, document, document_on, due_on, amount if side == "debit" else -amount, number)


def _text(value: Any) -> str:
    """A spreadsheet turns "12" into 12.0 when it was typed as a number; whole numbers lose their point."""
    text = str(value if value is not None else "").strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    found = DAY.fullmatch(str(value).strip())
    if found is None:
        return None
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _amount(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value).replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount < 10**12 and round(amount, 2) == amount else None
