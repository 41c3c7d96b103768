"""The second wall: with the application's filter switched off the database still shows no foreign row."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from lokum.core.audit.exempt import EXEMPT
from lokum.core.base.context import Actor, Reach, acting

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("as_system")]

# Person, money, document and file tables (PLT-11); each must carry a forced policy.
GUARDED = {
    "annex_attachment",
    "annex_comment",
    "papers_issueddocument",
    "papers_documentfile",
    "parties_party",
    "parties_partycontact",
    "parties_partyaddress",
    "parties_consent",
    "parties_partymerge",
    "estates_premises",
    "estates_premisesentity",
    "estates_premisesfact",
    "estates_ownershipshare",
    "estates_factchange",
    "estates_costshare",
    "occupancy_title",
    "occupancy_titleholder",
    "occupancy_agreement",
    "occupancy_agreementattribute",
    "occupancy_householdmember",
    "occupancy_personssource",
    "occupancy_declaration",
    "occupancy_premisesstate",
    "occupancy_estateimport",
    "occupancy_estateimportrow",
    "occupancy_member",
    "occupancy_memberstatus",
    "occupancy_membercontribution",
    "occupancy_contributionpayment",
    "reshaping_reshaping",
    "reshaping_formerpremises",
    "reshaping_newpremises",
    "reshaping_newtitleholder",
    "ledger_account",
    "ledger_entry",
    "ledger_line",
    "ledger_accountbalance",
    "ledger_openitem",
    "ledger_allocation",
    "charges_notice",
    "charges_chargeline",
    "charges_draftline",
    "interest_interestdraftline",
    "changeover_ownerchange",
    "rehearsals_rehearsal",
    "rehearsals_rehearsalline",
    "changeover_newholder",
    "changeover_borderreading",
    "payments_virtualaccount",
    "payments_payment",
    "banking_bankfile",
    "banking_bankstatement",
    "banking_bankentry",
    "banking_clearingitem",
    "banking_clearingmove",
}


def rows(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.req("PLT-11")
def test_every_guarded_table_forces_its_policy_on_everybody() -> None:
    forced = rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
        " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)"
    )
    assert set(forced) >= GUARDED
    assert rows("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user") == [False]


@pytest.mark.req("PLT-11")
def test_without_an_announced_actor_nothing_passes() -> None:
    with connection.cursor() as cursor:
        for name in ("reach", "nodes", "buildings", "premises", "parties", "accounts"):
            cursor.execute("SELECT set_config(%s, '', true)", [f"lokum.{name}"])
    for table in sorted(GUARDED):
        assert rows(f'SELECT count(*) FROM "{table}"') == [0], table


@pytest.mark.req("PLT-11")
def test_no_policy_runs_in_a_circle() -> None:
    nobody = Actor(user_id=1, label="nobody", reach=Reach(nodes=frozenset({-1}), buildings=frozenset({-1})))
    with acting(nobody):
        for table in sorted(GUARDED):
            assert rows(f'SELECT count(*) FROM "{table}"') == [0], table


@pytest.mark.req("PLT-15")
def test_every_table_keeps_history_or_says_why_not() -> None:
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("lokum.")
    }
    with_trigger = set(
        rows("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'lokum_audit' AND tgenabled = 'O'")
    )
    assert tables - with_trigger - set(EXEMPT) == set(), (
        "give them audit_trigger or a reason in lokum/core/audit/exempt.py"
    )
    assert with_trigger & set(EXEMPT) == set()
    assert set(EXEMPT) <= tables
