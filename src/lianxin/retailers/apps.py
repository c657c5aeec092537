from django.apps import AppConfig


class RetailersConfig(AppConfig):
    name = "lianxin.retailers"
    label = "retailers"

    def ready(self) -> None:
        from lianxin.foundation.facts import register  # noqa: PLC0415  # inline: models can be imported only once apps are ready
        from lianxin.retailers import facts  # noqa: PLC0415  # inline: models can be imported only once apps are ready

        register("retailer_versions", facts.retailer_versions)
        register("territories", facts.territories)
