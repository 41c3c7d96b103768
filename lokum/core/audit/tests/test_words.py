"""The log reads as the rest of the office does: registers, fields and verbs in the reader's language."""

import pytest
from django.utils.translation import override

from lokum.core.audit.desk import AuditRowDesk
from lokum.core.audit.models import AuditRow
from lokum.core.audit.verbs import detail_text
from lokum.core.desk.columns import column
from lokum.core.desk.desk import registry


@pytest.mark.req("PLT-15")
def test_a_line_of_the_log_in_polish() -> None:
    line = AuditRow(action="update", table_name="estates_premises", before={"closed_on": None}, after={"version": 2})
    desk = registry.of(AuditRow)
    assert isinstance(desk, AuditRowDesk)
    with override("pl"):
        texts = [column(desk, name).text(line) for name in ("action", "table_name", "what")]
        assert texts == ["zmieniono", "Lokale", "zamknięto"]
        assert detail_text("starts_on") == "zaczyna się"


def test_unknown_codes_are_shown_as_they_are() -> None:
    line = AuditRow(action="translated nowhere", table_name="gone_table", before={}, after={"some_field": 1})
    desk = registry.of(AuditRow)
    assert desk is not None
    texts = [column(desk, name).text(line) for name in ("action", "table_name", "what")]
    assert texts == ["translated nowhere", "gone_table", "some_field"]
