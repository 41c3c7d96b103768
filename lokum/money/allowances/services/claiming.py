"""Claiming from a payer body what it owes for its payers, as one list a month (LED-22).

How it is booked. A claim line credits the payer and debits the account "shares claimed from third parties": from then
on the payer owes the rest and the body owes the share. Money of the body (`receiving`) clears that account, line by
line. What is taken back is the mirror: the payer owes the share after all, the account is credited.

Poland: the allowance is paid to the manager of the house, not to the household, by the tenth of each month (act of 21
June 2001 on housing allowances, art. 8); it is a way of paying the charge, so the charge itself stays as it is.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import Entity
from lokum.core.papers.letters import TEMPLATE
from lokum.core.papers.services import ensure_series, issue_document
from lokum.money.allowances.models import Claim, ClaimLine
from lokum.money.allowances.papers import claim_data
from lokum.money.allowances.queries import DUE, bodies_due
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.services import allocate_by_rule, close_batch, lock_accounts, open_batch, posting
from lokum.property.parties.models import Party

KIND = "allowance_claim"
PATTERN = "AL/{year}/{month}/{serial:03}"


@dataclass(frozen=True)
class DueLine:
    allowance_id: int
    account_id: int
    month: dt.date
    amount: Decimal


def lock_claiming(entity_id: int) -> None:
    """One claim or payment of a body at a time for an entity, so that nothing is claimed or received twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('allowances.claim', %s))", [entity_id])


def chart_of(entity_id: int) -> dict[str, int]:
    """Ledger accounts by purpose. Raises Refusal without one for shares of third parties."""
    rows = LedgerAccount.objects.filter(entity_id=entity_id).exclude(purpose="").values_list("purpose", "pk")
    found = dict(rows)
    if "allowance" not in found:
        text = gettext_lazy("The chart of accounts has no account for shares of third parties.")
        raise Refusal("allowance.chart", text)
    return found


def claim_month(*, entity: Entity, month: dt.date, body: Party | None = None, actor: Actor) -> list[Claim]:
    """Claim a month from one payer body or from all, with every difference of earlier months.

    Raises Refusal (`allowance.nothing`) when everything was claimed before; a repetition adds nothing.
    """
    made = claim_due(entity, clock.first_of_month(month), body=body, actor=actor)
    if not made:
        text = _("There is nothing to claim: no allowance in this month, or all of it was claimed before.")
        raise Refusal("allowance.nothing", text, fields={"month": [text]}, status=409)
    return made


def claim_due(
    entity: Entity, month: dt.date, *, body: Party | None = None, allowance_id: int | None = None, actor: Actor
) -> list[Claim]:
    """The same without a refusal; `allowance_id`: only what is to be taken back of this allowance."""
    with posting(actor) as whole:
        lock_claiming(entity.pk)
        bodies = [body.pk] if body is not None else bodies_due(entity.pk, month)
        made = [_claim(entity, one, month, allowance_id, whole) for one in bodies]
        found = [one for one in made if one is not None]
        accounts = sorted(ClaimLine.objects.filter(claim__in=found).values_list("account_id", flat=True).distinct())
        if accounts:
            allocate_by_rule(entity.pk, accounts, actor=whole)
        return found


