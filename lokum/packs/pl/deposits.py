"""Deposits usual in Poland.

Tenancy of a dwelling: ustawa z 21.06.2001 o ochronie praw lokatorów, art. 6: at most twelve monthly rents; back within
one month after the dwelling was left, less the landlord's claims; as many monthly rents of the day of return as were
taken, not less than was paid.
"""

from decimal import Decimal

from lokum.money.deposits.seams import UsualKind

USUAL_DEPOSITS = (
    UsualKind(
        "KAU", "Kaucja mieszkaniowa", "tenancy",
        {"en": "Deposit of a tenancy", "pl": "Kaucja mieszkaniowa", "zh_hant": "住宅租賃押金",
         "zh_hans": "住宅租赁押金"},
        max_months=Decimal(12), return_months=1, valorised=True,
        basis="ustawa o ochronie praw lokatorów art. 6",
    ),
    UsualKind(
        "KAUU", "Kaucja lokalu użytkowego", "lease",
        {"en": "Deposit of a lease of business premises", "pl": "Kaucja lokalu użytkowego", "zh_hant": "商用房屋押金",
         "zh_hans": "商用房屋押金"},
        return_months=1, basis="umowa najmu",
    ),
    UsualKind(
        "KAUW", "Kaucja wykonawcy", "contractor",
        {"en": "Deposit of a contractor", "pl": "Kaucja wykonawcy", "zh_hant": "承包商保證金",
         "zh_hans": "承包商保证金"},
        basis="umowa o roboty",
    ),
)  # fmt: skip
