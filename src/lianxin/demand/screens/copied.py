"""Who only repeats what was there before, and the numbers that do."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.forecasting.repeating import HISTORY, SYSTEM
from lianxin.demand.checks import reason_title
from lianxin.demand.queries import copies, judged
from lianxin.demand.screens.judged_parts import nothing
from lianxin.demand.screens.judged_rows import listed, why_words, with_why
from lianxin.demand.states import JudgedKind
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

KINDS: Final[Mapping[str, str | Promise]] = {
    HISTORY: gettext_lazy("what was ordered before"),
    SYSTEM: gettext_lazy("the system's number"),
}
SAME_AS: Final[Mapping[str, str | Promise]] = {
    "naive": gettext_lazy("the last period"),
    "average": gettext_lazy("the moving average"),
    "seasonal_naive": gettext_lazy("the same period a year before"),
    "system": gettext_lazy("the system's number"),
}
# Whether only numbers are shown beside which evidence lay.
LAY: Final = "lay"


@needs("forecasts.copied")
def copied(request: HttpRequest) -> HttpResponseBase:
    """Who repeats history or the system's number more than independent thought would by chance."""
    company, user = company_of(request), user_of(request)
    judging = judged.newest(company)
    persons = judged.persons_judged(user, judging, JudgedKind.COPYING, on=clock.today(company)) if judging else []
    rows = _persons(persons)
    table = Table(
        name="copied",
        title=_("Numbers that repeat others"),
        default_sort="-excess",
        columns=[
            Column(key="name", title=_("Customer manager"), note=lambda r: r["employee_no"],
                   href=lambda r: f"{reverse('demand:copied_lines', args=[r['person_id']])}?kind={r['code']}"),
            Column(key="kind", title=_("Repeats"), on_card=True),
            Column(key="share", title=_("Share repeated"), kind="figure", on_card=True, sort_by="share_order"),
            Column(key="chance", title=_("By chance"), kind="figure", sortable=False),
            Column(key="excess", title=_("Beyond chance"), kind="points", good="down"),
            Column(key="answer", title=_("What it comes to"), kind="badge", on_card=True),
            Column(key="n_entered", title=_("Entered"), kind="number"),
            Column(key="n_with_evidence", title=_("Repeated although evidence lay there"), kind="number"),
            Column(key="seconds", title=_("Seconds a line"), kind="number", decimals=0, shown=False),
            Column(key="top_reason_share", title=_("Share of the most frequent reason"), kind="share",
                   note=lambda r: r["top_reason"]),
            Column(key="all_top_reason_share", title=_("The same of all managers together"), kind="share", shown=False),
            Column(key="top_words_share", title=_("Share of the most frequent words"), kind="share", shown=False),
            Column(key="all_top_words_share", title=_("Most frequent words of all managers together"), kind="share", shown=False),
        ],
        source=ListSource(rows, key="key"),
        empty=nothing(),
        note=_("A question, not a verdict: round numbers and quiet shops repeat by themselves, and that is taken off. Time, "
               "reasons and words stand beside it and decide nothing."),
    )  # fmt: skip
    context = {
        "judging": judging,
        "n_asked": len({row["person_id"] for row in rows if row["is_asked"]}),
        "n_persons": len(persons),
        "crumbs": [Crumb(title=_("Whose steps helped"), url=reverse("demand:stair"))],
    }
    return list_page(request, "demand/copied.html", table, context=context)


