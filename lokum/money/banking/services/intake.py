"""Taking a bank file in: kept raw first, then read, checked and stored entry by entry. Nothing is posted here."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.annex.content import BANK_FILES, judge
from lokum.core.annex.services import store_file
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.models import EntityBankAccount
from lokum.money.banking.formats.account_number import account_key
from lokum.money.banking.formats.detect import read_bank_file
from lokum.money.banking.formats.identity import identify_entries, statement_fingerprint
from lokum.money.banking.formats.problems import FileProblem, OtherCurrency
from lokum.money.banking.formats.statement import Entry, Statement
from lokum.money.banking.models import BankFile, BankStatement
from lokum.money.banking.services.posting import post_statement
from lokum.money.ledger.services import posting

STAGE = """
CREATE TEMP TABLE staged_entry (
  identity text, position int, booked_on date, value_on date, amount numeric(16,2), reversal boolean,
  counter_account text, counter_name text, title text, bank_reference text, virtual_account text, raw text,
  warnings jsonb
) ON COMMIT DROP
"""

# An entry known from an earlier file (or from the other file of the same money) is not stored again.
KEEP_NEW = """
INSERT INTO banking_bankentry (statement_id, bank_account_id, identity, position, booked_on, value_on, amount, reversal,
  counter_account, counter_name, title, bank_reference, virtual_account, state, raw, warnings)
SELECT %(statement)s, %(bank_account)s, identity, position, booked_on, value_on, amount, reversal, counter_account,
  counter_name, title, bank_reference, virtual_account, 'new', raw, warnings
FROM staged_entry ORDER BY position
ON CONFLICT (identity) DO NOTHING
"""


def receive_file(data: bytes, name: str, *, actor: Actor) -> BankFile:
    """Store a bank file and read its statements. The same bytes again give the first file and add nothing.

    A file that cannot be read (cut, foreign, broken, hostile), that names an account of nobody or money of another
    currency than the account's is kept as refused, with a stable code and the reason a bookkeeper understands; none
    of its statements is stored.
    Raises Refusal for what is no bank file at all (`file.*`).
    """
    media_type = judge(data, _plain_name(data), BANK_FILES).media_type
    with posting(actor) as whole:
        stored = store_file(data, media_type=media_type)
        known = BankFile.objects.filter(file=stored).first()
        if known is not None and known.state != BankFile.State.REFUSED:
            return known
        file = known or BankFile(file=stored, name=name[-200:], received_at=clock.now())
        file.actor_id, file.actor_label = whole.user_id, whole.label
        file.refusal, file.refusal_code, file.state = "", "", BankFile.State.READ
        try:
            read = read_bank_file(data)
            file.format, file.encoding = read.format, read.encoding
            accounts = [_bank_account(statement) for statement in read.statements]
            for statement, account in zip(read.statements, accounts, strict=True):
                _refuse_other_currency(statement, account)
        except FileProblem as problem:
            where = _("Line %(line)d: ") % {"line": problem.line} if problem.line else ""
            file.state, file.refusal = BankFile.State.REFUSED, where + str(problem)
            file.refusal_code = f"bank_file.{problem.code}"
        except Refusal as refusal:
            file.state, file.refusal = BankFile.State.REFUSED, str(refusal.message)
            file.refusal_code = refusal.code
        file.save()
        verb = "received" if file.state == BankFile.State.READ else "refused"
        note(file, verb, actor=actor, name=file.name)
        if file.state == BankFile.State.READ:
            for statement, account in zip(read.statements, accounts, strict=True):
                _keep(file, statement, account)
        return file


def _plain_name(data: bytes) -> str:
    """Banks name their files in many ways, so what counts here is the content: text or XML."""
    return "statement.xml" if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" else "statement.txt"


def _bank_account(statement: Statement) -> EntityBankAccount:
    """The entity's account a statement is about. Raises Refusal when there is none, or when it is not clear."""
    accounts = EntityBankAccount.objects.select_related("entity")
    if statement.account:
        key = statement.account_key
        found = [one for one in accounts if account_key(one.number) == key]
        if not found:
            raise Refusal(
                "bank.foreign_account",
                _("The statement is of account %(account)s, which belongs to none of your entities.")
                % {"account": statement.account},
            )
        return found[0]
    only = list(accounts[:2])
    if len(only) != 1:
        raise Refusal(
            "bank.account_unnamed",
            _("This kind of file names no account. Ask the bank for MT940 or camt.053."),
        )
    return only[0]


