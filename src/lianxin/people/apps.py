from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "lianxin.people"
    label = "people"

    def ready(self) -> None:
        from lianxin.foundation.facts import register  # noqa: PLC0415  # inline: models can be imported only once apps are ready
        from lianxin.people import facts  # noqa: PLC0415  # inline: models can be imported only once apps are ready

        register("postings", facts.postings)
        register("units", facts.units)
