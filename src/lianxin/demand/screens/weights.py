"""The combined forecast: what each author's number weighs, who decided it, and what the past would give."""

from math import sqrt
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.forecasting.combining import PARTS, PRESETS, renormalised, weights_of
from lianxin.demand.queries import judged
from lianxin.demand.screens import judged_rows
from lianxin.demand.screens.words import unit_words
from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

NAME = "judging.weights"
LEVELS = {
    "retailer": gettext_lazy("Numbers of shops"),
    "unit": gettext_lazy("Sums of a unit"),
    "company": gettext_lazy("Sums of the company"),
}


@needs("forecasts.read")
def weights(request: HttpRequest) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    published = weights_of(parameters.in_force(company, on=on))
    judging = judged.newest(company)
    table = Table(
        name="weights",
        title=_("What each number weighs"),
        default_sort="level",
        columns=[
            Column(key="author", title=_("Author"), sortable=False),
            Column(key="level", title=_("Numbers of what"), sort_by="place", on_card=True),
            Column(key="published", title=_("Published weight"), kind="figure", on_card=True, sortable=False),
            Column(key="exam", title=_("Exam of the trade"), kind="figure", sortable=False,
                   help=_("6/5/4/3/3 in the exam of the trade; the brand manager stands where it has the business manager.")),
            Column(key="learned", title=_("The past would give"), kind="share", decimals=0, on_card=True),
            Column(key="error", title=_("Usual error"), unit=unit_words(company), kind="number", decimals=1,
                   help=_("Root of the mean squared error over numbers on which all of them spoke.")),
            Column(key="n", title=_("Numbers compared"), kind="number"),
            Column(key="n_periods", title=_("Periods"), kind="number"),
        ],
        source=ListSource(_rows(published, judged.weights(judging) if judging else {}), key="place"),
        page_size=100,
        empty=Empty(
            title=_("The past says nothing yet"),
            text=_("A round must close and its sales be known; until then the published weights alone are told above."),
            action_title=_("Forecast rounds"),
            action_url=reverse("demand:rounds"),
        ),
        note=_("Weights of the past are drawn towards equal ones while the past is short. They never take over by themselves: "
               "only the company publishes weights."),
    )  # fmt: skip
    context = {
        "published": [(judged_rows.STEPS.get(author, author), weight) for author, weight in published.items()],
        "adopted": judged.adopted(company, NAME, on=on),
        "may_read": access.may(user, "parameters.read", company),
        "name": NAME,
        "crumbs": [Crumb(title=_("Whose steps helped"), url=reverse("demand:stair"))],
    }
    return list_page(request, "demand/weights.html", table, context=context)


def _rows(published: dict[str, int], told: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One row per level and author who speaks there."""
    found: list[dict[str, Any]] = []
    for level, words in LEVELS.items():
        rows = told.get(level, [])
        present = [row["author"] for row in rows]
        own = renormalised(published, present).parts
        exam = renormalised(PRESETS["exam"].weights, present).parts
        for row in rows:
            author = row["author"]
            found.append(
                {
                    "place": len(found),
                    "level": str(words),
                    "author": str(judged_rows.STEPS[author]),
                    "published": _share(own.get(author)),
                    "exam": _share(exam.get(author)),
                    "learned": row["learned"] / PARTS,
                    "error": sqrt(row["squares"] / row["n"]) / 100,
                    "n": row["n"],
                    "n_periods": row["n_periods"],
                }
            )
    return found


def _share(parts: int | None) -> Figure:
    if parts is None:
        return Figure(value=_("no weight"), kind="text")
    return Figure(value=parts / PARTS, kind="share", decimals=0)
