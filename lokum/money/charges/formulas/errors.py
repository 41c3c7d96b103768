"""What is wrong with a formula, with the place in its text."""

from typing import Any


class FormulaError(ValueError):
    """A formula that cannot be read, or whose units do not fit. position: 0-based place in the text."""

    def __init__(self, message: Any, position: int) -> None:
        super().__init__(str(message))
        self.message = message
        self.position = position


class Problem(ArithmeticError):
    """A formula that is fine, but has no value for these inputs.

    code: "no_fact", "no_tariff", "division"; name: of what is missing; position: 0-based place in the text.
    """

    def __init__(self, code: str, name: str, position: int) -> None:
        super().__init__(f"{code}:{name}:{position}")
        self.code = code
        self.name = name
        self.position = position
