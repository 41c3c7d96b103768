"""Charts of accounts by country and legal form."""

import importlib

import pytest
from django.apps import apps
from django.utils import translation

from lokum.core.base.context import system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.queries import trial_balance
from lokum.money.ledger.seams import PLAIN_CHART, chart_of
from lokum.money.ledger.services import prepare_books

ACTOR = system_actor("test")
FORMS = [
    *(("pl", form) for form in ("cooperative", "community", "municipal", "company")),
    ("tw", "community"),
    ("cn", "community"),
]


@pytest.mark.req("LED-01", "PLT-05")
@pytest.mark.parametrize("pack, form", FORMS)
def test_each_chart_has_one_account_for_every_purpose_and_three_more_languages(pack, form):
    rows = chart_of(pack, form)
    assert rows is not PLAIN_CHART
    assert {row.purpose for row in rows if row.purpose} == set(LedgerAccount.Purpose.values) - {
        "bank_account"  # made with each bank account
    }
    assert len({row.purpose for row in rows if row.purpose}) == len([row for row in rows if row.purpose])
    assert len({row.code for row in rows}) == len(rows)
    for row in rows:
        assert row.kind in LedgerAccount.Kind.values and len(row.code) <= 20
        assert len(row.names) == 3 and all(row.names.values()), row


@pytest.mark.req("LED-01", "PLT-29")
def test_a_taiwanese_community_has_its_own_books_in_the_readers_language(as_system):
    entity = make_entity(country_pack="tw", kind="community", currency="TWD")
    prepare_books(entity.pk, actor=ACTOR)
    deposits = LedgerAccount.objects.get(entity=entity, purpose="deposits")
    shown = {}
    for language in ("zh-hant", "zh-hans", "pl", "en"):
        with translation.override(language):
            shown[language] = str(LedgerAccount.objects.get(pk=deposits.pk))
            codes = {one.code: one.name for one in trial_balance([entity.pk], entity.opened_on, entity.opened_on)}
            assert f"2102 {codes['2102']}" == shown[language]
    assert shown == {"zh-hant": "2102 存入保證金", "zh-hans": "2102 存入保证金", "pl": "2102 Kaucje wpłacone",
                     "en": "2102 Deposits of payers"}  # fmt: skip


def test_preparing_again_adds_what_is_missing_under_a_free_number(as_system):
    entity = make_entity()
    prepare_books(entity.pk, actor=ACTOR)
    chart = LedgerAccount.objects.filter(entity=entity)
    count = chart.count()
    chart.filter(purpose="transit").delete()
    LedgerAccount.objects.create(entity=entity, code="249", name="Own use", kind="asset")
    prepare_books(entity.pk, actor=ACTOR)
    prepare_books(entity.pk, actor=ACTOR)
    assert chart.get(purpose="transit").code == "249-1" and chart.count() == count + 1


def test_the_upgrade_adds_accounts_to_books_kept_before(as_system):
    entity, other = make_entity(), make_entity()
    prepare_books(entity.pk, actor=ACTOR)
    new = ("interest", "deposits", "write_off", "allowance", "rounding", "result", "transit")
    LedgerAccount.objects.filter(entity=entity, purpose__in=new).delete()
    upgrade = importlib.import_module("lokum.money.ledger.migrations.0009_missing_accounts")
    for _time in range(2):
        upgrade.add_missing(apps, None)
    assert set(LedgerAccount.objects.filter(entity=entity, purpose__in=new).values_list("purpose", flat=True)) == set(
        new
    )
    assert not LedgerAccount.objects.filter(entity=other).exists()
