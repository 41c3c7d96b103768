"""Conditions that titles and people add to the search for premises."""

import re
from typing import Any

from django.db.models import F, Func, Q, QuerySet, Value
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.desk.sql import search_words
from lokum.property.occupancy.models import Agreement, TitleHolder, TitleKind
from lokum.property.parties.models import Party


def _premises_of(premises: QuerySet[Any], parties: QuerySet[Any]) -> QuerySet[Any]:
    """Premises that these parties hold or pay for today."""
    today = clock.today()
    held = TitleHolder.objects.filter(party__in=parties, title__valid__contains=today).values("title__premises")
    paid = Agreement.objects.filter(payer__in=parties, valid__contains=today).values("premises")
    return premises.filter(Q(pk__in=held) | Q(pk__in=paid))


def by_person(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Every word stands in the name or the number of a holder or payer; accents do not count."""
    parties = policy.allowed(Party.objects.all(), user, "view").annotate(
        folded=Func(
            Func(F("last_name"), Value(" "), F("first_name"), Value(" "), F("code"), function="concat"),
            function="lokum_fold",
        )
    )
    for word in search_words(values[-1]):
        parties = parties.filter(folded__contains=Func(Value(word), function="lokum_fold"))
    return _premises_of(premises, parties.values("pk"))


def by_phone(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Digits anywhere in a phone number of a holder or payer."""
    digits = re.sub(r"\D", "", values[-1])
    if len(digits) < 4:
        raise ValueError(_("Write at least four digits."))
    parties = policy.allowed(Party.objects.all(), user, "view").filter(
        contacts__kind="phone", contacts__value__contains=digits.removeprefix("00")
    )
    return _premises_of(premises, parties.values("pk"))


def by_title(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Premises with a title of one of these kinds today."""
    unknown = [value for value in values if value not in TitleKind.values]
    if unknown:
        raise ValueError(_("%(value)s is not one of the choices.") % {"value": unknown[0]})
    return premises.filter(
        pk__in=TitleHolder.objects.filter(title__kind__in=values, title__valid__contains=clock.today()).values(
            "title__premises"
        )
    )
