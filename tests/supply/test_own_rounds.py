"""A retailer reads its own line with its reason, and of others numbers only."""

import csv
import hashlib
import io
import re
from typing import Any

import pytest
from django.test import Client

from lianxin.core.allocating import REASONS
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import AuditRow, Company
from lianxin.foundation.states import Role
from lianxin.goods.models import Product
from lianxin.people.states import Post
from lianxin.retailers.states import Entrance
from lianxin.supply.actions import rounds as actions
from lianxin.supply.models import HandChange, Round
from lianxin.supply.own_words import WHY
from lianxin.supply.states import RoundState
from tests import factories
from tests.supply.open_world import AT, SEED, Asked, policy, share_out, shops

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2")]


@pytest.fixture
def goods(company: Company) -> Product:
    return factories.product(company, "P77", name="临江（金樽）")


def page_of(browser: Client, number: int = 1) -> str:
    answer = browser.get(f"/own/supply/{number}/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_every_reason_that_dividing_gives_has_words() -> None:
    assert set(WHY) == set(REASONS)


def test_own_line_with_rule_reason_quota_and_neighbours(company: Company, goods: Product) -> None:
    near, far = shops(company, 30), shops(company, 30, "城北市场部")
    everyone = near.retailers + far.retailers
    holder = {shop.pk: near.manager for shop in near.retailers} | {shop.pk: far.manager for shop in far.retailers}
    requests = [Asked(shop, goods, 30 if at % 2 else 29, 9, 8) for at, shop in enumerate(everyone)]
    by = policy(company, "tier_quota", weights={"29": 1.0, "30": 2.0})
    share_out(company, requests, {goods.pk: 200}, by, holder=holder)
    mine = near.retailers[1]
    words = text_of(page_of(factories.signed_in_retailer(mine)))
    assert "The same for the same tier" in words
    assert "You got the quota of your tier" in words
    assert re.search(r"You asked for 9 ", words)
    assert re.search(r"Your reasonable quantity 8 ", words)
    assert re.search(r"Quota of everybody of your tier 4 ", words)
    assert "14 of 14 others of your tier in your district got just as much" in words
    # nobody else's name, number or licence
    for shop in everyone:
        assert (shop.name in words) == (shop.pk == mine.pk), shop.name


def test_the_row_that_a_retailer_is_told_is_in_the_public_file(company: Company, goods: Product) -> None:
    made = shops(company, 90)
    requests = [Asked(shop, goods, 30, 1 + at % 3) for at, shop in enumerate(made.retailers)]
    share_out(company, requests, {goods.pk: 100}, policy(company, "uniform"))
    file = Client().get(f"/open/supply/{company.code}/1/rows.csv").content.decode("utf-8-sig")
    rows = {row["row"]: row for row in csv.DictReader(io.StringIO(file))}
    for one in requests[:3]:
        told = factories.signed_in_retailer(one.retailer).get("/api/v1/own/rounds/1").json()
        row = rows[told[0]["public_row"]]
        assert float(row["level_from"]) <= one.wanted <= float(row["level_until"])


def test_few_neighbours_are_not_counted(company: Company, goods: Product) -> None:
    made = shops(company, 25)
    # 9 of tier 30, 15 of tier 29 of whom one asks for little; one of tier 1
    tiers = [30] * 9 + [29] * 15 + [1]
    requests = [Asked(shop, goods, tiers[at], 1 if at == 9 else 9) for at, shop in enumerate(made.retailers)]
    share_out(company, requests, {goods.pk: 97}, policy(company, "uniform"))

    def words(at: int) -> str:
        return text_of(page_of(factories.signed_in_retailer(made.retailers[at])))

    assert "Fewer than ten others of your tier asked for it" in words(0)
    assert "Fewer than ten others of your tier asked for it" in words(24)
    assert "Fewer than ten of 14 others" in words(9)
    assert "Nearly all of 14 others" in words(10)


def test_neighbours_are_those_of_its_own_group_where_a_quota_is_divided_further(
    company: Company, goods: Product
) -> None:
    made = shops(company, 44)
    # 12 of the town and 32 of the country, all of one tier; the town has three times the country's quota.
    requests = [
        Asked(shop, goods, 30, 9, market="urban" if at < 12 else "rural") for at, shop in enumerate(made.retailers)
    ]
    by = policy(company, "tier_quota", attributes=["market_type"], split={"urban": 0.6, "rural": 0.4})
    share_out(company, requests, {goods.pk: 120}, by)
    town, country = (text_of(page_of(factories.signed_in_retailer(made.retailers[at]))) for at in (0, 12))
    assert "Only shops of your group (town) are counted: other groups had quotas of their own." in town
    assert "11 of 11 others of your tier in the city got just as much" in town
    assert "Only shops of your group (country) are counted" in country
    assert "31 of 31 others of your tier in the city got just as much" in country


def test_a_draw_can_be_repeated_by_who_was_in_it(company: Company, goods: Product) -> None:
    made = shops(company, 40)
    requests = [Asked(shop, goods, 30, 3) for shop in made.retailers]
    share_out(company, requests, {goods.pk: 10}, policy(company, "lottery"))
    numbers: dict[str, int] = {}
    for shop in made.retailers:
        line = factories.signed_in_retailer(shop).get("/api/v1/own/rounds/1").json()[0]
        assert line["draw_number"] == hashlib.sha256(f"{SEED}|2026-03-02|P77|{shop.licence_no}".encode()).hexdigest()
        numbers[line["draw_number"]] = line["share_units"]
    assert [numbers[number] for number in sorted(numbers)] == [1] * 10 + [0] * 30


def test_who_was_drawn_reads_so_also_with_all_it_asked_for(company: Company, goods: Product) -> None:
    made = shops(company, 12)
    requests = [Asked(shop, goods, 30, at % 3) for at, shop in enumerate(made.retailers)]
    share_out(company, requests, {goods.pk: 9}, policy(company, "lottery"))
    pages = [text_of(page_of(factories.signed_in_retailer(shop))) for shop in made.retailers[:3]]
    assert "You got all that you asked for." in pages[0]
    assert "You were drawn and got all that you asked for." in pages[1]
    assert "You were drawn: your turn came before the goods ended." in pages[2]


def test_a_change_by_hand_is_told_beside_what_the_rule_gave(company: Company, goods: Product) -> None:
    made = shops(company, 20)
    requests = [Asked(shop, goods, 30, 3) for shop in made.retailers]
    found = share_out(company, requests, {goods.pk: 20}, policy(company, "uniform"))
    brand = factories.user(company)
    factories.person(factories.unit(company, "公司"), Post.BRAND_MANAGER, user=brand, name="品牌甲")
    HandChange.objects.create(
        id="c1", round=found, product=goods, retailer=made.retailers[0], before_units=1, rule_units=1, after_units=3,
        reason="data_error", words="内部的话", evidence="x", state="agreed", proposed_by=brand,
        proposed_at=found.opened_at, decided_by=factories.user(company), decided_at=found.opened_at,
    )  # fmt: skip
    browser = factories.signed_in_retailer(made.retailers[0])
    words = text_of(page_of(browser))
    assert "The rule gave 1; it was changed by hand. A second person agreed." in words
    assert "1 became 3. Reason: The request or cap was entered wrongly. Proposed by: Brand manager." in words
    assert "The second person, of another line: somebody of the company, agreed on" in words
    assert "内部的话" not in words
    assert "品牌甲" not in words
    told = browser.get("/api/v1/own/rounds/1", headers={"accept-language": "en"}).json()[0]
    assert told["changes"] == [
        {
            "before_units": 1, "after_units": 3, "reason": "data_error",
            "reason_words": "The request or cap was entered wrongly", "proposed_by_post": "Brand manager",
            "agreed_by_post": "somebody of the company", "agreed_on": "2026-03-01",
        }
    ]  # fmt: skip
    others = factories.signed_in_retailer(made.retailers[1]).get("/api/v1/own/rounds/1").json()[0]
    assert (others["changed_by_hand"], others["changes"]) == (False, [])


def test_objecting_leads_to_the_office_with_what_it_is_about(company: Company, goods: Product) -> None:
    made = shops(company, 12)
    share_out(
        company, [Asked(shop, goods, 30, 3) for shop in made.retailers], {goods.pk: 20}, policy(company, "uniform")
    )
    browser = factories.signed_in_retailer(made.retailers[0])
    link = re.search(r'href="(/own/requests/new\?[^"]+)"', page_of(browser))
    assert link is not None
    form = browser.get(link[1].replace("&amp;", "&")).content.decode()
    assert goods.name in form
    assert '<option value="货源供应" selected>' in form


def test_rounds_not_published_or_of_others_are_not_there(company: Company, goods: Product) -> None:
    made = shops(company, 12)
    requests = [Asked(shop, goods, 30, 3) for shop in made.retailers]
    by = policy(company, "uniform")
    share_out(company, requests, {goods.pk: 20}, by, state=RoundState.COMMITTED)
    browser = factories.signed_in_retailer(made.retailers[0])
    assert browser.get("/own/supply/1/").status_code == 404
    assert browser.get("/api/v1/own/rounds").json() == []
    Round.objects.update(state=RoundState.PUBLISHED)
    assert browser.get("/own/supply/1/").status_code == 200
    stranger = factories.signed_in_retailer(factories.retailer(factories.company("other")))
    assert stranger.get("/own/supply/1/").status_code == 404
    # one who asked for nothing has no line, and sees nobody else's
    idle = factories.signed_in_retailer(factories.retailer(company))
    assert "You asked for nothing" in page_of(idle)
    assert idle.get("/api/v1/own/rounds/1").json() == []


def test_what_came_with_a_file_is_marked(company: Company, goods: Product) -> None:
    made = shops(company, 12)
    share_out(company, [Asked(shop, goods, 30, 3) for shop in made.retailers], {goods.pk: 20}, policy(company, "uniform"),
              state=RoundState.IMPORTED)  # fmt: skip
    Round.objects.update(invented_note="按规则虚构")
    words = text_of(page_of(factories.signed_in_retailer(made.retailers[0])))
    assert "came with a file from another system" in words
    assert "按规则虚构" in words
    assert "public page" not in words


@pytest.mark.requirement("D2")
def test_a_round_from_a_file_is_read_only_once_it_is_published(company: Company, goods: Product) -> None:
    made = shops(company, 12)
    requests = [Asked(shop, goods, 30, 3) for shop in made.retailers]
    row = share_out(company, requests, {goods.pk: 20}, policy(company, "uniform"), state=RoundState.IMPORTED)
    Round.objects.update(published_at=None)
    row.refresh_from_db()
    browser = factories.signed_in_retailer(made.retailers[0])
    assert browser.get(f"/own/supply/{row.number}/").status_code == 404
    assert browser.get(f"/api/v1/own/rounds/{row.number}").status_code == 404
    assert f"/own/supply/{row.number}/" not in browser.get("/own/supply/").content.decode()
    with pytest.raises(Denied):
        actions.publish(round=row, by=factories.user(company, Role.BRAND_MANAGER), at=AT)
    leader = factories.user(company, Role.LEADER)
    done = actions.publish(round=row, by=leader, at=AT)
    assert (done.state, done.published_at) == (RoundState.IMPORTED, AT)
    assert browser.get(f"/own/supply/{row.number}/").status_code == 200
    assert AuditRow.objects.get(verb="supply.publish").by == leader
    with pytest.raises(Refused):
        actions.publish(round=done, by=leader, at=AT)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_lists_and_first_page(company: Company, goods: Product, n: int) -> None:
    made = shops(company, 12)
    requests = [Asked(shop, goods, 30, 3) for shop in made.retailers]
    by = policy(company, "uniform") if n else None
    for number in range(1, n + 1):
        assert by is not None
        share_out(company, requests, {goods.pk: 20}, by, number=number)
    browser = factories.signed_in_retailer(made.retailers[0], Entrance.READING)
    listed: Any = browser.get("/own/supply/").content.decode()
    assert listed.count('href="/own/supply/') == n
    home = browser.get("/own/").content.decode()
    assert (goods.name in home) == (n > 0)
    assert [row["number"] for row in browser.get("/api/v1/own/rounds").json()] == list(range(n, 0, -1))
