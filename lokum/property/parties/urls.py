from django.urls import path

from lokum.property.parties import views

app_name = "parties"
urlpatterns = [path("letters/", views.letters, name="letters")]
