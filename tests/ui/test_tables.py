from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from lianxin.foundation.models import Company, Job
from lianxin.ui.parts import Figure
from lianxin.ui.sources import (
    Ask,
    CallableSource,
    ListSource,
    Position,
    QuerySetSource,
    Slice,
    Source,
    every_row,
    getter,
    read_position,
    written_position,
)  # fmt: skip
from lianxin.ui.tables import Column, Table, TablePage

NAME = Column(key="name", title="Name")
SOLD = Column(key="sold", title="Sold", kind="number")


def table(source: Any, **fields: Any) -> Table:
    given = {"name": "t", "columns": [NAME, SOLD], "default_sort": "-sold", "page_size": 2, **fields}
    return Table(source=source, **given)


def names(page: TablePage) -> list[str]:
    return [row.cells[0].text for row in page.rows]


def asked(url: str) -> QueryDict:
    return QueryDict(url.lstrip("?"))


def walked(made: Table, query: str = "") -> list[list[str]]:
    """The names of every page, walked to the end by its own links, then back to the start."""
    there = made.page(QueryDict(query))
    forth = [names(there)]
    while there.next_url:
        there = made.page(asked(there.next_url))
        forth.append(names(there))
    back = [names(there)]
    while there.previous_url:
        there = made.page(asked(there.previous_url))
        back.append(names(there))
    assert back[::-1] == forth
    return forth


def rows(*sold: int | None) -> list[dict[str, Any]]:
    return [{"id": index, "name": f"n{index}", "sold": value} for index, value in enumerate(sold)]


def test_one_row_is_one_page() -> None:
    page = table(rows(5)).page(QueryDict())
    assert (names(page), page.first, page.last, page.total, page.next_url, page.previous_url) == (
        ["n0"],
        1,
        1,
        1,
        "",
        "",
    )


def test_three_rows_are_two_pages_and_the_way_back() -> None:
    assert walked(table(rows(1, 3, 2))) == [["n1", "n2"], ["n0"]]


def test_no_rows_count_from_nought() -> None:
    page = table([]).page(QueryDict())
    assert (page.rows, page.first, page.last, page.total) == ([], 0, 0, 0)


def test_ties_and_empty_values_keep_a_fixed_place() -> None:
    sold = (7, None, 7, 3, None, 9)
    assert walked(table(rows(*sold))) == [["n5", "n0"], ["n2", "n3"], ["n1", "n4"]]
    assert walked(table(rows(*sold)), "sort=sold") == [["n3", "n0"], ["n2", "n5"], ["n1", "n4"]]


def test_pages_say_where_they_are() -> None:
    made = table(rows(5, 4, 3, 2, 1))
    second = made.page(asked(made.page(QueryDict()).next_url))
    assert (second.first, second.last, second.total) == (3, 4, 5)
    first = made.page(asked(second.previous_url))
    assert (first.first, first.last, first.previous_url) == (1, 2, "")


@pytest.fixture
def jobs(company: Company) -> list[Job]:
    at = datetime(2022, 1, 5, tzinfo=UTC)
    started = [at, None, at, at - timedelta(days=1), None, at + timedelta(days=1)]
    return [
        Job.objects.create(company=company, kind="k", title=f"n{index}", created_at=at, started_at=one)
        for index, one in enumerate(started)
    ]


def by_callable(_company: Company) -> Source:
    plain = ListSource(list(Job.objects.all()), key="id")
    return CallableSource(plain.page, key="id")


