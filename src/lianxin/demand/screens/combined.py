"""The combined forecast of a closed round beside those it is made of: by product, of units and of the company."""

from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.demand.facts.combined import SPOKE, combined_visible
from lianxin.demand.models import Round
from lianxin.demand.queries import rounds
from lianxin.demand.queries.names import names_of
from lianxin.demand.queries.people_named import units_named
from lianxin.demand.queries.weighing import weighed_on, weights_of_round
from lianxin.demand.screens.judged_rows import STEPS, listed
from lianxin.demand.screens.words import period_words, round_title, unit_words
from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

# From here on sums are shown in whole units.
_WHOLE_FROM: Final = 100


@needs("forecasts.read")
def combined(request: HttpRequest, pk: int) -> HttpResponseBase:
    company, user = company_of(request), user_of(request)
    round = rounds.round_of(user, company, pk)
    rows = _rows(round, combined_visible(user, round, on=clock.today(company)))
    units = sorted({(str(row["entity_id"]), row["whose"]) for row in rows if row["level"] == "unit"})
    filters = FilterSet(
        [Filter(key="unit", title=_("Unit"), choices=[Choice(pk, code) for pk, code in units])], request.GET
    )
    if filters.text("unit"):
        rows = [row for row in rows if row["level"] == "unit" and str(row["entity_id"]) == filters.text("unit")]

    def units_column(key: str, title: Any, *, on_card: bool = False) -> Column:
        return Column(
            key=key, title=title, unit=unit_words(company), kind="figure", sort_by=f"{key}_order", on_card=on_card
        )

    table = Table(
        name="combined",
        title=_("Combined forecast"),
        default_sort="whose",
        columns=[
            Column(key="product", title=_("Product"), note=lambda r: r["code"]),
            Column(key="whose", title=_("Of whom"), sort_by="place", on_card=True),
            *([Column(key="period", title=_("Period"), sort_by="period_start")] if round.horizon > 1 else []),
            units_column("combined", STEPS["combined"], on_card=True),
            *(units_column(author, STEPS[author]) for author in SPOKE if author != "combined"),
            units_column("came", _("What came"), on_card=True),
            Column(key="missing", title=_("Did not speak"), sortable=False),
            Column(key="n_lines", title=_("Lines"), kind="number", shown=False),
        ],
        source=ListSource(rows, key="place"),
        page_size=100,
        empty=Empty(title=_("Nothing was combined"), text=_("No sum of this round is within what you may see.")),
        note=_("Weights that are published later change later rounds only."),
    )
    context = {
        "round": round,
        "title": round_title(round),
        "weights": [(STEPS.get(author, author), weight) for author, weight in weights_of_round(round).items()],
        "weighed_on": formats.day(weighed_on(round)),
        "crumbs": [
            Crumb(title=_("Forecast rounds"), url=reverse("demand:rounds")),
            Crumb(title=round_title(round), url=reverse("demand:round", args=[pk])),
        ],
    }
    return list_page(request, "demand/combined.html", table, filters=filters, context=context)


def _rows(round: Round, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = names_of(round)
    codes = units_named({row["entity_id"] for row in told if row["level"] == "unit"})
    steps = {start: step for step, start in enumerate(round.starts(), 1)}
    made = []
    for place, row in enumerate(told):
        figures = {
            author: Figure(
                value=row[f"{author}_units"], decimals=_decimals(row[f"{author}_units"]), reason=_why(author, row)
            )
            for author in (*SPOKE, "came")
        }
        made.append(
            {
                **row,
                **figures,
                **{f"{name}_order": -1.0 if one.value is None else one.value for name, one in figures.items()},
                "place": place,
                "product": names.product(row["product_id"]),
                "code": names.product_code(row["product_id"]),
                "whose": codes.get(row["entity_id"], "") if row["level"] == "unit" else round.company.name,
                "period": period_words(round, steps[row["period_start"]]),
                "missing": listed([STEPS.get(one, one) for one in row["missing"].split(",") if one]),
            }
        )
    return made


def _decimals(units: float | None) -> int:
    """A sum of hundreds is not known to the tenth."""
    return 0 if units is None or units >= _WHOLE_FROM or units == int(units) else 1


def _why(author: str, row: dict[str, Any]) -> str:
    """Why a number is not there: its author gave none, or the sales are not known, or others may not read it."""
    if author in row["missing"].split(","):
        return _("no forecast was given")
    if author == "combined":
        return _("none of those who weigh gave a forecast for all lines")
    return _("not known")
