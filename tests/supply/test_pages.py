"""The pages of rounds, policies and changes: what they show, to whom, and what their buttons do."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation.models import User
from lianxin.supply.actions import rounds as actions
from lianxin.supply.models import HandChange, Round, SupplyPolicy
from lianxin.supply.queries import lines
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_rounds import ON, previewed
from tests.supply.world import WEEK, World, published, requests_file, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1")]


def page(user: User, name: str, *arguments: object, status: int = 200, **query: str) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    answer = client.get(reverse(name, args=arguments), query)
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


def post(user: User, name: str, *arguments: object, **fields: object) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    answer = client.post(reverse(name, args=arguments), fields, follow=True)
    return answer.content.decode()


@pytest.fixture
def english_users(world: World) -> World:
    User.objects.update(language="en")
    for user in vars(world).values():
        if isinstance(user, User):
            user.refresh_from_db()
    return world


def test_a_round_goes_from_its_form_to_the_retailers(english_users: World, take: Take) -> None:
    world = english_users
    assert "No policy is published" in page(world.brand, "supply:open") or "no supply to share" in page(
        world.brand, "supply:open"
    )
    policy = published(world, "level", {"rule": "uniform"})
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9], "P2": [1] * 6}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 8, "P2": 3}), mapping_name="linjiang")
    post(world.brand, "supply:open", week=str(WEEK), policy=policy.pk, goods_class="tight")
    made = Round.objects.get()
    assert made.products.count() == 2
    post(world.brand, "supply:close", made.number)
    said = post(world.brand, "supply:preview", made.number)
    assert "11 cartons would go to 6 retailers" in said
    assert "Equals treated equally" in said
    assert "Commit" not in page(world.brand, "supply:round", made.number)
    assert "Commit" in page(world.leader, "supply:round", made.number)
    post(world.leader, "supply:commit", made.number)
    said = post(world.leader, "supply:publish", made.number)
    assert "11 cartons went to 6 retailers" in said
    assert "Round 1" in page(world.leader, "supply:rounds")
    product = page(world.leader, "supply:product", made.number, world.products[0].pk)
    assert "Tier 30" in product
    assert "The rule level." in product


def test_the_time_at_which_requests_close_is_announced_with_the_seal(english_users: World, take: Take) -> None:
    world = english_users
    policy = published(world, "draw", {"rule": "lottery"})
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    fields = {"week": str(WEEK), "policy": policy.pk, "goods_class": "tight"}
    assert "still to come" in post(world.brand, "supply:open", **fields, requests_close_at="2020-01-01T12:00")
    post(world.brand, "supply:open", **fields, requests_close_at="2099-01-01T12:00")
    open_page = f"/open/supply/{world.company.code}/1/?lang=en"
    shown = Client().get(open_page).content.decode()
    assert "Requests close on 2099-01-01 12:00; what comes in later is refused." in shown
    assert Round.objects.get().seed_hash in shown
    inside = page(world.brand, "supply:round", 1)
    assert "Close requests earlier than announced" in inside
    assert "Say why they close earlier" in post(world.brand, "supply:close", 1)
    assert "Requests are closed." in post(world.brand, "supply:close", 1, words="Everybody has answered.")
    assert "announced for 2099-01-01 12:00" in page(world.brand, "supply:round", 1)
    assert "They had been announced to close on 2099-01-01 12:00" in Client().get(open_page).content.decode()


def test_lines_are_paged_sorted_and_narrowed(english_users: World, take: Take) -> None:
    world = english_users
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    told = page(world.leader, "supply:lines", made.number)
    assert [f"便民商店L{n}" in told for n in range(6)] == [True] * 6
    assert "便民商店L1" in (narrow := page(world.leader, "supply:lines", made.number, tier="30"))
    assert "便民商店L0" not in narrow
    for sort in ("retailer", "-retailer", "tier", "-tier", "wanted_units", "-cap_units", "-rule_units", "share_units"):
        page(world.leader, "supply:lines", made.number, sort=sort)
    own = page(world.south_user, "supply:lines", made.number)
    assert [f"便民商店L{n}" in own for n in range(6)] == [True, True, True, False, False, False]
    page(world.south_user, "supply:line", made.number, world.products[0].pk, world.retailers[3].pk, status=404)
    assert "南甲" in page(world.south_user, "supply:managers", made.number)
    assert "北乙" not in page(world.south_user, "supply:managers", made.number)
    assert "北乙" in page(world.leader, "supply:managers", made.number)


@pytest.mark.parametrize("sort_by", ["key", "share_units", "wanted_units", "cap_units", "tier"])
@pytest.mark.parametrize("descending", [False, True])
def test_paging_forth_and_back_meets_every_line_once(world: World, take: Take, sort_by: str, descending: bool) -> None:
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    whole = lines.lines(made, lines.Asked(), sort_by=sort_by, descending=descending)
    seen: list[lines.Line] = []
    after = None
    while found := lines.lines(made, lines.Asked(), sort_by=sort_by, descending=descending, limit=2, after=after):
        seen += found
        last = found[-1]
        after = (getattr(last, sort_by), last.key)
    assert [line.key for line in seen] == [line.key for line in whole]
    before = (getattr(whole[4], sort_by), whole[4].key)
    back = lines.lines(
        made, lines.Asked(), sort_by=sort_by, descending=descending, limit=2, after=before, backward=True
    )
    assert [line.key for line in back] == [line.key for line in whole[2:4]]


@pytest.mark.requirement("D3")
def test_a_change_by_hand_goes_through_its_pages(english_users: World, take: Take) -> None:
    world = english_users
    made = previewed(world, take, published(world, "tight-by-tier", {"rule": "tier_quota", "weights": {"30": 3.0}}))
    made = actions.commit(round=made, by=world.leader, at=AT, on=ON)
    product, retailer = world.products[0].pk, world.retailers[1].pk
    assert "Propose a change" in page(world.brand, "supply:line", made.number, product, retailer)
    assert "Propose a change" not in page(world.leader, "supply:line", made.number, product, retailer)
    fields = {"after_units": 3, "reason": "damaged_goods", "words": "Two were wet.", "evidence": "Note 17, office."}
    refused = post(world.brand, "supply:line", made.number, product, retailer, **{**fields, "words": "x"})
    assert "Say in your own words why" in refused
    said = post(world.brand, "supply:line", made.number, product, retailer, **fields)
    assert "Waits for a second person" in said
    change = HandChange.objects.get()
    assert "Goods were damaged on the way" in page(world.south_user, "supply:changes")
    assert "Somebody else decides" in page(world.brand, "supply:change", change.pk)
    done = post(world.leader, "supply:agree", change.pk, words="Seen.")
    assert "Agreed" in done
    told = page(world.south_user, "supply:line", made.number, product, retailer)
    assert "3 cartons" in told
    assert "2 cartons" in told


def test_a_policy_is_drafted_and_published_on_its_pages(english_users: World) -> None:
    world = english_users
    fields = {
        "code": "tight-by-tier", "title": "Tight goods", "rule": "tier_quota", "weights": "30 = 3, 29 = 2.8",
        "sentence_zh": "按档位定额。", "sentence_en": "Each tier has its quota.", "lot_units": 1,
    }  # fmt: skip
    assert "cannot be read" in post(world.brand, "supply:draft_policy", **{**fields, "weights": "30 three"})
    said = post(world.brand, "supply:draft_policy", **fields)
    assert "Each tier has its quota." in said
    made = SupplyPolicy.objects.get()
    assert made.definition == {"rule": "tier_quota", "weights": {"29": 2.8, "30": 3.0}}
    assert "Publish it" not in page(world.brand, "supply:policy", made.pk)
    assert "choose a Monday" in post(world.leader, "supply:publish_policy", made.pk, day="2022-01-05")
    assert "In force from" in post(world.leader, "supply:publish_policy", made.pk, day="2022-01-03")
    assert "Each tier has its quota." in page(world.south_user, "supply:policies")
    assert "until before" in post(world.leader, "supply:retire_policy", made.pk, day="2022-02-07")
    made.refresh_from_db()
    assert made.valid_until == date(2022, 2, 7)
    assert "30 = 3, 29 = 2.8" in page(world.brand, "supply:draft_policy", **{"from": str(made.pk)})


@pytest.mark.requirement("D2")
def test_a_round_from_a_file_is_published_by_a_leader(english_users: World, take: Take) -> None:
    world = english_users
    take("allocations", f"week,product_code,licence_no,share_units\n{WEEK},P1,L0,3\n")
    made = Round.objects.get()
    assert made.published_at is None
    assert "Publish to retailers" not in page(world.brand, "supply:round", made.number)
    told = page(world.leader, "supply:round", made.number)
    assert ("Publish to retailers" in told, "do not read it before it is published" in told) == (True, True)
    post(world.leader, "supply:publish", made.number)
    told = page(world.leader, "supply:round", made.number)
    assert ("Publish to retailers" in told, "Retailers read their lines since" in told) == (False, True)


def test_requests_are_opened_again_with_a_reason_and_a_new_time(english_users: World, take: Take) -> None:
    world = english_users
    policy = published(world, "level", {"rule": "uniform"})
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    post(world.brand, "supply:open", week=str(WEEK), policy=policy.pk, goods_class="tight")
    told = page(world.brand, "supply:round", 1)
    assert [words in told for words in ("not previewed yet", "fixed when requests close", "this was not recorded")] == [
        True, True, False,
    ]  # fmt: skip
    page_of_new = told
    post(world.brand, "supply:close", 1)
    assert "fixed when requests close" not in page(world.brand, "supply:round", 1)
    assert "Announce anew" in post(world.brand, "supply:reopen", 1, words="One was forgotten.")
    said = post(world.brand, "supply:reopen", 1, words="One was forgotten.", requests_close_at="2099-01-01T12:00")
    assert ("Requests may come in again." in said, "2099-01-01 12:00" in said) == (True, True)
    assert Round.objects.get().state == "draft"
    told = page(world.brand, "supply:round", 1)
    assert told.count("fixed when requests close") == page_of_new.count("fixed when requests close") > 0
