"""Premises from a sheet: they belong to the one entity of their office, and the import can be taken back."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.desk.models import ImportBatch
from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_building, make_estate
from lokum.property.estates.models import Premises, PremisesEntity

LIST = "/office/estates/premises/"


@pytest.mark.req("PLT-24", "REG-03")
def test_premises_of_an_entity_come_in_and_are_taken_back(as_system: Any) -> None:
    building = make_building(estate=(estate := make_estate()))
    entity = make_entity(node=estate.node)
    user = make_user()
    make_grant(user, ["*"])
    client = Client()
    client.force_login(user)
    sheet = f"Building,Number,Code,Kind\n{building.code},1,IMP-1,dwelling\n{building.code},2,IMP-2,dwelling".encode()
    address = client.post(f"{LIST}import/", {"file": SimpleUploadedFile("flats.csv", sheet)})["Location"]
    headings = client.get(address).context["headings"]
    columns = {f"column-{one['position']}": one["field"] for one in headings}
    assert all(columns.values()), columns
    client.post(address, {"step": "check", "policy": "all", **columns})
    client.post(address, {"step": "run"})
    made = Premises.objects.filter(code__in=["IMP-1", "IMP-2"])
    assert made.count() == 2
    assert [one.entity for one in PremisesEntity.objects.filter(premises__in=made)] == [entity, entity]
    client.post(address, {"step": "undo"})
    assert ImportBatch.objects.get().state == "undone"
    assert not made.exists() and not PremisesEntity.objects.filter(entity=entity).exists()
