from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "lianxin.plans"
    label = "plans"

    def ready(self) -> None:
        from lianxin.foundation.facts import register  # inline: models can be imported only once apps are ready
        from lianxin.plans import facts  # inline: models can be imported only once apps are ready

        register("targets", facts.targets)
