"""How cells of a table stand."""

import pytest

from lokum.core.desk.columns import unbroken


@pytest.mark.parametrize("text", ["B01/22-1", "131-2", "資產", "能源补贴", "INV/2026/11/0007"])
def test_codes_and_short_chinese_words_stay_on_one_line(text: str) -> None:
    assert unbroken(text)


@pytest.mark.parametrize("text", ["", "Zofia Zastępca", "翠湖名邸公寓大廈管理委員會", "5bdb94fdc5f2869c27d6d1bd"])
def test_names_and_long_words_may_break(text: str) -> None:
    assert not unbroken(text)
