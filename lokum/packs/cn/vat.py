"""Value added tax of mainland China (增值税): goods, the reduced rate (water, heat, lease of buildings), services.

Property services (物业服务) and other services have been taxed at 6 % since the pilot covered them on 1 May 2016
(财税〔2016〕36号); the upper rates fell on 1 May 2018 (财税〔2018〕32号) and 1 April 2019 (公告 2019 年第 39 号).
"""

import datetime as dt
from decimal import Decimal

from lokum.money.charges.seams import PublishedVatRate

_2016, _2018, _2019 = dt.date(2016, 5, 1), dt.date(2018, 5, 1), dt.date(2019, 4, 1)
VAT_RATES = (
    PublishedVatRate("standard", Decimal(17), _2016, "财税〔2016〕36号"),
    PublishedVatRate("standard", Decimal(16), _2018, "财税〔2018〕32号"),
    PublishedVatRate("standard", Decimal(13), _2019, "财政部 税务总局 海关总署公告2019年第39号"),
    PublishedVatRate("reduced", Decimal(11), _2016, "财税〔2016〕36号"),
    PublishedVatRate("reduced", Decimal(10), _2018, "财税〔2018〕32号"),
    PublishedVatRate("reduced", Decimal(9), _2019, "财政部 税务总局 海关总署公告2019年第39号"),
    PublishedVatRate("super_reduced", Decimal(6), _2016, "财税〔2016〕36号"),
    PublishedVatRate("zero", Decimal(0), _2016, "财税〔2016〕36号"),
)
