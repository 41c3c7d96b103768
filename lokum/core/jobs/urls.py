from django.urls import path

from lokum.core.jobs import views

app_name = "jobs"
urlpatterns = [
    path("progress/<int:pk>/", views.progress, name="progress"),
    path("health/", views.health_page, name="health"),
]
