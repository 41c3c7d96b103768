"""Rates and policies of interest for delay, runs with their drafts, notes and their lines, waivers."""

from lokum.money.interest.models.notes import InterestLine, InterestNote
from lokum.money.interest.models.policies import InterestPolicy
from lokum.money.interest.models.regimes import InterestRate, InterestRegime
from lokum.money.interest.models.runs import InterestDraftLine, InterestRun
from lokum.money.interest.models.waivers import InterestWaiver, InterestWaiverLine

__all__ = [
    "InterestDraftLine",
    "InterestLine",
    "InterestNote",
    "InterestPolicy",
    "InterestRate",
    "InterestRegime",
    "InterestRun",
    "InterestWaiver",
    "InterestWaiverLine",
]