SOURCES: dict[str, Callable[[Company], Source]] = {
    "list": lambda company: ListSource(list(Job.objects.filter(company=company)), key="id"),
    "queryset": lambda company: QuerySetSource(Job.objects.filter(company=company)),
    "values": lambda company: QuerySetSource(
        Job.objects.filter(company=company).values("id", "title", "started_at"), key="id"
    ),
    "callable": by_callable,
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_pages_alike(kind: str, jobs: list[Job], company: Company) -> None:
    columns = [Column(key="title", title="Title"), Column(key="started_at", title="Started", kind="instant")]
    made = table(SOURCES[kind](company), columns=columns, default_sort="-started_at")
    assert walked(made) == [["n5", "n0"], ["n2", "n3"], ["n1", "n4"]]
    assert walked(made, "sort=started_at") == [["n3", "n0"], ["n2", "n5"], ["n1", "n4"]]
    assert [
        row.title if kind != "values" else row["title"] for row in made.rows_to_export(QueryDict("sort=title"))
    ] == [f"n{index}" for index in range(6)]


@pytest.mark.django_db
def test_a_queryset_table_leaves_other_rows_alone(jobs: list[Job], company: Company) -> None:
    other = Company.objects.create(code="other", name="Other")
    Job.objects.create(company=other, kind="k", title="secret", created_at=datetime(2022, 1, 1, tzinfo=UTC))
    made = table(
        SOURCES["queryset"](company), columns=[Column(key="title", title="Title")], default_sort="title", page_size=50
    )
    page = made.page(QueryDict())
    assert (page.total, "secret" in names(page)) == (6, False)


@pytest.mark.parametrize("value", [None, 3, 2.5, "城", date(2021, 12, 1), datetime(2021, 12, 1, tzinfo=UTC)])
def test_a_position_survives_the_address(value: Any) -> None:
    assert read_position(written_position(Position(value, 7, 50))) == Position(value, 7, 50)


@pytest.mark.parametrize("text", ["", "!!", "bm90IGpzb24", "W10", "WzFd", "W3sieiI6MX0sMSwyXQ"])
def test_a_position_that_someone_typed_into_is_ignored(text: str) -> None:
    assert read_position(text) is None


def test_a_position_of_another_type_starts_over() -> None:
    made = table(rows(1, 2, 3))
    page = made.page(QueryDict(f"after={written_position(Position('text', 1, 2))}"))
    assert (names(page), page.first) == (["n2", "n1"], 1)


def test_unknown_sort_column_falls_back() -> None:
    assert names(table(rows(1, 2)).page(QueryDict("sort=nothing"))) == ["n1", "n0"]


def test_heads_turn_the_sort_and_start_over() -> None:
    made = table(rows(1, 2, 3))
    heads = made.page(QueryDict("unit=3&after=x")).heads
    assert [(head.sorted, head.sort_url) for head in heads] == [
        ("", "?unit=3&sort=name"),
        ("descending", "?unit=3&sort=sold"),
    ]


def test_columns_are_chosen_in_the_address_and_the_first_stays() -> None:
    made = table(rows(1), columns=[NAME, SOLD, Column(key="town", title="Town", shown=False)])
    assert [column.key for column in made.columns_of(QueryDict())] == ["name", "sold"]
    assert [column.key for column in made.columns_of(QueryDict("columns=town"))] == ["name", "town"]
    assert [column.key for column in made.columns_of(QueryDict("columns=town,sold"))] == ["name", "sold", "town"]


def test_a_prefix_keeps_two_tables_apart() -> None:
    made = table(rows(1, 2, 3), prefix="lines.")
    assert "lines.after=" in made.page(QueryDict("after=other")).next_url
    assert names(made.page(QueryDict("sort=sold"))) == ["n2", "n1"]


def test_a_table_must_be_sorted_by_one_of_its_columns() -> None:
    with pytest.raises(ValueError, match="default_sort 'price' is not a column"):
        table([], default_sort="price")


def test_cells_open_and_missing_cells_stay_missing() -> None:
    made = table(
        rows(1200, None), columns=[NAME, Column(key="sold", title="Sold", kind="number", explain=lambda row: "/why/")]
    )
    figures = [row.cells[1].figure for row in made.page(QueryDict()).rows]
    assert figures == [Figure(value="1,200", kind="text", explain_url="/why/"), None]


def test_getter_goes_deeper_and_stops_at_nothing() -> None:
    assert getter("a.b")({"a": {"b": 3}}) == 3
    assert getter("a__b")({"a__b": 4}) == 4
    assert getter("a.b")({"a": None}) is None


def test_every_row_reads_in_chunks() -> None:
    sizes = []

    def page(ask: Ask) -> Slice:
        sizes.append(ask.limit)
        return ListSource(rows(*range(5))).page(ask)

    read = list(every_row(CallableSource(page), Ask("sold", False, 0), chunk=2))
    assert ([row["sold"] for row in read], sizes) == ([0, 1, 2, 3, 4], [2, 2, 2])


def test_on_a_phone_two_figures_stand_on_the_card_without_being_named() -> None:
    columns = [NAME, *(Column(key=key, title=key, kind="number") for key in ("a", "b", "c"))]
    page = table([{"id": 1, "name": "n", "a": 1, "b": 2, "c": 3}], columns=columns, default_sort="name").page(
        QueryDict()
    )
    assert [cell.column.key for cell in page.rows[0].cells if cell.on_card] == ["a", "b"]
