from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "lianxin.orders"
    label = "orders"
