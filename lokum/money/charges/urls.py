"""Pages of the charges beside their registers, under /office/charges/."""

from django.urls import path

from lokum.money.charges import views

app_name = "charges"
urlpatterns = [
    path("formulas/", views.formula_bench, name="formula_bench"),
    path("simulation/", views.simulation, name="simulation"),
    path("missing/", views.missing_charges_page, name="missing"),
    path("reductions/", views.reductions_page, name="reductions"),
]
