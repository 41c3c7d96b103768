"""Charts of accounts of Polish entities: the few accounts the product posts to, by legal form.

Numbers follow the usual Polish groups (1 money, 2 settlements, 7 income, 8 funds); they are a starting point that
an entity extends or renames.
"""

from lokum.money.ledger.seams import ChartRow

_MONEY = (
    ChartRow("131", "Rachunek bankowy", "asset", "bank"),
    ChartRow("221", "Podatek VAT należny", "liability", "vat"),
    ChartRow("245", "Wpływy do wyjaśnienia", "liability", "clearing"),
)

COOPERATIVE = (
    *_MONEY,
    ChartRow("204", "Rozrachunki z użytkownikami lokali", "asset", "receivable"),
    ChartRow("700", "Opłaty na koszty eksploatacji", "income", "income"),
    ChartRow("701", "Zaliczki na media", "income"),
    ChartRow("702", "Czynsze lokali użytkowych i garaży", "income"),
    ChartRow("855", "Fundusz remontowy", "equity"),
    ChartRow("809", "Salda początkowe", "equity", "opening"),
)
COMMUNITY = (
    *_MONEY,
    ChartRow("204", "Rozrachunki z właścicielami", "asset", "receivable"),
    ChartRow("700", "Zaliczki na koszty zarządu", "income", "income"),
    ChartRow("701", "Zaliczki na media", "income"),
    ChartRow("855", "Fundusz remontowy", "equity"),
    ChartRow("809", "Salda początkowe", "equity", "opening"),
)
MUNICIPAL = (
    *_MONEY,
    ChartRow("201", "Rozrachunki z najemcami", "asset", "receivable"),
    ChartRow("700", "Czynsze", "income", "income"),
    ChartRow("701", "Opłaty niezależne od właściciela", "income"),
    ChartRow("809", "Salda początkowe", "equity", "opening"),
)
CHARTS = {"cooperative": COOPERATIVE, "community": COMMUNITY, "municipal": MUNICIPAL, "company": COMMUNITY}
