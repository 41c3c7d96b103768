"""Everything that changes interest: rates, runs, notes, waivers."""

from lokum.money.interest.services.at_payment import note_reached
from lokum.money.interest.services.regimes import load_regimes, withdraw_rate
from lokum.money.interest.services.runs import compute_run, drop_run, post_run, start_run, undo_run, undo_runs_since
from lokum.money.interest.services.waivers import Waivable, apply_waiver, request_waiver, waivable

__all__ = [
    "Waivable",
    "apply_waiver",
    "compute_run",
    "drop_run",
    "load_regimes",
    "note_reached",
    "post_run",
    "request_waiver",
    "start_run",
    "undo_run",
    "undo_runs_since",
    "waivable",
    "withdraw_rate",
]
