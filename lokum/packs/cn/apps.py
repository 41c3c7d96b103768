from django.apps import AppConfig


class PackCNConfig(AppConfig):
    name = "lokum.packs.cn"
    label = "pack_cn"
