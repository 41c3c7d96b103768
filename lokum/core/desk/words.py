"""Words for codes that a register keeps as plain text, because upper layers add codes of their own.

A field whose codes are all known to its model has `choices` instead.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.text import capfirst

from lokum.core.base.templatetags.lokum import current_locale


class Words:
    """Labels by code. An app adds the codes it writes when it is wired; an unknown code is shown as it is.

    closed: no other codes than those of `options` are ever written, so that forms let people pick one.
    """

    closed = False

    def __init__(self, labels: Mapping[str, Any]) -> None:
        self._labels = dict(labels)

    def add(self, code: str, label: Any) -> None:
        self._labels[code] = label

    def text(self, code: str) -> str:
        return str(self._labels.get(code, code))

    def options(self) -> list[tuple[str, str]]:
        """(code, label) pairs by label, for filters."""
        return sorted(((code, str(label)) for code, label in self._labels.items()), key=lambda pair: pair[1])


class Countries(Words):
    """Countries by their two letters, as the reader calls them."""

    closed = True

    def text(self, code: str) -> str:
        return str(current_locale().territories.get(code.upper(), code))

    def options(self) -> list[tuple[str, str]]:
        names = current_locale().territories.items()
        pairs = [(code, name) for code, name in names if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES]
        return sorted(pairs, key=lambda pair: pair[1])


class CountryPacks(Countries):
    """Country packs by the name of their country."""

    def options(self) -> list[tuple[str, str]]:
        names = [one.name for one in apps.get_app_configs() if one.name.startswith("lokum.packs.")]
        return sorted(
            ((code, self.text(code)) for code in (one.rsplit(".", 1)[1] for one in names)), key=lambda p: p[1]
        )


class Languages(Words):
    """Languages of the product, each by its own name."""

    closed = True

    def text(self, code: str) -> str:
        return dict(self.options()).get(code, code)

    def options(self) -> list[tuple[str, str]]:
        return [(code, str(label)) for code, label in settings.LANGUAGES]


class Registers(Words):
    """Registers by their label ("estates.premises"), called as the menu calls them."""

    def text(self, code: str) -> str:
        try:
            return str(capfirst(str(apps.get_model(code)._meta.verbose_name_plural)))
        except (LookupError, ValueError):
            return code


NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "XK", "ZZ", "QO"}
COUNTRIES, COUNTRY_PACKS, LANGUAGES, REGISTERS = Countries({}), CountryPacks({}), Languages({}), Registers({})
