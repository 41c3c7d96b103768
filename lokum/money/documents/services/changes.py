"""Letters about a change of fees: to every payer whose fees differ, and to nobody else (CHG-17).

What is billed in cycles of several months or in chosen months is compared as if both months billed it: the letter gives
the amount of one bill and says in words when it comes. It tells of a new price from the month in which it counts, not
with the bill after it. Monthly sums are of what is billed every month.
"""

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.letters import TEMPLATE, LetterTable, issuer_of, letter_data
from lokum.core.papers.rendering import texts
from lokum.core.papers.services import NewDocument, ensure_series, issue_documents
from lokum.core.papers.wording import wording
from lokum.money.charges.computing import price_month
from lokum.money.charges.due_dates import rule_of
from lokum.money.charges.models import Component, name_field
from lokum.money.charges.parts import UNITS
from lokum.money.charges.segments import REGULAR
from lokum.money.charges.splitting import split_priced
from lokum.money.documents.models import DeliveryBatch, FeeChange, FeeChangeLetter
from lokum.money.documents.seams import latest_notice
from lokum.money.documents.services.statements import add_items
from lokum.money.documents.wording import billed_in_words, change_in_words, common_values
from lokum.money.ledger.addressees import Addressee, addressees, joint_note
from lokum.money.ledger.joint_copies import copy_letters
from lokum.money.ledger.services import posting

PATTERN = "FC/{year}/{serial:05}"
ZERO = Decimal("0.00")

# What is charged once is no change of fees. The price of a share is that of the whole line it was cut from.
KEEP = """
CREATE TEMP TABLE {table} ON COMMIT DROP AS
SELECT p.account_id, p.component_id, p.quantity,
       CASE WHEN p.parts ->> 'formula' = 'share' THEN coalesce((p.parts #>> '{{whole,price}}')::numeric, p.price)
            ELSE p.price END AS price, p.amount, coalesce(jsonb_array_length(k.parts -> 'segments'), 0) > 1
       OR coalesce(k.parts #>> '{{segments,0,num}}' <> k.parts ->> 'den', false) AS parted
FROM charge_priced p
CROSS JOIN LATERAL (SELECT coalesce(p.parts -> 'whole', p.parts) AS parts) k
JOIN charges_component c ON c.id = p.component_id AND c.rhythm <> 'one_off'
WHERE p.problem = '' AND p.account_id IS NOT NULL
"""
# Whoever begins to pay with the new month is told by the first notice, not of a change; nor is it one when at the same
# price only a part of the month before was charged.
COMPARED = """
SELECT coalesce(o.account_id, n.account_id), coalesce(o.component_id, n.component_id), o.quantity, o.price, o.amount,
       n.quantity, n.price, n.amount
FROM fee_old o FULL JOIN fee_new n ON n.account_id = o.account_id AND n.component_id = o.component_id
WHERE coalesce(o.account_id, n.account_id) IN (
  SELECT n.account_id FROM fee_new n JOIN ledger_account a ON a.id = n.account_id
  JOIN occupancy_agreement g ON g.id = a.agreement_id
  WHERE n.account_id IN (SELECT account_id FROM fee_old)
     OR a.opened_on < %(before)s AND coalesce(lower(g.valid) < %(before)s::date, true)
  INTERSECT SELECT coalesce(o.account_id, n.account_id) FROM fee_old o
  FULL JOIN fee_new n ON n.account_id = o.account_id AND n.component_id = o.component_id
  WHERE (o.price, o.amount) IS DISTINCT FROM (n.price, n.amount)
    AND NOT coalesce(o.parted AND o.price = n.price, false))
"""
# A line that cannot be priced stops the letters when its month bills it. One that a later month bills may get its price
# until then: without a new one there is nothing to tell yet.
WITHOUT_PRICE = f"""
SELECT count(*) FROM charge_priced p JOIN charges_component c ON c.id = p.component_id
WHERE p.problem <> '' AND coalesce({REGULAR}, true)
"""  # noqa: S608 - built from constants
NOT_YET_KNOWN = """
DELETE FROM fee_old o USING charge_priced p
WHERE p.problem <> '' AND p.account_id = o.account_id AND p.component_id = o.component_id
"""


@dataclass(frozen=True)
class Difference:
    component_id: int
    old: tuple[Decimal, Decimal, Decimal] | None  # quantity, price, amount
    new: tuple[Decimal, Decimal, Decimal] | None

    @property
    def changed(self) -> bool:
        return (self.old and self.old[1:]) != (self.new and self.new[1:])


