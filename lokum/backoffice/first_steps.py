"""From an empty installation to the first month: what comes next, shown on the home page until a month was computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.desk import switches
from lokum.core.desk.desk import registry

WHO = "organisation.entity:add"  # who may found an entity sets the installation up


@dataclass(frozen=True)
class Step:
    """Done once `register` holds so many `rows` that meet `where`; the address is where it is done."""

    label: Any
    text: Any
    register: str
    url_name: str
    url_args: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    rows: int = 1

    def is_done(self) -> bool:
        found = registry.desks[self.register].model._default_manager.filter(**self.where)
        return found[self.rows - 1 :].exists()


STEPS = (
    Step(
        _("Add the first entity"),
        _("The legal person whose books you keep: your company, a community or a cooperative."),
        "organisation.entity",
        "desk:add",
        ("organisation", "entity"),
    ),
    Step(
        _("Prepare its books"),
        _("The chart of accounts of its country and legal form, in one step."),
        "ledger.ledgeraccount",
        "desk:collection",
        ("ledger", "ledgeraccount", "prepare"),
    ),
    Step(
        _("Enter its bank account"),
        _("Payers see it on their notices; files of the bank are recognised by it."),
        "organisation.entitybankaccount",
        "desk:collection",
        ("organisation", "entitybankaccount", "propose"),
    ),
    Step(
        _("Give a colleague a role"),
        _("A second person approves prices and other decisions on money."),
        "access.grant",
        "desk:list",
        ("access", "user"),
        rows=2,
    ),
    Step(
        _("Bring in premises and owners"),
        _("Buildings, premises, areas and owners from one workbook; or an estate by hand."),
        "estates.premises",
        "occupancy:import_start",
    ),
    Step(
        _("See that somebody pays for them"),
        _("An agreement and an account for each payer: made with the workbook, or with a title."),
        "occupancy.agreement",
        "desk:list",
        ("occupancy", "agreement"),
    ),
    Step(
        _("Say what you charge for"),
        _("Components such as operation, repair fund or waste, each with what it is counted by."),
        "charges.component",
        "desk:list",
        ("charges", "component"),
    ),
    Step(
        _("Set and approve prices"),
        _("One person proposes a price, another approves it."),
        "charges.tariff",
        "desk:list",
        ("charges", "tariff"),
        where={"state": "approved"},
    ),
    Step(
        _("Attach components to premises"),
        _("On the page of a component, for a building, an estate or everything at once."),
        "charges.componentassignment",
        "desk:list",
        ("charges", "component"),
    ),
    Step(
        _("Compute the first month"),
        _("A draft that no payer sees; it can be thrown away and computed again."),
        "charges.chargerun",
        "desk:list",
        ("charges", "chargerun"),
    ),
)


def first_steps(user: Any) -> list[dict[str, Any]]:
    """The steps with what is done; the first one that is not is the current one. [] once a month was computed.

    Steps of a function that is switched off are left out; [] when all that is left is done.
    """
    if not policy.may(user, WHO) or STEPS[-1].is_done():
        return []
    found: list[dict[str, Any]] = []
    for step in STEPS:
        if not switches.is_on(user, registry.desks[step.register].module):
            continue
        done = step.is_done()
        current = not done and all(one["done"] for one in found)
        url = reverse(step.url_name, args=step.url_args)
        found.append({"label": step.label, "text": step.text, "url": url, "done": done, "current": current})
    return [] if all(one["done"] for one in found) else found
