"""What anyone may read of a round: enough to calculate its level again, and nothing about anybody."""

import csv
import hashlib
import io
import re
from itertools import pairwise
from math import floor

import pytest
from django.test import Client

from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.supply.models import HandChange, Round, RoundQuota, RoundSum, SupplyPolicy
from lianxin.supply.queries import open as openly
from lianxin.supply.queries.open_quotas import open_groups
from lianxin.supply.screens import open_rounds
from lianxin.supply.states import RoundState
from tests import factories
from tests.supply.open_world import SEED, Asked, policy, share_out, shops

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2", "M3")]
NAME = "临江（金樽）"
NEAR = 1e-9


@pytest.fixture
def goods(company: Company) -> Product:
    return factories.product(company, "P77", name=NAME, price_class="一类")


def read(round: Round) -> list[dict[str, str]]:
    """The public file, as anybody gets it."""
    answer = Client().get(f"/open/supply/{round.company.code}/{round.number}/rows.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def level_from_file(rows: list[dict[str, str]]) -> float | None:
    """The level out of the public file alone, by the description on the public page; written without looking at our own code."""
    supply, rule = int(rows[0]["supply_units"]), rows[0]["rule"]
    if any(row["side"] == "mixed" for row in rows) or sum(int(row["takeable_units"]) for row in rows) <= supply:
        return None
    if rule == "lottery":
        return supply / sum(int(row["takeable_units"]) for row in rows)
    if rule != "tier_quota":
        fixed = sum(int(row["takeable_units"]) for row in rows if row["side"] != "limited")
        level = (supply - fixed) / sum(float(row["weight_sum"]) for row in rows if row["side"] == "limited")
        for row in rows:
            if row["side"] == "met":
                assert float(row["level_until"]) <= level * (1 + NEAR)
            else:
                assert float(row["level_from"]) >= level * (1 - NEAR)
        return level

    def taken(level: float) -> int | None:
        total = 0
        for row in rows:
            if level >= float(row["level_until"]) * (1 - NEAR):
                total += int(row["takeable_units"])
                continue
            quotas = {floor(level * float(weight) + NEAR) for weight in row["weights"].split()}
            if level > float(row["level_from"]) * (1 + NEAR) or len(quotas) > 1:
                return None
            total += int(row["n_retailers"]) * quotas.pop()
        return total

    highest = max(float(row["level_until"]) for row in rows)
    weights = {float(weight) for row in rows for weight in row["weights"].split()}
    steps = sorted({k / weight for weight in weights for k in range(int(highest * weight) + 2)})
    for level, following in pairwise(steps):
        here, there = taken(level), taken(following)
        if here is not None and there is not None and here <= supply < there:
            return level
    return None


def asked(company: Company, goods: Product, *, wanted: int = 7, tiers: int = 3, each: int = 40) -> list[Asked]:
    """Retailers of some tiers who want from one to so many units."""
    made = shops(company, tiers * each).retailers
    return [Asked(shop, goods, 28 + at % tiers, 1 + at // tiers % wanted, 6) for at, shop in enumerate(made)]


@pytest.mark.parametrize(
    ("rule", "definition"),
    [
        ("uniform", {}),
        ("weighted_uniform", {"weights": {"28": 1.0, "29": 1.5, "30": 2.25}}),
        ("tier_quota", {"weights": {"28": 1.0, "29": 1.5, "30": 2.0}}),
        ("proportional", {}),
        ("lottery", {"lot_units": 2}),
    ],
)
def test_anyone_calculates_the_level_again_from_the_file_alone(
    company: Company, goods: Product, rule: str, definition: dict[str, object]
) -> None:
    requests = asked(company, goods)
    made = share_out(company, requests, {goods.pk: 211}, policy(company, rule, **definition))
    rows = read(made)
    level = level_from_file(rows)
    kept = RoundSum.objects.get(round=made, kind="product", variant="chosen").level
    assert kept is not None
    assert level == pytest.approx(kept, rel=1e-9)
    assert sum(int(row["n_retailers"]) for row in rows) == len(requests)
    assert min(int(row["n_retailers"]) for row in rows) >= 10
    page = Client().get(f"/open/supply/{company.code}/1/?lang=en").content.decode()
    assert "The level can be found again" in page


def test_floors_stand_in_rows_of_their_own(company: Company, goods: Product) -> None:
    requests = [one._replace(floor=3) if one.wanted > 3 and one.tier == 28 else one for one in asked(company, goods)]
    made = share_out(company, requests, {goods.pk: 230}, policy(company, "uniform"))
    rows = read(made)
    assert {row["side"] for row in rows} == {"met", "limited", "floor"}
    kept = RoundSum.objects.get(round=made, kind="product", variant="chosen").level
    assert kept is not None
    assert level_from_file(rows) == pytest.approx(kept, rel=1e-9)


def test_a_floor_that_looks_like_an_odd_unit_leaves_the_level_untold(company: Company, goods: Product) -> None:
    requests = [one._replace(floor=2) if one.wanted == 2 else one for one in asked(company, goods)]
    made = share_out(company, requests, {goods.pk: 190}, policy(company, "uniform"))
    assert {row["side"] for row in read(made)} == {"mixed"}
    assert "cannot be found again" in Client().get(f"/open/supply/{company.code}/1/?lang=en").content.decode()


def test_enough_for_all_says_so(company: Company, goods: Product) -> None:
    made = share_out(company, asked(company, goods), {goods.pk: 100_000}, policy(company, "uniform"))
    assert level_from_file(read(made)) is None
    assert "enough for all" in Client().get(f"/open/supply/{company.code}/1/?lang=en").content.decode()


def test_few_on_one_side_are_not_shown_and_the_page_says_what_that_costs(company: Company, goods: Product) -> None:
    requests = asked(company, goods, wanted=1)
    requests = [one._replace(wanted=6) if at < 4 else one for at, one in enumerate(requests)]
    made = share_out(company, requests, {goods.pk: 130}, policy(company, "uniform"))
    rows = read(made)
    assert {row["side"] for row in rows} == {"mixed"}
    assert min(int(row["n_retailers"]) for row in rows) >= 10
    assert "cannot be found again" in Client().get(f"/open/supply/{company.code}/1/?lang=en").content.decode()


def test_a_product_of_few_shops_tells_no_number_of_them(company: Company, goods: Product) -> None:
    made = share_out(company, asked(company, goods, each=3), {goods.pk: 10}, policy(company, "uniform"))
    assert read(made) == []
    (told,) = openly.products(made)
    assert (told.n_retailers, told.wanted_units, told.rule_units) == (None, None, None)
    page = Client().get(f"/open/supply/{company.code}/1/?lang=en").content.decode()
    assert "fewer than 10" in page
    assert "not told of fewer than 10 shops" in page


def test_no_name_of_goods_of_a_shop_or_of_a_person_is_open(company: Company, goods: Product) -> None:
    requests = asked(company, goods)
    by = policy(company, "uniform")
    by.sentence_zh, by.sentence_en = f"{NAME}人人一样", "Everyone the same"
    by.save()
    made = share_out(company, requests, {goods.pk: 200}, by)
    Round.objects.update(invented_note=f"{NAME}的需求按销量虚构")
    file = Client().get(f"/open/supply/{company.code}/1/rows.csv").content.decode()
    for text in (
        file,
        *(Client().get(f"/open/supply/{company.code}/1/?lang={code}").content.decode() for code in ("zh-hans", "en")),
    ):
        assert NAME not in text
        assert goods.product_code not in text
        assert "金樽" not in text
        for one in requests[:5]:
            assert one.retailer.licence_no not in text
            assert one.retailer.name not in text
    zh = Client().get(f"/open/supply/{company.code}/1/").content.decode()
    assert "禁止向未成年人出售" in zh
    # the rule's own name stands in for the sentence that named the goods
    assert made.products.get().policy.get_rule_display() in zh  # type: ignore[union-attr]
    assert "<img" not in zh


@pytest.mark.requirement("M3")
@pytest.mark.parametrize("path", ["/open/supply/linjiang/", "/own/sign-in", "/own/l/x", "/account/login/"])
def test_every_page_without_sign_in_is_for_adults(company: Company, path: str) -> None:
    assert "禁止向未成年人出售" in Client().get(path).content.decode()


def test_row_names_and_the_order_of_goods_change_every_round(company: Company) -> None:
    products = [factories.product(company) for _each in range(6)]
    made = shops(company, 30).retailers
    requests = [Asked(shop, product, 30, 1 + at % 3) for at, shop in enumerate(made) for product in products]
    by = policy(company, "uniform")
    supply = {product.pk: 25 + 3 * at for at, product in enumerate(products)}
    first = share_out(company, requests, supply, by)
    second = share_out(company, requests, supply, by, number=2)
    codes = [{row["row"] for row in read(each)} for each in (first, second)]
    assert not codes[0] & codes[1]
    orders = [[one.product_id for one in openly.products(each)] for each in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_a_seal_first_and_the_seed_after(company: Company, goods: Product) -> None:
    by = policy(company, "lottery")
    made = share_out(company, asked(company, goods), {goods.pk: 50}, by, state=RoundState.DRAFT)
    address = f"/open/supply/{company.code}/1/?lang=en"
    before = Client().get(address).content.decode()
    assert (made.seed_hash in before, SEED in before) == (True, False)
    assert Client().get(f"/open/supply/{company.code}/1/rows.csv").status_code == 404
    assert 'class="lx-ownfacts"' not in before
    Round.objects.update(state=RoundState.PUBLISHED)
    after = Client().get(address).content.decode()
    assert SEED in after
    assert hashlib.sha256(SEED.encode()).hexdigest() == made.seed_hash


def test_imported_rounds_are_not_open(company: Company, goods: Product) -> None:
    by = policy(company, "uniform")
    share_out(company, asked(company, goods, each=4), {goods.pk: 5}, by, state=RoundState.IMPORTED)
    assert Client().get(f"/open/supply/{company.code}/1/").status_code == 404
    assert Client().get("/open/supply/nobody/1/").status_code == 404
    assert Client().get("/open/supply/nobody/").status_code == 404
    listed = Client().get(f"/open/supply/{company.code}/")
    assert (listed.status_code, f"{company.code}/1/" in listed.content.decode()) == (200, False)


def test_changes_by_hand_are_told_and_few_are_not_counted(company: Company, goods: Product) -> None:
    requests = asked(company, goods)
    made = share_out(company, requests, {goods.pk: 200}, policy(company, "uniform"))
    address = f"/open/supply/{company.code}/1/?lang=en"
    assert "Nothing was changed" in Client().get(address).content.decode()
    admin, other = factories.user(company), factories.user(company)

    def change(at: int) -> None:
        HandChange.objects.create(
            id=f"c{at}", round=made, product=goods, retailer=requests[at].retailer, before_units=1, rule_units=1,
            after_units=2, reason="data_error", words="x", evidence="x", state="agreed", proposed_by=admin,
            proposed_at=made.opened_at, decided_by=other, decided_at=made.opened_at,
        )  # fmt: skip

    change(0)
    assert "Fewer than 10 results" in Client().get(address).content.decode()
    for at in range(1, 12):
        change(at)
    assert "12 results were changed" in Client().get(address).content.decode()


def test_answers_may_be_kept_and_set_no_cookie(company: Company, goods: Product) -> None:
    share_out(company, asked(company, goods), {goods.pk: 200}, policy(company, "uniform"))
    for path in ("1/", "1/rows.csv", ""):
        client = Client()
        answer = client.get(f"/open/supply/{company.code}/{path}")
        assert answer["Cache-Control"] == "public, max-age=300"
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert "csrf" not in answer.content.decode()
    # the same for whoever is signed in
    retailer = factories.signed_in_retailer(factories.retailer(company))
    signed_in = retailer.get(f"/open/supply/{company.code}/1/")
    assert signed_in.content == Client().get(f"/open/supply/{company.code}/1/").content
    assert signed_in["Cache-Control"] == "public, max-age=300"


def test_calls_are_limited(company: Company, goods: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    share_out(company, asked(company, goods, each=4), {goods.pk: 5}, policy(company, "uniform"))
    monkeypatch.setattr(open_rounds, "A_MINUTE", 3)
    codes = [Client().get(f"/open/supply/{company.code}/1/").status_code for _each in range(9)]
    assert codes[:3] == [200, 200, 200]
    assert codes[-1] == 429


def test_what_is_enough_for_many_pages_is_read_once(
    company: Company, goods: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_out(company, asked(company, goods), {goods.pk: 200}, policy(company, "uniform"))
    first = Client().get(f"/open/supply/{company.code}/1/").content
    monkeypatch.setattr(openly, "counted", lambda round: pytest.fail("the lake was read again"))
    assert Client().get(f"/open/supply/{company.code}/1/").content == first
    assert not re.search(r"<script(?![^>]*src=)", first.decode())


def quotas_of(*cells: tuple[str, int, int, int]) -> list[RoundQuota]:
    """Group, tier, quota and number of requests of each."""
    return [
        RoundQuota(quota_group=group, tier=tier, quota_units=units, n_requests=n) for group, tier, units, n in cells
    ]


BY_TOWN = SupplyPolicy(definition={"rule": "tier_quota", "attributes": ["town"]})


def grouped(*cells: tuple[str, int, int, int]) -> dict[str, list[tuple[int, int, int, int, int]]]:
    made = open_groups(quotas_of(*cells), BY_TOWN)
    return {
        group.title: [(c.tier_from, c.tier_until, c.least_units, c.most_units, c.n) for c in group.cells]
        for group in made
    }


def test_quotas_of_groups_are_told_tier_by_tier_where_ten_shops_share_them() -> None:
    made = grouped(("East", 30, 5, 10), ("East", 29, 4, 25), ("West", 30, 3, 11), ("West", 29, 3, 12))
    assert made == {"East": [(30, 30, 5, 5, 10), (29, 29, 4, 4, 25)], "West": [(30, 30, 3, 3, 11), (29, 29, 3, 3, 12)]}


def test_tiers_of_few_shops_join_their_neighbours_within_the_group() -> None:
    made = grouped(("East", 30, 9, 4), ("East", 29, 7, 3), ("East", 28, 6, 3), ("East", 27, 5, 20), ("East", 26, 2, 9))
    assert made == {"East": [(30, 28, 6, 9, 10), (27, 26, 2, 5, 29)]}


def test_groups_of_few_shops_stand_together_without_their_names() -> None:
    made = grouped(("East", 30, 9, 40), ("North", 30, 4, 6), ("South", 30, 2, 5))
    assert made == {"East": [(30, 30, 9, 9, 40)], "": [(30, 30, 2, 4, 11)]}
    # Six alone would be told by what is missing: the smallest group takes them in.
    made = grouped(("East", 30, 9, 40), ("West", 30, 7, 20), ("North", 30, 4, 6))
    assert made == {"East": [(30, 30, 9, 9, 40)], "": [(30, 30, 4, 7, 26)]}
    assert grouped(("North", 30, 4, 6), ("South", 30, 2, 3)) == {}


def test_the_public_page_tells_the_quota_of_each_tier_and_group(company: Company, goods: Product) -> None:
    made = shops(company, 60)
    requests = [
        Asked(shop, goods, 30 if at % 2 else 29, 9, market="urban" if at < 24 else "rural")
        for at, shop in enumerate(made.retailers)
    ]
    by = policy(
        company, "tier_quota", attributes=["market_type"], split={"urban": 0.6, "rural": 0.4}, weights={"30": 2.0}
    )
    share_out(company, requests, {goods.pk: 180}, by)
    page = Client().get(f"/open/supply/{company.code}/1/?lang=en").content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    # 108 units for 24 shops of the town: 6 and 3; 72 for 36 of the country: 2 and 1, and one more for tier 30 while it fits.
    assert "The quota of each tier and group" in words
    assert re.search(r"town Tier 30: at most 6 Tier 29: at most 3", words)
    assert re.search(r"country Tier 30: at most 3 Tier 29: at most 1", words)
    assert NAME not in page
    for shop in made.retailers:
        assert shop.licence_no not in page
