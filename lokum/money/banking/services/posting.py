"""Posting a statement: money on a known virtual account goes to its payer, the rest to the clearing queue.

Set-wise from end to end: a statement of 100,000 entries is posted, allocated and explained by a few statements.
"""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.outbox.services import publish
from lokum.money.banking.models import BankFile, BankStatement
from lokum.money.banking.services.bank_books import book_of
from lokum.money.banking.services.outgoing import book_by_itself, own_numbers
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.services import allocate_by_rule, close_batch, open_batch, posting

# The statement's new entries, staged and analysed: the planner knows nothing of rows just written, believes in one
# and nests loops, which a statement of ten thousand entries pays for a hundred million times.
STAGE = """
CREATE TEMP TABLE new_entry ON COMMIT DROP AS
SELECT id, identity, amount, reversal, booked_on, value_on, position, virtual_account, title, counter_name,
  right(virtual_account, 12) AS tail,
  regexp_replace(upper(counter_account), '^PL|[^0-9A-Z]', '', 'g') AS sender
FROM banking_bankentry WHERE statement_id = %(statement)s AND state = 'new'
"""

# Where each new entry goes, and the keys of what will be written for it, so that no later step has to look them up
# among the books. mBank reports only the last twelve digits of a virtual account; numbers of the pools of
# this very bank account come first, so a tail that two pools share still finds the right payer.
# The numbers are read in one pass and hashed: under row policies an index on an expression is out of reach (the
# function is not leak-proof), and a look-up per entry would read all numbers each time.
SORT_OUT = """
CREATE TEMP TABLE sorted_entry ON COMMIT DROP AS
WITH numbers AS MATERIALIZED (
  SELECT n.id, n.number, right(n.number, 12) AS tail, n.account_id, n.retired_on, a.entity_id,
    p.bank_account_id = %(bank_account)s AS own
  FROM payments_virtualaccount n
  JOIN payments_virtualaccountpool p ON p.id = n.pool_id
  JOIN ledger_account a ON a.id = n.account_id
), found AS MATERIALIZED (
  SELECT DISTINCT ON (w.id) w.id, n.account_id, n.retired_on, n.entity_id
  FROM new_entry w
  JOIN numbers n ON n.tail = w.tail AND (n.number = w.virtual_account OR length(w.virtual_account) = 12)
  WHERE w.virtual_account <> '' ORDER BY w.id, n.own DESC, n.id
), ways AS (
  SELECT e.id, e.identity, e.amount, e.booked_on, e.value_on, e.position, e.title, e.counter_name, v.account_id,
    v.retired_on,
    CASE WHEN e.amount < 0 AND NOT e.reversal THEN 'outgoing'
         WHEN e.amount <= 0 THEN 'returned'
         WHEN v.account_id IS NULL AND own.number IS NOT NULL THEN 'own'
         WHEN v.account_id IS NULL AND e.virtual_account = '' THEN 'no_number'
         WHEN v.account_id IS NULL THEN 'unknown_number'
         WHEN v.entity_id <> %(entity)s THEN 'other_entity'
         ELSE 'payment' END AS way
  FROM new_entry e LEFT JOIN found v ON v.id = e.id
  LEFT JOIN unnest(%(own_numbers)s::text[]) own(number) ON own.number = e.sender ORDER BY e.id
)
SELECT w.*,
  CASE WHEN way NOT IN ('outgoing', 'returned') THEN nextval('ledger_entry_id_seq') END AS entry_id,
  CASE WHEN way = 'payment' THEN nextval('payments_payment_id_seq') END AS payment_id
FROM ways w
"""

ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
  effective_on, due_on, source_kind, source_id)
SELECT entry_id, %(batch)s, %(entity)s,
  CASE way WHEN 'payment' THEN 'payment' WHEN 'own' THEN 'transfer' ELSE 'clearing' END,
  CASE WHEN way = 'payment' THEN account_id END, CASE WHEN way = 'payment' THEN -amount ELSE 0 END,
  %(number)s || '/' || position, left(title, 250), booked_on, value_on, value_on, 'bank-entry', id
FROM sorted_entry WHERE entry_id IS NOT NULL ORDER BY entry_id
"""

LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
  credit_amount)
SELECT s.entry_id, %(batch)s, %(entity)s,
  CASE WHEN side = 1 THEN %(bank)s WHEN way = 'payment' THEN %(receivable)s
       WHEN way = 'own' THEN %(in_transit)s ELSE %(clearing)s END,
  CASE WHEN side = 2 AND way = 'payment' THEN s.account_id END, s.booked_on,
  CASE WHEN side = 1 THEN s.amount ELSE 0 END, CASE WHEN side = 2 THEN s.amount ELSE 0 END
FROM sorted_entry s CROSS JOIN generate_series(1, 2) side
WHERE s.entry_id IS NOT NULL ORDER BY s.entry_id, side
"""

PAYMENTS = """
INSERT INTO payments_payment (id, entity_id, account_id, entry_id, channel, channel_reference, amount, booked_on,
  value_on, payer_name, title)
SELECT payment_id, %(entity)s, account_id, entry_id, 'bank', identity, amount, booked_on, value_on, counter_name, title
FROM sorted_entry WHERE payment_id IS NOT NULL ORDER BY payment_id
"""

