"""Every page of the portal, as residents drawn at random open them."""

from collections.abc import Iterator

from django.urls import reverse

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.money.charges.models import ChargeLine, Notice
from lokum.money.ledger.models import Account, Entry
from lokum.portal.queries import declaring_places

Call = tuple[str, User, str]  # name of the page, who asks, address


def portal_calls(residents: list[User]) -> Iterator[Call]:
    """Pages by name; each resident opens each page once."""
    for user in residents:
        plain = ["home", "money", "documents", "me", "more", *(["persons"] if declaring_places(user) else [])]
        for name in plain:
            yield f"portal {name}", user, reverse(f"portal:{name}")
        for account in Account.objects.filter(payer__user=user).select_related("agreement"):
            yield from _of_account(user, account)


def _of_account(user: User, account: Account) -> Iterator[Call]:
    money = reverse("portal:money")
    yield "portal money, a year", user, f"{money}?account_id={account.pk}&year={account_year(account)}"
    yield "portal money, oldest first", user, f"{money}?account_id={account.pk}&order=oldest"
    yield "portal interest", user, reverse("portal:interest", args=[account.pk])
    if account.agreement.valid.upper is None or account.agreement.valid.upper > clock.today():
        yield "portal calculator", user, reverse("portal:calculator", args=[account.pk])  # of those who still pay
    entries = Entry.objects.filter(account=account).order_by("booked_on", "pk")
    for place, kind in ((0, "charge"), (-1, "charge"), (-1, "payment"), (-1, "interest")):
        found = list(entries.filter(kind=kind).values_list("pk", flat=True))
        if found:
            yield f"portal {kind}", user, reverse("portal:entry", args=[found[place]])
    notice = Notice.objects.filter(account=account).order_by("-period").first()
    if notice is not None:
        for key in ChargeLine.objects.filter(notice=notice).order_by("pk").values_list("pk", flat=True)[:1]:
            yield "portal line", user, reverse("portal:line", args=[key])
        yield "portal document", user, reverse("portal:document", args=[notice.document_id])


def account_year(account: Account) -> int:
    """A year some way back in the account's books."""
    first = Entry.objects.filter(account=account).order_by("booked_on").values_list("booked_on", flat=True).first()
    return int(first.year) + account.pk % 5 if first else 2020
