"""Chart of accounts of a Taiwanese community (公寓大廈管理委員會): the accounts the product posts to.

Groups as committees publish them: 1 assets, 2 liabilities, 3 funds, 4 income, 5 expense; the public fund stands
apart (公寓大廈管理條例 §18). Whole New Taiwan dollars. A starting point that an entity extends or renames.
"""

from lokum.money.ledger.seams import ChartRow


def _row(code: str, name: str, kind: str, purpose: str, en: str, pl: str, zh_hans: str) -> ChartRow:
    return ChartRow(code, name, kind, purpose, {"en": en, "pl": pl, "zh_hans": zh_hans})


COMMUNITY = (
    _row("1102", "銀行存款", "asset", "bank", "Bank account", "Rachunek bankowy", "银行存款"),
    _row("1103", "在途款項", "asset", "in_transit", "Money in transit", "Środki pieniężne w drodze", "在途资金"),
    _row("1130", "應收管理費", "asset", "receivable", "Receivables from owners", "Rozrachunki z właścicielami",
         "应收管理费"),
    _row("1150", "應收補助款", "asset", "allowance", "Shares claimed from third parties",
         "Udziały osób trzecich do rozliczenia", "应收补贴款"),
    _row("1160", "預收款銷項稅額", "asset", "advance_vat", "Value added tax on advances",
         "Rozliczenie VAT od zaliczek", "预收款销项税额"),
    _row("2101", "暫收款", "liability", "clearing", "Money to be cleared", "Wpływy do wyjaśnienia", "暂收款"),
    _row("2102", "存入保證金", "liability", "deposits", "Deposits of payers", "Kaucje wpłacone", "存入保证金"),
    _row("2105", "內部往來", "liability", "transit", "Transfers between accounts", "Przeksięgowania między kontami",
         "内部往来"),
    _row("2120", "銷項稅額", "liability", "vat", "Value added tax due", "Podatek VAT należny", "销项税额"),
    _row("3101", "公共基金", "equity", "", "Public fund", "Fundusz wspólny", "公共基金"),
    _row("3201", "期初餘額", "equity", "opening", "Opening items", "Salda początkowe", "期初余额"),
    _row("3301", "本期餘絀", "equity", "result", "Result of the year", "Wynik finansowy", "本期余绌"),
    _row("4101", "管理費收入", "income", "income", "Management fees", "Opłaty zarządcze", "管理费收入"),
    _row("4102", "停車位清潔費收入", "income", "", "Cleaning fees of parking spaces",
         "Opłaty za sprzątanie miejsc postojowych", "停车位清洁费收入"),
    _row("4201", "遲延利息收入", "income", "interest", "Late interest", "Odsetki za zwłokę", "逾期利息收入"),
    _row("5901", "呆帳損失", "expense", "write_off", "Written-off claims", "Należności umorzone", "坏账损失"),
    _row("5902", "尾差", "expense", "rounding", "Rounding differences", "Różnice zaokrągleń", "尾差"),
)  # fmt: skip
CHARTS = {"community": COMMUNITY, "company": COMMUNITY, "cooperative": COMMUNITY, "municipal": COMMUNITY}
