"""Addresses of the whole product; each face owns its own."""

from django.urls import include, path

from lokum.core.access.views import switch_language
from lokum.core.jobs.views import pulse, web_pulse
from lokum.core.papers.public_views import check_document

handler400 = "lokum.failures.bad_request"
handler500 = "lokum.failures.server_error"

urlpatterns = [
    path("account/", include("lokum.core.access.urls")),
    path("account/", include("allauth.urls")),
    path("language/", switch_language, name="set_language"),
    path("check/", check_document, name="check_document"),
    path("health/", pulse, name="health"),
    path("health/web/", web_pulse, name="health_web"),
    path("office/", include("lokum.backoffice.urls")),
    path("api/v1/", include("lokum.api.urls")),
    path("", include("lokum.portal.urls")),
]
