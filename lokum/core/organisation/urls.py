"""Pages of the organisation beside its registers, under /office/organisation/."""

from django.urls import path

from lokum.core.organisation import views

app_name = "organisation"
urlpatterns = [
    path("entity/<int:pk>/legal/", views.legal, name="legal"),
    path("tree/", views.tree, name="tree"),
    path("node/<int:pk>/setting/<str:code>/", views.decide, name="decide"),
]
