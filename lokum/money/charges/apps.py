from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChargesConfig(AppConfig):
    name = "lokum.money.charges"
    label = "charges"
    verbose_name = _("Charges")

    def ready(self) -> None:
        from lokum.core.audit.verbs import name_records
        from lokum.core.desk.menu import add_entry
        from lokum.core.papers.seams import register_paper
        from lokum.money.charges import approvals, attaching, jobs, reports, search, supply, wiring  # noqa: F401
        from lokum.money.charges.contents import install as install_contents
        from lokum.money.charges.papers import build_correction, build_notice

        register_paper("notice/1", build_notice)
        register_paper("correction/1", build_correction)
        for register in ("charges.tariff", "charges.sharedtariff"):
            name_records(register, "by", register)
        search.register()
        install_contents()
        approvals.install()
        supply.install()
        attaching.install()
        add_entry("charges", _("Credited reductions"), "charges:reductions", "charges.reduction:view", "discount", 17)
        add_entry(
            "charges", _("Charges that may be missing"), "charges:missing", "charges.chargerun:view", "list-check", 18
        )
        add_entry(
            "charges", _("Simulation of new prices"), "charges:simulation", "charges.tariff:view", "calculator", 42
        )
        add_entry(
            "charges",
            _("Test bench of formulas"),
            "charges:formula_bench",
            "charges.component:view",
            icon="flask",
            order=35,
        )
