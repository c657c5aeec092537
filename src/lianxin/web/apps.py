from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "lianxin.web"
    label = "web"

    def ready(self) -> None:
        from lianxin.web import checks, menu, panels, role_panels  # inline: models are not loaded before apps are ready

        checks.register()
        menu.register()
        panels.register()
        role_panels.register()
