from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "lokum.money.payments"
    label = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from lokum.money.ledger.proof import register_view
        from lokum.money.ledger.seams import register_payment_targets
        from lokum.money.payments.queries import NUMBERS_OF_TODAY
        from lokum.money.payments.services import give_numbers_to_new_accounts, withdraw_numbers
        from lokum.property.occupancy.seams import on_agreement_opened, on_agreement_withdrawn

        on_agreement_opened(give_numbers_to_new_accounts)
        on_agreement_withdrawn(withdraw_numbers)
        register_view("I7", _("One payment per channel and the channel's own id"), "proof_i7")
        register_payment_targets(NUMBERS_OF_TODAY)
