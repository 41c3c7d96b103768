"""The Polish pack: registers what the country adds to the seams of the layers below."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackPLConfig(AppConfig):
    name = "lokum.packs.pl"
    label = "pack_pl"
    verbose_name = _("Poland")

    def ready(self) -> None:
        from lokum.core.base import identifiers
        from lokum.core.base.transfer_codes import register_transfer_code
        from lokum.money.arrears.seams import Limitation, register_limitation
        from lokum.money.charges.seams import register_vat_rates
        from lokum.money.deposits.seams import register_usual_kinds
        from lokum.money.documents.seams import register_notice_time, register_taxed_when_invoiced
        from lokum.money.interest.seams import register_regime
        from lokum.money.ledger.seams import register_chart, register_day_mover
        from lokum.money.payments.seams import NumberLayout, register_number_layout
        from lokum.packs.pl import identifiers as rules
        from lokum.packs.pl.charts import CHARTS
        from lokum.packs.pl.deposits import USUAL_DEPOSITS
        from lokum.packs.pl.holidays import move_past_days_off
        from lokum.packs.pl.interest import regimes
        from lokum.packs.pl.notice_time import SOURCE as NOTICE_SOURCE
        from lokum.packs.pl.notice_time import latest_notice
        from lokum.packs.pl.transfer_code import transfer_code
        from lokum.packs.pl.vat import TAXED_WHEN_INVOICED, published_rates

        for kind, rule in (
            (identifiers.PERSONAL, rules.validate_pesel),
            (identifiers.TAX, rules.validate_nip),
            (identifiers.STATISTICAL, rules.validate_regon),
            (identifiers.PHONE, rules.validate_phone),
            (identifiers.POSTAL_CODE, rules.validate_postal_code),
            (identifiers.TERRITORY, rules.validate_teryt),
            (identifiers.LAND_REGISTER, rules.validate_land_register),
            (identifiers.BANK_ACCOUNT, rules.validate_nrb),
        ):
            identifiers.register("PL", kind, rule)

        # 26 digits: check digits (ISO 7064 over the account and "PL00" as 252100), sort code, mask, identifier.
        body = "p.sort_code || p.mask || lpad(i.identifier::text, 16 - length(p.mask), '0')"
        check = f"lpad((98 - mod(({body} || '252100')::numeric, 97))::text, 2, '0')"
        register_usual_kinds("pl", USUAL_DEPOSITS)
        register_number_layout("pl", NumberLayout(sql=f"{check} || {body}", body_length=16))

        register_day_mover("pl", move_past_days_off)
        for regime in regimes():
            register_regime(regime)
        register_vat_rates("pl", published_rates())
        for form, chart in CHARTS.items():
            register_chart("pl", form, chart)
        register_taxed_when_invoiced("pl", TAXED_WHEN_INVOICED)
        register_notice_time("pl", latest_notice, NOTICE_SOURCE)
        register_limitation("pl", Limitation(3, year_end=True, source="Kodeks cywilny, art. 118"))
        register_transfer_code(
            "pl",
            lambda number, amount, payee, title, tax_number: transfer_code(
                nrb=number, amount=amount, name=payee, title=title, nip=tax_number if len(tax_number) == 10 else ""
            ),
        )
