"""Every page of a register x every kind of user x own, foreign and missing record, with an oracle of its own.

The oracle knows only what a user was granted, not how the product decides. Cells are made from the registry of
registers, so a new register or action joins by itself.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import User
from lokum.core.access.rights import holds
from lokum.core.access.tokens import issue_token
from lokum.core.audit.models import AuditRow
from lokum.core.base import clock
from lokum.core.base.context import system_actor
from lokum.core.desk.desk import ModelDesk, registry
from tests.rights.world import World

OWN, FOREIGN, MISSING = "XA1", "YA1", "none"
NEVER = 10**12
# Registers whose rows of the small world are told apart by building; label -> name in `Place`.
PLACED = {
    "estates.building": "building",
    "estates.entrance": "entrance",
    "estates.premises": "premises",
    "parties.party": "party",
    "occupancy.title": "title",
    "occupancy.agreement": "agreement",
    "ledger.account": "account",
}


@dataclass
class Person:
    """A kind of user: what it was granted, and how its calls are made."""

    name: str
    client: Client
    rights: tuple[str, ...] = ()
    everywhere: bool = False
    closed: tuple[int, ...] = ()  # answers every page gives, whatever the rights
    headers: dict[str, str] | None = None
    api_only: bool = False


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def people(world: World) -> list[Person]:
    building = {"building": [world.places[OWN].building.pk]}
    yesterday = clock.today() - dt.timedelta(days=1)
    found = [Person("anonymous", Client(), closed=(302, 401))]
    found.append(Person("resident", _signed_in(world.places[OWN].user)))
    found.append(Person("staff without grants", _signed_in(make_user())))
    former = make_user()
    make_grant(former, ["*:*"], building, ends_on=yesterday)
    found.append(Person("staff whose grant ended", _signed_in(former)))
    for name, rights in (
        ("viewer", ("*:view",)),
        ("editor", ("*:*",)),
        ("exporter", ("*:view", "*:export")),
        ("person clerk", ("parties.*:*",)),
        ("cashier", ("ledger.account:view", "parties.party:view")),
    ):
        user = make_user()
        make_grant(user, rights, building)
        found.append(Person(name, _signed_in(user), rights))
    everything = make_user()
    make_grant(everything, ["*:*"])
    found.append(Person("administrator", _signed_in(everything), ("*:*",), everywhere=True))
    disabled = make_user()
    make_grant(disabled, ["*:*"])
    client = _signed_in(disabled)
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    found.append(Person("disabled", client, closed=(302, 401)))
    half = make_user()
    grant = make_grant(half, ["*:*"])
    grant.role.needs_second_factor = True
    grant.role.save()
    found.append(Person("half-enrolled", _signed_in(half), closed=(302, 403)))
    owner = make_user()
    make_grant(owner, ["*:*"], building)
    _token, secret = issue_token(owner, name="t", scopes=["*:view"], days=1, actor=system_actor("test"))
    headers = {"authorization": f"Bearer {secret}"}
    found.append(Person("token", Client(), ("*:view",), headers=headers, api_only=True))
    return found


@dataclass(frozen=True)
class Cell:
    person: Person
    label: str
    action: str
    method: str
    record: str
    path: str

    def __str__(self) -> str:
        return f"{self.person.name}: {self.method} {self.path} ({self.record} record, {self.action})"


def _routes(desk: ModelDesk, pk: int) -> Iterator[tuple[str, str, str]]:
    """(action, method, path) of everything about one record."""
    detail = desk.path("detail", pk)
    yield "view", "GET", detail
    yield "view", "HEAD", detail
    yield "view", "GET", f"{detail}?tab=history"
    if desk.editable and desk.fields:
        yield "edit", "GET", desk.path("edit", pk)
        yield "edit", "POST", desk.path("edit", pk)
    if desk.deletable:
        yield "delete", "GET", desk.path("delete", pk)
        yield "delete", "POST", desk.path("delete", pk)
    for action in desk.actions:
        if not action.collection and not action.bulk:
            yield action.name, "GET", desk.path("action", pk, action.name)
            yield action.name, "POST", desk.path("action", pk, action.name)
    for name in desk.masked:
        yield "unmask", "POST", desk.path("unmask", pk, name)
    if desk.in_api:
        yield "view", "GET", f"/api/v1/{desk.app_label}/{desk.model_name}/{pk}"
        if desk.deletable:
            yield "delete", "DELETE", f"/api/v1/{desk.app_label}/{desk.model_name}/{pk}"
        if desk.editable and desk.fields:
            yield "edit", "PATCH", f"/api/v1/{desk.app_label}/{desk.model_name}/{pk}"


def cells(world: World, persons: list[Person]) -> Iterator[Cell]:
    for label, attribute in PLACED.items():
        desk = registry.desks.get(label)
        if desk is None:
            continue
        for record, pk in (
            (OWN, getattr(world.places[OWN], attribute).pk),
            (FOREIGN, getattr(world.places[FOREIGN], attribute).pk),
            (MISSING, NEVER),
        ):
            for action, method, path in _routes(desk, pk):
                for person in persons:
                    if not person.api_only or path.startswith("/api/"):
                        yield Cell(person, label, action, method, record, path)


def expected(cell: Cell) -> tuple[int, ...] | None:
    """Statuses a cell may answer with; None = the call is allowed (anything but 403, 404 and an error)."""
    person = cell.person
    if person.closed:
        return person.closed
    both = holds(person.rights, f"{cell.label}:view") and holds(person.rights, f"{cell.label}:{cell.action}")
    if not both:
        return (403,)
    if cell.record == MISSING or (cell.record == FOREIGN and not person.everywhere):
        return (404,)
    return None


def call(cell: Cell) -> Any:
    kwargs: dict[str, Any] = {"headers": cell.person.headers} if cell.person.headers else {}
    if cell.method in ("PATCH", "POST", "DELETE") and cell.path.startswith("/api/"):
        kwargs["content_type"] = "application/json"
        kwargs["data"] = "{}"
    return cell.person.client.generic(cell.method, cell.path, **kwargs)


def mismatches(chosen: Iterator[Cell] | list[Cell]) -> list[str]:
    """Cells that answered otherwise, and refused calls that left a change behind."""
    found = []
    changes = AuditRow.objects.filter(action__in=["insert", "update", "delete"])
    for cell in chosen:
        wanted = expected(cell)
        if wanted is None and cell.method not in ("GET", "HEAD"):
            continue  # an allowed change is the business of the register's own tests
        before = changes.count()
        status = call(cell).status_code
        right = status in wanted if wanted is not None else status not in (401, 403, 404) and status < 500
        if not right:
            found.append(f"{cell} answered {status}, wanted {wanted or 'a page'}")
        if changes.count() != before:
            found.append(f"{cell} changed something")
    return found
