"""Deposits usual in mainland China: of a lease and for renovation works, as the contract says."""

from lokum.money.deposits.seams import UsualKind

USUAL_DEPOSITS = (
    UsualKind(
        "YJ", "租赁押金", "lease",
        {"en": "Deposit of a lease", "pl": "Kaucja najmu", "zh_hant": "租賃押金", "zh_hans": "租赁押金"},
        basis="租赁合同",
    ),
    UsualKind(
        "ZX", "装修押金", "renovation",
        {"en": "Deposit for renovation works", "pl": "Kaucja za prace remontowe", "zh_hant": "裝修押金",
         "zh_hans": "装修押金"},
        basis="装修管理服务协议",
    ),
)  # fmt: skip
