"""What checks found in a shop, for the retailer's history."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import access
from lianxin.foundation.models import User
from lianxin.oversight.queries import checks
from lianxin.retailers.models import Retailer
from lianxin.retailers.queries import happenings
from lianxin.retailers.queries.happenings import Happening, Span


def checks_at(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    """Checks whose rounds are over: before that nobody but the checker knows of them."""
    opens = access.may(user, "verification.read", retailer.company)
    for row in checks.results_at(user, retailer, first=span.begin, last=span.end, on=span.last).order_by("done_at"):
        assert row.done_at is not None
        yield Happening(
            key=f"check:{row.pk}", at=row.done_at, kind="checks",
            words=_("%(check)s of the visit of %(day)s: %(answer)s")
            % {
                "check": row.get_channel_display(),
                "day": row.visit.visit_date.isoformat(),
                "answer": row.get_confirmed_display(),
            },
            url=reverse("oversight:sides", args=[row.visit_id]) if opens else "",
        )  # fmt: skip


def register() -> None:
    """Called once, when apps are ready."""
    happenings.register("checks", gettext_lazy("Checks"), checks_at)
