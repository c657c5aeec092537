from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "lianxin.people"
    label = "people"

    def ready(self) -> None:
        from lianxin.foundation import access, startup  # inline: models can be imported only once apps are ready
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.facts import register  # inline: models can be imported only once apps are ready
        from lianxin.people import checks, facts  # inline: models can be imported only once apps are ready
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        register("postings", facts.postings)
        register("units", facts.units)

        def check(company: Any) -> Iterator[startup.Finding]:
            remedy = gettext("Import the people or units that are right as a correction.")
            for fault in chain(checks.overlapping_postings(company), checks.circular_units(company)):
                yield startup.Finding(fault, remedy)

        startup.register_check("people", _("Persons hold one post at a time, units lie in a tree"), check)

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "people.read", company_of(request))

        register_navigation(
            NavigationEntry(
                key="people",
                title=_("People"),
                url_name="people:list",
                icon="people",
                section=_("Company"),
                order=80,
                allowed=allowed,
            )
        )
