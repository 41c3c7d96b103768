"""What all identifier checks of the packs share: the refusal, with a stable code and a reason to show."""

from __future__ import annotations

from typing import Any


class InvalidIdentifier(ValueError):
    """``code`` is one of: length, characters, check_digit, date, format; ``message`` is translatable."""

    def __init__(self, code: str, message: Any) -> None:
        self.code = code
        self.message = message
        super().__init__(code)

    def __str__(self) -> str:
        return str(self.message)


def digits_only(text: str) -> bool:
    """ASCII digits; other scripts' digits pass ``str.isdigit`` and break arithmetic."""
    return text.isascii() and text.isdigit()
