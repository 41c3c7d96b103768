from django.urls import path

from lokum.core.annex import views

app_name = "annex"
urlpatterns = [path("file/<int:pk>/", views.download, name="download")]
