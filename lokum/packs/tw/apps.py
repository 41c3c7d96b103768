from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackTWConfig(AppConfig):
    name = "lokum.packs.tw"
    label = "pack_tw"
    verbose_name = _("Taiwan")
