"""Papers made on the spot, under /office/documents/."""

from django.urls import path

from lokum.money.documents import views

app_name = "documents"
urlpatterns = [
    path("advance-of/<int:pk>/", views.advance, name="advance"),
    path("form/<int:pk>/<str:month>.pdf", views.form_pdf, name="form"),
    path("invoice-of/<int:pk>/", views.invoice, name="invoice"),
    path("statement/<int:pk>/", views.statement, name="statement"),
]
