"""The fixed words of papers, and figures and dates in the reader's way of writing them."""

import datetime as dt
from decimal import Decimal

from babel.dates import format_date, get_month_names
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


def figure(value: Decimal, language: str, currency: str) -> str:
    """The number of an amount with the digits of its currency and no sign: for tables that name the currency once.

    Papers write no amount in any other way; a currency without coins in use (TWD) gets none.
    """
    digits = places_of(currency)
    if not digits and value != value.to_integral_value():
        digits = 2  # never hide a part of an amount that should not be there
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _signs(format_decimal(value, format=pattern, locale=locale_of(language)))


def amount(value: Decimal, language: str, currency: str) -> str:
    """An amount with the digits and the sign of its currency.

    The sign stands before the number where people write it so ("NT$2,285" in Chinese and English), else behind.
    """
    text = figure(value, language, currency)
    if currency in _BEFORE and language.lower().startswith(("zh", "en")):
        minus, number = ("\u2212", text[1:]) if text.startswith("\u2212") else ("", text)
        return f"{minus}{currency_sign(currency)}{number}"
    return f"{text}\u00a0{currency_sign(currency)}"


def month_name(month: int, language: str) -> str:
    """As it stands in a list of months: "marzec", not "marca"."""
    return str(get_month_names("wide", "stand-alone", locale_of(language))[month])


def price(value: Decimal, language: str, currency: str) -> str:
    """The price of one unit: at least the digits of its currency, more where the price has more."""
    return quantity(value, language, places_of(currency))


def _signs(text: str) -> str:
    """A true minus, and no blank at which a number could break."""
    return text.replace("-", "\u2212").replace(" ", "\u00a0")


def currency_sign(currency: str) -> str:
    return _SIGNS.get(currency, currency)


def quantity(value: Decimal, language: str, least: int = 0) -> str:
    """A quantity or price without useless zeros, with at least `least` decimals."""
    pattern = "#,##0." + "0" * least + "#" * (6 - least)
    return _signs(format_decimal(value.normalize(), format=pattern, locale=locale_of(language)))


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
            "credited": _("Credited to your account"),
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
