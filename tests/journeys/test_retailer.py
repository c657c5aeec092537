"""A retailer of sixty with an old phone: the slip, the own page, a word to the office, and the answer confirmed."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor, Visits
from tests.journeys.test_every_page import complaints

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def slip_for_first_retailer(visit: Visits) -> tuple[str, str, str, str]:
    """The administrator prints the slip of the first retailer: its licence, name, digits and link."""
    admin = visit("admin", language="en")
    listed = admin.page.context.request.get(visit.site.url + "/retailers/?export=csv").text()
    _head, first = list(csv.reader(io.StringIO(listed.lstrip("\ufeff"))))[:2]
    name, licence = first[0], first[1]
    return licence, name, *slip_for(visit, licence)


def slip_for(visit: Visits, licence: str) -> tuple[str, str]:
    """The administrator prints the slip of a retailer: its digits and link."""
    admin = visit("admin", language="en")
    admin.go(f"/retailers/codes/one?licence={licence}")
    admin.page.get_by_role("button", name="Make the slip").click()
    slip = admin.page.locator(".lx-slip")
    expect(slip).to_have_count(1)
    expect(slip.locator("svg.lx-square")).to_be_visible()
    digits = slip.locator(".lx-slipdigits").inner_text()
    link = slip.locator("a.lx-sliplink").get_attribute("href")
    assert link is not None
    # it fits the screen, and the browser found nothing to complain of
    assert admin.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert admin.faults == []
    return digits, link


def by_link(visitor: Visitor, link: str, button: str) -> None:
    visitor.page.goto(link)
    visitor.page.get_by_role("button", name=button).click()
    visitor.page.wait_for_load_state("load")


@pytest.mark.requirement("D2", "F7", "F9")
def test_from_the_slip_to_a_confirmed_answer(visit: Visits) -> None:
    licence, name, digits, _link = slip_for_first_retailer(visit)
    # Given a retailer with a phone and a slip
    retailer = visit.stranger(width="phone")
    page = retailer.page
    retailer.go("/own/sign-in")
    expect(page.locator("main")).to_contain_text("禁止向未成年人出售")
    # when the code is mistyped, then one sentence says so, and what was typed for the licence stays
    page.get_by_label("许可证号").fill(licence)
    page.get_by_label("登录码", exact=True).fill("1")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("许可证号与登录码不符")
    assert page.get_by_label("许可证号").input_value() == licence
    # when it is typed as printed, then the own page opens
    retailer.faults.clear()  # the browser notes the 422
    page.get_by_label("登录码", exact=True).fill(digits)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

    # when something is written to the office, then it stands there with its day
    page.get_by_role("link", name="给公司写诉求").click()
    page.get_by_label("您要说什么？").fill("为什么这次只给两条？")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("您的诉求和对您的承诺")
    expect(page.locator("main")).to_contain_text("为什么这次只给两条？")
    expect(page.locator("main")).to_contain_text("您自己写的")

    # when the supervision office answers it
    office = visit("supervision", language="en")
    office.go("/visits/requests/?standing=mine")
    office.page.get_by_role("link", name="为什么这次只给两条？").first.click()
    expect(office.page.locator("main")).to_contain_text("the retailer itself")
    office.page.get_by_label("The answer").fill("按档位定额，每户两条。")
    office.page.get_by_role("button", name="Send the answer").click()
    expect(office.page.locator("body")).to_contain_text("The retailer reads it on its own page")

    # then the retailer reads it, says once that it is not settled, and then that it is
    retailer.go("/own/requests/")
    expect(page.locator("main")).to_contain_text("按档位定额，每户两条。")
    page.locator("summary", has_text="没有解决").first.click()
    page.get_by_label("还有什么没有解决？").first.fill("想看规则")
    page.get_by_role("button", name="退回公司再办").first.click()
    expect(page.locator("main")).to_contain_text("为什么这次只给两条？")
    office.page.reload()
    office.page.get_by_label("The answer").fill("见公开页。")
    office.page.get_by_role("button", name="Send the answer").click()
    retailer.go("/own/requests/")
    page.get_by_role("button", name="解决了", exact=True).first.click()
    expect(page.get_by_role("heading", level=2, name=re.compile("已由客户确认|客户已确认|确认"))).to_have_count(1)

    # when it signs out, then the page asks who is there
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/own/sign-in$"))
    retailer.page.goto(retailer.site.url + "/own/")
    expect(page).to_have_url(re.compile("/own/sign-in$"))
    assert retailer.faults == []
    assert office.faults == []


@pytest.mark.requirement("D2", "M3")
@pytest.mark.parametrize(
    ("width", "language", "button"), [("phone", "zh-hans", "打开我的页面"), ("desk", "en", "Open my page")]
)
def test_own_and_open_pages_are_sound(visit: Visits, width: str, language: str, button: str) -> None:
    _licence, _name, _digits, link = slip_for_first_retailer(visit)
    visitor = visit.stranger(width=width, language=language)
    said = [*complaints(visitor, "/own/sign-in"), *complaints(visitor, link.removeprefix(visit.site.url))]
    by_link(visitor, link, button)
    paths = ["/own/", "/own/supply/", "/own/requests/", "/own/requests/new?about=x", "/own/notes/"]
    visitor.go("/own/supply/")
    paths += visitor.page.eval_on_selector_all(
        "main a[href^='/own/supply/']", "links => links.map(link => link.getAttribute('href'))"
    )[:1]
    company = visit("admin").page.context.request.get(visit.site.url + "/api/v1/company").json()["code"]
    paths.append(f"/open/supply/{company}/?lang={language}")
    visitor.go(paths[-1])
    paths += visitor.page.eval_on_selector_all(
        f"main a[href^='/open/supply/{company}/']", "links => links.map(link => link.getAttribute('href'))"
    )[:1]
    said += [fault for path in paths for fault in complaints(visitor, path)]
    assert said == []
    # nothing of the staff opens with it
    assert visitor.page.context.request.get(visit.site.url + "/retailers/", max_redirects=0).status == 403


@pytest.mark.requirement("D2", "M3")
@pytest.mark.parametrize(
    ("width", "language", "button", "rule", "disagree"),
    [
        ("phone", "zh-hans", "打开我的页面", "规则", "我有异议"),
        ("desk", "en", "Open my page", "The rule", "I do not agree"),
    ],
)
def test_a_retailer_reads_its_line_of_a_published_round(
    visit: Visits, width: str, language: str, button: str, rule: str, disagree: str
) -> None:
    # Given a published round, and a retailer that got something in it
    asked = visit("leader").page.context.request
    api = visit.site.url + "/api/v1/supply/rounds"
    number = next(row["number"] for row in asked.get(api).json() if row["state"] == "published")
    line = next(row for row in asked.get(f"{api}/{number}/lines").json() if row["share_units"])
    _digits, link = slip_for(visit, line["licence_no"])
    # when it opens its link and goes on to the round from its list of weeks
    visitor = visit.stranger(width=width, language=language)
    by_link(visitor, link, button)
    visitor.go("/own/supply/")
    visitor.page.locator(f"main a[href='/own/supply/{number}/']").click()
    # then it reads its number of the product, the rule, and how to object
    card = visitor.page.locator(
        "section.lx-owncard", has=visitor.page.get_by_role("heading", name=line["product"], exact=True)
    )
    expect(card.locator(".lx-ownresult")).to_have_text(re.compile(rf"^{line['share_units']}\s"))
    expect(card.get_by_role("heading", name=rule, exact=True)).to_be_visible()
    expect(card.get_by_role("link", name=disagree)).to_have_attribute("href", re.compile("^/own/requests/new"))
    # and its page and the public one are sound
    public = visitor.page.locator(f"main a[href^='/open/supply/'][href$='/{number}/']").get_attribute("href")
    assert public is not None
    assert [fault for path in (f"/own/supply/{number}/", public) for fault in complaints(visitor, path)] == []
