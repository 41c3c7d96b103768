from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "lokum.core.access"
    label = "access"
    verbose_name = _("Users and rights")

    def ready(self) -> None:
        from lokum.core.access import (
            first_passwords,
            proposals,
            signals,  # noqa: F401
        )
        from lokum.core.access.policy import GrantPolicy
        from lokum.core.base import policy

        policy.install(GrantPolicy())
        proposals.install()
        first_passwords.install()
