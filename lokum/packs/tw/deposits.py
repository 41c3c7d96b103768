"""Deposits usual in Taiwan: at most two monthly rents, back when the lease ends (租賃住宅市場發展及管理條例 art. 7)."""

from decimal import Decimal

from lokum.money.deposits.seams import UsualKind

USUAL_DEPOSITS = (
    UsualKind(
        "YJ", "租賃押金", "lease",
        {"en": "Deposit of a lease", "pl": "Kaucja najmu", "zh_hant": "租賃押金", "zh_hans": "租赁押金"},
        max_months=Decimal(2), return_months=0, basis="租賃住宅市場發展及管理條例 7",
    ),
    UsualKind(
        "ZX", "裝修保證金", "renovation",
        {"en": "Deposit for renovation works", "pl": "Kaucja za prace remontowe", "zh_hant": "裝修保證金",
         "zh_hans": "装修押金"},
        basis="規約",
    ),
)  # fmt: skip
