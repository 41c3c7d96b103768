"""Addresses of the whole product; each face owns its own."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("lokum.core.access.urls")),
    path("account/", include("allauth.urls")),
    path("office/", include("lokum.backoffice.urls")),
    path("api/v1/", include("lokum.api.urls")),
]
