from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "lianxin.plans"
    label = "plans"
