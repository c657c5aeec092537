"""A brand manager: how does one product move, and where is it not?"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visits

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@pytest.mark.requirement("B1")
def test_product_file_tells_trend_and_distribution(visit: Visits) -> None:
    # Given the list of products
    visitor = visit("brand", language="en")
    page = visitor.page
    visitor.go("/goods/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"\d+ products"))
    # when one is searched by its code and opened
    page.fill("#filter-q", "990101")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=990101"))
    visitor.settle()
    found = page.locator("section.lx-tablebox tbody tr")
    expect(found).to_have_count(1)
    found.locator("th a").click()
    # then its file shows master data, the weekly trend drawn, distribution and both ways of sell-through
    expect(page.locator("main")).to_contain_text("990101")
    visitor.settle()
    main = page.locator("main")
    for figure in ("Distribution", "Sell-through A", "Sell-through B"):
        expect(main).to_contain_text(figure)
    expect(main.locator("lx-chart canvas").first).to_be_visible()
    expect(main).to_contain_text("Weekly, 26 weeks")
    share = main.locator("a[href*='/explain/distribution/'] .lx-value").first.inner_text()
    assert 0 < float(share.rstrip("%")) <= 100
    # when the analysis of this product is opened, then it keeps the product
    main.get_by_role("link", name="Analyse this product").click()
    expect(page).to_have_url(re.compile("product=990101"))
    visitor.settle()
    assert visitor.faults == []
