"""What the change of owner hangs into lower layers: buttons, the approval of arrears, the story of moved entries."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.base.approvals import ApprovalKind, register_kind
from lokum.core.base.context import Actor
from lokum.core.desk.desk import Action, Tab
from lokum.core.desk.panels import Panel, add_panel
from lokum.money.changeover import services
from lokum.money.changeover.forms import StartOnPremisesForm
from lokum.money.changeover.models import OwnerChange
from lokum.money.changeover.reshaping import AccountsCarrier
from lokum.money.changeover.services import arrears, balances
from lokum.money.ledger.models import Account, Entry
from lokum.money.ledger.queries import total_of_accounts
from lokum.money.ledger.seams import Source, register_source
from lokum.money.ledger.words import ALLOCATION_RULES, BATCH_KINDS
from lokum.property.estates.models import Premises
from lokum.property.estates.seams import add_premises_action, add_premises_tab
from lokum.property.reshaping.queries import made_from
from lokum.property.reshaping.seams import add_carrier


def guide_url(change: OwnerChange) -> str:
    return reverse("changeover:guide", args=[change.pk])


def _start(pk: int, *, actor: Actor, transferred_on: Any, document: str) -> OwnerChange:
    return services.start_on_premises(pk, transferred_on, actor=actor, document=document)


def _moved(entry_id: int) -> Source | None:
    """A debt that was taken over, down to the entry it stems from."""
    entry = Entry.objects.select_related("account__payer").filter(pk=entry_id).first()
    if entry is None:
        return None
    title = gettext("Taken over from %(account)s %(payer)s") % {
        "account": entry.account.code if entry.account else "",
        "payer": entry.account.payer if entry.account else "",
    }
    return Source(title, record=entry, facts=((gettext("due on"), entry.due_on), (gettext("amount"), entry.amount)))


def former_accounts(premises: Premises, user: Any) -> dict[str, Any]:
    """Accounts of the premises these were made from, as far as the user may see them, with their balances."""
    passages = made_from(premises.pk)
    places = [one.pk for passage in passages for one in passage.others]
    rows = policy.allowed(Account.objects.filter(agreement__premises__in=places), user, "view")
    accounts = list(rows.select_related("payer", "agreement__premises__building").order_by("code"))
    sums = total_of_accounts([one.pk for one in accounts])
    shown = policy.may(user, "changeover.balancemove:view")
    return {
        "former": [{"account": one, "balance": sums.get(one.pk, 0)} for one in accounts],
        "moves": [reverse("changeover:balances", args=[one.act.pk]) for one in passages] if shown else [],
    }


def register() -> None:
    register_kind(
        ApprovalKind(
            arrears.KIND,
            _("Arrears taken over"),
            "changeover.ownerchange:approve_takeover",
            services.perform_takeover,
            services.describe_takeover,
        )
    )
    register_kind(
        ApprovalKind(
            balances.KIND, _("Balance moved after a split or merge"), "changeover.balancemove:approve",
            balances.perform_move, balances.describe_move,
        )
    )  # fmt: skip
    BATCH_KINDS.add("reshaping", _("balance moved after a split or merge"))
    ALLOCATION_RULES.add("reshaping", _("balance moved after a split or merge"))
    register_source(balances.OUT, _moved)
    register_source(balances.IN, _moved)
    add_panel(
        Panel("former_accounts", _("Former accounts"), "changeover/panel_former.html", former_accounts, icon="history",
              order=36, applies=lambda record: isinstance(record, Premises) and bool(made_from(record.pk)))
    )  # fmt: skip
    BATCH_KINDS.add("takeover", _("arrears taken over"))
    ALLOCATION_RULES.add("takeover", _("arrears taken over"))
    register_source(arrears.OUT, _moved)
    register_source(arrears.IN, _moved)
    add_premises_action(
        Action(
            "change_owner",
            _("Change of owner"),
            _start,
            icon="arrows-exchange",
            form=StartOnPremisesForm,
            result_url=guide_url,
        )
    )
    add_carrier(AccountsCarrier())
    add_premises_tab(Tab("owner_changes", _("Changes of owner"), child=OwnerChange, lookup="premises"))
