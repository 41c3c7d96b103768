"""Script text stored in every text field of every register comes back as text, never as markup."""

from typing import Any

import pytest
from django.db import DatabaseError, models, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.desk.desk import ModelDesk, registry
from tests.conformance.conftest import MADE
from tests.conformance.factories import factory_of

pytestmark = pytest.mark.usefixtures("as_system")
ATTACK = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
SHORT = "<b>\"'"


@pytest.fixture
def staff() -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


def poison(desk: ModelDesk, record: Any) -> list[str]:
    """Put the attack into each text column the database lets us change. Returns the columns."""
    done = []
    for field in desk.model._meta.local_concrete_fields:
        is_text = isinstance(field, (models.CharField, models.TextField))
        if not is_text or field.choices or field.primary_key:
            continue
        text = ATTACK if field.max_length is None or field.max_length >= len(ATTACK) else SHORT[: field.max_length]
        try:
            with transaction.atomic():
                desk.model._base_manager.filter(pk=record.pk).update(**{field.name: text})
        except DatabaseError:  # a rule of the table itself refuses such text
            continue
        done.append(field.name)
    return done


@pytest.mark.req("PLT-37")
@pytest.mark.parametrize("label", MADE)
def test_stored_script_text_stays_text(label: str, staff: Client) -> None:
    desk = registry.desks[label]
    factory = factory_of(desk.model)
    assert factory is not None
    record = factory()
    record = record[0] if isinstance(record, tuple) else record
    if not poison(desk, record):
        return  # posted rows and pure relations: there is no text anybody could store
    pages = [desk.path("list"), desk.path("detail", record.pk), f"{desk.path('detail', record.pk)}?tab=history"]
    if desk.editable and desk.fields:
        pages.append(desk.path("edit", record.pk))
    for page in pages:
        body = staff.get(page).content.decode()
        assert "<img src=x" not in body and "<script>alert" not in body and "<b>\"'" not in body, page
