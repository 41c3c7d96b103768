"""Words for why a line was charged, instead of the codes that keep it from being charged twice."""

from django.utils.translation import gettext as _

from lokum.core.desk.words import Words
from lokum.money.charges.seams import charge_sources


class _Reasons(Words):
    """ "run", "correction/3", "src:reduction:1:2026-11": the month itself, a correction, or what a source brought."""

    def text(self, code: str) -> str:
        kind, _slash, number = code.partition("/")
        if kind == "correction":
            return _("correction %(number)s") % {"number": number}
        if kind.startswith("src:"):
            name = kind.split(":")[1]
            return next((str(one.label) for one in charge_sources() if one.name == name), name)
        return _("month run") if kind == "run" else code


LINE_REASONS = _Reasons({})
