"""Pages of interest beside its registers, under /office/interest/."""

from django.urls import path

from lokum.money.interest import views

app_name = "interest"
urlpatterns = [
    path("rates/", views.rates, name="rates"),
    path("calculator/", views.calculator, name="calculator"),
]
