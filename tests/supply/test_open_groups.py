"""Quotas divided further by groups, recomputed out of the public file alone; groups of few shops never stand by themselves."""

import re
from collections import defaultdict

import pyarrow.compute as pc
import pytest
from django.test import Client

from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.supply.models import Round, RoundQuota
from tests import factories
from tests.supply.open_world import Asked, policy, share_out, shops
from tests.supply.test_open_rounds import goods, level_from_file, read

__all__ = ["goods"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2")]
WEIGHTS = {"28": 1.0, "29": 1.5, "30": 2.0}


def asked(company: Company, goods: Product, **markets: int) -> list[Asked]:
    """So many shops of each market, of three tiers, who want from one to seven units in town, elsewhere to three."""
    places = [market for market, n in markets.items() for _each in range(n)]
    made = shops(company, len(places)).retailers
    return [
        Asked(shop, goods, 28 + at % 3, 1 + at // 3 % (7 if market == "urban" else 3), 6, market=market)
        for at, (shop, market) in enumerate(zip(made, places, strict=True))
    ]


def by_market(company: Company, **split: float) -> object:
    return policy(
        company, "tier_quota", attributes=["market_type"], weights=WEIGHTS, **({"split": split} if split else {})
    )


def levels(round: Round) -> dict[str, float]:
    """Group -> the level that its lines were given by, as the lake keeps it."""
    rows = the_lake().read(ALLOCATION_SHARES.name, company_id=round.company_id)
    rows = rows.filter(pc.equal(rows.column("batch_id"), round.pk)).to_pylist()
    return {row["quota_group"]: row["fill_level"] for row in rows}


def by_code(rows: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """The rows of each group, what there was for the group in the place of what there was for all, as the page says."""
    found = defaultdict(list)
    for row in rows:
        found[row["group"]].append({**row, "supply_units": row["group_supply_units"]})
    return dict(found)


def words(round: Round) -> str:
    page = Client().get(f"/open/supply/{round.company.code}/{round.number}/?lang=en").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("split", [{"urban": 0.7, "rural": 0.3}, {}])
def test_anyone_calculates_the_level_of_each_group_again(
    company: Company, goods: Product, split: dict[str, float]
) -> None:
    requests = asked(company, goods, urban=210, rural=120)
    made = share_out(company, requests, {goods.pk: 501}, by_market(company, **split))
    rows = read(made)
    assert min(int(row["n_retailers"]) for row in rows) >= 10
    groups = by_code(rows)
    told = levels(made)
    assert sorted(level_from_file(each) for each in groups.values()) == pytest.approx(sorted(told.values()), rel=1e-9)
    assert len(set(told.values())) == 2
    # The groups' parts are what the rule gave them, and their shops all that asked.
    supplies = {code: int(each[0]["supply_units"]) for code, each in groups.items()}
    assert sum(supplies.values()) == 501
    assert sorted(sum(int(row["n_retailers"]) for row in each) for each in groups.values()) == [120, 210]
    shown = words(made)
    for code, units in supplies.items():
        assert (
            f"In the file: group {code}, with {units} of the supply. Its level can be found again from its rows."
            in shown
        )
    assert "The level of each group can be found again" in shown
    # What the recomputed quotas take is what the shops took, but for the one more from the top tier down.
    for each in groups.values():
        level = level_from_file(each)
        assert level is not None
        units = int(each[0]["supply_units"])
        n = sum(int(row["n_retailers"]) for row in each)
        quotas = RoundQuota.objects.filter(round=made)
        by_group = {group: [q for q in quotas if q.quota_group == group] for group in told}
        mine = next(qs for group, qs in by_group.items() if sum(q.n_requests for q in qs) == n)
        assert sum(q.taken_units for q in mine) <= units
        assert {q.quota_units - int(level * WEIGHTS[str(q.tier)] + 1e-9) for q in mine} <= {0, 1}


def test_a_product_without_groups_names_none(company: Company, goods: Product) -> None:
    made = share_out(
        company, asked(company, goods, urban=120), {goods.pk: 211}, policy(company, "tier_quota", weights=WEIGHTS)
    )
    assert {(row["group"], row["group_supply_units"]) for row in read(made)} == {("", "")}


def test_groups_of_few_shops_stand_together_and_tell_no_level(company: Company, goods: Product) -> None:
    requests = asked(company, goods, urban=210, rural=120, suburban=6, port=5)
    made = share_out(company, requests, {goods.pk: 501}, by_market(company))
    groups = by_code(read(made))
    sizes = {code: sum(int(row["n_retailers"]) for row in each) for code, each in groups.items()}
    assert sorted(sizes.values()) == [11, 120, 210]
    (small,) = [each for code, each in groups.items() if sizes[code] == 11]
    assert {row["side"] for row in small} == {"mixed"}
    assert level_from_file(small) is None
    told = levels(made)
    large = [level_from_file(each) for code, each in groups.items() if sizes[code] > 11]
    assert sorted(large) == pytest.approx(sorted([told["urban"], told["rural"]]), rel=1e-9)  # type: ignore[type-var]
    shown = words(made)
    assert "Its level cannot be found again from public numbers." in shown
    assert "Not every level can be found again" in shown


def test_a_group_of_few_shops_alone_hides_in_the_smallest(company: Company, goods: Product) -> None:
    """Six by themselves would be what is missing from the sums of the product."""
    made = share_out(company, asked(company, goods, urban=210, rural=120, port=6), {goods.pk: 501}, by_market(company))
    sizes = [sum(int(row["n_retailers"]) for row in each) for each in by_code(read(made)).values()]
    assert sorted(sizes) == [126, 210]


def test_a_group_with_enough_takes_no_more_than_it_was_given(company: Company, goods: Product) -> None:
    """The town has all it wants of its part; what it leaves is not the country's, so the product as a whole has no "enough"."""
    requests = asked(company, goods, urban=60, rural=120)
    made = share_out(company, requests, {goods.pk: 700}, by_market(company, urban=0.9, rural=0.1))
    groups = by_code(read(made))
    kinds = {level_from_file(each) is None: each for each in groups.values()}
    assert sum(int(row["takeable_units"]) for row in kinds[True]) <= int(kinds[True][0]["supply_units"]) == 630
    assert level_from_file(kinds[False]) == pytest.approx(levels(made)["rural"])
    shown = words(made)
    assert "There was enough for it." in shown
    assert "enough for all" not in shown


def test_names_of_groups_and_rows_change_every_round(company: Company, goods: Product) -> None:
    requests = asked(company, goods, urban=210, rural=120)
    by = by_market(company)
    first, second = (share_out(company, requests, {goods.pk: 501}, by, number=n) for n in (1, 2))
    for name in ("group", "row"):
        ours, theirs = ({row[name] for row in read(each)} for each in (first, second))
        assert not ours & theirs
    # Two groups with the same numbers have rows of different names.
    codes = [row["row"] for row in read(first)]
    assert len(set(codes)) == len(codes)
    # No program for tables takes one for a number.
    assert {code[0] for code in codes} == {"R"}
    assert {row["group"][0] for row in read(first)} == {"G"}


def test_a_retailer_finds_the_row_of_its_own_group(company: Company, goods: Product) -> None:
    requests = asked(company, goods, urban=210, rural=120)
    made = share_out(company, requests, {goods.pk: 501}, by_market(company))
    rows = {row["row"]: row for row in read(made)}
    sizes = {code: sum(int(row["n_retailers"]) for row in each) for code, each in by_code(list(rows.values())).items()}
    for one, n in ((requests[0], 210), (requests[-1], 120)):
        (line,) = factories.signed_in_retailer(one.retailer).get(f"/api/v1/own/rounds/{made.number}").json()
        row = rows[line["public_row"]]
        assert sizes[row["group"]] == n
        assert str(one.tier) in row["tiers"].split()
