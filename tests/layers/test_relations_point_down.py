"""A relation between models points to the same layer or below; a string reference cannot evade this check."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import Field, Model

# From the top of the house to the bottom; apps named together may point at each other's layer only within the app.
LAYERS = (
    ("lokum.demo",),
    ("lokum.portal", "lokum.backoffice", "lokum.api"),
    ("lokum.packs.pl", "lokum.packs.tw", "lokum.packs.cn"),
    (
        "lokum.money.arrears",
        "lokum.money.documents",
        "lokum.money.banking",
        "lokum.money.changeover",
        "lokum.money.rehearsals",
    ),
    ("lokum.money.payments",),
    ("lokum.money.allowances",),
    ("lokum.money.deposits",),
    ("lokum.money.charges",),
    ("lokum.money.interest",),
    ("lokum.money.ledger",),
    ("lokum.property.reshaping", "lokum.property.supply"),
    ("lokum.property.occupancy",),
    ("lokum.property.estates",),
    ("lokum.property.parties",),
    ("lokum.core.flow",),
    ("lokum.core.reports",),
    ("lokum.core.papers",),
    ("lokum.core.annex",),
    ("lokum.core.jobs",),
    ("lokum.core.outbox",),
    ("lokum.core.audit",),
    ("lokum.core.access",),
    ("lokum.core.organisation",),
    ("lokum.core.desk",),
    ("lokum.core.base",),
)
HEIGHT = {app: -number for number, layer in enumerate(LAYERS) for app in layer}

# The table of users is named by this setting, which Django resolves for every app; a lower layer that must say
# who did something refers to it so.
USER = "access.User"


def relations() -> Iterator[tuple[type[Model], Field, type[Model]]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if isinstance(field, Field) and isinstance(field.related_model, type):
                yield model, field, field.related_model


def points_down(model: type[Model], target: type[Model]) -> bool:
    here, there = model._meta.app_config.name, target._meta.app_config.name
    if here == there or here not in HEIGHT:
        return True
    return there not in HEIGHT or HEIGHT[there] < HEIGHT[here]


def test_every_app_has_a_layer() -> None:
    ours = {config.name for config in apps.get_app_configs() if config.name.startswith("lokum")}
    assert ours == set(HEIGHT)


def test_relations_point_down() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} -> {target._meta.label}"
        for model, field, target in relations()
        if not points_down(model, target) and target._meta.label != USER
    ]
    assert wrong == []


def test_a_library_does_not_point_at_us() -> None:
    """Only the user may be the target of a relation from a library (sessions, sign-in, history)."""
    wrong = [
        f"{model._meta.label}.{field.name} -> {target._meta.label}"
        for model, field, target in relations()
        if model._meta.app_config.name not in HEIGHT
        and target._meta.app_config.name in HEIGHT
        and target._meta.label != USER
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("upper", "lower"), [("charges", "ledger"), ("banking", "organisation"), ("estates", "access")]
)
def test_the_check_sees_a_relation_that_points_up(upper: str, lower: str) -> None:
    above, below = next(apps.get_app_config(upper).get_models()), next(apps.get_app_config(lower).get_models())
    assert points_down(above, below)
    assert not points_down(below, above)
