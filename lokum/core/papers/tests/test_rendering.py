"""Papers: right words and figures, readable by machines, the same bytes twice, and nobody's text is ever run."""

import datetime as dt
import hashlib
import io
from dataclasses import replace
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from lokum.core.papers.rendering import (
    Letterhead,
    LetterPaper,
    NoticeLine,
    NoticePaper,
    PostalAddress,
    RenderProblem,
    StatementPaper,
    StatementRow,
    TransferDetails,
    papers,
    render_letter,
    render_notice,
    render_statement,
    texts,
)
from lokum.core.papers.rendering.glyphs import missing_glyphs
from lokum.core.papers.rendering.process import render
from lokum.core.papers.rendering.qr import qr_svg
from lokum.core.papers.rendering.volumes import volumes

CODE = "7712345673|PL|12111122220007000000004321|031245|WM Lipowa 8|OPLATY 09/2026 LIPOWA 8/3|||"
LINES = (
    NoticeLine("Eksploatacja", "powierzchnia", Decimal("61.3"), "m²", Decimal("2.2"), Decimal("134.86")),
    NoticeLine("Zimna woda", "prognoza", Decimal("6.5"), "m³", Decimal("11.1564"), Decimal("72.52")),
)
NOTICE = NoticePaper(
    number="N/2026/09/000123",
    proof="7f3a-91cc",
    issued_on=dt.date(2026, 8, 25),
    period=dt.date(2026, 9, 1),
    due_on=dt.date(2026, 9, 10),
    currency="PLN",
    language="pl",
    letterhead=Letterhead("Wspólnota Lipowa 8", ("ul. Lipowa 8, 20-001 Lublin",), ("biuro@example.org",)),
    address=PostalAddress("Anna Żółkiewska", "ul. Lipowa 8/3", "20-001", "Lublin"),
    subject=("ul. Lipowa 8/3",),
    lines=LINES,
    total=Decimal("207.38"),
    balance=(("Zaległość", Decimal("105.07")), ("Opłaty", Decimal("207.38"))),
    to_pay=Decimal("312.45"),
    transfer=TransferDetails(
        "WM Lipowa 8", "12111122220007000000004321", "OPLATY 09/2026 LIPOWA 8/3", Decimal("312.45"), CODE
    ),
)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return text.replace("\r\n", "\n").replace("\u00a0", " ")


@pytest.mark.req("CHG-13")
def test_the_notice_says_what_to_pay_and_its_code_can_be_scanned() -> None:
    pdf = render_notice(NOTICE)
    text = text_of(pdf)
    for expected in ("312,45 zł", "10 września 2026", "12 1111 2222 0007 0000 0000 4321", "Żółkiewska", "11,1564"):
        assert expected in text
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=3).to_pil()
    codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [CODE]


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("312.45 zł", "10 September 2026")),
        ("pl", ("312,45 zł", "wrzesień 2026")),
        ("zh-hant", ("312.45 zł", "2026年9月10日")),
        ("zh-hans", ("312.45 zł", "2026年9月10日")),
    ],
)
def test_every_language_has_its_figures_and_glyphs(language: str, expected: tuple[str, ...]) -> None:
    pdf = render_notice(replace(NOTICE, language=language))
    text = text_of(pdf)
    assert not missing_glyphs(text)
    for part in expected:
        assert part in text.replace(" 年 ", "年").replace(" 月 ", "月").replace(" 日", "日")


def test_a_character_without_glyph_is_seen() -> None:
    assert missing_glyphs("Łódź 臺北 广州") == set()
    assert missing_glyphs("\U0001f600") == {"\U0001f600"}


@pytest.mark.req("PLT-32")
@pytest.mark.parametrize("large", [False, True])
def test_papers_are_tagged_for_screen_readers(large: bool) -> None:
    with pikepdf.open(io.BytesIO(render_notice(replace(NOTICE, large_print=large)))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang).startswith("pl")
        assert "N/2026/09/000123" in str(pdf.docinfo["/Title"])


@pytest.mark.req("POR-08")
def test_the_same_data_give_the_same_bytes() -> None:
    first, second = render_notice(NOTICE), render_notice(replace(NOTICE, lines=LINES))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert render_notice(replace(NOTICE, number="other")) != first


@pytest.mark.parametrize(
    "hostile",
    ["#panic()", "$x^2$", "[a]", "*bold* _it_", "@ref <label>", "\\u{1F}", '"; #read("/etc/passwd")', "// x", "`raw`"],
)
def test_text_of_strangers_is_shown_literally(hostile: str) -> None:
    pdf = render_notice(replace(NOTICE, address=PostalAddress(hostile, hostile), notes=(hostile,)))
    assert text_of(pdf).replace("\n", "").count(hostile) == 3


def test_thirty_lines_break_over_pages_with_the_head_repeated() -> None:
    pdf = render_notice(replace(NOTICE, lines=LINES * 25))
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    assert len(pages) > 1
    assert all("Quantity" in page or "Ilość" in page for page in pages[:2])


def test_nothing_due_shows_no_code_and_no_date() -> None:
    transfer = replace(NOTICE.transfer, code_text="", amount=Decimal(0))
    pdf = render_notice(replace(NOTICE, to_pay=Decimal(0), transfer=transfer, balance=()))
    with pypdfium2.PdfDocument(pdf) as document:
        assert zxingcpp.read_barcodes(document[0].render(scale=3).to_pil()) == []
    assert "10 września" not in text_of(pdf)


