"""Everything that changes interest: rates, runs, notes, waivers."""

from lokum.money.interest.services.at_payment import note_reached
from lokum.money.interest.services.regimes import load_regimes, withdraw_rate
from lokum.money.interest.services.runs import compute_run, drop_run, post_run, start_run, undo_run, undo_runs_since

__all__ = [
    "compute_run",
    "drop_run",
    "load_regimes",
    "note_reached",
    "post_run",
    "start_run",
    "undo_run",
    "undo_runs_since",
    "withdraw_rate",
]
