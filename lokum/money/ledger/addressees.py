"""Whom a letter goes to: name and postal address of the payer of each account, and how they want their papers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

# Purpose of the consent that lets documents come as electronic copies instead of paper.
E_DOCUMENTS = "electronic documents"

# {source}: accounts with the party `y` that is written to; {others}: who owes the account together with that party.
QUESTION = """
SELECT a.id, a.code, a.currency, y.id, y.language, lokum_called(y.first_name, y.last_name) AS name,
       coalesce(d.street, nullif(p.address, ''), b.street || ' ' || b.house_number || '/' || p.number, '') AS street,
       coalesce(d.postal_code, b.postal_code, '') AS postal_code, coalesce(d.city, b.city, '') AS city,
       p.id AS premises_id, p.code AS premises_code, b.id AS building_id,
       coalesce(nullif(p.address, ''), b.street || ' ' || b.house_number || '/' || p.number, '') AS premises_address,
       y.user_id IS NOT NULL AND EXISTS (
         SELECT FROM parties_consent c WHERE c.party_id = y.id AND c.purpose = %(purpose)s
           AND c.withdrawn_at IS NULL) AS electronic,
       ARRAY(SELECT lokum_called(o.first_name, o.last_name) FROM ({others}) s JOIN parties_party o ON o.id = s.party_id
             ORDER BY s.place) AS joint,
       coalesce(p.own, '{{}}')::text, coalesce(y.own, '{{}}')::text, coalesce(g.own, '{{}}')::text
FROM {source}
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises p ON p.id = g.premises_id
LEFT JOIN estates_building b ON b.id = p.building_id
LEFT JOIN LATERAL (
  SELECT d.street, d.postal_code, d.city FROM parties_partyaddress d
  WHERE d.party_id = y.id AND d.valid @> current_date ORDER BY lower(d.valid) DESC NULLS LAST LIMIT 1) d ON true
WHERE a.id = ANY(%(accounts)s)
ORDER BY b.code NULLS LAST, p.sort_number, p.id, a.id{order}
"""
ADDRESSES = QUESTION.format(
    source="ledger_account a JOIN parties_party y ON y.id = a.payer_id",
    others="SELECT c.party_id, c.id AS place FROM ledger_copayer c WHERE c.account_id = a.id "
    "AND c.valid @> current_date",
    order="",
)
JOINT = QUESTION.format(
    source="ledger_copayer k JOIN ledger_account a ON a.id = k.account_id AND k.valid @> current_date "
    "JOIN parties_party y ON y.id = k.party_id",
    others="SELECT a.payer_id AS party_id, 0 AS place UNION ALL SELECT c.party_id, c.id FROM ledger_copayer c "
    "WHERE c.account_id = a.id AND c.valid @> current_date AND c.id <> k.id",
    order=", k.id",
)


@dataclass(frozen=True)
class Addressee:
    account_id: int
    account_code: str
    currency: str
    party_id: int
    language: str
    name: str
    street: str
    postal_code: str
    city: str
    premises_id: int | None
    premises_code: str
    building_id: int | None
    premises_address: str
    electronic: bool
    joint: Sequence[str] = ()  # names of those who owe the account together with this one
    own_premises: str = "{}"  # own fields as they are stored (JSON); see `own_words`
    own_payer: str = "{}"
    own_agreement: str = "{}"

    @property
    def payer(self) -> dict[str, str]:
        return {"name": self.name, "street": self.street, "postal_code": self.postal_code, "city": self.city}

    @property
    def keys(self) -> dict[str, Any]:
        """What ties the document to its register rows."""
        return {
            "account_key": self.account_id,
            "party_key": self.party_id,
            "premises_key": self.premises_id,
            "building_key": self.building_id,
            "language": self.language,
        }


def _asked(question: str, account_ids: Collection[int]) -> list[Addressee]:
    with connection.cursor() as cursor:
        cursor.execute(question, {"accounts": list(account_ids), "purpose": E_DOCUMENTS})
        return [Addressee(*row) for row in cursor.fetchall()]


def addressees(account_ids: Collection[int]) -> list[Addressee]:
    """In the order of the route: building, premises, account."""
    return _asked(ADDRESSES, account_ids)


def joint_addressees(account_ids: Collection[int]) -> dict[int, list[Addressee]]:
    """Joint payers of today, by account; accounts without any are absent."""
    found: dict[int, list[Addressee]] = {}
    for one in _asked(JOINT, account_ids):
        found.setdefault(one.account_id, []).append(one)
    return found


def addressee_among(account_id: int, party_ids: Collection[int]) -> Addressee:
    """Whom a paper of the account is written to when these people ask for it: themselves, else the payer."""
    for one in joint_addressees([account_id]).get(account_id, ()):
        if one.party_id in party_ids:
            return one
    return addressees([account_id])[0]


def joint_note(names: Sequence[str], to_pay: Decimal) -> list[str]:
    """That the reader owes the whole together with others, or shares what is no debt with them, where it is so."""
    if not names:
        return []
    if to_pay > 0:
        text = _("You owe this together with %(names)s, each for the whole; what one of you pays counts for all.")
    else:
        text = _("You hold this account together with %(names)s; what is paid ahead or credited counts for all of you.")
    return [text % {"names": ", ".join(names)}]
