"""Reads about people and companies: likely doubles, the address letters go to on a day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import identifiers
from lokum.property.parties.identifiers import check_phone
from lokum.property.parties.models import Party, PartyAddress


@dataclass(frozen=True)
class Double:
    """A party that is probably the one about to be saved, and why."""

    party: Party
    reasons: tuple[str, ...]

    @property
    def reasons_text(self) -> str:
        texts = {
            "personal_number": _("same personal number"),
            "tax_number": _("same tax number"),
            "phone": _("same phone"),
            "email": _("same e-mail"),
            "name": _("same name and date of birth"),
        }
        return ", ".join(texts[reason] for reason in self.reasons)


_DOUBLES = """
SELECT found.id, array_agg(DISTINCT found.reason)
  FROM (
    SELECT id, 'personal_number' AS reason FROM parties_party
     WHERE %(personal_number)s <> '' AND personal_number = %(personal_number)s AND personal_number <> ''
    UNION ALL
    SELECT id, 'tax_number' FROM parties_party
     WHERE %(tax_number)s <> '' AND tax_number = %(tax_number)s AND tax_number <> ''
    UNION ALL
    SELECT party_id, kind FROM parties_partycontact
     WHERE lower(value) IN (lower(%(phone)s), lower(%(email)s)) AND value <> ''
    UNION ALL
    SELECT id, 'name' FROM parties_party
     WHERE lokum_fold(last_name) = lokum_fold(%(last_name)s) AND lokum_fold(first_name) = lokum_fold(%(first_name)s)
       AND %(last_name)s <> '' AND (%(kind)s = 'company' OR born_on = %(born_on)s::date)
  ) found JOIN parties_party p ON p.id = found.id
 WHERE p.merged_into_id IS NULL AND p.id <> %(except)s
 GROUP BY found.id
 ORDER BY count(*) DESC, found.id
 LIMIT 10
"""


def likely_doubles(values: Mapping[str, Any], *, except_pk: int | None = None) -> list[Double]:
    """Parties that share a personal number, tax number, phone, e-mail, or name and birth date with `values`.

    Keys read: personal_number, tax_number, phone, email, last_name, first_name, born_on, kind, country. A company is
    found by its name alone. Numbers are compared in their normal form; diacritics and case of names do not count.
    """
    country = str(values.get("country") or "PL")
    asked: dict[str, Any] = {
        name: str(values.get(name) or "").strip() for name in ("last_name", "first_name", "kind", "phone", "email")
    }
    asked["born_on"] = values.get("born_on") or None
    asked["except"] = except_pk or 0
    asked["personal_number"] = _normal(identifiers.PERSONAL, values.get("personal_number"), country)
    asked["tax_number"] = _normal(identifiers.TAX, values.get("tax_number"), country)
    if asked["phone"]:
        try:
            asked["phone"] = check_phone(asked["phone"], country)
        except ValidationError:
            asked["phone"] = ""
    with connection.cursor() as cursor:
        cursor.execute(_DOUBLES, asked)
        found = cursor.fetchall()
    parties = Party.objects.in_bulk([pk for pk, _reasons in found])
    return [Double(parties[pk], tuple(reasons)) for pk, reasons in found if pk in parties]


def _normal(kind: str, value: Any, country: str) -> str:
    try:
        return identifiers.check(kind, str(value or ""), country)
    except ValidationError:
        return str(value or "").strip()


def address_on(party_pk: int, on: dt.date) -> PartyAddress | None:
    """The correspondence address of a party on a day."""
    return PartyAddress.objects.filter(party_id=party_pk, valid__contains=on).first()


_DOUBLES_OF_MANY = """
WITH fresh AS (
  SELECT * FROM parties_party WHERE id = ANY(%(pks)s)
), found AS (
  SELECT f.id, p.id AS known, 'personal_number' AS reason FROM fresh f
    JOIN parties_party p ON p.personal_number = f.personal_number AND p.personal_number <> ''
  UNION ALL
  SELECT f.id, p.id, 'tax_number' FROM fresh f
    JOIN parties_party p ON p.tax_number = f.tax_number AND p.tax_number <> ''
  UNION ALL
  SELECT f.id, p.id, 'name' FROM fresh f
    JOIN parties_party p ON lokum_fold(p.last_name) = lokum_fold(f.last_name)
     AND lokum_fold(p.first_name) = lokum_fold(f.first_name) AND (f.kind = 'company' OR p.born_on = f.born_on)
)
SELECT found.id, found.known, array_agg(DISTINCT found.reason)
  FROM found JOIN parties_party p ON p.id = found.known AND p.merged_into_id IS NULL
 WHERE found.known <> found.id
 GROUP BY found.id, found.known
 ORDER BY found.id, found.known
"""


def doubles_of_many(pks: Sequence[int]) -> dict[int, list[Double]]:
    """Likely doubles of parties just written, by party; one query for any number of them."""
    with connection.cursor() as cursor:
        cursor.execute(_DOUBLES_OF_MANY, {"pks": list(pks)})
        found = cursor.fetchall()
    parties = Party.objects.in_bulk({known for _pk, known, _reasons in found})
    doubles: dict[int, list[Double]] = {}
    for pk, known, reasons in found:
        if known in parties:
            doubles.setdefault(pk, []).append(Double(parties[known], tuple(reasons)))
    return doubles