def _refuse_other_currency(statement: Statement, account: EntityBankAccount) -> None:
    """Entries are stored without a currency, as money of the account: so every one must be in the account's."""
    other = statement.other_currency(account.currency)
    if other is not None:
        raise OtherCurrency(
            "other_currency",
            _("The file is in %(found)s, but the bank account %(account)s is kept in %(kept)s."),
            line=other[1],
            found=other[0],
            account=account.number,
            kept=account.currency,
        )


def _keep(file: BankFile, statement: Statement, account: EntityBankAccount) -> BankStatement:
    check = statement.check()
    days = [entry.booked_on for entry in statement.entries]
    opening, closing = statement.opening, statement.closing
    fingerprint = statement_fingerprint(statement)
    former = BankStatement.objects.filter(fingerprint=fingerprint, bank_account=account).order_by("pk").first()
    kept = BankStatement.objects.create(
        file=file,
        fingerprint=fingerprint,
        bank_account=account,
        number=statement.number[:40],
        from_on=min(days, default=opening.on if opening else None),
        to_on=max(days, default=closing.on if closing else None),
        opening_amount=opening.amount if opening else None,
        closing_amount=closing.amount if closing else None,
        difference_amount=check.difference or Decimal(0),
        entry_count=len(statement.entries),
        warnings=[{"code": one.code, "text": str(one.message), "line": one.line} for one in statement.warnings],
    )
    kept.new_count = _keep_entries(kept, statement.entries, identify_entries(statement.account, statement.entries))
    if kept.new_count == 0:
        # A repeated day, or an account without a movement: there is nothing to post.
        kept.state = BankStatement.State.REPEATED if statement.entries else BankStatement.State.POSTED
    elif check.right is not True or former is not None:
        kept.state = BankStatement.State.UNPROVEN
    if kept.state == BankStatement.State.UNPROVEN and former is not None:
        text = _("A statement with the same balances, days and amounts is known from the file %(file)s.")
        kept.warnings = [{"code": "looks_known", "text": text % {"file": former.file}, "line": None}, *kept.warnings]
    kept.save(update_fields=["new_count", "state", "warnings"])
    return kept


def _keep_entries(statement: BankStatement, entries: Sequence[Entry], identities: Sequence[str]) -> int:
    """Store the entries not known yet, through a staging table (100,000 of them in a few seconds)."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged_entry")
        cursor.execute(STAGE)
        with cursor.copy("COPY staged_entry FROM STDIN") as copy:
            for position, (entry, identity) in enumerate(zip(entries, identities, strict=True), 1):
                copy.write_row(_row(identity, position, entry))
        cursor.execute(KEEP_NEW, {"statement": statement.pk, "bank_account": statement.bank_account_id})
        return int(cursor.rowcount)


def _row(identity: str, position: int, entry: Entry) -> tuple[Any, ...]:
    return (
        identity,
        position,
        entry.booked_on,
        entry.value_on,
        entry.amount,
        entry.reversal,
        entry.counter_account[:34],
        entry.counter_name[:200],
        (entry.title or entry.operation)[:300],
        entry.bank_reference[:80],
        (entry.virtual_account or entry.virtual_tail or "")[:34],
        entry.raw[:4000].replace("\x00", ""),
        json.dumps([{"code": one.code, "text": str(one.message), "line": one.line} for one in entry.warnings]),
    )


def bring_file(*, file: UploadedFile, look_first: bool = False, actor: Actor) -> BankFile:
    """Receive an upload and, unless a person wants to look first, post what can be posted by itself.

    Statements whose balances do not agree always wait for a person.
    """
    received = receive_file(file.read(), file.name or "file", actor=actor)
    if not look_first:
        for pk in received.statements.filter(state=BankStatement.State.READ).values_list("pk", flat=True):
            post_statement(pk, actor=actor)
        received.refresh_from_db()
    return received
