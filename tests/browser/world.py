"""A small operator with books, made through the product's own services, and committed."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lokum.core.access.factories import PASSWORD, make_grant, make_user
from lokum.core.access.first_passwords import give_first_password
from lokum.core.access.models import User
from lokum.core.base.context import acting, system_actor
from lokum.demo.statement_writer import DemoEntry, DemoStatement, write_pko_mt940
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Account
from lokum.money.payments.factories import make_bank_account, make_pool
from lokum.money.payments.models import VirtualAccount
from lokum.money.payments.services import issue_missing_numbers
from lokum.property.estates.factories import make_estate

BANK = "98111122220000000000990001"
OWN_PASSWORD = "zielony-rower-o-świcie"
POSTED_MONTH = dt.date(2026, 3, 1)
NEXT_MONTH = dt.date(2026, 4, 1)
STAFF, RESIDENTS = "stanislawa", {"pl": "zofia", "zh-hant": "meiling"}


@dataclass
class Site:
    address: str
    entity_id: int
    accounts: list[int]
    first_passwords: dict[str, str]  # by sign-in name
    numbers: dict[int, str] = field(default_factory=dict)  # virtual account by account
    log: Path | None = None


def fill(address: str) -> Site:
    """Five payers charged for March, an administrator, and two residents with first passwords."""
    with acting(system_actor("test")) as actor:
        world = make_charged_world(5, actor=actor)
        make_estate(code="LAKA", name="Osiedle Łąkowe Źródło", node=world.entity.node)
        bank = make_bank_account(entity=world.entity, number=BANK)
        issue_missing_numbers(make_pool(bank_account=bank, mask="0007").pk, actor=actor)
        posted_run(world, POSTED_MONTH, actor=actor)
        clerk = make_user(username=STAFF, display_name="Stanisława Księgowa", language="pl")
        make_grant(clerk, ["*:*"])
        first: dict[str, str] = {}
        for language, account_id in zip(RESIDENTS, world.accounts, strict=False):
            account = Account.objects.select_related("payer").get(pk=account_id)
            user = make_user(
                username=RESIDENTS[language],
                display_name=RESIDENTS[language].title(),
                user_class=User.UserClass.RESIDENT,
                language=language,
                password=None,
            )
            first[user.username] = give_first_password(user, "letter", actor=actor)
            account.payer.user = user
            account.payer.save(update_fields=["user"])
        numbers = dict(VirtualAccount.objects.values_list("account_id", "number"))
        return Site(address, world.entity.pk, list(world.accounts), first, numbers)


def bank_file(site: Site, amount: Decimal) -> bytes:
    """A statement with a payment to the third payer's own number and one nobody can place."""
    day = dt.date(2026, 4, 14)

    def movement(title: str, number: str, reference: str) -> DemoEntry:
        return DemoEntry(
            booked_on=day,
            amount=amount,
            counter_account="19111000010000000000000021",
            counter_name="Wzorcowa Żaneta",
            title=title,
            bank_reference=reference,
            virtual_account=number,
        )

    known = movement("OPLATY ZA KWIECIEN", site.numbers[site.accounts[2]], "REF1")
    unknown = movement("ZWROT", "", "REF2")
    return write_pko_mt940(DemoStatement(BANK, 1, day, day, Decimal(0), (known, unknown)))


__all__ = [
    "BANK",
    "NEXT_MONTH",
    "OWN_PASSWORD",
    "PASSWORD",
    "POSTED_MONTH",
    "RESIDENTS",
    "STAFF",
    "Site",
    "bank_file",
    "fill",
]
