"""The registers of the bank: amounts with their currency, forms and encodings in the words of banks."""

from typing import Any

from lokum.core.desk.columns import all_columns
from lokum.core.desk.desk import registry
from lokum.money.banking.formats.encodings import NAMES, TRIED
from lokum.money.banking.models import BankEntry, BankFile, BankStatement

# Registers whose amounts have no currency on the way to them: limits of the operator, contributions of members.
WITHOUT_CURRENCY = {
    "changeover.ownerchange",
    "charges.reductiontype",
    "occupancy.contributionpayment",
    "occupancy.member",
}


def test_registers_of_amounts_name_their_currency(db: None) -> None:
    without = {
        desk.label
        for desk in registry
        if not desk.currency and any(column.kind == "amount" for column in all_columns(desk))
    }
    assert without <= WITHOUT_CURRENCY


def test_statements_and_entries_are_added_up_by_currency() -> None:
    for model in (BankStatement, BankEntry):
        desk: Any = registry.of(model)
        assert desk.currency == "bank_account__currency"


def test_no_form_or_encoding_of_a_bank_file_is_shown_as_a_code() -> None:
    desk: Any = registry.of(BankFile)
    for code in ("mt940", "mt942", "camt.053", "camt.054", "elixir-0"):
        assert desk.words["format"].text(code) != code
    for code in {"utf-8", "xml", *NAMES.values(), *(NAMES.get(one, one) for one in TRIED)}:
        assert desk.words["encoding"].text(code) != code
