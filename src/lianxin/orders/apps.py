from collections.abc import Iterator

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class OrdersConfig(AppConfig):
    name = "lianxin.orders"
    label = "orders"

    def ready(self) -> None:
        from lianxin.foundation import (  # inline: models can be imported only once apps are ready
            access,
            clock,
            jobs,
            startup,
        )
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.models import Company  # inline: as above
        from lianxin.orders import actions, queries, states, tasks  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        # Every room's kinds of files register themselves; rooms above this one too, which must not be imported by name.
        autodiscover_modules("imports")

        def reconcile(company: Company) -> list[str]:
            return actions.reconcile(company=company, at=clock.now())

        def check(company: Company) -> Iterator[startup.Finding]:
            for batch in queries.unsettled(company):
                yield startup.Finding(
                    _("Batch %(batch)s is %(state)s here, but the lake says otherwise.")
                    % {"batch": batch.pk, "state": batch.get_state_display()},
                    _("Start the server, or import any file of orders: it is settled then."),
                )
            for pk in queries.batches_without_row(company):
                yield startup.Finding(
                    _("The lake has lines of batch %(batch)s, which the database does not know.") % {"batch": pk},
                    _("Restore the database and the lake from the same backup."),
                )

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "imports.read", company_of(request))

        jobs.register(states.IMPORT, tasks.import_file)
        jobs.register(states.UNDO, tasks.undo_batch)
        register_navigation(
            NavigationEntry(
                key="imports",
                title=gettext_lazy("Imports"),
                url_name="orders:imports",
                icon="upload",
                section=gettext_lazy("Company"),
                order=85,
                allowed=allowed,
            )
        )
        startup.register_start("orders", reconcile)
        startup.register_check("orders", gettext_lazy("Batches of order lines agree with the lake"), check)
