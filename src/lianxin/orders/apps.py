from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OrdersConfig(AppConfig):
    name = "lianxin.orders"
    label = "orders"

    def ready(self) -> None:
        # Every room's kinds of files register themselves; rooms above this one too, which must not be imported by name.
        autodiscover_modules("imports")
