"""Everything that changes arrears: reliefs, write-offs and deferrals, through approval; what is withdrawn."""

from lokum.money.arrears.services.reliefs import apply_relief, request_relief
from lokum.money.arrears.services.watching import withdraw_contact, withdraw_interruption

__all__ = ["apply_relief", "request_relief", "withdraw_contact", "withdraw_interruption"]
