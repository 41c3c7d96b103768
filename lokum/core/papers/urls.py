"""Documents as files, under /office/papers/."""

from django.urls import path

from lokum.core.papers import views

app_name = "papers"
urlpatterns = [path("document/<int:pk>.pdf", views.pdf, name="pdf")]
