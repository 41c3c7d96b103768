"""Names of records that lines of the history hold by number: as they are called today, one query per register."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from lokum.core.base import policy
from lokum.core.base.wording import local_text
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import registry


@dataclass(frozen=True)
class Shown:
    """A value as people read it; `url`: the page of the record it names."""

    text: str
    url: str = ""

    def __str__(self) -> str:
        return self.text


class Names:
    """First `want` all numbers, then ask for their names: what is gone, or lies outside the reader's scope, stays a
    number."""

    def __init__(self, user: Any) -> None:
        self._user = user
        self._wanted: dict[str, set[int]] = defaultdict(set)
        self._shown_anyway: dict[str, set[int]] = defaultdict(set)
        self._found: dict[str, dict[int, Shown]] = {}

    def want(self, label: str, pk: Any) -> None:
        if isinstance(pk, int) and not isinstance(pk, bool):
            self._wanted[label].add(pk)

    def known(self, label: str, pk: Any) -> None:
        """A record that the page names beside the history, whatever the scope."""
        self._shown_anyway[label].add(pk)

    def of(self, label: str, pk: Any) -> Shown:
        if label not in self._found:
            self._found[label] = self._read(apps.get_model(label), self._wanted[label])
        return self._found[label].get(pk) or Shown(f"#{pk}")

    def _read(self, model: type[Model], pks: set[int]) -> dict[int, Shown]:
        rows = model._default_manager.filter(pk__in=pks)
        within = set(policy.allowed(rows, self._user, "view").values_list("pk", flat=True))
        desk = registry.of(model)
        if desk is not None and desk.related:
            rows = rows.select_related(*desk.related)
        anyway = self._shown_anyway[model._meta.label_lower]
        name = desk.name_of if desk is not None else str
        return {
            row.pk: Shown(local_text(name(row)), url_of(row) if row.pk in within else "")
            for row in rows
            if row.pk in within or row.pk in anyway
        }
