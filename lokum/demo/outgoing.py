"""What leaves the bank account: its fees and the water bill go by rule, a locksmith's bill waits for a person."""

import datetime as dt
from decimal import Decimal

from lokum.core.organisation.models import Entity
from lokum.demo.organisation import bank_number
from lokum.demo.statement_writer import DemoEntry
from lokum.money.banking.models import OutgoingRule
from lokum.money.ledger.models import LedgerAccount

FEE = "Prowizja za prowadzenie rachunku"
WATER = bank_number(4_410_001, "99900017")


def make_rules(entity: Entity) -> None:
    """Accounts of costs and suppliers, and the rules that book to them."""
    made = {}
    for code, name, kind, names in (
        ("430", "Opłaty bankowe", "expense", ("Bank fees", "銀行手續費", "银行手续费")),
        ("210", "Rozrachunki z dostawcami", "liability", ("Owed to suppliers", "應付廠商款項", "应付供应商款项")),
    ):
        en, hant, hans = names
        made[code] = LedgerAccount.objects.create(
            entity=entity, code=code, name=name, kind=kind, name_en=en, name_pl=name, name_zh_hant=hant,
            name_zh_hans=hans,
        )  # fmt: skip
    OutgoingRule.objects.create(
        entity=entity, name="Prowizje banku", words="prowizja", up_to_amount=Decimal("100.00"), way="fee",
        ledger_account=made["430"], position=10,
    )  # fmt: skip
    OutgoingRule.objects.create(
        entity=entity, name="Woda i ścieki", counter_account=WATER, way="supplier", ledger_account=made["210"],
        position=20,
    )  # fmt: skip


def sent_out(entity: Entity, on: dt.date, serial: int, *, newest: bool) -> list[DemoEntry]:
    """Outgoing entries at the end of a statement."""
    key = f"{on:%y%m%d}{entity.pk:02d}{serial:04d}"
    sent = [_entry(on, "-24.00", "", "Bank", FEE, f"{key}F")]
    sent.append(_entry(on, "-1845.30", WATER, "Wodociągi Lipogóra Sp. z o.o.", f"FV {serial}/{on:%Y} woda", f"{key}W"))
    if newest:
        number = bank_number(4_410_002, "99900017")
        sent.append(_entry(on, "-380.00", number, "Ślusarz Jan Zamek", f"Rachunek {serial}/{on:%Y}", f"{key}S"))
    return sent


def _entry(on: dt.date, amount: str, account: str, name: str, title: str, reference: str) -> DemoEntry:
    return DemoEntry(
        booked_on=on, amount=Decimal(amount), counter_account=account, counter_name=name, title=title,
        bank_reference=reference,
    )  # fmt: skip
