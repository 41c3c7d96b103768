"""Template tags shared by the portal, the back office and the signed-out pages.

Numbers follow the reader's language; the marks are chosen so that a screen reader says them: a real minus
sign, a no-break space before the currency, and a machine-readable ``<data value>`` for charts and copying.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal
from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

from lokum.core.base.money import places_of

register = template.Library()

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
# People write these amounts with the sign of the currency's home country, whatever language they read in.
HOME_SIGN = {"PLN": "zł"}

TONES = {
    "ok": ("circle-check", "tone-ok"),
    "warn": ("alert-triangle", "tone-warn"),
    "bad": ("alert-circle", "tone-bad"),
    "info": ("info-circle", "tone-info"),
    "muted": ("circle-minus", "tone-muted"),
}
MESSAGE_TONES = {"success": "ok", "warning": "warn", "error": "bad", "danger": "bad", "debug": "muted"}


def current_locale() -> Locale:
    """Return Babel's locale of the reader's language, English when Babel does not know it."""
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def amount_text(value: Decimal | int | str | None, currency: str = "", places_like: str = "") -> str:
    """Write a money amount in the reader's language.

    ``value`` is in units of the currency (not cents). Without ``currency`` only the number is written, for tables
    that name the currency once; with as many digits as the currency ``places_like`` has, else two. ``None`` gives
    an empty string.
    """
    if value is None or value == "":
        return ""
    number = Decimal(value)
    locale = current_locale()
    digits = places_of(currency or places_like) if currency or places_like else 2
    if not digits and number != number.to_integral_value():
        digits = 2  # never hide a part of an amount that should not be there
    fraction = "." + "0" * digits if digits else ""
    if not currency or currency in HOME_SIGN:
        text = format_decimal(number, format=f"#,##0{fraction}", locale=locale)
        if currency:
            text += NO_BREAK_SPACE + HOME_SIGN[currency]
    else:
        pattern = re.sub(r"0\.0+", f"0{fraction}", locale.currency_formats["standard"].pattern)
        text = format_currency(number, currency, format=pattern, locale=locale, currency_digits=False)
    return text.replace("-", MINUS).replace(" ", NO_BREAK_SPACE)


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """Draw an icon of the sprite; decorative unless ``label`` says what it means. ``size``: sm or lg."""
    href = f"{static('lokum/icons.svg')}#{name}"
    size_class = f" icon-{size}" if size else ""
    if label:
        return format_html(
            '<svg class="icon{}" role="img" aria-label="{}"><use href="{}"></use></svg>',
            size_class,
            label,
            href,
        )
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        size_class,
        href,
    )


@register.simple_tag
def amount(value: Decimal | int | str | None, currency: str = "", places_like: str = "") -> SafeString:
    """Write an amount as ``<data class="amount">``; empty for ``None``."""
    if value is None or value == "":
        return SafeString("")
    text = amount_text(value, currency, places_like)
    return format_html('<data class="amount" value="{}">{}</data>', str(Decimal(value)), text)


@register.filter
def price(value: Decimal, currency: str = "") -> str:
    """The price of one unit: at least the digits of its currency, more where the price has more."""
    needed = -int(Decimal(value).normalize().as_tuple().exponent)
    digits = max(places_of(currency) if currency else 2, needed)
    return format_decimal(value, format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale=current_locale())


@register.simple_tag
def state(label: Any, tone: str = "muted", icon_name: str = "") -> SafeString:
    """Write a state as a badge of icon and word; ``tone`` is ok, warn, bad, info or muted."""
    default_icon, tone_class = TONES.get(tone, TONES["muted"])
    return format_html(
        '<span class="state {}">{}<span>{}</span></span>', tone_class, icon(icon_name or default_icon), label
    )


@register.filter
def message_tone(level_tag: str) -> str:
    """Map the level of a Django message to one of our tones."""
    return MESSAGE_TONES.get(level_tag, "info")


@register.filter
def tone_icon(tone: str) -> str:
    return TONES.get(tone, TONES["info"])[0]


@register.filter
def has_active(items: list[Any]) -> bool:
    """Tell whether one of the menu items is the current page."""
    return any(item["active"] if isinstance(item, dict) else item.active for item in items or ())


@register.simple_tag(takes_context=True)
def query_set(context: template.Context, **changes: Any) -> str:
    """Return ``?...`` of the current address with the named parameters set, or removed when empty.

    Every parameter not named stays, so that filters survive sorting and paging.
    """
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, [str(each) for each in value])
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def widget(field: BoundField, extra: str = "") -> SafeString:
    """Draw a form field's widget with the classes of our stylesheet, keeping the form's own attributes."""
    inner = field.field.widget
    if isinstance(inner, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        added = "form-check-input"
    elif isinstance(inner, forms.Select):
        added = "form-select"
    else:
        added = "form-control"
    classes = [inner.attrs.get("class", ""), added, extra, "is-invalid" if field.errors else ""]
    return field.as_widget(attrs={"class": " ".join(each for each in classes if each)})


@register.filter
def widget_kind(field: BoundField) -> str:
    """Tell how a field is laid out: ``check`` (label after), ``group`` (fieldset) or ``line``."""
    inner = field.field.widget
    if isinstance(inner, forms.CheckboxInput):
        return "check"
    if isinstance(inner, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    return "line"
