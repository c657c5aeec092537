"""The company is one that someone of the trade would recognise, and nobody in it is real."""

from datetime import date

import numpy as np
import pytest

from lianxin.simulation.catalogue import BRANDS, KEY_PRODUCTS, PRODUCERS, PRODUCTS
from lianxin.simulation.days import NEVER, month_end
from lianxin.simulation.demand import NO_CAP
from lianxin.simulation.draws import shares_to_counts
from lianxin.simulation.goods import TIGHT
from lianxin.simulation.retailers import PYRAMID
from lianxin.simulation.sizes import SIZES
from lianxin.simulation.world import World, build_world

# fmt: off
REAL_BRANDS = (
    "中华", "芙蓉王", "玉溪", "真龙", "黄鹤楼", "利群", "双喜", "红塔山", "白沙", "云烟", "七匹狼", "南京",
    "苏烟", "泰山", "黄山", "黄金叶", "红旗渠", "钻石", "长白山", "人民大会堂", "娇子", "贵烟", "金圣", "兰州",
    "好猫", "延安", "龙凤呈祥", "天子", "牡丹", "中南海", "北京", "大前门", "红金龙", "红河", "红山茶", "阿诗玛",
    "石林", "雄狮", "大红鹰", "五一", "都宝", "哈德门", "将军", "一品梅", "大丰收", "红梅", "熊猫", "恒大",
    "三沙", "宝岛", "椰树", "五叶神", "羊城", "石狮", "古田", "好日子", "甲天下", "刘三姐", "遵义", "黄果树",
    "雪莲", "哈尔滨", "冬虫夏草", "大青山", "苁蓉", "昆仑", "海韵", "紫云", "红杉树", "东渡", "庐山", "月兔",
    "春城", "茶花", "大重九", "国宾", "钓鱼台", "香格里拉", "吉庆", "宏声", "龙山", "宽窄", "五牛", "天下秀",
    "渡江", "迎客松", "皖烟", "王冠", "长城", "荷花", "散花", "三峡", "相思鸟", "洞庭", "金芙蓉", "猴王",
    "公主", "延河", "华山", "长江", "游泳", "乘风", "金桥", "万宝路", "骆驼", "健牌", "三五", "七星",
    "柔和七星", "希尔顿",
)
# fmt: on


def test_sizes_are_those_that_were_promised() -> None:
    counted = {name: (size.n_retailers, size.n_units, size.n_patches, len(size.months)) for name, size in SIZES.items()}
    assert counted == {
        "small": (1_000, 1, 5, 13),
        "default": (4_000, 5, 20, 24),
        "large": (20_000, 24, 96, 24),
    }
    assert {size.months[-1] for size in SIZES.values()} == {date(2021, 12, 1)}


def test_no_brand_or_producer_is_real() -> None:
    invented = [brand for brand, _ in BRANDS] + [producer.removesuffix("（虚构）") for producer in PRODUCERS]
    assert [(name, real) for name in invented for real in REAL_BRANDS if real in name or name in real] == []
    assert all(producer.endswith("（虚构）") for producer in PRODUCERS)


def test_catalogue_has_120_products_with_codes_and_names_of_their_own() -> None:
    assert len(PRODUCTS) == len({p.code for p in PRODUCTS}) == len({p.name for p in PRODUCTS}) == 120
    assert len(KEY_PRODUCTS) == 10


def test_tiers_follow_the_pyramid_at_the_start_and_stay_near_it(world: World) -> None:
    tiers = world.retailers.tiers
    expected = shares_to_counts(PYRAMID.astype(float), world.size.n_retailers)
    # Newcomers are held at tier 24, so only shops that were there from the start are counted.
    found = np.bincount(tiers[:, 0], minlength=31)[:0:-1]
    assert np.array_equal(found, expected)
    later = np.bincount(tiers[:, -1], minlength=31)[:0:-1]
    assert np.abs(np.cumsum(later) - np.cumsum(expected)).max() <= 0.06 * world.size.n_retailers
    assert ((tiers >= 1) & (tiers <= 30)).all()


def test_a_new_shop_starts_no_higher_than_tier_24(world: World) -> None:
    retailers = world.retailers
    opened = np.flatnonzero(retailers.opens_day > world.size.first_month.toordinal())
    assert len(opened) > 0
    assert max(retailers.tier_on(int(retailers.opens_day[r]))[r] for r in opened) <= 24


