"""How near market and brand managers came with the sums that they forecast: accuracy, bias, and their step of the stair."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.demand.models import Judging
from lianxin.demand.queries import judged
from lianxin.demand.queries.people_named import units_named
from lianxin.demand.screens import judged_rows
from lianxin.demand.screens.judged_parts import actual_filter, nothing
from lianxin.demand.states import JudgedKind
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

# Of a sum there are no retailers whose errors could cancel: its accuracy is that at the product.
ACCURACY: Final = "product"
SPEAKING: Final = {"unit": "market_manager", "company": "brand_manager"}


@dataclass(frozen=True)
class Told:
    """What is told of the sums of a unit or of the company, and who forecast them."""

    level: str
    whose: str
    names: str
    rows: Sequence[Mapping[str, Any]]


@needs("forecasts.read")
def sums_judged(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    judging = judged.newest(company)
    filters = actual_filter(request, judging)
    least = judged_rows.least_lines(judging)
    steps = Table(
        name="sums_stair",
        title=_("Their step against the others"),
        prefix="s_",
        default_sort="whose",
        columns=[
            Column(key="whose", title=_("Sums of"), sort_by="place", note=lambda r: r["names"]),
            *judged_rows.stair_columns(Column(key="name", title=_("Step"), sortable=False, on_card=True)),
        ],
        source=ListSource(_numbered(_steps(_told(request, judging, JudgedKind.STAIR))), key="place"),
        page_size=100,
        empty=Empty(
            title=_("Nobody's sums can be compared yet"),
            text=_(
                "A market or brand manager must have entered sums in a round whose sales are known; that is done on “My forecast”."
            ),
            action_title=_("Forecast rounds"),
            action_url=reverse("demand:rounds"),
        ),
        exports=(),
    )
    table = Table(
        name="sums_accuracy",
        title=_("How right the sums were"),
        default_sort="whose",
        columns=[
            Column(key="whose", title=_("Sums of"), sort_by="place", note=lambda r: r["names"]),
            Column(key="author", title=_("Whose"), on_card=True),
            Column(key="accuracy", title=_("Accuracy at product"), kind="figure", on_card=True, sort_by="accuracy_order"),
            Column(key="bias", title=_("Bias"), kind="figure", on_card=True, sort_by="bias_order",
                   help=_("Above zero: too much; below: too little.")),
            Column(key="band", title=_("95 % interval of the bias"), sortable=False),
            Column(key="n", title=_("Sums forecast"), kind="number"),
            Column(key="n_periods", title=_("Periods"), kind="number"),
        ],
        source=ListSource(
            _numbered(_accuracies(_told(request, judging, JudgedKind.ACCURACY), filters.text("actual"), least)), key="place"
        ),
        page_size=100,
        empty=nothing(),
    )  # fmt: skip
    context = {
        "judging": judging,
        "steps": steps.page(request.GET),
        "crumbs": [Crumb(title=_("Whose steps helped"), url=reverse("demand:stair"))],
    }
    return list_page(request, "demand/judged_sums.html", table, filters=filters, context=context)


def _told(request: HttpRequest, judging: Judging | None, kind: JudgedKind) -> list[Told]:
    """Of the company and of each unit that the user may see, what is told of a kind."""
    if judging is None:
        return []
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    whole = judged.company_judged(user, judging, kind, on=on)
    units = judged.units_judged(user, judging, kind, on=on)
    codes, names = units_named(set(units)), judged.who_forecast_sums(company)

    def of(level: str, unit_id: int | None, title: str, rows: Sequence[Mapping[str, Any]]) -> Told:
        return Told(level, title, judged_rows.listed(names.get(unit_id, [])), rows)

    found = [of("company", None, company.name, whole)] if whole else []
    ordered = sorted(units, key=lambda pk: codes.get(pk, ""))
    return found + [of("unit", pk, codes.get(pk, ""), units[pk]) for pk in ordered]


def _accuracies(told: Sequence[Told], actual: str, least: int) -> Iterator[dict[str, Any]]:
    for one in told:
        by_author: dict[str, dict[str, Mapping[str, Any]]] = {}
        for row in one.rows:
            if row["actual"] == actual and row["accuracy"] in (ACCURACY, "bias"):
                by_author.setdefault(row["author"], {})[row["accuracy"]] = row
        for author in judged_rows.STEPS:
            if author in by_author:
                right, bias = by_author[author][ACCURACY], by_author[author]["bias"]
                yield {
                    "whose": one.whose,
                    "names": one.names,
                    "author": str(judged_rows.STEPS[author]),
                    "accuracy": judged_rows.accuracy_figure(right, least),
                    "accuracy_order": right.get("value", -99.0),
                    "bias": judged_rows.accuracy_figure(bias, least),
                    "bias_order": bias.get("value", -99.0),
                    "band": judged_rows.band(bias, "change"),
                    "n": right["n"],
                    "n_periods": right["n_periods"],
                }


def _steps(told: Sequence[Told]) -> Iterator[dict[str, Any]]:
    for one in told:
        own = [row for row in one.rows if row["step"] in (SPEAKING[one.level], "combined")]
        for row in judged_rows.stair_rows(own, words=judged_rows.step_words):
            yield {**row, "whose": one.whose, "names": one.names}


def _numbered(rows: Iterator[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    return [{**row, "place": place} for place, row in enumerate(rows)]
