"""Addresses of the whole product; each face owns its own."""

from django.urls import include, path
from django.views.i18n import set_language

from lokum.core.desk.routes import public

urlpatterns = [
    path("account/", include("lokum.core.access.urls")),
    path("account/", include("allauth.urls")),
    path("language/", public(set_language), name="set_language"),
    path("office/", include("lokum.backoffice.urls")),
    path("api/v1/", include("lokum.api.urls")),
]
