"""Everything that changes arrears: reliefs, write-offs and deferrals, through approval."""

from lokum.money.arrears.services.reliefs import apply_relief, request_relief

__all__ = ["apply_relief", "request_relief"]
