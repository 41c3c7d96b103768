"""Addresses of the portal, and of the public entrance."""

from django.urls import path

from lokum.portal import views
from lokum.portal.views import calculator, data, entrance, papers

app_name = "portal"
urlpatterns = [
    path("", entrance.root, name="root"),
    path("accessibility/", entrance.accessibility, name="accessibility"),
    path("help/", entrance.help_page, name="help"),
    path("manifest.webmanifest", entrance.manifest, name="manifest"),
    path("portal/", views.home, name="home"),
    path("portal/money/", views.money, name="money"),
    path("portal/money/<int:pk>/calculator/", calculator.calculator, name="calculator"),
    path("portal/money/<int:pk>/<str:form>/", views.sheet_file, name="sheet_file"),
    path("portal/money/<int:pk>/form/<str:month>.pdf", papers.payment_form_file, name="payment_form"),
    path("portal/money/interest/<int:pk>/", views.interest, name="interest"),
    path("portal/money/entry/<int:pk>/", views.entry, name="entry"),
    path("portal/money/line/<int:pk>/", views.line, name="line"),
    path("portal/documents/", views.documents, name="documents"),
    path("portal/documents/consent/", views.consent, name="consent"),
    path("portal/documents/<int:pk>/", views.document, name="document"),
    path("portal/me/", views.me, name="me"),
    path("portal/persons/", data.persons, name="persons"),
    path("portal/norms/", data.norms, name="norms"),
    path("portal/declarations/", data.declarations, name="declarations"),
    path("portal/more/", views.more, name="more"),
    path("portal/more/print/", views.print_size, name="print_size"),
]
