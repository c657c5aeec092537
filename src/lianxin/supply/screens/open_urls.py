"""What anyone may read of a round, without signing in."""

from django.urls import path

from lianxin.supply.screens import open_rounds

app_name = "open_supply"
urlpatterns = [
    path("supply/<slug:company>/", open_rounds.rounds, name="rounds"),
    path("supply/<slug:company>/<int:number>/", open_rounds.one_round, name="round"),
    path("supply/<slug:company>/<int:number>/rows.csv", open_rounds.rows, name="rows"),
]
