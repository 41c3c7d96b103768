"""Lists, search, cards and reports of the back office, as members of staff open them."""

import random
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from bench.reference.portal import Call
from lokum.core.access.models import User
from lokum.core.base import policy
from lokum.core.desk import switches
from lokum.core.desk.columns import crosses_many, value_at
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.filters import parameters
from lokum.core.desk.keyset import cursor_at
from lokum.core.desk.listing import listing
from lokum.core.desk.records import rows_of
from lokum.core.reports.declaration import reports
from lokum.money.ledger.models import Account
from lokum.property.parties.models import Party

PAGES = (  # not the health of jobs: no worker runs here, and it says so
    "backoffice:home", "flow:todo", "organisation:tree", "estates:tree", "occupancy:owners", "occupancy:statistics",
    "parties:letters", "charges:missing", "charges:simulation", "charges:reductions", "interest:rates",
    "interest:calculator", "ledger:trial_balance", "ledger:years", "reports:list",
)  # fmt: skip
KINDS_OF_LISTS = (", sorted", ", deep", ", filtered", ", searched")
REPEATS = 4
WAYS = 3  # so many sortings and filters of each list


def is_wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(text in name for text in only)


def office_calls(user: User, chance: random.Random, only: Sequence[str] = ()) -> Iterator[Call]:
    """Pages by name; `only` spares the work of registers nobody asked for."""
    for name in PAGES:
        for _turn in range(REPEATS):
            yield f"page {name}", user, reverse(name)
    if any(is_wanted(name, only) for name in ("search", "search, while typing")):
        yield from _search(user, chance)
    for desk in registry:
        if policy.may(user, desk.right("view")) and switches.is_on(user, desk.module):
            if any(is_wanted(f"list {desk.label}{way}", only) for way in ("", *KINDS_OF_LISTS)):
                yield from _lists(desk, user)
            if is_wanted(f"card {desk.label}", only):
                yield from _cards(desk, user, chance)
    for account in _some(Account.objects.all(), 20, chance) if is_wanted("account sheet", only) else ():
        yield "account sheet", user, reverse("ledger:sheet", args=[account])
    for report in reports():
        if policy.may(user, report.right):
            for _turn in range(REPEATS):
                yield f"report {report.code}", user, reverse("reports:report", args=[report.code])


def _some(queryset: Any, count: int, chance: random.Random) -> list[int]:
    """Keys drawn from the whole register without reading it."""
    first = queryset.order_by("pk").values_list("pk", flat=True).first()
    last = queryset.order_by("-pk").values_list("pk", flat=True).first()
    if first is None or last is None:
        return []
    found = []
    for _turn in range(count):
        key = chance.randint(first, last)
        found.append(queryset.filter(pk__gte=key).order_by("pk").values_list("pk", flat=True)[0])
    return found


def _search(user: User, chance: random.Random) -> Iterator[Call]:
    """Names with and without their diacritics, codes, numbers; the whole page and what drops down while typing."""
    texts = []
    for party in Party.objects.filter(pk__in=_some(Party.objects.all(), 12, chance)):
        plain = party.last_name.translate(str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ"))
        texts += [party.last_name, plain.lower(), f"{party.first_name} {plain}", party.code]
    for account in Account.objects.filter(pk__in=_some(Account.objects.all(), 4, chance)):
        texts += [account.code, account.agreement.premises.code if account.agreement.premises else account.code]
    for text in dict.fromkeys(texts):
        yield "search", user, f"{reverse('backoffice:search')}?{urlencode({'q': text})}"
        yield "search, while typing", user, f"{reverse('backoffice:search_drop')}?{urlencode({'q': text[:4]})}"


def _lists(desk: ModelDesk, user: User) -> Iterator[Call]:
    """First page, pages in the middle, sorted from either end, filtered, searched."""
    path = desk.path("list")
    yield f"list {desk.label}", user, path
    shown = listing(desk, user, {})
    sortable = [one.path for one in shown.sorts(shown.count())]
    for name in sortable[:WAYS]:
        yield f"list {desk.label}, sorted", user, f"{path}?sort={name}"
        yield f"list {desk.label}, sorted", user, f"{path}?sort=-{name}"
    last = rows_of(desk, user).order_by("-pk").first()
    if last is None:
        return
    middle = rows_of(desk, user).filter(pk__gte=last.pk // 2).order_by("pk").first()
    for sort in ("", *sortable[:2]):
        one = listing(desk, user, {"sort": [sort]} if sort else {})
        row = one.shown(one.queryset.filter(pk=middle.pk)).first() if middle else None
        if row is not None:
            cursor = cursor_at(row, one.keys, 10_000)
            yield f"list {desk.label}, deep", user, f"{path}?{urlencode({'sort': sort, 'page': cursor})}"
    for query in list(_filters(desk, user, last))[:WAYS]:
        yield f"list {desk.label}, filtered", user, f"{path}?{urlencode(query)}"
    if desk.search:
        for text in _searched(desk, last):
            yield f"list {desk.label}, searched", user, f"{path}?{urlencode({'q': text})}"


def _filters(desk: ModelDesk, user: User, record: Any) -> Iterator[dict[str, str]]:
    for one in parameters(desk, user):
        if one.kind == "date":
            yield {one.name: "2026-06-01"}
        elif one.kind == "number":
            yield {one.name: "100"}
        elif one.kind == "yesno":
            yield {one.name: "1"}
        elif one.options:
            yield {one.name: str(one.options[0][0])}
        elif one.kind == "relation":
            key = getattr(record, f"{one.name}_id", None)
            if key:
                yield {one.name: str(key)}


def _searched(desk: ModelDesk, record: Any) -> list[str]:
    single = [name for name in desk.search if not crosses_many(desk.model, name)]
    found = [str(value_at(record, name) or "") for name in single[:3]]
    return [text.split()[0] for text in found if text.strip()] + ["xyzzy"]


def _cards(desk: ModelDesk, user: User, chance: random.Random) -> Iterator[Call]:
    for key in _some(rows_of(desk, user), REPEATS, chance):
        yield f"card {desk.label}", user, desk.path("detail", key)
