"""Charts of accounts of Polish entities: the few accounts the product posts to, by legal form.

Numbers follow the usual Polish groups (1 money, 2 settlements, 7 income and costs, 8 funds and result); they are a
starting point that an entity extends or renames. Names are given in the readers' languages as well.
"""

from lokum.money.ledger.seams import ChartRow


def _row(code: str, name: str, kind: str, purpose: str, en: str, zh_hant: str, zh_hans: str) -> ChartRow:
    return ChartRow(code, name, kind, purpose, {"en": en, "zh_hant": zh_hant, "zh_hans": zh_hans})


_COMMON = (
    _row("131", "Rachunek bankowy", "asset", "bank", "Bank account", "銀行存款", "银行存款"),
    _row("141", "Środki pieniężne w drodze", "asset", "in_transit", "Money in transit", "在途款項", "在途资金"),
    _row("221", "Podatek VAT należny", "liability", "vat", "Value added tax due", "銷項稅額", "销项税额"),
    _row("223", "Rozliczenie VAT od zaliczek", "asset", "advance_vat", "Value added tax on advances",
         "預收款銷項稅額", "预收款销项税额"),
    _row("240", "Kaucje wpłacone", "liability", "deposits", "Deposits of payers", "存入押金", "存入押金"),
    _row("245", "Wpływy do wyjaśnienia", "liability", "clearing", "Money to be cleared", "待查明款項", "待查明款项"),
    _row("247", "Dodatki mieszkaniowe do rozliczenia", "asset", "allowance", "Housing allowances claimed",
         "應收住房補助", "应收住房补贴"),
    _row("249", "Przeksięgowania między kontami", "liability", "transit", "Transfers between accounts",
         "科目間轉帳", "科目间转账"),
    _row("750", "Odsetki za zwłokę", "income", "interest", "Late interest", "遲延利息收入", "逾期利息收入"),
    _row("761", "Należności umorzone", "expense", "write_off", "Written-off claims", "呆帳損失", "坏账损失"),
    _row("765", "Różnice zaokrągleń", "expense", "rounding", "Rounding differences", "尾差", "尾差"),
    _row("809", "Salda początkowe", "equity", "opening", "Opening items", "期初餘額", "期初余额"),
    _row("860", "Wynik finansowy", "equity", "result", "Result of the year", "本期餘絀", "本年利润"),
)  # fmt: skip
_MEDIA = _row("701", "Zaliczki na media", "income", "", "Advances for utilities", "水電瓦斯預收", "水电燃气预收")
_REPAIR = _row("855", "Fundusz remontowy", "equity", "", "Repair fund", "維修基金", "维修基金")


def _receivable(code: str, name: str, en: str, zh_hant: str, zh_hans: str) -> ChartRow:
    return _row(code, name, "asset", "receivable", en, zh_hant, zh_hans)


COOPERATIVE = (
    *_COMMON,
    _receivable("204", "Rozrachunki z użytkownikami lokali", "Receivables from users of premises", "應收住戶款項",
                "应收住户款项"),
    _row("700", "Opłaty na koszty eksploatacji", "income", "income", "Charges for running costs", "管理費收入",
         "管理费收入"),
    _MEDIA,
    _row("702", "Czynsze lokali użytkowych i garaży", "income", "", "Rents of commercial premises and garages",
         "店面與車庫租金收入", "商铺与车库租金收入"),
    _REPAIR,
)  # fmt: skip
COMMUNITY = (
    *_COMMON,
    _receivable("204", "Rozrachunki z właścicielami", "Receivables from owners", "應收業主款項", "应收业主款项"),
    _row("700", "Zaliczki na koszty zarządu", "income", "income", "Advances for management costs", "管理費預收",
         "管理费预收"),
    _MEDIA,
    _REPAIR,
)  # fmt: skip
MUNICIPAL = (
    *_COMMON,
    _receivable("201", "Rozrachunki z najemcami", "Receivables from tenants", "應收租戶款項", "应收租户款项"),
    _row("700", "Czynsze", "income", "income", "Rents", "租金收入", "租金收入"),
    _row("701", "Opłaty niezależne od właściciela", "income", "", "Charges independent of the owner",
         "代收公用費", "代收公用费"),
)  # fmt: skip
CHARTS = {"cooperative": COOPERATIVE, "community": COMMUNITY, "municipal": MUNICIPAL, "company": COMMUNITY}
