"""What the template tags print, read as a person or a screen reader would."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from lianxin.ui import slots
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.gallery import example_explanation
from lianxin.ui.parts import Crumb, Empty, Figure, Notice, Picture, Progress
from lianxin.ui.slots import NavigationEntry, Panel
from lianxin.ui.tables import Column, Table


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slots, "_registry", slots._Registry())
    with translation.override("en"):
        yield


def drawn(text: str, query: str = "", **context: Any) -> str:
    request = RequestFactory().get(f"/list/?{query}")
    request.user = SimpleNamespace(is_authenticated=True, name="x")
    return Template("{% load i18n ui %}" + text).render(Context({"request": request, **context}))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_figure_opens_by_a_link_that_works_without_scripts() -> None:
    html = drawn('{% figure value=48210 kind="quantity" unit="条" explain_url="/why/?a=1" title="Sold" %}')
    assert (
        '<a class="lx-open" href="/why/?a=1" data-lx-explain aria-label="Sold: 48,210 条. Explain this figure">' in html
    )
    assert words(html) == "48,210 条"


def test_a_given_figure_can_be_changed_in_place() -> None:
    assert words(drawn("{% figure fig decimals=2 %}", fig=Figure(value=0.5, kind="share"))) == "50.00%"


@pytest.mark.parametrize(
    ("figure", "looks"),
    [
        (Figure(value=1), "lx-value"),
        (Figure(value=None), "lx-missing"),
        (Figure(answer="not_enough_data", n=1, needs=2), "lx-missing"),
        (Figure(answer="cannot_tell"), "lx-untold"),
    ],
)
def test_the_three_answers_are_drawn_differently(figure: Figure, looks: str) -> None:
    assert f'class="{looks}"' in drawn("{% state fig %}", fig=figure)
    assert f'class="{looks}"' in drawn("{% figure_row figs %}", figs=[figure])


@pytest.mark.parametrize(
    ("tag", "tone", "said"),
    [
        ("{% change 0.032 %}", "lx-good", "▲ +3.2% up"),
        ("{% change -0.061 %}", "lx-bad", "▼ −6.1% down"),
        ('{% change -0.061 good="down" %}', "lx-good", "▼ −6.1% down"),
        ('{% change 0.1 good="none" %}', "lx-same", "▲ +10.0% up"),
        ("{% change 0.0001 %}", "lx-same", "■ 0.0% unchanged"),
        ('{% change 0.004 kind="points" %}', "lx-good", "▲ +0.4 pp higher"),
    ],
)
def test_a_change_has_a_sign_and_a_word_beside_its_colour(tag: str, tone: str, said: str) -> None:
    html = drawn(tag)
    assert f'class="lx-change {tone}"' in html
    assert words(html) == said


def test_a_change_that_is_missing_prints_nothing() -> None:
    assert drawn("{% change none %}", none=None) == ""


def test_payloads_cannot_break_out_of_their_script() -> None:
    html = drawn("{% chart picture %}", picture=Picture(kind="trend", payload={"title": "</script><b>&", "n": 1}))
    inside = re.search(r'<script type="application/json">(.*?)</script>', html)
    assert inside is not None
    assert json.loads(inside[1]) == {"title": "</script><b>&", "n": 1}
    assert "<b>" not in inside[1]
    assert '<lx-chart class="lx-picture" kind="trend">' in html


def test_a_map_can_fetch_its_payload_instead() -> None:
    assert (
        drawn('{% map picture src="/m.json" %}', picture=None).strip()
        == '<lx-map class="lx-picture" src="/m.json"></lx-map>'
    )


def test_a_spark_line_has_gaps_where_values_are_missing() -> None:
    html = drawn('{% spark values "Year" %}', values=[1, None, 3, 2])
    assert 'd="M3.0 21.0M63.0 3.0L93.0 12.0"' in html
    assert 'aria-label="Year"' in html
    assert "<path" not in drawn("{% spark values %}", values=[None])


def test_a_meter_never_leaves_its_frame() -> None:
    assert [re.findall(r'lx-meterpart" width="([\d.]+)"', drawn(f"{{% meter {value} 30 %}}")) for value in (28, 45, -1)] == [
        ["93.3"], ["100.0"], ["0.0"],
    ]  # fmt: skip


def some_table(rows: list[dict[str, Any]], query: str = "", **fields: Any) -> str:
    columns = [
        Column(key="name", title="Name", href=lambda row: f"/r/{row['id']}/"),
        Column(key="sold", title="Sold", kind="number", unit="条"),
        Column(key="change", title="Change", kind="change"),
    ]
    made = Table(
        **{
            "name": "t",
            "title": "Retailers",
            "columns": columns,
            "source": rows,
            "default_sort": "-sold",
            "page_size": 2,
            **fields,
        }
    )
    return drawn("{% table page %}", query, page=made.page(QueryDict(query)))


ROWS = [{"id": index, "name": f"<b>{index}", "sold": 1000 * index, "change": None} for index in range(1, 4)]


def test_a_table_says_its_order_unit_count_and_missing_cells() -> None:
    html = some_table(ROWS)
    assert 'aria-sort="descending"' in html
    assert '<span class="lx-unit">条</span>' in html
    assert "1–2 of 3" in words(html)
    assert html.count('<span class="lx-missing">not recorded</span>') == 2
    assert '<a href="/r/3/">&lt;b&gt;3</a>' in html


def test_a_table_with_one_row_has_no_pages_to_turn() -> None:
    html = some_table(ROWS[:1])
    assert ("1–1 of 1" in words(html), 'rel="next"' in html, 'rel="prev"' in html) == (True, False, False)


def test_rows_open_in_place_only_where_there_is_more() -> None:
    html = some_table(ROWS, detail_url=lambda row: "/more/" if row["id"] == 3 else None)
    assert html.count("data-lx-open") == 1


def test_an_empty_table_says_why_and_what_to_do() -> None:
    empty = Empty(title="No retailers yet", text="They come from a file.", action_title="Import", action_url="/import/")
    html = some_table([], empty=empty)
    assert "No retailers yet They come from a file. Import" in words(html)
    assert 'href="/import/"' in html
    assert "No rows match these filters" in words(some_table([]))


def test_the_filter_bar_labels_every_field_and_keeps_the_rest_of_the_address() -> None:
    filters = [
        Filter(key="unit", title="Unit", choices=[Choice("3", "South", "City"), Choice("4", "North", "City")]),
        Filter(key="class", title="Class", kind="choices", choices=[Choice("1", "One")]),
        Filter(key="month", title="Month", kind="month"),
    ]
    query = "unit=4&sort=-sold&after=x"
    html = drawn("{% filters asked %}", query, asked=FilterSet(filters, QueryDict(query)))
    assert '<label class="form-label" for="filter-unit">Unit</label>' in html
    assert '<option value="4" selected>North</option>' in html
    assert '<optgroup label="City">' in html
    assert '<input type="hidden" name="sort" value="-sold">' in html
    assert 'name="after"' not in html
    assert 'aria-label="Remove the filter Unit: North"' in html


class GoalForm(forms.Form):
    name = forms.CharField(label="Name", help_text="Short.")
    agreed = forms.BooleanField(label="Agreed", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")], widget=forms.RadioSelect, required=False)
    unit = forms.ChoiceField(label="Unit", choices=[("a", "A")], required=False)

    def clean(self) -> dict[str, Any]:
        self.add_error(None, "The weights sum to 0.9; they must sum to 1.")
        return self.cleaned_data


def test_a_form_says_what_is_wrong_above_and_beside_the_field() -> None:
    html = drawn('{% include "ui/components/form.html" %}', form=GoalForm({"name": "", "unit": "b"}))
    assert '<a href="#id_name">Name</a>: This field is required.' in html
    assert "<li>The weights sum to 0.9; they must sum to 1.</li>" in html
    assert re.search(
        r'<input[^>]*name="name"[^>]*aria-describedby="id_name_help id_name_error"[^>]*aria-invalid="true"', html
    )
    assert re.search(r'<select[^>]*class="form-select is-invalid"', html)
    assert re.search(r'<input[^>]*type="checkbox"[^>]*class="form-check-input"', html)
    assert "<legend" in html
    assert "This could not be saved yet" not in drawn('{% include "ui/components/form.html" %}', form=GoalForm())


def test_progress_asks_again_until_it_is_final() -> None:
    running = Progress(
        title="Import", state="running", poll_url="/jobs/1/", done=1500, total=3000, left_seconds=3, cancel_url="/c/"
    )
    html = drawn("{% progress p %}", p=running)
    assert 'hx-get="/jobs/1/" hx-trigger="every 1s"' in html
    assert '<progress value="1500" max="3000">' in html
    assert "about 3 s left" in words(html)
    ended = drawn(
        "{% progress p %}", p=Progress(title="Import", state="failed", poll_url="/jobs/1/", message="The file is gone.")
    )
    assert ("hx-get" in ended, "The file is gone." in ended, "<progress" in ended) == (False, True, False)


def test_the_explanation_shows_all_that_a_figure_rests_on() -> None:
    said = words(drawn("{% explanation e %}", e=example_explanation()))
    for part in (
        "92.0%",
        "numerator 184",
        "denominator 200",
        "n 41,210",
        "Uncertainty",
        "Source and version",
        "Show the 41,210 order lines",
    ):
        assert part in said


def test_the_invented_notice_uses_the_words_of_the_company() -> None:
    company = SimpleNamespace(invented_notice="虚构", invented_notice_en="Invented.")
    assert words(drawn("{% invented_notice %}", company=company)) == "Invented."
    with translation.override("zh-hans"):
        assert words(drawn("{% invented_notice %}", company=company)) == "虚构"
    assert (
        words(drawn("{% invented_notice %}", company=SimpleNamespace(invented_notice="", invented_notice_en=""))) == ""
    )


def test_crumbs_notices_panels_and_icons() -> None:
    assert (
        words(drawn("{% crumbs c %}", c=[Crumb(title="Home", url="/"), Crumb(title="Here", url="/h/")])) == "Home Here"
    )
    slots.register_notices("x", lambda request: [Notice(text="Mind this.", tone="warn")])
    assert words(drawn("{% notices %}")) == "Mind this."
    slots.register_panel("file", Panel(key="a", title="Scores", render=lambda request, subject: f"<p>{subject}</p>"))
    slots.register_panel("file", Panel(key="b", title="Nothing", render=lambda request, subject: ""))
    assert words(drawn('{% slot "file" "shop" %}')) == "Scores shop"
    assert 'aria-hidden="true"' in drawn('{% icon "shop" %}')
    assert 'role="img" aria-label="Shop"' in drawn('{% icon "shop" "Shop" %}')


def test_navigation_marks_the_longest_door_and_leaves_out_closed_rooms(settings) -> None:
    settings.ROOT_URLCONF = "tests.ui.doors"
    slots.register_navigation(
        NavigationEntry(key="all", title="Lists", url_name="all", order=1),
        NavigationEntry(key="list", title="List", url_name="list", order=2, badge=lambda request: 3),
        NavigationEntry(key="gone", title="Gone", url_name="no-such-door"),
    )
    request = RequestFactory().get("/all/list/")
    request.user = SimpleNamespace(is_authenticated=True)
    html = Template("{% load ui %}{% navigation %}").render(Context({"request": request}))
    assert words(html) == "Lists List 3"
    assert re.findall(r'href="([^"]*)" aria-current="page"', html) == ["/all/list/"]


def test_url_with_changes_only_what_is_named() -> None:
    assert drawn('{% url_with month="2021-12" after="" %}', "unit=3&after=x") == "?unit=3&amp;month=2021-12"
