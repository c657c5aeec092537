from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class GoodsConfig(AppConfig):
    name = "lianxin.goods"
    label = "goods"

    def ready(self) -> None:
        from lianxin.foundation import access  # inline: models can be imported only once apps are ready
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.facts import register  # inline: models can be imported only once apps are ready
        from lianxin.goods import facts  # inline: models can be imported only once apps are ready
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        register("product_versions", facts.product_versions)

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "goods.read", company_of(request))

        register_navigation(
            NavigationEntry(
                key="goods",
                title=_("Products"),
                url_name="goods:list",
                icon="box",
                section=_("Market"),
                order=30,
                allowed=allowed,
            )
        )
