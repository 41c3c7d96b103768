from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackTWConfig(AppConfig):
    name = "lokum.packs.tw"
    label = "pack_tw"
    verbose_name = _("Taiwan")

    def ready(self) -> None:
        from lokum.core.base import identifiers
        from lokum.money.interest.seams import register_regime
        from lokum.money.ledger.seams import register_chart
        from lokum.packs.tw import identifiers as rules
        from lokum.packs.tw.charts import CHARTS
        from lokum.packs.tw.interest import TEN_PERCENT

        identifiers.register("TW", identifiers.PERSONAL, lambda text: rules.read_person_number(text).number)
        identifiers.register("TW", identifiers.TAX, rules.validate_business_number)
        for form, chart in CHARTS.items():
            register_chart("tw", form, chart)
        register_regime(TEN_PERCENT)
