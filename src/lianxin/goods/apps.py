from django.apps import AppConfig


class GoodsConfig(AppConfig):
    name = "lianxin.goods"
    label = "goods"

    def ready(self) -> None:
        from lianxin.foundation.facts import register  # noqa: PLC0415  # inline: models can be imported only once apps are ready
        from lianxin.goods import facts  # noqa: PLC0415  # inline: models can be imported only once apps are ready

        register("product_versions", facts.product_versions)