@pytest.mark.parametrize("size", ["tiny", "small"])
def test_every_open_shop_has_exactly_one_holder_each_day(world: World, size: str) -> None:
    if size == "small":
        world = build_world(1, SIZES["small"])
    retailers, begin, end = world.retailers, world.size.files_begin.toordinal(), month_end(world.size.last_month)
    n_days = end - begin + 1
    change = np.zeros((world.size.n_retailers, n_days + 1), dtype=np.int64)
    for holding in world.holdings:
        assert holding.from_day < holding.until_day
        change[holding.retailer, holding.from_day - begin] += 1
        change[holding.retailer, min(holding.until_day - begin, n_days)] -= 1
    held = change[:, :-1].cumsum(axis=1)
    day = begin + np.arange(n_days)
    is_open = (retailers.opens_day[:, None] <= day) & (day < retailers.closes_day[:, None])
    assert np.array_equal(held, is_open.astype(np.int64))


def test_a_holder_is_a_customer_manager_in_post_on_every_day_he_holds(world: World) -> None:
    posted: dict[str, list[tuple[int, int]]] = {}
    for posting in world.organisation.postings:
        if posting.post == "customer_manager":
            spans = posted.setdefault(posting.employee_no, [])
            if spans and spans[-1][1] == posting.from_day:
                spans[-1] = (spans[-1][0], posting.until_day)
            else:
                spans.append((posting.from_day, posting.until_day))
    outside = [
        holding
        for holding in world.holdings
        if not any(
            start <= holding.from_day and holding.until_day <= finish for start, finish in posted[holding.employee_no]
        )
    ]
    assert outside == []


def test_nobody_holds_two_postings_on_one_day_and_every_superior_is_in_post(world: World) -> None:
    postings = world.organisation.postings
    by_person: dict[str, list[tuple[int, int]]] = {}
    for posting in postings:
        by_person.setdefault(posting.employee_no, []).append((posting.from_day, posting.until_day))
    for spans in by_person.values():
        assert [one[1] for one in spans[:-1]] == [two[0] for two in spans[1:]]
    last = month_end(world.size.last_month)
    in_post = {p.employee_no for p in postings if p.from_day <= last < p.until_day}
    superiors = {p.reports_to for p in postings if p.from_day <= last < p.until_day} - {""}
    assert superiors <= in_post


def test_managers_join_leave_transfer_and_rise_inside_the_period(world: World) -> None:
    begin = world.size.first_month.toordinal()
    postings = world.organisation.postings
    managers = [p for p in postings if p.post == "customer_manager"]
    joined = {p.employee_no for p in managers if p.from_day > begin} - {
        p.employee_no for p in managers if p.from_day <= begin
    }
    final = {p.employee_no: p.until_day for p in postings}
    left = {p.employee_no for p in managers if final[p.employee_no] < NEVER}
    units = {e: {p.unit for p in managers if p.employee_no == e} for e in {p.employee_no for p in managers}}
    moved = {employee for employee, places in units.items() if len(places) > 1}
    risen = {p.employee_no for p in postings if p.post == "market_manager"} & set(units)
    assert (len(joined), len(left), len(moved), len(risen)) == (3, 2, 2, 1)
    assert len(world.organisation.covers) == 1
    assert (world.retailers.patch != world.retailers.later_patch).sum() == 10


def test_caps_never_fall_with_the_tier(world: World) -> None:
    caps = world.demand.caps[:, :, 1:].astype(int)
    assert (np.diff(caps, axis=2) >= 0).all()
    assert ((caps == NO_CAP).any(axis=2) == (caps == NO_CAP).all(axis=2)).all()
    assert (world.demand.caps[world.goods.state == TIGHT] >= 0).all()


def test_prices_stay_in_their_class_and_leave_both_sides_a_margin(world: World) -> None:
    lowest_transfer = {0: 100.0, 1: 70.0, 2: 30.0, 3: 16.5, 4: 0.0}
    for version in world.goods.prices:
        c = int(world.goods.class_index[version.product])
        transfer = version.cost_fen / 100 / 1.13
        assert lowest_transfer[c] <= transfer < lowest_transfer.get(c - 1, 1_000.0)
        assert version.cost_fen < version.wholesale_fen < version.guide_retail_fen <= 100_000
    versions = {(v.product, v.from_day) for v in world.goods.prices}
    assert len(versions) == len(world.goods.prices) > 120


def test_goods_come_and_go_inside_the_period(world: World) -> None:
    begin, end = date(2020, 1, 1).toordinal(), date(2021, 12, 31).toordinal()
    assert ((world.goods.listed_day > begin) & (world.goods.listed_day < end)).sum() == 16
    assert ((world.goods.delisted_day > begin) & (world.goods.delisted_day < end)).sum() == 6


def test_shops_lie_around_the_invented_city(world: World) -> None:
    places = world.places
    assert (np.abs(places.latitude - 31.2) < 0.7).all()
    assert (np.abs(places.longitude - 112.3) < 0.9).all()
    assert len({town.name for town in places.towns}) == len(places.towns) == 25
