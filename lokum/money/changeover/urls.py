"""The guided change of owner, under /office/changeover/."""

from django.urls import path

from lokum.money.changeover import balance_views, views

app_name = "changeover"
urlpatterns = [
    path("<int:pk>/", views.guide, name="guide"),
    path("balances/<int:pk>/", balance_views.balances, name="balances"),
]
