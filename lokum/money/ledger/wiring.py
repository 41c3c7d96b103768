"""What the ledger hangs into lower layers: accounts of new agreements; and its own rules of proof."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from lokum.core.base.context import Actor
from lokum.core.desk.refusals import explain_constraint
from lokum.money.ledger import month_parts
from lokum.money.ledger.closing import open_points_of_books
from lokum.money.ledger.models import Account, Entry
from lokum.money.ledger.proof import register_own_rules
from lokum.money.ledger.seams import on_period_reopened, register_closing_check
from lokum.money.ledger.services import open_accounts, register_reopening, undo_year_of, withdraw_accounts
from lokum.property.estates.seams import add_holding
from lokum.property.occupancy.seams import on_agreement_opened, on_agreement_withdrawn

register_own_rules()
register_reopening()
register_closing_check(open_points_of_books)
month_parts.register()
on_period_reopened(undo_year_of)
for _name in ("account_currency_of_entity", "bank_account_currency_of_entity"):
    explain_constraint(
        _name, code="entity.currency_in_use", field="currency",
        text=_("Accounts are kept in the currency of their entity, so it does not change once there are any."),
    )  # fmt: skip
add_holding(Account, "agreement__premises")
add_holding(Entry, "account__agreement__premises")


@on_agreement_opened
def open_accounts_of(agreement_ids: Sequence[int], actor: Actor) -> None:
    open_accounts(agreement_ids, actor=actor)


@on_agreement_withdrawn
def withdraw_accounts_of(agreement_ids: Sequence[int], actor: Actor) -> Mapping[int, str]:
    return withdraw_accounts(agreement_ids, actor=actor)
