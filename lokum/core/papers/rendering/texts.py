"""The fixed words of papers, and figures and dates in the reader's way of writing them."""

import datetime as dt
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import override, to_locale

from lokum.core.base.money import places_of

_LOCALES = {"zh-hant": "zh_Hant_TW", "zh-hans": "zh_Hans_CN", "en": "en_GB"}
_SCRIPTS = {
    "zh-hant": ("zh", "TW", "hant"),
    "zh-hans": ("zh", "CN", "hans"),
    "pl": ("pl", "PL", ""),
    "en": ("en", "GB", ""),
}
_SIGNS = {"PLN": "zł", "TWD": "NT$", "CNY": "¥", "EUR": "€"}
_BEFORE = {"TWD", "CNY", "EUR"}  # signs that Chinese and English readers put before the number


def locale_of(language: str) -> str:
    return _LOCALES.get(language.lower(), to_locale(language))


def typst_language(language: str) -> dict[str, str]:
    lang, region, script = _SCRIPTS.get(language.lower(), (language[:2], "", ""))
    return {"lang": lang, "region": region, "script": script}


def amount(value: Decimal, language: str, currency: str = "", like: str = "") -> str:
    """An amount with the currency's digits and, where `currency` is given, its sign.

    The sign stands before the number where people write it so ("NT$2,285" in Chinese and English), else behind.
    `like`: only the digits of that currency, for tables that name it once.
    """
    digits = places_of(currency or like) if currency or like else 2
    if not digits and value != value.to_integral_value():
        digits = 2  # never hide a part of an amount that should not be there
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(value, format=pattern, locale=locale_of(language)).replace("-", "\u2212")
    text = text.replace(" ", "\u00a0")
    if currency in _BEFORE and language.lower().startswith(("zh", "en")):
        minus, number = ("\u2212", text[1:]) if text.startswith("\u2212") else ("", text)
        return f"{minus}{currency_sign(currency)}{number}"
    return f"{text}\u00a0{currency_sign(currency)}" if currency else text


def currency_sign(currency: str) -> str:
    return _SIGNS.get(currency, currency)


def quantity(value: Decimal, language: str, least: int = 0) -> str:
    """A quantity or price without useless zeros, with at least `least` decimals."""
    return format_decimal(
        value.normalize(), format="#,##0." + "0" * least + "#" * (6 - least), locale=locale_of(language)
    )


def day(value: dt.date, language: str) -> str:
    return format_date(value, "long", locale=locale_of(language))


def month(value: dt.date, language: str) -> str:
    pattern = "y年M月" if language.lower().startswith("zh") else "LLLL y"
    return format_date(value, pattern, locale=locale_of(language))


def short_day(value: dt.date, language: str) -> str:
    return format_date(value, "medium", locale=locale_of(language))


def words(language: str) -> dict[str, str]:
    """Every fixed word a layout places, in the paper's language."""
    with override(language):
        return {
            "title": _("Charge notice"),
            "statement": _("Account statement"),
            "number": _("No."),
            "proof": _("Proof code"),
            "page": _("Page {page} of {pages}"),
            "item": _("Item"),
            "basis": _("Basis"),
            "quantity": _("Quantity"),
            "rate": _("Rate"),
            "vat": _("VAT"),
            "amount": _("Amount"),
            "charges": _("Charges"),
            "charges_total": _("Charges of the month"),
            "balance": _("Balance"),
            "account_number": _("Account number"),
            "payee": _("Payee"),
            "transfer_title": _("Payment reference"),
            "amount_to_transfer": _("Amount"),
            "scan": _("Scan with your bank's app: payee, account, amount and reference are filled in."),
            "to_pay": _("To pay"),
            "nothing_due": _("Nothing to pay"),
            "paid_ahead": _("You have paid ahead."),
            "date": _("Date"),
            "text": _("What"),
            "charge": _("Charge"),
            "correction": _("Correction"),
            "payment": _("Payment"),
            "opening": _("Opening balance"),
            "closing": _("Closing balance"),
            "totals": _("Totals"),
        }
