"""The operator's password policy as one Django validator."""

from typing import Any


class PolicyValidator:
    def validate(self, password: str, user: Any = None) -> None:
        return None

    def get_help_text(self) -> str:
        return ""
