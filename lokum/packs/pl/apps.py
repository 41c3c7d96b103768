from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackPLConfig(AppConfig):
    name = "lokum.packs.pl"
    label = "pack_pl"
    verbose_name = _("Poland")
