"""The guide through a split or merge, under /office/reshaping/."""

from django.urls import path

from lokum.property.reshaping import views

app_name = "reshaping"
urlpatterns = [path("<int:pk>/", views.guide, name="guide")]
