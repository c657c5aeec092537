"""A customer manager with a phone, in Chinese: why is my score what it is, and whom should I visit?"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visits
from tests.journeys.steps import explain

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@pytest.mark.requirement("J4")
def test_score_is_explained_down_to_own_order_lines(visit: Visits) -> None:
    # Given a customer manager who is signed in on a phone
    visitor = visit("customer", width="phone")
    page = visitor.page
    visitor.go("/")
    # when the home page has come, then it shows the month and the score
    expect(page.locator("main")).to_contain_text("2021年12月")
    score = page.locator("main a[href^='/appraisal/scorecards/']").first
    expect(score).to_be_visible()

    # when the scorecard is opened, then every part has points, or says in words why not
    score.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("郑光莲")
    visitor.settle()
    parts = page.locator("article.ap-part")
    assert parts.count() == 8
    for part in parts.all():
        points = part.locator(".ap-points").inner_text()
        assert re.search(r"\d+\.\d\s*/ \d+\.\d", points) or "不足" in points, points
        assert len(part.locator("p").nth(1).inner_text()) > 8

    # when a part is asked to explain itself, then the panel tells formula, target and rows
    panel = explain(visitor, parts.first.locator("a[data-lx-explain]"))
    expect(panel).to_contain_text("计算方法")
    expect(panel.locator("dl.lx-facts").first).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    # when the rows behind it are opened, then they are order lines of retailers this person holds, and of no others
    parts.first.get_by_role("link", name=re.compile("查看明细")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("郑光莲")
    expect(page.locator("section.lx-tablebox tbody tr").first).to_be_visible()
    behind = set(re.findall(r"\b9901\d{8}\b", page.locator("main").inner_text()))
    held = page.context.request.get(visitor.site.url + "/retailers/?export=csv").text()
    own = set(re.findall(r"\b9901\d{8}\b", held))
    assert behind
    assert behind <= own
    assert visitor.faults == []


@pytest.mark.requirement("B1")
def test_alert_leads_to_the_file_of_a_retailer(visit: Visits) -> None:
    # Given a customer manager with retailers that fall behind their peers
    visitor = visit("customer", width="phone")
    page = visitor.page
    visitor.go("/market/alerts/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"\d+"))
    # when the first of them is opened
    first = page.locator("section.lx-tablebox tbody th a").first
    name = first.inner_text()
    first.click()
    # then the file tells who holds it, its growth against peers, its purchases and its history
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    visitor.settle()
    main = page.locator("main")
    expect(main).to_contain_text("郑光莲")
    expect(main.locator("lx-chart canvas").first).to_be_visible()
    assert main.locator("a[href*='/growth/explain/']").count() >= 1
    assert main.locator("a[href^='/goods/']").count() >= 3
    assert main.get_by_role("heading", level=2).count() >= 6
    # and it does so without being wider than the phone
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert visitor.faults == []


@pytest.mark.requirement("B1")
def test_language_is_switched_and_back_and_leaving_is_leaving(visit: Visits) -> None:
    # Given somebody who signs in on this phone alone
    visitor = visit.stranger(width="phone")
    page = visitor.page
    visitor.sign_in(visit.site.names["customer"], visit.site.password)
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    # when the language is changed to English and back, then the page follows
    page.locator("details.lx-user summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good")
    page.locator("details.lx-user summary").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    # when they sign out, then the scorecard is not shown any more
    page.locator("details.lx-user summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_load_state("load")
    page.goto(visit.site.url + "/appraisal/scorecards/")
    expect(page).to_have_url(re.compile("/account/login/"))
    assert visitor.faults == []