SETTLE_ENTRIES = """
UPDATE banking_bankentry b SET
  state = CASE WHEN s.way IN ('payment', 'own') THEN 'posted' WHEN s.way = 'outgoing' THEN 'outgoing' ELSE 'queued' END,
  payment_id = s.payment_id,
  warnings = CASE WHEN s.way = 'payment' AND s.retired_on < s.booked_on
    THEN b.warnings || jsonb_build_array(jsonb_build_object('code', 'retired_number', 'text', %(retired)s::text))
    ELSE b.warnings END
FROM sorted_entry s WHERE b.id = s.id
"""

QUEUE = """
INSERT INTO banking_clearingitem (entity_id, bank_entry_id, reason, amount, left_amount, state, note, opened_on)
SELECT %(entity)s, id, way, abs(amount), abs(amount), 'open', '', booked_on FROM sorted_entry
WHERE way NOT IN ('payment', 'own', 'outgoing') AND amount <> 0 ORDER BY id
"""


def post_statement(pk: int, *, actor: Actor) -> BankStatement:
    """Post the new entries of a statement; a second call posts nothing and returns the same statement.

    Refused while its balances do not agree (a person has to confirm it first) and when the books of the entity are
    not set up or the month is closed.
    """
    with posting(actor) as whole:
        statement = _locked(pk)
        if statement.state in (BankStatement.State.POSTED, BankStatement.State.REPEATED):
            return statement
        if statement.state == BankStatement.State.UNPROVEN:
            raise Refusal(
                "bank.unproven",
                _(
                    "Opening balance and entries do not give the closing balance (difference %(difference)s). "
                    "Compare with the bank, then confirm the statement."
                )
                % {"difference": statement.difference_amount},
            )
        _post(statement, whole)
        note(statement, "posted", actor=actor, posted=statement.posted_count, queued=statement.queued_count)
    return statement


def confirm_statement(pk: int, *, reason: str, actor: Actor) -> BankStatement:
    """A person takes the responsibility for a statement whose balances cannot be checked; then it is posted."""
    if not reason.strip():
        raise Refusal("bank.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor) as whole:
        statement = _locked(pk)
        if statement.state != BankStatement.State.UNPROVEN:
            raise Refusal("bank.not_unproven", _("This statement does not wait for a confirmation."), status=409)
        note(statement, "confirmed", actor=actor, reason=reason)
        _post(statement, whole)
    return statement


def _locked(pk: int) -> BankStatement:
    statements = BankStatement.objects.select_for_update(of=("self",)).select_related("bank_account__entity", "file")
    statement = statements.filter(pk=pk).first()
    if statement is None:
        raise Missing("bank.no_statement", _("There is no such statement."))
    return statement


def _post(statement: BankStatement, actor: Actor) -> None:
    entity = statement.bank_account.entity
    purposes = dict(LedgerAccount.objects.filter(entity=entity).exclude(purpose="").values_list("purpose", "pk"))
    if {"bank", "clearing", "receivable"} - set(purposes):
        raise Refusal("ledger.no_books", _("The books of %(entity)s are not set up.") % {"entity": entity})
    book = book_of(statement.bank_account, actor=actor)
    values: dict[str, Any] = {
        "statement": statement.pk,
        "entity": entity.pk,
        "bank_account": statement.bank_account_id,
        "number": statement.number or str(statement.pk),
        "retired": _("The number belongs to a former payer; the money was booked to them."),
        "bank": book.ledger_account_id,
        # Without an account for money in transit a transfer between own accounts waits among what is unclear.
        "own_numbers": own_numbers(statement.bank_account) if "in_transit" in purposes else [],
        **{name: purposes.get(name) for name in ("clearing", "receivable", "in_transit")},
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS new_entry, sorted_entry")
        cursor.execute(STAGE, values)
        cursor.execute("ANALYZE new_entry")
        cursor.execute(SORT_OUT, values)
        cursor.execute("CREATE UNIQUE INDEX ON sorted_entry (id)")
        cursor.execute("ANALYZE sorted_entry")  # a planner that believes in one row nests loops
        cursor.execute("SELECT way, count(*) FROM sorted_entry GROUP BY way")
        counts = {way: int(count) for way, count in cursor.fetchall()}
        if set(counts) - {"outgoing", "returned"}:
            source = f"statement:{statement.pk}"
            values["batch"] = open_batch(entity.pk, "statement", source, statement.to_on or clock.today(), actor=actor)
            for step in (ENTRIES, LINES, PAYMENTS):
                cursor.execute(step, values)
            close_batch(values["batch"])
            statement.batch_id = values["batch"]
        cursor.execute(SETTLE_ENTRIES, values)
        cursor.execute(QUEUE, values)
        cursor.execute("SELECT DISTINCT account_id FROM sorted_entry WHERE way = 'payment'")
        accounts = [row[0] for row in cursor.fetchall()]
    if accounts:
        allocate_by_rule(entity.pk, accounts, actor=actor)
    if "outgoing" in counts:
        book_by_itself(statement.pk, actor=actor)
    statement.posted_count = counts.get("payment", 0)
    own = counts.get("own", 0)
    statement.queued_count = sum(counts.values()) - statement.posted_count - counts.get("outgoing", 0) - own
    statement.state = BankStatement.State.POSTED
    statement.save(update_fields=["batch", "posted_count", "queued_count", "state"])
    _finish_file(statement.file)
    payload = {"statement": statement.pk, "entity": entity.pk, "posted": statement.posted_count}
    publish("statement.posted", payload, dedupe_key=f"statement.posted:{statement.pk}")


def _finish_file(file: BankFile) -> None:
    open_states = [BankStatement.State.READ, BankStatement.State.UNPROVEN]
    if not file.statements.filter(state__in=open_states).exists():
        file.state = BankFile.State.POSTED
        file.save(update_fields=["state"])
