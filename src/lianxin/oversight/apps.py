from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "lianxin.oversight"
    label = "oversight"
