"""The user's own pages under /account/, beside allauth's."""

from django.urls import path

from lokum.core.access import views

app_name = "access"
urlpatterns = [
    path("own-password/", views.own_password, name="own_password"),
    path("language/", views.language, name="language"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/withdraw/", views.withdraw, name="withdraw_token"),
]
