from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "lianxin.market"
    label = "market"
