"""Chart of accounts of a mainland community kept by its manager (物业服务企业): the accounts the product posts to.

Numbers follow the account table of the Accounting Standards for Business Enterprises (企业会计准则 附录): 1002, 1122,
1221, 2221, 2241, 4103, 6001, 6301, 6603, 6701. Owners' money, the maintenance fund and public income stand apart.
"""

from lokum.money.ledger.seams import ChartRow


def _row(code: str, name: str, kind: str, purpose: str, en: str, pl: str, zh_hant: str) -> ChartRow:
    return ChartRow(code, name, kind, purpose, {"en": en, "pl": pl, "zh_hant": zh_hant})


COMMUNITY = (
    _row("1002", "银行存款", "asset", "bank", "Bank account", "Rachunek bankowy", "銀行存款"),
    _row("1012", "其他货币资金-在途资金", "asset", "in_transit", "Money in transit", "Środki pieniężne w drodze",
         "其他貨幣資金-在途款項"),
    _row("1122", "应收账款-物业费", "asset", "receivable", "Receivables from owners", "Rozrachunki z właścicielami",
         "應收帳款-物業費"),
    _row("1221", "其他应收款-补贴", "asset", "allowance", "Shares claimed from third parties",
         "Udziały osób trzecich do rozliczenia", "其他應收款-補貼"),
    _row("1901", "预收款销项税额", "asset", "advance_vat", "Value added tax on advances",
         "Rozliczenie VAT od zaliczek", "預收款銷項稅額"),
    _row("2221", "应交税费-应交增值税", "liability", "vat", "Value added tax due", "Podatek VAT należny",
         "應交稅費-應交增值稅"),
    _row("2241", "其他应付款-押金及保证金", "liability", "deposits", "Deposits of payers", "Kaucje wpłacone",
         "其他應付款-押金及保證金"),
    _row("2242", "待清算款项", "liability", "clearing", "Money to be cleared", "Wpływy do wyjaśnienia", "待清算款項"),
    _row("2243", "内部往来", "liability", "transit", "Transfers between accounts", "Przeksięgowania między kontami",
         "內部往來"),
    _row("2244", "代管维修资金", "liability", "", "Maintenance fund held for owners",
         "Fundusz remontowy w depozycie", "代管維修基金"),
    _row("4001", "期初余额", "equity", "opening", "Opening items", "Salda początkowe", "期初餘額"),
    _row("4103", "本年利润", "equity", "result", "Result of the year", "Wynik finansowy", "本年利潤"),
    _row("6001", "主营业务收入-物业费", "income", "income", "Service charges", "Opłaty eksploatacyjne",
         "主營業務收入-物業費"),
    _row("6002", "停车费收入", "income", "", "Parking fees", "Opłaty za miejsca postojowe", "停車費收入"),
    _row("6051", "公共收益", "income", "", "Public income of common parts", "Pożytki z części wspólnych", "公共收益"),
    _row("6301", "营业外收入-违约金", "income", "interest", "Late fees", "Opłaty za zwłokę", "營業外收入-違約金"),
    _row("6603", "财务费用-尾差", "expense", "rounding", "Rounding differences", "Różnice zaokrągleń",
         "財務費用-尾差"),
    _row("6701", "坏账损失", "expense", "write_off", "Written-off claims", "Należności umorzone", "壞帳損失"),
)  # fmt: skip
CHARTS = {"community": COMMUNITY, "company": COMMUNITY, "cooperative": COMMUNITY, "municipal": COMMUNITY}