@pytest.mark.req("LED-02")
def test_the_statement_sums_its_columns() -> None:
    rows = (
        StatementRow(dt.date(2026, 1, 1), "Naliczenie", Decimal("100.00"), None, None, Decimal("110.00")),
        StatementRow(dt.date(2026, 1, 9), "Wpłata", None, None, Decimal("-60.00"), Decimal("50.00")),
        StatementRow(dt.date(2026, 1, 10), "Korekta", None, Decimal("-5.00"), None, Decimal("45.00")),
    )
    paper = StatementPaper(
        "", "x", dt.date(2026, 2, 1), "pl", "PLN", NOTICE.letterhead, NOTICE.address, "0001", dt.date(2026, 1, 1),
        dt.date(2026, 1, 31), Decimal("10.00"), rows,
    )  # fmt: skip
    text = text_of(render_statement(paper))
    assert "45,00" in text
    assert "−60,00" in text


@pytest.mark.req("PLT-08")
def test_a_letter_hands_out_facts() -> None:
    letter = LetterPaper(
        "", "x", dt.date(2026, 2, 1), "pl", NOTICE.letterhead, NOTICE.address, "Dostęp do portalu",
        ("Pierwszy akapit.",), (("Hasło", "kot-dom-łąka-1"),),
    )  # fmt: skip
    assert "kot-dom-łąka-1" in text_of(render_letter(letter))


def test_limits_of_the_rendering_process_bite(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RenderProblem):
        render("notice/99", {"meta": {"issued": [2026, 1, 1]}}, {})
    with pytest.raises(RenderProblem):
        render("../notice/1", {"meta": {"issued": [2026, 1, 1]}}, {})
    monkeypatch.setattr(papers, "render", lambda *asked: render(*asked, timeout=0.3))
    with pytest.raises(RenderProblem):
        render_notice(replace(NOTICE, lines=LINES * 30_000))
    monkeypatch.undo()
    assert text_of(render_notice(NOTICE))  # a new process took over


def test_volumes_hold_each_paper_once() -> None:
    made = [render_notice(replace(NOTICE, number=f"N/{number}")) for number in range(5)]
    found = [text_of(volume) for volume in volumes(made, most=2)]
    assert len(found) == 3
    whole = "\n".join(found)
    assert all(whole.count(f"N/{number}\n") + whole.count(f"N/{number} ") >= 1 for number in range(5))


@pytest.mark.req("POR-05")
def test_the_code_on_a_page_has_no_inline_style() -> None:
    svg = qr_svg(CODE, "Przelew <3")
    assert "style=" not in svg
    assert "<title>Przelew &lt;3</title>" in svg


@pytest.mark.req("PLT-29")
def test_amounts_stand_as_their_readers_write_them_and_an_absent_number_has_no_line() -> None:
    """New Taiwan dollars are whole; Chinese readers put the sign first; a payee without a bank number shows none."""
    line = NoticeLine("管理費", "公式", Decimal(1), "", Decimal(2285), Decimal(2285))
    paper = replace(NOTICE, currency="TWD", language="zh-hant", lines=(line,), total=Decimal(2285), balance=(),
                    to_pay=Decimal(2285), transfer=replace(NOTICE.transfer, account_number="", code_text="",
                                                           amount=Decimal(2285)))  # fmt: skip
    text = text_of(render_notice(paper))
    assert "NT$2,285" in text and "2,285.00 NT$" not in text and "帳號" not in text
    assert texts.amount(Decimal("-5"), "zh-hans", "CNY") == "\u2212¥5.00"
    assert texts.amount(Decimal("1234.5"), "pl", "PLN") == "1\u00a0234,50\u00a0zł"
    # In tables the sign stands in the heading: the digits are still those of the currency, prices keep theirs.
    assert [texts.figure(Decimal("-2285.00"), "zh-hant", each) for each in ("TWD", "CNY")] == [
        "\u22122,285",
        "\u22122,285.00",
    ]
    assert [texts.price(Decimal(text), "zh-hant", "TWD") for text in ("80.00", "80.55")] == ["80", "80.55"]
    assert [texts.price(Decimal(text), "pl", "PLN") for text in ("80", "0.1875")] == ["80,00", "0,1875"]


@pytest.mark.req("CHG-13")
def test_what_is_credited_is_not_called_a_payment_ahead() -> None:
    """Each of the three answers on top of a notice fits its sign."""
    nothing = replace(NOTICE, to_pay=Decimal(0), transfer=replace(NOTICE.transfer, amount=Decimal(0), code_text=""))
    credit = replace(nothing, language="en", total=Decimal("-40"), balance=(("Difference", Decimal("-40")),))
    ahead = replace(nothing, language="en", balance=(("Paid ahead", Decimal("-900")),))
    assert "Credited to your account" in (told := text_of(render_notice(credit))) and "paid ahead" not in told
    assert "You have paid ahead" in text_of(render_notice(ahead))
    even = replace(nothing, language="en", balance=(("Charges of the month", Decimal(0)),))
    assert "Nothing to pay" in (told := text_of(render_notice(even))) and "paid ahead" not in told
