"""Pages of the ledger beside its registers, under /office/ledger/."""

from django.urls import path

from lokum.money.ledger import views

app_name = "ledger"
urlpatterns = [
    path("sheet/<int:pk>/", views.account_sheet, name="sheet"),
    path("correct/<int:pk>/", views.correct_page, name="correct"),
    path("match/<int:pk>/", views.match, name="match"),
    path("trial-balance/", views.trial_balance_page, name="trial_balance"),
    path("years/", views.years_page, name="years"),
    path("proof/", views.proof_page, name="proof"),
]
