"""The touched documents of a correction as a register: from the API, as a sheet, however many there are."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.flow.models import ApprovalRequest
from lokum.core.jobs.testing import run_jobs
from lokum.core.organisation.factories import make_node
from lokum.money.charges.models import CorrectionRun, Notice
from lokum.money.charges.tests.test_corrections import AUGUST, NOVEMBER, area, make_posted_world
from lokum.money.ledger.models import AccountBalance


def call(client: Client, path: str, **values: Any) -> Any:
    return client.post(f"/api/v1/{path}", json.dumps(values), content_type="application/json")


@pytest.mark.req("REG-05", "CHG-08")
def test_compared_listed_asked_and_approved_by_the_api(fresh_database: Any) -> None:
    """china.md 7.2 once more: 2.07, 3.11 and 3.11, together 8.29."""
    with acting(system_actor("test")) as actor:
        world = make_posted_world(actor, tag="K3")
        area(world, "65.85", dt.date(2025, 9, 11), actor)
        users = [make_user(username=name) for name in ("proposer", "decider", "stranger")]
        for user in users[:2]:
            make_grant(user, ("*",))
        make_grant(users[2], ("*",), {"node": [make_node().pk]})
    proposer, decider, stranger = Client(), Client(), Client()
    for client, user in zip((proposer, decider, stranger), users, strict=True):
        client.force_login(user)
    asked = {"entity": world.entity.pk, "since": str(AUGUST), "until": str(NOVEMBER), "reason": "new survey"}
    assert call(proposer, "charges/correctionrun/actions/compare", **asked).status_code == 200
    wrong = call(proposer, "charges/correctionrun/actions/compare", **asked | {"since": "2025-12-01"})
    assert run_jobs() >= 1 and wrong.status_code in (200, 422)
    run = proposer.get("/api/v1/charges/correctionrun?state=compared").json()["items"][0]
    lines = proposer.get(f"/api/v1/charges/correctionline?run={run['id']}").json()["items"]
    assert sorted(Decimal(one["amount"]) for one in lines) == [Decimal("2.07"), Decimal("3.11"), Decimal("3.11")]
    assert all("survey 7/2025" in one["causes"] and "65.85" in one["causes"] and one["notice"] for one in lines)
    sheet = proposer.get(f"/office/charges/correctionline/export/?run={run['id']}&format=csv")
    text = b"".join(sheet.streaming_content) if sheet.streaming else sheet.content
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert sheet.status_code == 200 and sum("survey 7/2025" in "".join(row) for row in rows) == 3
    page = proposer.get(f"/office/charges/correctionrun/{run['id']}/?tab=lines").content.decode()
    assert "8.29" in page or page.count("3.11") >= 2
    assert stranger.get(f"/api/v1/charges/correctionline?run={run['id']}").json().get("items", []) == []

    assert call(proposer, f"charges/correctionrun/{run['id']}/request").status_code == 200
    with acting(system_actor("test")):
        request = ApprovalRequest.objects.get()
        before = AccountBalance.objects.get(pk=world.accounts[0]).amount
        assert not Notice.objects.filter(corrects__isnull=False).exists()
    own = call(proposer, f"flow/approvalrequest/{request.pk}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "approval.own")
    assert call(decider, f"flow/approvalrequest/{request.pk}/approve").status_code == 200
    with acting(system_actor("test")):
        assert AccountBalance.objects.get(pk=world.accounts[0]).amount == before + Decimal("8.29")
    # A second run adds nothing.
    assert call(proposer, "charges/correctionrun/actions/compare", **asked).status_code == 200
    run_jobs()
    with acting(system_actor("test")):
        again = CorrectionRun.objects.latest("pk")
        assert (again.pk != run["id"], again.line_count, again.document_count) == (True, 0, 0)
    nothing = call(proposer, f"charges/correctionrun/{again.pk}/request")
    assert nothing.status_code in (409, 422)
