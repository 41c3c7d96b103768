"""Pages of estates beside the registers, under /office/estates/."""

from django.urls import path

from lokum.property.estates import views

app_name = "estates"
urlpatterns = [
    path("place/<int:pk>/", views.place, name="place"),
    path("tree/", views.tree, name="tree"),
    path("premises/<int:pk>/facts/", views.facts, name="facts"),
    path("estate/<int:pk>/generate/", views.generate, name="generate"),
]
