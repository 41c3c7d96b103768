"""Every icon the source names is in the sprite; an absent one would leave an empty space on its button."""

import re

from tools.vendor import ICON_USE, SPRITE, icons_in_use


def test_every_icon_in_use_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
    assert sorted(icons_in_use() - drawn) == [], "python tools/vendor.py brings them"


def test_names_of_icons_are_found_in_code_and_templates() -> None:
    text = """Action("close", icon="lock") icon = "book" {% icon 'home' %} {% icon "tree" %} {% icon report.icon %}"""
    assert [first or second for first, second in ICON_USE.findall(text)] == ["lock", "book", "home", "tree"]
