from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackCNConfig(AppConfig):
    name = "lokum.packs.cn"
    label = "pack_cn"
    verbose_name = _("Mainland China")

    def ready(self) -> None:
        from lokum.core.base import identifiers
        from lokum.money.arrears.seams import Limitation, register_limitation
        from lokum.money.charges.seams import register_vat_rates
        from lokum.money.deposits.seams import register_usual_kinds
        from lokum.money.interest.seams import register_regime
        from lokum.money.ledger.seams import register_chart, register_day_mover
        from lokum.packs.cn import identifiers as rules
        from lokum.packs.cn.charts import CHARTS
        from lokum.packs.cn.days_off import move_past_days_off
        from lokum.packs.cn.deposits import USUAL_DEPOSITS
        from lokum.packs.cn.interest import DAILY_PENALTY
        from lokum.packs.cn.vat import VAT_RATES

        identifiers.register("CN", identifiers.PERSONAL, rules.validate_resident_id)
        identifiers.register("CN", identifiers.TAX, rules.validate_credit_code)
        for form, chart in CHARTS.items():
            register_chart("cn", form, chart)
        register_limitation("cn", Limitation(3, source="民法典 188"))
        register_vat_rates("cn", VAT_RATES)
        register_regime(DAILY_PENALTY)
        register_usual_kinds("cn", USUAL_DEPOSITS)
        register_day_mover("cn", move_past_days_off)
