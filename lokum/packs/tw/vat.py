"""Business tax of Taiwan (加值型及非加值型營業稅法): art. 10, 5 % as set by the Executive Yuan; art. 7, zero rate."""

import datetime as dt
from decimal import Decimal

from lokum.money.charges.seams import PublishedVatRate

_SINCE = dt.date(1986, 4, 1)
VAT_RATES = (
    PublishedVatRate("standard", Decimal(5), _SINCE, "營業稅法 10"),
    PublishedVatRate("zero", Decimal(0), _SINCE, "營業稅法 7"),
)
