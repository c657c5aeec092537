from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "lianxin.plans"
    label = "plans"

    def ready(self) -> None:
        from lianxin.foundation.facts import register  # noqa: PLC0415  # inline: models can be imported only once apps are ready
        from lianxin.plans import facts  # noqa: PLC0415  # inline: models can be imported only once apps are ready

        register("targets", facts.targets)
