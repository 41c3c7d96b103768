"""The actor is known to the database inside its transaction and nowhere else."""

import pytest
from django.db import connection

from lokum.core.base.context import Actor, Reach, acting


def _setting(name: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        return cursor.fetchone()[0] or None


@pytest.mark.django_db
def test_settings_follow_the_actor() -> None:
    outer = Actor(user_id=7, label="Anna", reach=Reach(buildings=frozenset({3, 1})))
    with acting(outer):
        assert _setting("lokum.actor") == "7"
        assert _setting("lokum.buildings") == "{1,3}"
        with acting(Actor(user_id=8, label="Jan", reach=Reach(everything=True))):
            assert _setting("lokum.reach") == "all"
        assert (_setting("lokum.actor"), _setting("lokum.reach")) == ("7", "scoped")


def test_tests_run_as_the_application_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("lokum_app", False, False)
