"""Pages of titles beside the registers, under /office/occupancy/."""

from django.urls import path

from lokum.property.occupancy import import_views, views

app_name = "occupancy"
urlpatterns = [
    path("owners/", views.owners, name="owners"),
    path("declarations/", views.declarations, name="declarations"),
    path("statistics/", views.statistics, name="statistics"),
    path("workbook/", import_views.start, name="import_start"),
    path("workbook/template/", import_views.blank, name="import_template"),
    path("workbook/export/", import_views.out, name="import_export"),
    path("workbook/<int:pk>/", import_views.show, name="import"),
    path("workbook/<int:pk>/undo/", import_views.undo, name="import_undo"),
]
