from django.urls import path

from lianxin.supply.screens import own_rounds

app_name = "own_supply"
urlpatterns = [
    path("supply/", own_rounds.rounds, name="rounds"),
    path("supply/<int:number>/", own_rounds.one_round, name="round"),
]
