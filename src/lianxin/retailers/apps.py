from django.apps import AppConfig


class RetailersConfig(AppConfig):
    name = "lianxin.retailers"
    label = "retailers"
