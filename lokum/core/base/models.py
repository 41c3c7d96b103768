"""What every editable record has in common."""

from typing import ClassVar

from django.db import models


class Record(models.Model):
    """A row people edit. `version` grows with every save through the desk and guards against lost updates.

    `scope_path` says by which columns a data scope reaches the row: kind of scope -> lookup from this model,
    e.g. {"building": "building_id", "node": "estate__node_id"}. {} with `scope_open = True` marks a register
    that everybody with the right sees whole (vocabularies).
    """

    scope_path: ClassVar[dict[str, str]] = {}
    scope_open: ClassVar[bool] = False

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class OwnFields(models.Model):
    """A record to which an operator may add fields of their own (`lokum.core.desk.own_fields`)."""

    own = models.JSONField(default=dict, db_default={}, blank=True, editable=False)

    class Meta:
        abstract = True
