"""Reports, under /office/reports/."""

from django.urls import path

from lokum.core.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.report_list, name="list"),
    path("<slug:code>/", views.report_page, name="report"),
    path("<slug:code>/views/", views.keep, name="keep"),
]
