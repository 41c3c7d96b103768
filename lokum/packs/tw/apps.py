from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackTWConfig(AppConfig):
    name = "lokum.packs.tw"
    label = "pack_tw"
    verbose_name = _("Taiwan")

    def ready(self) -> None:
        from lokum.core.base import identifiers
        from lokum.money.arrears.seams import Limitation, register_limitation
        from lokum.money.charges.seams import register_vat_rates
        from lokum.money.deposits.seams import register_usual_kinds
        from lokum.money.interest.seams import register_regime
        from lokum.money.ledger.seams import register_chart, register_day_mover
        from lokum.money.payments.seams import NumberLayout, register_number_layout
        from lokum.packs.tw import identifiers as rules
        from lokum.packs.tw.charts import CHARTS
        from lokum.packs.tw.days_off import move_past_days_off
        from lokum.packs.tw.deposits import USUAL_DEPOSITS
        from lokum.packs.tw.interest import TEN_PERCENT
        from lokum.packs.tw.vat import VAT_RATES

        identifiers.register("TW", identifiers.PERSONAL, lambda text: rules.read_person_number(text).number)
        identifiers.register("TW", identifiers.TAX, rules.validate_business_number)
        for form, chart in CHARTS.items():
            register_chart("tw", form, chart)
        register_limitation("tw", Limitation(5, source="民法 126"))
        register_vat_rates("tw", VAT_RATES)
        register_regime(TEN_PERCENT)
        register_usual_kinds("tw", USUAL_DEPOSITS)
        register_day_mover("tw", move_past_days_off)
        # 14 digits of a collecting account (虛擬帳號): the five of the bank's contract, then nine of ours.
        number = "p.sort_code || p.mask || lpad(i.identifier::text, 9 - length(p.mask), '0')"
        register_number_layout("tw", NumberLayout(sql=number, body_length=9))
