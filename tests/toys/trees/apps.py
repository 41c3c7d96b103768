from django.apps import AppConfig


class TreesConfig(AppConfig):
    name = "tests.toys.trees"
    label = "trees"
