"""Everything that changes interest: rates, runs, notes, waivers."""

from lokum.money.interest.services.regimes import load_regimes, withdraw_rate

__all__ = ["load_regimes", "withdraw_rate"]
