"""Addresses under /office/: home, search, the processes of each app, then all registers."""

from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.urls import include, path

from lokum.backoffice import scope, views

LAYERS = ("lokum.core.", "lokum.property.", "lokum.money.", "lokum.packs.")

ELSEWHERE = ("desk", "access")  # registers come last, sign-in stands under /account/

own = (
    [
        path("", views.home, name="home"),
        path("scope/", scope.choose, name="scope"),
        path("search/", views.search, name="search"),
        path("sheet/<int:pk>/", views.sheet, name="sheet"),
        path("search/drop/", views.search_drop, name="search_drop"),
    ],
    "backoffice",
)


def _processes() -> list[Any]:
    """`<app>/urls.py` of every app below, under the app's label."""
    return [
        path(f"{config.label}/", include(f"{config.name}.urls"))
        for config in apps.get_app_configs()
        if config.name.startswith(LAYERS) and config.label not in ELSEWHERE and find_spec(f"{config.name}.urls")
    ]


urlpatterns = [path("", include(own)), *_processes(), path("", include("lokum.core.desk.urls"))]