@needs("forecasts.copied")
def lines(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """The numbers of one manager that repeat, each with what it is the same as, what lay there and what came."""
    company, user = company_of(request), user_of(request)
    judging = judged.newest(company)
    if judging is None:
        raise Missing(_("No round has been held against its sales yet."))
    person, _rows = judged.of_person(user, judging, JudgedKind.COPYING, person_id, on=clock.today(company))
    filters = FilterSet(
        [
            Filter(key="kind", title=_("Repeats"), default=HISTORY, required=True,
                   choices=[Choice(code, words) for code, words in KINDS.items()]),
            Filter(key="evidence", title=_("Evidence"), choices=[Choice(LAY, _("lay there when the number was given"))]),
        ],
        request.GET,
    )  # fmt: skip
    # An address that asks for no known kind is told so above the list, which then shows what it shows unasked.
    kind = filters.text("kind") or HISTORY
    found = copies.lines_repeated(judging, person, kind, with_evidence=filters.text("evidence") == LAY)
    table = Table(
        name="copied_lines",
        title=_("Numbers that repeat others"),
        default_sort="place",
        columns=[
            Column(key="period_start", title=_("Period"), kind="day",
                   href=lambda r: reverse("demand:sheet", args=[r["round_id"], person.pk])),
            Column(key="shop", title=_("Retailer"), note=lambda r: r["licence_no"],
                   href=lambda r: reverse("retailers:file", args=[r["retailer_id"]]), on_card=True),
            Column(key="product", title=_("Product"), note=lambda r: r["product_code"], on_card=True),
            Column(key="units", title=_("Entered"), kind="number", on_card=True),
            Column(key="same", title=_("The same as"), on_card=True),
            Column(key="naive", title=_("Last period"), kind="number"),
            Column(key="average", title=_("Moving average"), kind="number", shown=False),
            Column(key="seasonal_naive", title=_("Same period a year before"), kind="number", shown=False),
            Column(key="system", title=_("System"), kind="number"),
            Column(key="n_evidence", title=_("Evidence that lay there"), kind="number"),
            Column(key="came", title=_("Came"), kind="figure", sort_by="came_order"),
            Column(key="place", title=_("Place"), kind="number", shown=False),
        ],
        source=ListSource([_line(place, one) for place, one in enumerate(found)], key="place"),
        page_size=100,
        empty=Empty(title=_("Nothing repeats"), text=_("No entered number is the same as what is asked about.")),
        note=_("Whole units, half up. Came: what was asked for, else what was ordered; not known where the orders are not in yet."),
    )  # fmt: skip
    context = {
        "person": person,
        "crumbs": [
            Crumb(title=_("Whose steps helped"), url=reverse("demand:stair")),
            Crumb(title=_("Copied history"), url=reverse("demand:copied")),
        ],
    }
    return list_page(request, "demand/copied_lines.html", table, filters=filters, context=context)


def _line(place: int, one: copies.Repeated) -> dict[str, Any]:
    names = ("round_id", "period_start", "retailer_id", "licence_no", "shop", "product", "product_code", "units", "n_evidence",
             "naive", "average", "seasonal_naive", "system")  # fmt: skip
    return {
        "place": place,
        **{name: getattr(one, name) for name in names},
        "same": listed([SAME_AS[source] for source in one.sources]),
        "came": Figure(value=one.came, kind="number", reason=_("not known")),
        "came_order": -1 if one.came is None else one.came,
    }


def _persons(persons: Sequence[tuple[Any, Sequence[Mapping[str, Any]]]]) -> list[dict[str, Any]]:
    """One row per manager and kind of copy."""
    shares = ("top_reason_share", "all_top_reason_share", "top_words_share", "all_top_words_share")
    return [
        {
            "key": f"{person.pk}:{row['kind']}",
            "person_id": person.pk,
            "name": person.name,
            "employee_no": person.employee_no,
            "code": row["kind"],
            "kind": str(KINDS[row["kind"]]),
            "share": Figure(value=row.get("share"), kind="share", reason=why_words(row), n=row["n_told"]),
            "share_order": row.get("share", -1.0),
            "chance": Figure(value=row.get("chance"), kind="share", reason=why_words(row), n=row["n_told"]),
            "excess": row.get("excess"),
            **{name: row[name] for name in ("n_entered", "n_repeated", "n_with_evidence", "n_told")},
            "seconds": row.get("mean_seconds"),
            "top_reason": reason_title(row["top_reason"]) if row.get("top_reason") else "",
            **{name: row.get(name) for name in shares},
            "answer": _asked_words(row),
            "is_asked": row["answer"] == "yes",
        }
        for person, rows in persons
        for row in rows
    ]


def _asked_words(row: Mapping[str, Any]) -> str:
    """Whether it is to be asked about."""
    why = why_words(row)
    if row["answer"] == "yes":
        return _("To be asked about")
    if row["answer"] == "no":
        return _("Nothing stands out")
    return with_why(_("Cannot tell"), why)
