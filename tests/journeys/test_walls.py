"""What a browser may not open: pages and figures of others, addresses of other posts."""

import re

import pytest

from tests.journeys.conftest import Visits

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@pytest.mark.requirement("J4")
def test_scorecard_of_somebody_else_is_not_there(visit: Visits) -> None:
    # Given the scorecards that a leader sees
    leader = visit("leader")
    leader.go("/appraisal/scorecards/")
    seen = leader.page.eval_on_selector_all(
        "main a[href^='/appraisal/scorecards/']", "links => links.map(link => link.getAttribute('href'))"
    )
    cards = {address for address in seen if re.fullmatch(r"/appraisal/scorecards/\d+/", address)}
    assert len(cards) >= 5
    # when a customer manager asks for each of them, then one is theirs and the others do not exist
    own = visit("customer").page.context.request
    answers = {address: own.get(leader.site.url + address, max_redirects=0).status for address in cards}
    assert sorted(answers.values()) == [200] + [404] * (len(cards) - 1)
    # and neither do their parts, their rows and the same by API
    for address, status in answers.items():
        pk = re.sub(r"\D", "", address)
        wanted = status
        for path in (f"{address}total/", f"{address}rows/sales_units/", f"/api/v1/scorecards/{pk}"):
            assert own.get(leader.site.url + path, max_redirects=0).status == wanted, path
    assert leader.faults == []


@pytest.mark.requirement("B1")
def test_retailer_of_somebody_else_is_not_there(visit: Visits) -> None:
    # Given the retailers of a unit and those of one of its managers
    unit, own = visit("market"), visit("customer")
    unit.go("/market/alerts/")
    all_of_unit = _retailers(unit.page.content())
    own.go("/market/alerts/")
    not_own = sorted(all_of_unit - _retailers(own.page.content()))
    assert not_own
    # when the manager asks for the file of a retailer of another, then there is no such page
    answers = {own.page.context.request.get(f"{own.site.url}/retailers/{pk}/").status for pk in not_own[:5]}
    assert answers == {404}
    assert own.faults == []


@pytest.mark.parametrize(
    "path", ["/system/users/", "/system/audit/", "/appraisal/closings/", "/appraisal/pay/propose/"]
)
def test_pages_of_other_posts_refuse_in_a_sentence(visit: Visits, path: str) -> None:
    # Given a customer manager who types the address of a page for others
    visitor = visit("customer", language="en")
    answer = visitor.page.goto(visitor.site.url + path)
    # then it is refused, says so in a sentence and shows the way back
    assert answer is not None
    assert answer.status == 403
    assert len(visitor.page.locator("main").inner_text()) > 20
    assert visitor.page.get_by_role("link", name=re.compile("home", re.IGNORECASE)).count() >= 1


def test_whoever_is_not_signed_in_sees_the_door_alone(visit: Visits) -> None:
    request = visit.stranger().page.context.request
    for path in ("/", "/market/", "/market/map/", "/appraisal/scorecards/", "/system/audit/"):
        answer = request.get(visit.site.url + path, max_redirects=0)
        assert answer.status == 302, path
        assert "/account/login/" in answer.headers["location"]
    assert request.get(visit.site.url + "/api/v1/market/figures").status == 401


def _retailers(page: str) -> set[str]:
    return set(re.findall(r'href="/retailers/(\d+)/"', page))
