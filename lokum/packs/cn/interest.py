"""The contractual penalty for late payment of mainland contracts (違約金): a rate by day, capped at the principal.

0.05 % a day is the usual rate that courts let stand; higher ones are cut down on request. Private firms have no
statutory 滯納金.
"""

import datetime as dt
from decimal import Decimal

from lokum.money.interest.seams import PublishedRate, PublishedRegime

DAILY_PENALTY = PublishedRegime(
    code="cn-daily-05",
    country="CN",
    kind="contractual",
    name="Contractual penalty of 0.05 % a day",
    names={"pl": "Kara umowna 0,05 % dziennie", "zh-hant": "違約金 每日萬分之五", "zh-hans": "违约金 每日万分之五"},
    unit="day",
    basis="Civil Code (2020) art. 585",
    rates=(PublishedRate(dt.date(1999, 10, 1), Decimal("0.5")),),
)
