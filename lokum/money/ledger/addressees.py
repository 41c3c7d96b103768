"""Whom a letter goes to: name and postal address of the payer of each account, and how they want their papers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

# Purpose of the consent that lets documents come as electronic copies instead of paper.
E_DOCUMENTS = "electronic documents"

ADDRESSES = """
SELECT a.id, a.code, a.currency, a.payer_id, y.language, lokum_called(y.first_name, y.last_name) AS name,
       coalesce(d.street, nullif(p.address, ''), b.street || ' ' || b.house_number || '/' || p.number, '') AS street,
       coalesce(d.postal_code, b.postal_code, '') AS postal_code, coalesce(d.city, b.city, '') AS city,
       p.id AS premises_id, p.code AS premises_code, b.id AS building_id,
       coalesce(nullif(p.address, ''), b.street || ' ' || b.house_number || '/' || p.number, '') AS premises_address,
       y.user_id IS NOT NULL AND EXISTS (
         SELECT FROM parties_consent c WHERE c.party_id = y.id AND c.purpose = %(purpose)s
           AND c.withdrawn_at IS NULL) AS electronic
FROM ledger_account a
JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id
LEFT JOIN estates_premises p ON p.id = g.premises_id
LEFT JOIN estates_building b ON b.id = p.building_id
LEFT JOIN LATERAL (
  SELECT d.street, d.postal_code, d.city FROM parties_partyaddress d
  WHERE d.party_id = y.id AND d.valid @> current_date ORDER BY lower(d.valid) DESC NULLS LAST LIMIT 1) d ON true
WHERE a.id = ANY(%(accounts)s)
ORDER BY b.code NULLS LAST, p.sort_number, p.id, a.id
"""


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


def addressees(account_ids: Collection[int]) -> list[Addressee]:
    """In the order of the route: building, premises, account."""
    with connection.cursor() as cursor:
        cursor.execute(ADDRESSES, {"accounts": list(account_ids), "purpose": E_DOCUMENTS})
        return [Addressee(*row) for row in cursor.fetchall()]
