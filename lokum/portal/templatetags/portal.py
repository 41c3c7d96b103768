"""Tags of the portal's pages: plain words for what the books call by short names."""

import datetime as dt
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lokum.core.base.templatetags.lokum import amount_text as text_of_amount
from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.papers import grouped as grouped_number
from lokum.core.papers.rendering.qr import qr_svg
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.charges.explanation import Explanation, explain
from lokum.money.charges.models import ChargeLine, Component, Tariff
from lokum.money.charges.papers import unit_text
from lokum.money.charges.queries import told_segments
from lokum.money.charges.queries.notices import CauseWords, Side, ToldSegment, cause_words, sides_of
from lokum.money.ledger.queries import Allocation, Entry, SheetRow
from lokum.portal import words
from lokum.property.estates.models import FactKind

register = template.Library()


def _language() -> str:
    return (get_language() or "en").lower()


@register.simple_tag
def amount_text(value: Decimal, currency: str = "") -> str:
    return text_of_amount(value, currency)


@register.simple_tag
def absolute(value: Decimal) -> Decimal:
    return abs(value)


@register.simple_tag
def negative(value: Decimal) -> Decimal:
    return -value


@register.simple_tag
def long_day(value: dt.date | None) -> str:
    return texts.day(value, _language()) if value else ""


@register.simple_tag
def month_name(value: dt.date) -> str:
    name = texts.month(value, _language())
    return name[:1].upper() + name[1:]


@register.filter
def grouped(number: str) -> str:
    return grouped_number(number)


@register.filter
def plain(value: Decimal) -> str:
    """A quantity or rate without needless zeros, in the reader's language."""
    return texts.quantity(value, _language())


@register.filter
def masked(name: str) -> str:
    return words.masked(name)


@register.simple_tag
def qr(text: str, title: str = "") -> SafeString:
    return qr_svg(text, title)


@register.simple_tag
def row_text(row: SheetRow) -> str:
    return words.row_text(row)


@register.simple_tag
def unit(name: str) -> str:
    return unit_text(name)


@register.simple_tag
def component_name(component: Component) -> str:
    """The component's name in the reader's language, else its plain name."""
    return component.local_name


@register.simple_tag
def explained(line: ChargeLine) -> Explanation:
    return explain(line.snapshot)


@register.simple_tag
def told_parts(one: Explanation) -> list[ToldSegment]:
    """The parts of a line with a formula or with parts of a month, in words."""
    return told_segments(one)


@register.simple_tag
def correction_sides(one: Explanation) -> list[Side]:
    return sides_of(one)


@register.simple_tag
def correction_causes(one: Explanation) -> list[CauseWords]:
    return cause_words(one)


@register.simple_tag
def fact_name(name: str) -> str:
    if name in FactKind.values:
        return str(FactKind(name).label)
    return {"numerator": _("Your share (numerator)"), "denominator": _("Whole (denominator)")}.get(name, name)


@register.simple_tag
def tariff_level(level: str) -> str:
    return {
        Tariff.Level.GLOBAL: _("for everybody"),
        Tariff.Level.ENTITY: _("for everybody"),
        Tariff.Level.BUILDING: _("for your building"),
        Tariff.Level.GROUP: _("for your group of buildings"),
        Tariff.Level.PREMISES: _("for your premises"),
        Tariff.Level.PARTY: _("for you personally"),
    }.get(Tariff.Level(level) if level in Tariff.Level.values else Tariff.Level.ENTITY, level)


@register.simple_tag
def rounding_name(mode: str, decimals: int) -> str:
    name = str(Component.Rounding(mode).label) if mode in Component.Rounding.values else mode
    return _("%(mode)s, %(decimals)d decimals") % {"mode": name, "decimals": decimals}


@register.simple_tag
def document_kind(kind: str) -> str:
    """What a document is called, as its app named it."""
    return str(capfirst(DOCUMENT_KINDS.text(kind)))


@register.simple_tag
def counterpart(allocation: Allocation, entry: Entry) -> Entry:
    """The other side of an allocation."""
    return allocation.debit if allocation.credit_id == entry.pk else allocation.credit
