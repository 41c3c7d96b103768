from django.apps import AppConfig


class PackPLConfig(AppConfig):
    name = "lokum.packs.pl"
    label = "pack_pl"
