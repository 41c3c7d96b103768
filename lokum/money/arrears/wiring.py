"""What arrears hang into lower layers: rules of proof and pages in the menu."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.desk.refusals import explain_constraint
from lokum.money.arrears import proof, proof_places, proof_rows
from lokum.money.arrears.models import Relief
from lokum.money.arrears.queries import balances_by_ageing
from lokum.money.arrears.seams import register_held
from lokum.money.ledger.seams import register_balance_reader
from lokum.money.ledger.words import ALLOCATION_RULES, BATCH_KINDS

explain_constraint(
    "limitation_of_own_debt", code="limitation.foreign_debt", field="entry", text=_("This is no debt of the account.")
)
proof.register()
proof_rows.register()
proof_places.register()
# What is held for payers on a day, beside their accounts.
register_held(
    "deposits",
    "SELECT d.account_id, m.amount * deposits_effect(m.kind) * CASE WHEN m.undoes_id IS NULL THEN 1 ELSE -1 END "
    'AS amount FROM deposits_depositmove m JOIN deposits_deposit d ON d.id = m.deposit_id WHERE m."on" <= %(on)s',
)


def shown_by_ageing(account_ids: Sequence[int]) -> dict[int, Any]:
    """LED-04: what the ageing shows as the balance of each account."""
    return balances_by_ageing(account_ids)


register_balance_reader("ageing", shown_by_ageing)
BATCH_KINDS.add("write-off", _("write-off or relief"))
for code, label in Relief.Kind.choices:
    ALLOCATION_RULES.add(code, label)
