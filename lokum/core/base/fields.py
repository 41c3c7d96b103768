"""Field types with the precision the trade needs: amounts, prices, quantities and exact fractions."""

from typing import Any

from django.db import models


class AmountField(models.DecimalField):
    """Money in the row's currency, numeric(16,2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 16)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class PriceField(models.DecimalField):
    """Price of one unit (published tariffs carry up to four decimals), numeric(14,4)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


class QuantityField(models.DecimalField):
    """A measured or counted quantity, numeric(14,4)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)
