"""A record that can do much shows its main actions; the others wait behind one button."""

import pytest

from lokum.core.desk.detail import MOST_BUTTONS, _folded


def _buttons(count: int, primary: int | None = None) -> list[dict[str, str]]:
    return [{"label": str(number), "tone": "primary" if number == primary else ""} for number in range(count)]


@pytest.mark.req("PLT-34")
def test_few_actions_stay_in_sight_and_many_are_folded_with_the_main_one_in_front() -> None:
    few = _buttons(MOST_BUTTONS)
    assert _folded(few) == (few, [])
    shown, more = _folded(_buttons(11, primary=9))
    assert [button["label"] for button in shown] == ["0", "1", "9"]
    assert [button["label"] for button in more] == ["2", "3", "4", "5", "6", "7", "8", "10"]
