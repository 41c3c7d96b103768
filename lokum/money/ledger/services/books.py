"""Books of an entity: chart of accounts, payers' accounts, periods."""

import datetime as dt
import itertools
from collections.abc import Collection

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.references import references
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account, AccountBalance, LedgerAccount
from lokum.money.ledger.seams import books_prepared, chart_of
from lokum.money.ledger.services.posting import posting

OPEN_ACCOUNTS = """
INSERT INTO ledger_account (entity_id, agreement_id, payer_id, code, currency, building_key, opened_on, version)
SELECT g.entity_id, g.id, g.payer_id,
       g.code || CASE WHEN n.known = 0 THEN '' ELSE '/' || (n.known + 1) END,
       e.currency, p.building_id, coalesce(lower(g.valid), e.opened_on), 1
FROM occupancy_agreement g
JOIN organisation_entity e ON e.id = g.entity_id
LEFT JOIN estates_premises p ON p.id = g.premises_id
CROSS JOIN LATERAL (SELECT count(*) AS known FROM ledger_account a WHERE a.agreement_id = g.id) n
WHERE g.id = ANY(%(agreements)s)
ORDER BY g.id
ON CONFLICT (agreement_id, payer_id) DO NOTHING
RETURNING id
"""


def prepare_books(entity_id: int, *, actor: Actor) -> list[LedgerAccount]:
    """Make the chart of accounts of an entity from the template of its country and legal form.

    Returns its accounts. Running again adds only what is missing; nothing existing is changed. An account the
    product posts to is added even when its usual number is taken: under the next free number behind it.
    """
    with posting(actor) as whole:
        entity = Entity.objects.get(pk=entity_id)
        known = LedgerAccount.objects.filter(entity_id=entity_id)
        purposes = set(known.exclude(purpose="").values_list("purpose", flat=True))
        codes = set(known.values_list("code", flat=True))
        missing = [
            row
            for row in chart_of(entity.country_pack, entity.kind)
            if (row.purpose and row.purpose != "income" and row.purpose not in purposes)
            or (row.purpose in ("", "income") and row.code not in codes)
        ]
        LedgerAccount.objects.bulk_create(
            [
                LedgerAccount(
                    entity_id=entity_id,
                    code=_free_code(row.code, codes),
                    name=row.name,
                    kind=row.kind,
                    purpose=row.purpose,
                    **{f"name_{language}": name for language, name in row.names.items()},
                )
                for row in missing
            ],
            ignore_conflicts=True,
        )
        books_prepared(entity_id, whole)
        return list(LedgerAccount.objects.filter(entity_id=entity_id))


def open_analytic_account(parent: LedgerAccount, part: str, *, actor: Actor) -> LedgerAccount:
    """One more account below the chart's account of the bank: "131-1", "131-2" ..., named after what it follows."""
    with posting(actor):
        LedgerAccount.objects.select_for_update(of=("self",)).get(pk=parent.pk)
        codes = set(LedgerAccount.objects.filter(entity_id=parent.entity_id).values_list("code", flat=True))
        fields = ("name", "name_en", "name_pl", "name_zh_hant", "name_zh_hans")
        names = {name: getattr(parent, name) for name in fields}
        return LedgerAccount.objects.create(
            entity_id=parent.entity_id, code=_free_code(parent.code, codes), kind=parent.kind,
            purpose=LedgerAccount.Purpose.BANK_ACCOUNT,
            **{name: f"{text}: {part}"[:150] if text else "" for name, text in names.items()},
        )  # fmt: skip


def _free_code(code: str, taken: set[str]) -> str:
    """The number itself, or "761-1", "761-2" ... when the entity uses it for something else; marks it taken."""
    tries = itertools.chain([code], (f"{code}-{place}" for place in itertools.count(1)))
    free = next(one for one in tries if one not in taken)
    taken.add(free)
    return free


def open_accounts(agreement_ids: Collection[int], *, actor: Actor) -> list[int]:
    """Open the payer's account of each agreement that has none yet, set-wise; returns the ids of the new ones."""
    with posting(actor), connection.cursor() as cursor:
        cursor.execute(OPEN_ACCOUNTS, {"agreements": sorted(set(agreement_ids))})
        made = [int(row[0]) for row in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO ledger_accountbalance (account_id, amount) SELECT one, 0 FROM unnest(%s::bigint[]) one "
            "ORDER BY one ON CONFLICT DO NOTHING",
            [made],
        )
        return made


def withdraw_accounts(agreement_ids: Collection[int], *, actor: Actor) -> dict[int, str]:
    """Take back accounts nothing was ever booked on and nothing refers to; returns why not, by agreement.

    When one of them stays, all stay: the caller undoes the whole.
    """
    with posting(actor), connection.cursor() as cursor:
        agreements = dict(
            Account.objects.filter(agreement_id__in=agreement_ids).order_by("pk").values_list("pk", "agreement_id")
        )
        accounts = list(agreements)
        used = references(Account, accounts, ignored=(AccountBalance,))
        if used:
            text = _("The payer's account is in use (%(register)s).")
            return {agreements[pk]: text % {"register": name} for pk, name in used.items()}
        cursor.execute("SELECT ledger_withdraw_accounts(%s)", [accounts])
        return {}


OPEN_ANOTHER = """
INSERT INTO ledger_account (entity_id, agreement_id, payer_id, code, currency, building_key, opened_on, version)
SELECT a.entity_id, a.agreement_id, %(payer)s, g.code || '/' || (n.known + 1), a.currency, a.building_key, %(day)s, 1
FROM occupancy_agreement g
CROSS JOIN LATERAL (SELECT count(*) AS known FROM ledger_account k WHERE k.agreement_id = g.id) n
JOIN LATERAL (SELECT * FROM ledger_account k WHERE k.agreement_id = g.id ORDER BY k.id LIMIT 1) a ON true
WHERE g.id = %(agreement)s
ON CONFLICT (agreement_id, payer_id) DO NOTHING RETURNING id
"""


def open_account_of(agreement_id: int, payer_id: int, day: dt.date, *, actor: Actor) -> Account:
    """The account of one more payer of an agreement, opened when there is none. The agreement is locked by the caller.

    Another payer's account exists already: the agreement was opened with one.
    """
    with posting(actor), connection.cursor() as cursor:
        cursor.execute(OPEN_ANOTHER, {"agreement": agreement_id, "payer": payer_id, "day": day})
        made = cursor.fetchone()
        if made:
            cursor.execute("INSERT INTO ledger_accountbalance (account_id, amount) VALUES (%s, 0)", [made[0]])
        return Account.objects.get(agreement_id=agreement_id, payer_id=payer_id)
