"""Statements of account and balance confirmations: one, or all payers of an entity (LED-20)."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.core.base.wording import local_text
from lokum.core.organisation.models import Entity
from lokum.core.papers.letters import TEMPLATE, LetterTable, issuer_of, letter_data
from lokum.core.papers.rendering import texts
from lokum.core.papers.services import NewDocument, ensure_series, issue_documents
from lokum.core.papers.wording import wording
from lokum.money.charges.services.month import Progress, silent
from lokum.money.documents.models import AccountStatement, DeliveryBatch, DeliveryItem
from lokum.money.documents.wording import common_values, meaning_of
from lokum.money.ledger.addressees import Addressee, addressees, joint_note
from lokum.money.ledger.joint_copies import copy_letters
from lokum.money.ledger.models import Account, Entry
from lokum.property.estates.group_queries import premises_of_group

PATTERNS = {"statement": "ST/{year}/{serial:05}", "confirmation": "BC/{year}/{serial:05}"}
PORTION = 200
ZERO = Decimal("0.00")

MOVEMENTS = """
SELECT account_id, booked_on, kind, document_number, description, amount FROM ledger_entry
WHERE account_id = ANY(%(accounts)s) AND booked_on BETWEEN %(start)s AND %(end)s ORDER BY account_id, booked_on, id
"""
OPENINGS = """
SELECT account_id, sum(amount) FROM ledger_entry
WHERE account_id = ANY(%(accounts)s) AND booked_on < %(start)s GROUP BY account_id
"""


def movements(
    account_ids: Collection[int], start: dt.date = dt.date(1900, 1, 1), end: dt.date = dt.date(9999, 12, 31)
) -> dict[int, tuple[Decimal, list[Decimal]]]:
    """Opening balance and the movements of a range, by account."""
    values: dict[str, Any] = {"accounts": list(account_ids), "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(OPENINGS, values)
        openings = dict(cursor.fetchall())
        found: dict[int, tuple[Decimal, list[Decimal]]] = {pk: (openings.get(pk, ZERO), []) for pk in account_ids}
        cursor.execute(MOVEMENTS, values)
        for account_id, _day, _kind, _number, _text, amount in cursor.fetchall():
            found[account_id][1].append(amount)
    return found


def check_range(start: dt.date, end: dt.date) -> None:
    """Refuse a range that ends before it starts."""
    if end < start:
        text = _("The last day lies before the first.")
        raise Refusal("statement.range", text, fields={"end": [text]})


def issue_statement(
    pk: int, *, kind: str = "statement", start: dt.date, end: dt.date, actor: Actor
) -> AccountStatement:
    """A statement or confirmation of one account."""
    check_range(start, end)
    account = Account.objects.select_related("entity").filter(pk=pk).first()
    if account is None:
        raise Missing("account.missing", _("There is no such account."))
    with transaction.atomic():
        made = _issue(account.entity, [pk], kind, start, end, None)
        note(account, "statement issued", actor=actor, document=made[0].document.number)
    return made[0]


def order_statements(
    *, entity: Entity, kind: str, start: dt.date, end: dt.date, building: Any = None, district: Any = None,
    only_open: bool = False, actor: Actor,
) -> DeliveryBatch:  # fmt: skip
    """Prepare a batch for all payers of an entity (or a building, or a district or group
    as it was on the last day); `issue_statements` fills it."""
    check_range(start, end)
    arguments = {
        "kind": kind,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "building": building.pk if building is not None else None,
        "district": district.pk if district is not None else None,
        "only_open": only_open,
    }
    label = AccountStatement.Kind(kind).label
    moment = clock.now()
    batch = DeliveryBatch.objects.create(
        entity=entity,
        kind=kind,
        key=f"{kind}:{moment:%Y%m%d%H%M%S%f}",
        title=f"{label} {start} – {end}"[:200],
        arguments=arguments,
        made_at=moment,
        made_by=actor.label[:150],
    )
    note(batch, "ordered", actor=actor, kind=kind, start=arguments["start"], end=arguments["end"],
         building=arguments["building"], district=arguments["district"], only_open=only_open)  # fmt: skip
    return batch


def _wanted(batch: DeliveryBatch) -> list[int]:
    """Accounts of the batch without a statement yet, in the order of the route."""
    asked = batch.arguments
    rows = Account.objects.filter(entity_id=batch.entity_id, opened_on__lte=asked["end"])
    if asked["building"] is not None:
        rows = rows.filter(building_key=asked["building"])
    if asked.get("district") is not None:
        inside = premises_of_group(asked["district"], dt.date.fromisoformat(asked["end"]))
        rows = rows.filter(agreement__premises__in=inside.values("pk"))
    booked = Entry.objects.filter(account=OuterRef("pk"))
    # Whoever left before the range, owes nothing and moved nothing since has nothing to read.
    rows = rows.exclude(
        ~Exists(booked.filter(booked_on__gte=asked["start"])), closed_on__lt=asked["start"], balance__amount=0
    )
    if asked["only_open"]:  # open on the last day of the range, whatever was paid since
        until = booked.filter(booked_on__lte=asked["end"]).order_by().values("account")
        rows = rows.annotate(closing=Subquery(until.annotate(sum=Sum("amount")).values("sum")))
        rows = rows.exclude(Q(closing=None) | Q(closing=0))
    rows = rows.exclude(pk__in=batch.statements.values("account_id"))
    order = ("agreement__premises__building__code", "agreement__premises__sort_number", "pk")
    return list(rows.order_by(*order).values_list("pk", flat=True))


def issue_statements(batch_id: int, *, actor: Actor, progress: Progress = silent) -> DeliveryBatch:
    """Issue the documents of a batch, portion by portion; after an interruption only what is missing is made."""
    with acting(actor):
        batch = DeliveryBatch.objects.select_related("entity").get(pk=batch_id)
        wanted = _wanted(batch)
    asked = batch.arguments
    start, end = dt.date.fromisoformat(asked["start"]), dt.date.fromisoformat(asked["end"])
    for first in range(0, len(wanted), PORTION):
        progress(first, len(wanted), _("Issuing documents"))
        with acting(actor):
            batch = DeliveryBatch.objects.select_for_update().select_related("entity").get(pk=batch_id)
            known = set(batch.statements.values_list("account_id", flat=True))
            part = [pk for pk in wanted[first : first + PORTION] if pk not in known]
            _issue(batch.entity, part, asked["kind"], start, end, batch)
    with acting(actor):
        batch = DeliveryBatch.objects.select_for_update().get(pk=batch_id)
        if not batch.statements.exists():
            raise Refusal("delivery.empty", _("There is nobody to write to."))
        batch.state = DeliveryBatch.State.READY
        batch.save(update_fields=["state"])
    progress(len(wanted), len(wanted), "")
    return batch


def _issue(
    entity: Entity, account_ids: Collection[int], kind: str, start: dt.date, end: dt.date, batch: DeliveryBatch | None
) -> list[AccountStatement]:
    """Documents and statements of these accounts, in the order of the route. Inside a transaction."""
    values: dict[str, Any] = {"accounts": list(account_ids), "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(OPENINGS, values)
        openings: dict[int, Decimal] = dict(cursor.fetchall())
        cursor.execute(MOVEMENTS, values)
        rows: dict[int, list[Any]] = {}
        for account_id, *row in cursor.fetchall():
            rows.setdefault(account_id, []).append(row)
    people = addressees(account_ids)
    today = clock.today(entity.time_zone)
    series = ensure_series(entity.pk, kind, PATTERNS[kind], restarts="year")
    made = []
    for one in people:
        opening = openings.get(one.account_id, ZERO)
        made.append((one, opening, rows.get(one.account_id, [])))
    documents = issue_documents(
        series,
        TEMPLATE,
        [
            NewDocument(_data(entity, one, kind, start, end, opening, moves, today), one.keys)
            for one, opening, moves in made
        ],
        issued_on=today,
    )
    statements = AccountStatement.objects.bulk_create(
        AccountStatement(
            account_id=one.account_id,
            kind=kind,
            start_on=start,
            end_on=end,
            opening_amount=opening,
            closing_amount=opening + sum((move[4] for move in moves), ZERO),
            entry_count=len(moves),
            document=document,
            batch=batch,
        )
        for (one, opening, moves), document in zip(made, documents, strict=True)
    )
    figures = {one.account_id: (opening, moves) for one, opening, moves in made}
    copies = copy_letters(
        documents, lambda document, one: _data(entity, one, kind, start, end, *figures[one.account_id], today)
    )
    if batch is not None:
        add_items(batch, [(one, document.pk) for (one, _o, _m), document in zip(made, documents, strict=True)])
        add_items(batch, [(one, document.pk) for one, document in copies])
    return list(statements)


def add_items(batch: DeliveryBatch, pairs: Sequence[tuple[Addressee, int]]) -> None:
    """Documents of a batch, each with the way its payer chose."""
    DeliveryItem.objects.bulk_create(
        DeliveryItem(
            batch=batch,
            account_id=one.account_id,
            document_id=document_id,
            way=DeliveryItem.Way.ELECTRONIC if one.electronic else DeliveryItem.Way.PAPER,
        )
        for one, document_id in pairs
    )


def _data(
    entity: Entity, one: Addressee, kind: str, start: dt.date, end: dt.date, opening: Decimal, moves: list[Any],
    today: dt.date,
) -> dict[str, Any]:  # fmt: skip
    language = one.language
    closing = opening + sum((move[4] for move in moves), ZERO)
    with override(language):
        values = common_values(one, entity, today) | {
            "from": texts.day(start, language),
            "to": texts.day(end, language),
            "opening": texts.amount(opening, language, one.currency),
            "closing": texts.amount(closing, language, one.currency),
            "meaning": meaning_of(closing),
        }
        words = wording(entity.pk, kind, language, values)
        confirmation = kind == AccountStatement.Kind.CONFIRMATION
        return letter_data(
            issuer=issuer_of(entity, today),
            payer=one.payer,
            title=words.subject,
            subject=[
                text for text in (one.premises_address, _("Account %(code)s") % {"code": one.account_code}) if text
            ],
            paragraphs=[*words.paragraphs, *joint_note(one.joint, closing)],
            tables=[] if confirmation else [_table(opening, moves, language, one.currency)],
            facts=[
                (_("Balance on %(day)s") % {"day": values["to"]}, texts.amount(closing, language, one.currency)),
            ],
            slip=_slip(one, values) if confirmation else None,
            words=words.version,
            currency=one.currency,
            amount=closing,
        )


def _table(opening: Decimal, moves: list[Any], language: str, currency: str) -> LetterTable:
    kinds = {name: str(label) for name, label in Entry.Kind.choices}
    running, rows = opening, []
    debit = credit = ZERO
    for booked_on, kind, number, description, amount in moves:
        running += amount
        debit, credit = debit + max(amount, ZERO), credit - min(amount, ZERO)
        if kind != Entry.Kind.PAYMENT:  # words of our own hold days as 2026-03-31; a payer's words stay as they are
            description = local_text(description)
        text = " ".join(part for part in (kinds.get(kind, kind), number, description) if part)
        rows.append([
            texts.short_day(booked_on, language), text,
            texts.figure(amount, language, currency) if amount > 0 else "",
            texts.figure(-amount, language, currency) if amount < 0 else "",
            texts.figure(running, language, currency),
        ])  # fmt: skip
    first = ["", _("Opening balance"), "", "", texts.figure(opening, language, currency)]
    total = ["", _("Total"), texts.figure(debit, language, currency), texts.figure(credit, language, currency),
             texts.figure(running, language, currency)]  # fmt: skip
    balance = _("Balance")
    headings = [_("Date"), _("What"), _("Debit"), _("Credit"), f"{balance} ({texts.currency_sign(currency)})"]
    return LetterTable(headings, [first, *rows], [False, False, True, True, True], [total], wide=1)


def _slip(one: Addressee, values: dict[str, str]) -> dict[str, Any]:
    said = _("Account %(code)s, balance on %(day)s: %(amount)s")
    return {
        "title": _("Reply"),
        "paragraphs": [said % {"code": one.account_code, "day": values["to"], "amount": values["closing"]}],
        "choices": [_("I confirm the balance."), _("I do not agree. In my books the balance is:")],
        "lines": [_("Date"), _("Signature")],
    }


def record_reply(
    pk: int, *, reply: str, reply_on: dt.date, reply_amount: Decimal | None = None, reply_note: str = "", actor: Actor
) -> AccountStatement:
    """Write down what the payer answered; a later answer replaces an earlier one, history keeps both."""
    with transaction.atomic():
        found = AccountStatement.objects.select_for_update().filter(pk=pk).first()
        if found is None:
            raise Missing("statement.missing", _("There is no such statement."))
        if reply == AccountStatement.Reply.DISPUTED and reply_amount is None and not reply_note.strip():
            text = _("Write what the payer disputes, or the amount they name.")
            raise Refusal("statement.disputed", text, fields={"reply_note": [text]})
        if reply_on > clock.today(found.account.entity.time_zone):
            text = _("This day has not come yet.")
            raise Refusal("statement.reply_on", text, fields={"reply_on": [text]})
        if reply_amount is not None and reply_amount != round_amount(reply_amount, places_of(found.account.currency)):
            text = _("Name an amount in whole units of %(currency)s.") % {"currency": found.account.currency}
            raise Refusal("statement.reply_amount", text, fields={"reply_amount": [text]})
        if reply_on < found.end_on:
            text = _("The reply cannot be older than the last day of the statement.")
            raise Refusal("statement.reply_on", text, fields={"reply_on": [text]})
        found.reply, found.reply_on, found.reply_amount = reply, reply_on, reply_amount
        found.reply_note, found.reply_by = reply_note.strip()[:500], actor.label[:150]
        found.save(update_fields=["reply", "reply_on", "reply_amount", "reply_note", "reply_by"])
        note(found, "reply recorded", actor=actor, reply=reply)
    return found
