"""The fixed words of papers, and figures and dates in the reader's way of writing them."""

import datetime as dt
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision
from django.utils.translation import gettext as _
from django.utils.translation import override, to_locale

_LOCALES = {"zh-hant": "zh_Hant_TW", "zh-hans": "zh_Hans_CN", "en": "en_GB"}
_SCRIPTS = {
    "zh-hant": ("zh", "TW", "hant"),
    "zh-hans": ("zh", "CN", "hans"),
    "pl": ("pl", "PL", ""),
    "en": ("en", "GB", ""),
}
_SIGNS = {"PLN": "zł", "TWD": "NT$", "CNY": "¥", "EUR": "€"}


def locale_of(language: str) -> str:
    return _LOCALES.get(language.lower(), to_locale(language))


def typst_language(language: str) -> dict[str, str]:
    lang, region, script = _SCRIPTS.get(language.lower(), (language[:2], "", ""))
    return {"lang": lang, "region": region, "script": script}


def amount(value: Decimal, language: str, currency: str = "") -> str:
    """An amount with the currency's digits; the sign of the currency behind it where `currency` is given."""
    digits = get_currency_precision(currency) if currency else 2
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(value, format=pattern, locale=locale_of(language)).replace("-", "\u2212")
    text = text.replace(" ", "\u00a0")
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
