"""Interest on unpaid management fees as Taiwanese bylaws usually agree it (公寓大廈管理條例 §21: interest is due).

The act dates from 28 June 1995; the rate is an agreement of the community and may be entered otherwise.
"""

import datetime as dt
from decimal import Decimal

from lokum.money.interest.seams import PublishedRate, PublishedRegime

TEN_PERCENT = PublishedRegime(
    code="tw-agreed-10",
    country="TW",
    kind="contractual",
    name="Agreed interest of 10 % a year",
    names={"pl": "Odsetki umowne 10 % rocznie", "zh-hant": "約定年息 10%", "zh-hans": "约定年息 10%"},
    basis="Apartment Act (1995) art. 21, bylaws",
    rates=(PublishedRate(dt.date(1995, 6, 28), Decimal(10)),),
)
