"""Addresses of all registers: /office/<app>/<model>/..."""

from django.urls import path

from lokum.core.desk.addresses import url_of
from lokum.core.desk.views import actions, imports, lists, records, sheets

__all__ = ["app_name", "url_of", "urlpatterns"]
app_name = "desk"

_PREFIX = "<slug:app_label>/<slug:model>/"
_VIEWS = (
    ("", lists.show, "list"),
    ("choices/", lists.choices, "choices"),
    ("views/", lists.keep_view, "keep_view"),
    ("add/", records.add, "add"),
    ("bulk/", actions.bulk, "bulk"),
    ("export/", sheets.export, "export"),
    ("import/", imports.start, "import"),
    ("import/template/", imports.template, "import_template"),
    ("import/<int:pk>/", imports.show, "import_batch"),
    ("do/<slug:name>/", actions.run, "collection"),
    ("<int:pk>/", records.show, "detail"),
    ("<int:pk>/edit/", records.edit, "edit"),
    ("<int:pk>/delete/", records.delete, "delete"),
    ("<int:pk>/do/<slug:name>/", actions.run, "action"),
    ("<int:pk>/unmask/<slug:name>/", records.unmask, "unmask"),
    ("<int:pk>/panel/<slug:panel>/", records.use_panel, "panel"),
)
urlpatterns = [path(_PREFIX + route, view, name=name) for route, view, name in _VIEWS]
