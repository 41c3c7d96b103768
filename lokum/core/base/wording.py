"""Names and notes as the reader writes days, months and amounts.

What is kept for everybody (the name of a record, a line of the history, what a request would change) holds days as
2026-03-31, months as 2026-03 and amounts as 1805.88 or "1805.88 PLN", whatever language its author read in. Shown,
they are put into the reader's language. Numbers of documents ("N/2026/03/00001", "2026-03-001") are left as they are.
"""

import datetime as dt
import re

from django.utils.formats import date_format, get_format

from lokum.core.base.templatetags.lokum import amount_text

_MARKS = re.compile(
    r"(?<![\w/.,-])(?:(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-3]\d))?(?![\w/-])"
    r"|(?P<amount>-?\d{1,15}(?:\.\d{2})?)(?: (?P<currency>[A-Z]{3})(?!\w)|(?<=\.\d\d)(?![\w/.,-])))"
)


def _local(found: re.Match[str]) -> str:
    if found["amount"]:
        return amount_text(found["amount"], found["currency"] or "")
    try:
        day = dt.date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return found[0]
    return str(date_format(day, "SHORT_DATE_FORMAT" if found["day"] else "YEAR_MONTH_FORMAT"))


def local_text(text: object) -> str:
    """`text` with its days, months and amounts of money as the reader writes them."""
    return _MARKS.sub(_local, str(text))


def read_day(text: str) -> dt.date:
    """A day as people type it: 2026-11-26, or as their language shows it; ValueError for anything else."""
    for pattern in get_format("DATE_INPUT_FORMATS"):
        try:
            return dt.datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(text)
