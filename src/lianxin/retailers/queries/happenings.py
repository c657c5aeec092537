"""Everything that happened with a retailer, in one order of time. Higher rooms offer what they know by `register`."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.models import Company, User
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import history


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened: when, which kind (the key of its source), in words, who, and the page that tells more.

    key : unique among all, so that rows of one moment have an order
    is_day : only the day is known
    """

    key: str
    at: datetime
    kind: str
    words: str
    who: str = ""
    url: str = ""
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Days that are asked for, both included, as instants of the company's zone too."""

    first: date
    last: date
    company: Company

    @property
    def begin(self) -> datetime:
        return self.at(self.first)

    def at(self, day: date) -> datetime:
        """The first instant of a day."""
        return datetime.combine(day, time.min, tzinfo=self.company.zone)

    @property
    def end(self) -> datetime:
        """The last instant of the last day."""
        return datetime.combine(self.last, time.max, tzinfo=self.company.zone)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


# (who asks, the retailer, the days): what that person may see of it. A source answers for the scope of its own room.
Source = Callable[[User, Retailer, Span], Iterable[Happening]]
_SOURCES: dict[str, tuple[str | Promise, Source]] = {}


def register(kind: str, title: str | Promise, source: Source) -> None:
    """Called in a room's `apps.py`."""
    _SOURCES[kind] = title, source


def kinds() -> list[tuple[str, str]]:
    """The kinds that can be asked for, with their titles."""
    return [(kind, str(title)) for kind, (title, _source) in _SOURCES.items()]


def of_retailer(user: User, retailer: Retailer, span: Span, *, asked: Collection[str] = ()) -> Sequence[Happening]:
    """What happened in these days, newest first, as far as the user may see it; of some kinds, or of all."""
    found = [
        one
        for kind, (_title, source) in _SOURCES.items()
        if not asked or kind in asked
        for one in source(user, retailer, span)
    ]
    return sorted(found, key=lambda one: (one.at, one.key), reverse=True)


def first_day(retailer: Retailer) -> date:
    """The first day of which something is known of a retailer. It has at least one version."""
    return retailer.versions.order_by("valid_from").values_list("valid_from", flat=True)[0]


def _master_data(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    for change in history(retailer):
        if span.holds(change.valid_from):
            parts = [
                f"{title}: {before} → {after or _('not recorded')}" if before else f"{title}: {after}"
                for title, before, after in change.fields
            ]
            yield Happening(
                key=f"master:{change.valid_from}", at=span.at(change.valid_from), kind="master", is_day=True,
                words="; ".join(parts) or _("nothing that is shown here"),
            )  # fmt: skip


def _holders(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    rows = Territory.objects.filter(retailer=retailer, valid_from__gte=span.first, valid_from__lte=span.last)
    for row in rows.select_related("person").order_by("valid_from"):
        yield Happening(
            key=f"holder:{row.pk}", at=span.at(row.valid_from), kind="holder", is_day=True,
            words=_("Held from this day on by %(name)s (%(number)s)")
            % {"name": row.person.name, "number": row.person.employee_no},
        )  # fmt: skip


register("master", gettext_lazy("Master data"), _master_data)
register("holder", gettext_lazy("Who held it"), _holders)
