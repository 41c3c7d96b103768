"""The guided change of owner, under /office/changeover/."""

from django.urls import path

from lokum.money.changeover import views

app_name = "changeover"
urlpatterns = [path("<int:pk>/", views.guide, name="guide")]
