"""Codes of the books in the reader's language, also those that upper layers write; months as months."""

import datetime as dt

import pytest
from django.utils.translation import override

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.columns import column
from lokum.core.desk.desk import registry
from lokum.core.desk.filters import apply_filters, parameters
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Allocation, Batch, Period


def test_kinds_of_batches_and_rules_have_words() -> None:
    batches, allocations = registry.of(Batch), registry.of(Allocation)
    assert batches is not None and allocations is not None
    with override("pl"):
        assert column(batches, "kind").text(Batch(kind="charge-run")) == "naliczenie miesięczne"
        assert column(allocations, "rule").text(Allocation(rule="on_posting")) == "użyte przy księgowaniu długu"
    offered = next(one for one in parameters(batches, options=False) if one.name == "kind")
    assert offered.kind == "choice"
    assert ("clearing", "money cleared") in offered.options


def test_a_month_is_shown_as_a_month() -> None:
    desk = registry.of(Period)
    assert desk is not None
    with override("zh-hant"):
        assert column(desk, "starts_on").text(Period(starts_on=dt.date(2026, 11, 1))) == "2026年11月"


@pytest.mark.django_db
def test_filter_by_word_or_by_part_of_a_code() -> None:
    desk = registry.of(Batch)
    assert desk is not None
    with acting(system_actor("test")):
        make_entry(account=make_account())
        user, everything = make_user(), Batch.objects.all()
        make_grant(user, ["*"])
        assert apply_filters(desk, everything, {"kind": ["charge-run"]}, user).queryset.count() == 0
        found = apply_filters(desk, everything, {"kind": ["factor"]}, user).queryset
        assert found.count() == everything.count() > 0