def _claim(entity: Entity, body_id: int, month: dt.date, allowance_id: int | None, actor: Actor) -> Claim | None:
    values: dict[str, Any] = {"entity": entity.pk, "body": body_id, "allowance": allowance_id, "month": month}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT allowance_id, account_id, month, amount FROM ({DUE}) due "  # noqa: S608 - constants
            "WHERE %(allowance)s::bigint IS NULL OR amount < 0 ORDER BY month, allowance_id",
            values,
        )
        lines = [DueLine(*row) for row in cursor.fetchall()]
    if not lines:
        return None
    chart = chart_of(entity.pk)
    lock_accounts([one.account_id for one in lines])
    body = Party.objects.get(pk=body_id)
    today = clock.today(entity.time_zone)
    total = sum((one.amount for one in lines), Decimal(0))
    sequence = Claim.objects.filter(entity=entity, body=body, month=month).count() + 1
    document = issue_document(
        ensure_series(entity.pk, KIND, PATTERN),
        TEMPLATE,
        claim_data(entity, body, month, [(one.allowance_id, one.month, one.amount) for one in lines], sequence, today),
        issued_on=today,
        actor=actor,
        language=body.language,
        party_key=body.pk,
        in_portal=False,
    )
    claim = Claim.objects.create(
        entity=entity, body=body, month=month, sequence=sequence, document=document, number=document.number,
        total_amount=total, line_count=len(lines), made_at=clock.now(), made_by=actor.label[:150],
    )  # fmt: skip
    _post(claim, lines, today, chart, actor)
    note(claim, "claimed", actor=actor, lines=len(lines), total=str(total))
    return claim


RESERVE = """
SELECT nextval(pg_get_serial_sequence('allowances_claimline', 'id')),
       nextval(pg_get_serial_sequence('ledger_entry', 'id')) FROM generate_series(1, %s)
"""
STAGE = """
CREATE TEMP TABLE allowance_staged ON COMMIT DROP AS
SELECT s.*, a.decision_number FROM unnest(%(lines)s::bigint[], %(entries)s::bigint[], %(allowances)s::bigint[],
  %(accounts)s::bigint[], %(months)s::date[], %(amounts)s::numeric[])
  AS s(line_id, entry_id, allowance_id, account_id, month, amount)
JOIN allowances_allowance a ON a.id = s.allowance_id
"""
# A share counts from the day on which its month is due; what is taken back is due on the day it is booked.
ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, source_kind, source_id)
SELECT entry_id, %(batch)s, %(entity)s, 'allowance', account_id, -amount, %(number)s, decision_number,
       %(today)s::date, CASE WHEN amount > 0 THEN month ELSE %(today)s::date END,
       CASE WHEN amount > 0 THEN month ELSE %(today)s::date END, 'allowance', line_id
FROM allowance_staged ORDER BY line_id
"""
LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
                         debit_amount, credit_amount)
SELECT entry_id, %(batch)s, %(entity)s, %(receivable)s, account_id, NULL::bigint, %(today)s::date,
       greatest(-amount, 0), greatest(amount, 0) FROM allowance_staged
UNION ALL
SELECT entry_id, %(batch)s, %(entity)s, %(allowance)s, NULL, NULL, %(today)s::date,
       greatest(amount, 0), greatest(-amount, 0) FROM allowance_staged
"""
CLAIM_LINES = """
INSERT INTO allowances_claimline (id, claim_id, allowance_id, account_id, month, amount, entry_id)
SELECT line_id, %(claim)s, allowance_id, account_id, month, amount, entry_id FROM allowance_staged ORDER BY line_id
"""


def _post(claim: Claim, lines: Sequence[DueLine], today: dt.date, chart: dict[str, int], actor: Actor) -> None:
    batch = open_batch(claim.entity_id, "allowance", f"allowance-claim:{claim.pk}", today, actor=actor)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.allowance_staged")
        cursor.execute(RESERVE, [len(lines)])
        keys = cursor.fetchall()
        cursor.execute(
            STAGE,
            {
                "lines": [key[0] for key in keys],
                "entries": [key[1] for key in keys],
                "allowances": [one.allowance_id for one in lines],
                "accounts": [one.account_id for one in lines],
                "months": [one.month for one in lines],
                "amounts": [one.amount for one in lines],
            },
        )
        values: dict[str, Any] = {
            "batch": batch, "entity": claim.entity_id, "number": claim.number, "today": today, "claim": claim.pk,
            "receivable": chart["receivable"], "allowance": chart["allowance"],
        }  # fmt: skip
        for statement in (ENTRIES, LINES, CLAIM_LINES):
            cursor.execute(statement, values)
    close_batch(batch)
