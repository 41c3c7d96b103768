"""The register of balances moved to the accounts of premises that were split or merged."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, register
from lokum.money.changeover.forms import MoveForm, UndoForm
from lokum.money.changeover.models import BalanceMove
from lokum.money.changeover.services.balances import request_move, undo_move


def _done(move: Any) -> bool:
    return bool(move.state == BalanceMove.State.DONE)


@register
class BalanceMoveDesk(ModelDesk):
    model = BalanceMove
    purpose = _("Open balances moved to the account of new premises after a split or merge.")
    section = "ledger"
    icon = "arrows-exchange"
    order = 58
    columns = ("source", "source__payer", "target", "act", "debit_amount", "credit_amount", "item_count", "state",
               "reason", "proposed_by", "made_by", "made_at", "undone_at", "undone_reason")  # fmt: skip
    default_columns = ("source", "source__payer", "target", "debit_amount", "credit_amount", "state", "made_at")
    search = ("source__code", "target__code", "source__payer__last_name", "reason")
    filters = ("source__entity", "state", "made_at")
    totals = ("debit_amount", "credit_amount")
    ordering = ("-pk",)
    related = ("source__payer", "source__entity", "target__payer", "act__premises")
    facts = ("source", "target", "debit_amount")
    currency = "source__currency"
    state = "state"
    tones = {"done": "ok", "undone": "muted"}
    fields = ()
    editable = addable = deletable = importable = False
    searchable_globally = False
    actions = (
        Action("move", _("Move a balance"), request_move, icon="plus", tone="primary", form=MoveForm, collection=True,
               result_url=url_of,
               confirm=_("Another person decides; then everything open moves to the new account.")),
        Action("undo", _("Undo"), undo_move, icon="arrow-back-up", tone="danger", form=UndoForm, available=_done,
               confirm=_("Everything is open on the former account again.")),
    )  # fmt: skip