def compare_fees(entity_id: int, effective_on: dt.date) -> dict[int, list[Difference]]:
    """All components, but those charged once, of every account whose fees differ between the month before and this."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.fee_old, pg_temp.fee_new")
        for table, month in (("fee_old", clock.add_months(effective_on, -1)), ("fee_new", effective_on)):
            price_month(cursor, entity_id, month, every=True)
            split_priced(cursor, {"entity": entity_id, "day": month, "units": json.dumps(UNITS)})
            cursor.execute(WITHOUT_PRICE, {"day": month})
            if count := cursor.fetchone()[0]:
                text = _("%(count)d lines of %(month)s cannot be priced. Solve the problems of the month first.")
                raise Refusal(
                    "fee_change.problems", text % {"count": count, "month": date_format(month, "YEAR_MONTH_FORMAT")}
                )
            cursor.execute(KEEP.format(table=table))
        cursor.execute(NOT_YET_KNOWN)
        cursor.execute(COMPARED, {"before": clock.add_months(effective_on, -1)})
        found: dict[int, list[Difference]] = {}
        for account_id, component_id, *figures in cursor.fetchall():
            old, new = tuple(figures[:3]), tuple(figures[3:])
            one = Difference(component_id, old if old[2] is not None else None, new if new[2] is not None else None)
            found.setdefault(account_id, []).append(one)
        return found


def issue_fee_change(
    *, entity: Entity, effective_on: dt.date, costs: str, reason: str, late_reason: str = "", actor: Actor
) -> FeeChange:
    """Letters with old and new components for every payer with a difference; late notice needs a reason of its own."""
    if effective_on.day != 1:
        text = _("New fees begin on the first of a month.")
        raise Refusal("fee_change.day", text, fields={"effective_on": [text]})
    today = clock.today(entity.time_zone)
    first_due = rule_of(entity).date(effective_on)
    term = latest_notice(entity.country_pack, costs, effective_on, first_due)
    latest = term.day if term else None
    if term is not None and today > term.day and not late_reason.strip():
        text = _("By law payers are told by %(day)s at the latest (%(source)s). Say why this notice is late.") % {
            "day": date_format(term.day, "SHORT_DATE_FORMAT"), "source": term.source or "-",
        }  # fmt: skip
        raise Refusal("fee_change.late", text, fields={"late_reason": [text]}, details={"latest": str(latest)})
    with posting(actor):
        differences = compare_fees(entity.pk, effective_on)
        if not differences:
            raise Refusal("fee_change.none", _("Nobody's fees differ from the month before."))
        change = _keep(entity, effective_on, costs, reason, late_reason, latest, today, len(differences), actor)
        _write(change, differences, today)
        note(change, "issued", actor=actor, letters=change.letter_count)
        return change


def _keep(
    entity: Entity, effective_on: dt.date, costs: str, reason: str, late_reason: str, latest: dt.date | None,
    today: dt.date, count: int, actor: Actor,
) -> FeeChange:  # fmt: skip
    now = clock.now()
    batch = DeliveryBatch.objects.create(
        entity=entity,
        kind=DeliveryBatch.Kind.FEE_CHANGE,
        key=f"fee-change:{effective_on}:{now:%Y%m%d%H%M%S%f}",
        title=_("Change of fees from %(effective_on)s") % {"effective_on": effective_on},
        arguments={"effective_on": effective_on.isoformat()},
        state=DeliveryBatch.State.READY,
        made_at=now,
        made_by=actor.label[:150],
    )
    return FeeChange.objects.create(
        entity=entity,
        effective_on=effective_on,
        costs=costs,
        reason=reason.strip(),
        issued_on=today,
        latest_on=latest,
        late_reason=late_reason.strip(),
        letter_count=count,
        batch=batch,
        made_at=now,
        made_by=actor.label[:150],
    )


@dataclass(frozen=True)
class Told:
    """What one letter tells: components of every month, and those billed in other months."""

    monthly: list[Difference]
    others: list[Difference]

    @property
    def sums(self) -> tuple[Decimal, Decimal]:
        """Old and new amount of a month."""
        return (
            sum((one.old[2] for one in self.monthly if one.old), ZERO),
            sum((one.new[2] for one in self.monthly if one.new), ZERO),
        )

    @property
    def to_pay(self) -> Decimal:
        return sum((one.new[2] for one in (*self.monthly, *self.others) if one.new), ZERO)


def _told(lines: list[Difference], components: dict[int, Component]) -> Told:
    ordered = sorted(lines, key=lambda one: (components[one.component_id].position, components[one.component_id].code))
    split: tuple[list[Difference], list[Difference]] = [], []
    for one in ordered:
        split[not components[one.component_id].monthly].append(one)
    return Told(*split)


def _write(change: FeeChange, differences: dict[int, list[Difference]], today: dt.date) -> None:
    components = {one.pk: one for one in Component.objects.filter(entity_id=change.entity_id)}
    people = addressees(list(differences))
    series = ensure_series(change.entity_id, "fee_change", PATTERN, restarts="year")
    told = {pk: _told(lines, components) for pk, lines in differences.items()}
    documents = issue_documents(
        series,
        TEMPLATE,
        [NewDocument(_data(change, one, told[one.account_id], components, today), one.keys) for one in people],
        issued_on=today,
    )
    FeeChangeLetter.objects.bulk_create(
        FeeChangeLetter(
            change=change,
            account_id=one.account_id,
            document=document,
            old_amount=told[one.account_id].sums[0],
            new_amount=told[one.account_id].sums[1],
        )
        for one, document in zip(people, documents, strict=True)
    )
    add_items(change.batch, [(one, document.pk) for one, document in zip(people, documents, strict=True)])
    copies = copy_letters(
        documents, lambda document, one: _data(change, one, told[one.account_id], components, today)
    )  # fmt: skip
    add_items(change.batch, [(one, document.pk) for one, document in copies])


def _data(
    change: FeeChange, one: Addressee, told: Told, components: dict[int, Component], today: dt.date
) -> dict[str, Any]:
    language = one.language
    with override(language):
        old, new = (texts.amount(value, language, one.currency) for value in told.sums)
        values = common_values(one, change.entity, today) | {
            "effective_on": texts.day(change.effective_on, language),
            "reason": change.reason,
            "old": old,
            "new": new,
        }
        sentences = change_in_words(
            values,
            monthly=any(line.changed for line in told.monthly) if told.monthly else None,
            others=[_name(line, components, language) for line in told.others if line.changed],
        )
        words = wording(change.entity_id, "fee_change", language, values | {"change": " ".join(sentences)})
        # Own words may speak of the month alone.
        missing = [text for text in sentences[-1:] if told.others and text not in " ".join(words.paragraphs)]
        monthly = bool(told.monthly)
        return letter_data(
            issuer=issuer_of(change.entity, today),
            payer=one.payer,
            title=words.subject,
            subject=[
                text for text in (one.premises_address, _("Account %(code)s") % {"code": one.account_code}) if text
            ],
            paragraphs=[*words.paragraphs, *missing, *joint_note(one.joint, told.to_pay)],
            tables=_tables(told, components, language, one.currency),
            facts=_facts(told, old, new, values["effective_on"]),
            words=words.version,
            currency=one.currency,
            amount=told.sums[1] if monthly else None,
            effective_on=change.effective_on.isoformat(),
            reason=change.reason,
        )


def _facts(told: Told, old: str, new: str, since: str) -> list[tuple[str, str]]:
    if not told.monthly:
        return [(_("From"), since)]
    names = (_("Monthly fees so far"), _("New monthly fees")) if told.others else (_("Fees so far"), _("New fees"))
    return [(names[0], old), (names[1], new), (_("From"), since)]


def _name(line: Difference, components: dict[int, Component], language: str) -> str:
    component = components[line.component_id]
    return str(getattr(component, name_field(language)) or component.name)


def _tables(told: Told, components: dict[int, Component], language: str, currency: str) -> list[LetterTable]:
    """One of what is billed every month, with its sum, and one of the amounts of each other bill."""
    sign = texts.currency_sign(currency)
    so_far, new = _("Amount so far"), _("New amount")
    headings = [_("Component"), _("Price so far"), f"{so_far} ({sign})", _("New price"), f"{new} ({sign})",
                _("Difference")]  # fmt: skip
    bill, new_bill = _("Bill so far"), _("New bill")
    of_bills = [headings[0], headings[1], f"{bill} ({sign})", headings[3], f"{new_bill} ({sign})", headings[5]]
    right = [False, True, True, True, True, True]
    found = []
    if told.monthly:
        sums = told.sums
        total = [_("Total"), "", texts.figure(sums[0], language, currency), "",
                 texts.figure(sums[1], language, currency),
                 texts.figure(sums[1] - sums[0], language, currency)]  # fmt: skip
        rows = [[_name(one, components, language), *_figures(one, language, currency)] for one in told.monthly]
        found.append(LetterTable(headings, rows, right, [total]))
    if told.others:
        rows = [
            [f"{_name(one, components, language)}, {billed_in_words(components[one.component_id], language)}",
             *_figures(one, language, currency)]
            for one in told.others
        ]  # fmt: skip
        title = _("In other months: the amount of each bill") if told.monthly else ""
        found.append(LetterTable(of_bills, rows, right, title=title))
    return found


def _figures(one: Difference, language: str, currency: str) -> list[str]:
    """Price and amount so far, the new ones, and by how much the amount changes."""

    def shown(figures: tuple[Decimal, Decimal, Decimal] | None, place: int) -> str:
        if figures is None:
            return "–"
        write = texts.figure if place == 2 else texts.price
        return write(figures[place], language, currency)

    change = (one.new[2] if one.new else ZERO) - (one.old[2] if one.old else ZERO)
    return [
        shown(one.old, 1), shown(one.old, 2), shown(one.new, 1), shown(one.new, 2),
        texts.figure(change, language, currency),
    ]  # fmt: skip
