"""Ready roles reach what their holders work with, also registers that came later."""

import pytest
from django.apps import apps

from lokum.core.access.ready_roles import READY_ROLES
from lokum.core.desk.desk import registry


@pytest.mark.req("PLT-10")
def test_an_accountant_opens_every_register_of_money() -> None:
    (accountant,) = (one for one in READY_ROLES if one.code == "accountant")
    money = {label for label, desk in registry.desks.items() if desk.model.__module__.startswith("lokum.money.")}
    assert {apps.get_app_config(label.partition(".")[0]).name for label in money} >= {"lokum.money.interest"}
    missing = {label for label in money if f"{label.partition('.')[0]}.*:*" not in accountant.rights}
    assert missing == set()
