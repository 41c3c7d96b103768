"""What is kept about arrears beside the books: when to warn, what was said, what stops limitation, what was waived."""

from lokum.money.arrears.models.reliefs import Relief
from lokum.money.arrears.models.watching import ArrearsPolicy, LimitationEvent, PayerContact

__all__ = ["ArrearsPolicy", "LimitationEvent", "PayerContact", "Relief"]
