from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PackCNConfig(AppConfig):
    name = "lokum.packs.cn"
    label = "pack_cn"
    verbose_name = _("Mainland China")
