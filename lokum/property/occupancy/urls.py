"""Pages of titles beside the registers, under /office/occupancy/."""

from django.urls import path

from lokum.property.occupancy import views

app_name = "occupancy"
urlpatterns = [
    path("owners/", views.owners, name="owners"),
]
