"""A market manager at the desk: what happened in my unit, where, and at which retailer?"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor, Visits
from tests.journeys.steps import csv_rows, download, explain, names_on_page, xlsx_rows

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys"), pytest.mark.requirement("B2")]
FIRST_FIGURE = "main a[href^='/market/explain/sales_units/'] .lx-value >> nth=0"


@pytest.fixture
def visitor(visit: Visits) -> Visitor:
    return visit("market", language="en")


def test_title_answers_and_filters_stay_in_the_address(visitor: Visitor) -> None:
    # Given the analysis page of a unit
    page = visitor.page
    visitor.go("/market/")
    heading = page.get_by_role("heading", level=1)
    # then its title is the answer: month, units, direction
    expect(heading).to_contain_text(
        re.compile(r"December 2021: [\d,]+ cartons sold, (up|down) [\d.]+% on a year before")
    )
    whole = page.locator(FIRST_FIGURE).inner_text()

    # when one manager and one price class are chosen, then the address keeps both and the figures are of them
    page.select_option("#filter-manager", label="郑光莲 (LJ0005)")
    page.wait_for_url(re.compile(r"manager=\d+"))
    visitor.settle()
    page.select_option("#filter-price_class", label="一类")
    page.wait_for_url(re.compile(r"price_class="))
    visitor.settle()
    chosen = page.url
    assert "manager=" in chosen
    narrowed = page.locator(FIRST_FIGURE).inner_text()
    assert units_of(narrowed) < units_of(whole)

    # when one goes back and forward, then each address shows its own figures again
    page.go_back()
    visitor.settle()
    assert "price_class=%E4" not in page.url
    expect(page.locator(FIRST_FIGURE)).not_to_have_text(narrowed)
    page.goto(chosen)
    expect(page.locator(FIRST_FIGURE)).to_have_text(narrowed)
    assert visitor.faults == []


def test_drill_goes_from_the_unit_to_the_order_line(visitor: Visitor) -> None:
    # Given the table of units
    page = visitor.page
    visitor.go("/market/?by=unit")
    first = page.locator("section.lx-tablebox tbody th.lx-rowhead a").first
    units = [units_of(page.locator("section.lx-tablebox tbody tr td").first.inner_text())]
    # when the first row of each level is opened, then the next level stands below it, and never sells more
    for level, words in [
        ("manager", "customer manager"),
        ("retailer", "retailer"),
        ("product", "product"),
        ("line", "line"),
    ]:
        first.click()
        page.wait_for_url(re.compile(f"by={level}"))
        visitor.settle()
        expect(page.locator("section.lx-tablebox h2")).to_contain_text(re.compile(words, re.IGNORECASE))
        first = page.locator("section.lx-tablebox tbody th.lx-rowhead a").first
        if level != "line":
            units.append(units_of(page.locator("section.lx-tablebox tbody tr td").first.inner_text()))
    assert units == sorted(units, reverse=True)
    # then the last level shows order lines with what was wanted, ordered and supplied, and they sum to the product
    heads = " ".join(page.locator("section.lx-tablebox thead th").all_inner_texts())
    for word in ("Order date", "Wanted", "Ordered", "Supplied", "Amount"):
        assert word in heads, heads
    sold = page.locator("section.lx-tablebox tbody td[data-title^='Units sold']").all_inner_texts()
    assert sum(units_of(text) for text in sold) == units[-1]
    assert visitor.faults == []


def test_figure_explains_itself_and_gives_the_focus_back(visitor: Visitor) -> None:
    # Given a figure on the analysis page
    page = visitor.page
    visitor.go("/market/")
    figure = page.locator("main a[data-lx-explain]").nth(3)
    # when it is asked, then the panel tells formula, numerator, denominator, n and source
    panel = explain(visitor, figure)
    expect(panel).to_contain_text("How it is counted")
    expect(panel).to_contain_text("numerator")
    expect(panel).to_contain_text("Source and version")
    # when Esc is pressed, then it is gone and the figure has the focus
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(figure).to_be_focused()
    assert visitor.faults == []


def test_list_goes_out_as_files_that_say_what_the_page_says(visitor: Visitor) -> None:
    # Given the table of managers
    page = visitor.page
    visitor.go("/market/?by=manager")
    shown = names_on_page(page)
    assert len(shown) >= 4
    # when it is taken away as CSV and as XLSX, then both hold the rows of the page in its order
    as_csv = csv_rows(download(page, "csv"))
    visitor.go("/market/?by=manager")
    as_xlsx = xlsx_rows(download(page, "xlsx"))
    for rows in (as_csv, as_xlsx):
        assert len(rows) == len(shown) + 1
        assert [row[0] for row in rows[1:]] == shown
    in_page = units_of(page.locator("section.lx-tablebox tbody tr").first.locator("td").first.inner_text())
    column = next(index for index, title in enumerate(as_csv[0]) if title.startswith("Sales units"))
    assert float(as_csv[1][column]) == in_page
    assert float(as_xlsx[1][column]) == in_page
    assert visitor.faults == []


def test_map_draws_the_retailers_of_the_unit_alone(visit: Visits) -> None:
    # Given a customer manager who sees 198 retailers, and whoever sees the unit
    own, unit = visit("customer", language="en"), visit("market", language="en")
    # when each opens the analysis page
    seen = [points_of(visitor) for visitor in (own, unit)]
    # then both maps are drawn, and the points of the first are a part of those of the second
    assert 100 < len(seen[0]) < len(seen[1])
    assert seen[0] <= seen[1]
    assert own.faults == unit.faults == []


def points_of(visitor: Visitor) -> set[str]:
    """The retailers on the map, as the page fetched them."""
    page: Page = visitor.page
    with page.expect_response(lambda response: "/market/map/" in response.url) as waited:
        visitor.go("/market/")
        page.locator("lx-map").scroll_into_view_if_needed()
    expect(page.locator("lx-map canvas").first).to_be_visible()
    payload: dict[str, Any] = waited.value.json()
    return {str(one) for one in payload["points"]["id"]}


def units_of(text: str) -> float:
    """The number at the front of a written figure."""
    found = re.search(r"[\d,]+(?:\.\d+)?", text)
    assert found, text
    return float(found[0].replace(",", ""))
