"""What waits for a decision, under /office/flow/."""

from django.urls import path

from lokum.core.flow import views

app_name = "flow"
urlpatterns = [path("approvals/", views.todo, name="todo")]
