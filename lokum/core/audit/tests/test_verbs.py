"""The timeline speaks the reader's language: every verb that the catalogues know of has its words."""

import pytest
from django.utils.translation import override

from lokum.core.audit.verbs import CONTEXT, EVENT_DETAILS, VERBS, detail_text, verb_text
from tools.catalogues import catalogue_path, extract


@pytest.mark.req("PLT-29")
def test_verbs_are_taken_from_the_calls_that_write_them() -> None:
    verbs = {str(message.id) for message in extract() if message.context == CONTEXT}
    assert {"posted", "approved", "moved", "signed in", "rights set", "sent for approval"} <= verbs


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize(("language", "words"), [
    ("pl", {"posted": "zaksięgowano", "insert": "dodano", "took_back": "cofnięto", "signed in": "zalogowano"}),
    ("zh-hant", {"posted": "已過帳", "approved": "已核准", "approval proposed": "已送交核准"}),
    ("zh-hans", {"posted": "已过账", "approved": "已批准", "approval proposed": "已提交审批"}),
])  # fmt: skip
def test_verbs_are_shown_in_the_readers_language(language: str, words: dict[str, str]) -> None:
    code = {"zh-hant": "zh_Hant", "zh-hans": "zh_Hans"}.get(language, language)
    if not catalogue_path(code).with_suffix(".mo").exists():
        pytest.fail("the catalogues are not compiled: tools/launch.py messages")
    with override(language):
        assert {verb: verb_text(verb) for verb in words} == words
        assert [verb for verb in VERBS if verb_text(verb) == verb] == []
        assert detail_text("request") in ("wniosek", "申請", "申请")
        assert all(str(name) not in ("request", "query", "rows") for name in EVENT_DETAILS)
