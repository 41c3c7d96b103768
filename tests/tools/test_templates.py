"""The template lint finds what the content security policy or a translator would miss."""

import pytest

from tools.templates import complaints, lint


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("<script>go()</script>", "inline <script>"),
        ("<style>p{}</style>", "inline <style>"),
        ('<p style="color:red">1</p>', "style attribute"),
        ('<a onclick="go()">1</a>', "onclick"),
        ('<a href="javascript:go()">1</a>', "href"),
        ('<a hx-on:click="go()">1</a>', "hx-on:click"),
        ("<p>Hello</p>", "'Hello'"),
        ("{% if a %}<p>{{ b }} pieces</p>{% endif %}", "'pieces'"),
        ('<input placeholder="Search">', "placeholder"),
        ("<p>您好世界</p>", "untranslated"),
        ('<p>{{ day|date:"Y-m-d" }}</p>', "fixed order"),
    ],
)
def test_a_breach_is_named(text: str, word: str) -> None:
    found = lint(text)
    assert len(found) == 1
    assert word in found[0][1]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="{% static "x.js" %}" defer></script>',
        '{% load i18n %}<p title="{% translate "Name" %}">{% translate "Hello" %}: {{ name }}</p>',
        "{% blocktranslate count n=n %}one{% plural %}many{% endblocktranslate %}",
        "{# a remark #}{% comment %}words{% endcomment %}",
        '<a href="/{{ day|date:\'Y-m\' }}/">{{ day|date:"SHORT_DATE_FORMAT" }} {{ day|date:"YEAR_MONTH_FORMAT" }}</a>',
        '<b translate="no">Lokum</b> <code>make run</code> &nbsp; 1 / 2',
        '<script type="application/json">{"a": 1}</script>',
    ],
)
def test_a_clean_template_passes(text: str) -> None:
    assert lint(text) == []


def test_a_complaint_names_the_line() -> None:
    assert lint("<p>\n{# one\n two #}\nHello\n</p>")[0][0] == 4


def test_the_templates_of_the_project_are_clean() -> None:
    assert complaints() == []
