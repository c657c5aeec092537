from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "lianxin.foundation"
    label = "foundation"

    def ready(self) -> None:
        from lianxin.foundation import receiving  # inline: models are not loaded before the apps are ready

        receiving.connect()
