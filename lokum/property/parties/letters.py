"""First-password letters as one PDF, one page each. Words arrive as data and are shown, never evaluated."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

import lokum.core.papers
from lokum.property.parties.services.sign_ins import Letter

_FONTS = Path(lokum.core.papers.__file__).parent / "fonts"
_TEMPLATE = b"""
#let letters = json(bytes(sys.inputs.letters))
#set document(title: letters.first().title)
#set page(paper: "a4", margin: 20mm)
#for (number, one) in letters.enumerate() {
  if number > 0 { pagebreak() }
  set text(size: 11pt, lang: one.lang, font: one.fonts)
  v(35mm)
  block(inset: (left: 90mm), one.address.map(line => [#line]).join(linebreak()))
  v(20mm)
  heading(level: 1, one.title)
  v(4mm)
  par(one.opening)
  v(4mm)
  table(
    columns: (50mm, 1fr), stroke: 0.4pt, inset: 8pt,
    ..one.rows.map(row => (row.at(0), text(size: 13pt, row.at(1)))).flatten()
  )
  v(4mm)
  par(one.closing)
}
"""


def _texts(letter: Letter) -> dict[str, Any]:
    with translation.override(letter.language):
        return {
            "lang": letter.language.partition("-")[0],
            "fonts": ["Inter", "Noto Sans SC" if letter.language == "zh-hans" else "Noto Sans TC"],
            "address": [letter.name, *letter.address],
            "title": _("Your access to the residents' portal"),
            "opening": _("With this name and first password you can sign in to your account."),
            "rows": [
                [_("Address"), settings.SITE_URL],
                [_("Sign-in name"), letter.username],
                [_("First password"), letter.password],
                [_("Valid until"), formats.date_format(letter.until)],
            ],
            "closing": _(
                "The first password works once. You then choose a password of your own that nobody else knows, "
                "not even the office. If the letter was open, tell the office before you sign in."
            ),
        }


def letters_pdf(letters: Sequence[Letter]) -> bytes:
    """The letters in one file, in the order given."""
    content = json.dumps([_texts(letter) for letter in letters], ensure_ascii=False)
    return bytes(typst.compile(_TEMPLATE, font_paths=[str(_FONTS)], sys_inputs={"letters": content}))  # type: ignore[misc]
