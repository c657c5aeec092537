from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lianxin.ui import slots
from lianxin.ui.slots import NavigationEntry


class FieldConfig(AppConfig):
    name = "lianxin.field"
    label = "field"
    verbose_name = _("Field app")

    def ready(self) -> None:
        from lianxin.field.actions import photographing  # inline: models are not loaded when this module is read
        from lianxin.foundation import jobs  # inline: as above

        def forget(company: Any, at: Any) -> dict[str, Any]:
            return {"photos": photographing.forget_stale_parts(company, at=at)}

        jobs.register_daily(
            "field.forget_parts", _("Forgetting on time: photographs that were never sent to the end"), forget
        )
        slots.register_navigation(
            NavigationEntry(
                key="field", title=_("Visits on the phone"), url_name="field:app", icon="shop", section=_("Field work"),
                order=24, allowed=_may_use,
            )
        )  # fmt: skip


def _may_use(request: HttpRequest) -> bool:
    from lianxin.foundation.access import may  # inline: models are not loaded when this module is read
    from lianxin.foundation.context import company_of  # inline: as above

    return may(request.user, "field.use", company_of(request))
