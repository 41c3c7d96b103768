"""Run by tests/toys/test_new_register.py in a process of its own: uses the toy register through page, sheet and API."""

import io
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.toys.settings"
django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from lokum.core.access.factories import make_grant, make_user  # noqa: E402
from lokum.core.base.context import acting, system_actor  # noqa: E402
from lokum.property.estates.factories import make_estate  # noqa: E402

LIST, API = "/office/trees/tree/", "/api/v1/trees/tree"


def main() -> None:
    setup_test_environment()
    call_command("migrate", "trees", database="owner", verbosity=0)
    call_command("check")
    call_command("makemigrations", "trees", check_changes=True, dry_run=True, verbosity=0)
    with acting(system_actor("test")):
        estate, user, reader = make_estate(), make_user(), make_user()
        make_grant(user, ["trees.tree:*", "estates.estate:view"])
        make_grant(reader, ["trees.tree:view"])
    client, other = Client(), Client()
    client.force_login(user)
    other.force_login(reader)

    added = client.post(
        f"{LIST}add/", {"estate": estate.pk, "number": "T1", "species": "Dąb szypułkowy", "girth": "250"}
    )
    assert added.status_code == 302, added.content.decode()
    page = client.get(LIST, {"q": "dab"}).content.decode()
    assert "Dąb szypułkowy" in page
    assert LIST in page, "the menu leads to the register"
    record = client.get(f"{API}?q=dab").json()["items"][0]
    assert record["girth"] == 250
    changed = client.patch(f"{API}/{record['id']}", {"girth": 251}, "application/json", headers={"If-Match": '"1"'})
    assert changed.json()["girth"] == 251, changed.content
    sheet = client.get(f"{LIST}export/?format=xlsx&scope=fields").content
    upload = client.post(f"{LIST}import/", {"file": SimpleUploadedFile("trees.xlsx", io.BytesIO(sheet).read())})
    batch = client.get(upload["Location"]).context
    columns = {f"column-{each['position']}": each["field"] for each in batch["headings"]}
    client.post(upload["Location"], {"step": "check", "policy": "all", **columns})
    assert client.get(upload["Location"]).context["batch"].same_count == 1
    history = client.get(f"{LIST}{record['id']}/?tab=history").content.decode()
    assert "251" in history, "the change is in the history"
    assert "Dąb" in client.get("/office/search/?q=szypulkowy").content.decode()
    assert other.get(f"{LIST}add/").status_code == 403
    assert other.get(LIST).status_code == 200
    assert f"{API}/{{pk}}" in client.get("/api/v1/openapi.json").json()["paths"]


if __name__ == "__main__":
    sys.exit(main())
