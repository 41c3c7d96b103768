from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "lokum.money.payments"
    label = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from lokum.money.payments.services import give_numbers_to_new_accounts
        from lokum.property.occupancy.seams import on_agreement_opened

        on_agreement_opened(give_numbers_to_new_accounts)
