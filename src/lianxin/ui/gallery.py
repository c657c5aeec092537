"""Every part of a page with an example of each of its states, so that a change is seen before it is everywhere."""

import math
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianxin.ui import pictures
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Explanation, Fact, Figure, Notice, Picture, Progress
from lianxin.ui.pictures import Bar, Measure, Points, Series
from lianxin.ui.responses import explanation_page, list_page, progress_fragment
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

MONTHS = [date(2020 + index // 12, index % 12 + 1, 1) for index in range(24)]
UNIT_NAMES = ("城南市场部", "城北市场部", "江东市场部", "临港市场部", "青山县营销部")
PEOPLE = ("周一帆", "吴海涛", "郑晓梅", "孙立群", "马文静", "何志远")


class ExampleForm(forms.Form):
    name = forms.CharField(label=_("Name of the goal"), help_text=_("Short; it stands in the head of the page."))
    share = forms.DecimalField(label=_("Weight"), max_value=1, help_text=_("Between 0 and 1; all weights sum to 1."))
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label=_("Agreed with the market manager"), required=False)


def _wave(index: int, *, size: float, season: float = 0.18) -> float:
    return size * (1 + season * math.sin(index * math.pi / 6) + 0.004 * index)


def example_pictures() -> dict[str, Picture]:
    """One picture of each kind."""
    sold = Measure(title=gettext("Units sold"), unit="条")
    growth = Measure(title=gettext("Same-period change"), format="change", decimals=1)
    now = [round(_wave(index, size=42_000)) for index in range(12, 24)]
    before: list[int | None] = [round(_wave(index, size=40_500)) for index in range(12)]
    before[3] = None
    classes = ("一类", "二类", "三类", "四类", "五类", "无价类")
    parts = [
        Series(
            name=name,
            role="part",
            values=[round(_wave(month + 2 * index, size=9000 / (index + 1))) for month in range(12)],
        )
        for index, name in enumerate(classes)
    ]
    return {
        "trend": pictures.trend(
            gettext("Sales in December 2021 were 3.2 % above last year"),
            measure=sold,
            months=MONTHS[12:],
            series=[Series(name="2021", values=now), Series(name="2020", values=before, role="last_year")],
            note=gettext("April 2020 was not imported and is left out."),
        ),
        "structure": pictures.structure(
            gettext("Class one grew from 40 % to 44 % of sales"),
            measure=sold,
            categories=[f"{month:%Y-%m}" for month in MONTHS[12:]],
            parts=parts,
            rest_title=gettext("others"),
        ),
        "distribution": pictures.distribution(
            gettext("Half of the retailers bought fewer than 88 cartons"),
            measure=sold,
            edges=list(range(0, 420, 30)),
            counts=[12, 41, 118, 130, 96, 60, 41, 22, 14, 9, 4, 2, 1],
            count_title=gettext("Retailers"),
            marks=[(gettext("median"), 104)],
            outliers=[Bar(name="鑫源商店", value=1240, href="#"), Bar(name="江畔便利店", value=988, href="#")],
        ),
        "bars": pictures.bars(
            gettext("One unit pulls the city down"),
            measure=growth,
            items=[
                Bar(name=name, value=value, href="#")
                for name, value in zip(UNIT_NAMES, (-0.061, 0.032, 0.018, 0.094, None), strict=True)
            ],
            good="up",
            reference=(gettext("city"), 0.021),
        ),
        "curve": pictures.curve(
            gettext("104 % of the target is worth 28.0 of 30 points"),
            x=Measure(title=gettext("Target reached"), format="share"),
            y=Measure(title=gettext("Points"), decimals=1),
            points=[(0.6, 0), (0.8, 10), (1, 26), (1.1, 30), (1.3, 30)],
            mark=(gettext("You"), 1.04, 27.6),
        ),
        "spark": pictures.sparkline(gettext("Last twelve months"), [*now[:5], None, *now[6:]], measure=sold),
        "map": example_map(900),
    }


def example_map(n: int) -> Picture:
    """A city with six territories around a centre; the same places each time."""
    longitude, latitude, value, weight, group = [], [], [], [], []
    for index in range(n):
        angle, distance = index * 2.399963, 0.16 * math.sqrt((index + 1) / n)
        longitude.append(118.42 + distance * math.cos(angle) * 1.25)
        latitude.append(31.35 + distance * math.sin(angle))
        held_by = int((angle % (2 * math.pi)) / (2 * math.pi) * len(PEOPLE))
        group.append(held_by)
        value.append(
            None if index % 37 == 5 else round(0.12 * math.sin(held_by * 1.7) + 0.1 * math.sin(index * 1.3), 4)
        )
        weight.append(40 + index * 7 % 160)
    return pictures.territory_map(
        gettext("The east grows, the south-west falls"),
        measure=Measure(title=gettext("Same-period change"), format="change", decimals=1),
        points=Points(
            id=list(range(1, n + 1)),
            name=[f"零售客户 {index}" for index in range(1, n + 1)],
            longitude=longitude,
            latitude=latitude,
            value=value,
            weight=weight,
            group=group,
        ),
        groups=PEOPLE,
        low=-0.2,
        middle=0,
        high=0.2,
        low_word=gettext("falls"),
        high_word=gettext("grows"),
        href="#{id}",
    )


def example_table(request: HttpRequest) -> Table:
    rows = [
        {
            "id": index,
            "name": f"{name} {index + 1}",
            "units": 12_040 - index * 731,
            "change": (-0.061, 0.032, 0.0, None)[index % 4],
            "share": 0.31 - index * 0.01,
            "coverage": 0.92 if index % 3 else None,
            "months": [round(_wave(month + index, size=900)) if month != 4 else None for month in range(12)],
            "town": "江城街道",
        }
        for index, name in enumerate(UNIT_NAMES * 3)
    ]
    return Table(
        name="units",
        title=gettext("Market units"),
        default_sort="-units",
        page_size=6,
        source=ListSource(rows),
        detail_url=lambda row: "?part=row",
        tone=lambda row: "must" if row["change"] == -0.061 else "",
        columns=[
            Column(key="name", title=gettext("Market unit"), href=lambda row: "#"),
            Column(
                key="units",
                title=gettext("Units sold"),
                kind="number",
                unit="条",
                on_card=True,
                explain=lambda row: "?part=panel",
            ),
            Column(key="change", title=gettext("Same-period change"), kind="change", on_card=True),
            Column(key="share", title=gettext("Key brands"), kind="share"),
            Column(
                key="coverage",
                title=gettext("Order coverage"),
                kind="figure",
                value=lambda row: Figure(value=row["coverage"], kind="share", n=3, needs=10, explain_url="?part=panel"),
            ),
            Column(key="months", title=gettext("Last twelve months"), kind="spark"),
            Column(key="town", title=gettext("Town"), shown=False),
        ],
    )


def example_filters(request: HttpRequest) -> FilterSet:
    return FilterSet(
        [
            Filter(key="month", title=gettext("Month"), kind="month", default="2021-12"),
            Filter(key="unit", title=gettext("Market unit"), choices=[Choice(name, name) for name in UNIT_NAMES]),
            Filter(
                key="class",
                title=gettext("Price class"),
                kind="choices",
                choices=[Choice(name, name) for name in ("一类", "二类", "三类", "四类", "五类")],
            ),
            Filter(key="q", title=gettext("Search"), kind="text", help=gettext("name or licence number")),
        ],
        request.GET,
    )


def example_figures() -> list[Figure]:
    panel, last_year = "?part=panel", gettext("on last year")
    return [
        Figure(
            title=gettext("Units sold"),
            value=48_210,
            kind="quantity",
            unit="条",
            change=0.032,
            change_title=last_year,
            explain_url=panel,
        ),
        Figure(
            title=gettext("Sales amount"),
            value=10_284_310,
            kind="money",
            decimals=0,
            change=-0.011,
            change_title=last_year,
            explain_url=panel,
        ),
        Figure(
            title=gettext("Key brands"),
            value=0.31,
            kind="share",
            change=0.004,
            change_kind="points",
            change_title=last_year,
            explain_url=panel,
        ),
        Figure(title=gettext("Gross margin"), answer="not_enough_data", reason="no_cost", explain_url=panel),
        Figure(title=gettext("Repurchase rate"), answer="not_enough_data", n=3, needs=10, explain_url=panel),
        Figure(
            title=gettext("Score"),
            value=86.4,
            decimals=1,
            uncertainty=1.9,
            note=gettext("upper third of the group"),
            explain_url=panel,
        ),
        Figure(title=gettext("Plain prices shown"), answer="cannot_tell", reason="not_recorded"),
    ]


def example_explanation() -> Explanation:
    return Explanation(
        title=gettext("Order coverage"),
        subject="周一帆 · 2021年12月",
        figure=Figure(value=0.92, kind="share", change=0.012, change_kind="points"),
        formula=gettext("Retailers with an order in the month ÷ retailers held at its end."),
        numerator=Fact(title=gettext("Retailers with an order"), text="184"),
        denominator=Fact(title=gettext("Retailers held"), text="200"),
        n=Fact(title=gettext("Order lines"), text="41,210"),
        uncertainty=gettext("counted in full, no estimate"),
        parameters=[
            Fact(title=gettext("Smallest sample"), text="10", note=gettext("company setting, in force from 2021-01-01"))
        ],
        source=gettext("Order lines and territories"),
        version=gettext("data version 17, formulas 0.1.0"),
        rows_url="#",
        rows_title=gettext("Show the 41,210 order lines"),
    )


def gallery_page(request: HttpRequest) -> HttpResponseBase:
    """The gallery and what its parts ask for: whoever mounts it checks first who may see it."""
    part = request.GET.get("part", "")
    if part == "panel":
        return explanation_page(request, example_explanation())
    if part == "row":
        return HttpResponse(gettext("What more there is to say about this row stands here."))
    if part == "progress":
        return progress_fragment(request, gallery_context(request)["running"])
    if part == "map":
        return JsonResponse(dict(example_map(900).payload))
    table = example_table(request)
    return list_page(
        request, "ui/gallery.html", table, filters=example_filters(request), context=gallery_context(request)
    )


def gallery_context(request: HttpRequest) -> dict[str, Any]:
    """The parts of the page in each of their states."""
    faulty = ExampleForm({"faulty-share": "1.4"}, prefix="faulty")
    return {
        "crumbs": [Crumb(title=gettext("System"), url="#"), Crumb(title=gettext("Gallery of parts"))],
        "figures": example_figures(),
        "filters": example_filters(request),
        "table": example_table(request).page(request.GET),
        "one_row": Table(
            name="one",
            title=gettext("One row"),
            default_sort="name",
            source=[{"id": 1, "name": "江畔便利店"}],
            columns=[Column(key="name", title=gettext("Retailer"))],
        ).page(request.GET),
        "no_rows": Table(
            name="none",
            title=gettext("No rows"),
            default_sort="name",
            source=[],
            columns=[Column(key="name", title=gettext("Retailer"))],
            empty=Empty(
                title=gettext("No retailers yet"),
                text=gettext("They come from the export of the marketing system."),
                action_title=gettext("Import retailers"),
                action_url="#",
            ),
        ).page(request.GET),
        "pictures": example_pictures(),
        "broken": Picture(kind="trend", payload={"kind": "trend", "title": "…", "note": ""}),
        "notices": [
            Notice(
                text=gettext("Two promises to retailers are due tomorrow."),
                tone="warn",
                url="#",
                url_title=gettext("Show them"),
            ),
            Notice(text=gettext("The closing of November stopped; orders of 3 retailers are missing."), tone="must"),
            Notice(text=gettext("All 41,210 lines were imported."), tone="done"),
        ],
        "running": Progress(
            title=gettext("Import of orders"),
            state="running",
            poll_url="?part=progress",
            done=820_000,
            total=1_500_000,
            unit=gettext("lines"),
            rate=251_000,
            left_seconds=3,
            cancel_url="#",
        ),
        "failed": Progress(
            title=gettext("Closing of November"),
            state="failed",
            poll_url="",
            done=4,
            total=9,
            unit=gettext("steps"),
            message=gettext("The lake was written to by another closing. Nothing was changed; start it again."),
        ),
        "form": ExampleForm(),
        "faulty": faulty,
        "explanation": example_explanation(),
    }
