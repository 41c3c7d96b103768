from django.apps import AppConfig


class PackTWConfig(AppConfig):
    name = "lokum.packs.tw"
    label = "pack_tw"
