from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "lianxin.goods"
    label = "goods"
