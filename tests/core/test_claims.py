"""What a record claims, read from sentences as people write them, and when a claim lacks its evidence."""

import pytest

from lianxin.core.verifying.claims import Claim, answer, claims, number_of

pytestmark = pytest.mark.requirement("G4")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("今日走访32户，客户反映细支卖得慢。", [("visits", 32)]),
        ("上午走访城南片区客户12户，下午拜访20家", [("visits", 12), ("visits", 20)]),
        ("按计划走访三十五户", [("visits", 35)]),
        ("完成28户零售户的走访", [("visits", 28)]),
        ("走访30户，盘点库存20户，检查价签15户，整理陈列八户，拍照40张", [
            ("visits", 30), ("stock_counts", 20), ("price_tags", 15), ("displays", 8), ("photos", 40),
        ]),
        ("盘点库存一百零五户", [("stock_counts", 105)]),
    ],
)  # fmt: skip
def test_counts_with_their_unit_are_claims(text: str, told: list[tuple[str, int]]) -> None:
    assert [(one.kind, one.n) for one in claims(text, "daily")] == told


@pytest.mark.parametrize(
    "text",
    [
        "明日计划走访30户",
        "计划走访30户，盘点库存20户",  # the plan holds for the whole sentence
        "按要求应走访30户，实际情况见表",
        "还有12户未走访",
        "剩5户走访",
        "本周累计走访150户",
        "昨天走访30户",
        "市场部共走访300户",
        "陪同李经理走访20户",
        "走访一家新开业的便利店",
        "走访了老王家的店",
        "王老板家里有3口人",
        "走访时发现新品规卖得慢",
        "走访12日的重点客户",
        "客户要求走访30户以上",
        "明日工作安排：\n了解市场情况\n走访30户\n盘点库存20户",
        "",
    ],
)
def test_plans_orders_others_and_other_periods_claim_nothing(text: str) -> None:
    assert claims(text, "daily") == []


def test_a_heading_of_plans_ends_where_the_day_is_told_again() -> None:
    text = "一、明日安排\n走访30户\n二、今日工作\n走访31户"
    assert claims(text, "daily") == [Claim("visits", 31, "走访31户")]


def test_the_week_is_a_weekly_notes_own_period() -> None:
    assert [one.n for one in claims("本周走访150户", "weekly")] == [150]
    assert [one.n for one in claims("本月走访600户", "monthly")] == [600]
    assert claims("本月走访600户", "weekly") == []


def test_chinese_numbers_are_read() -> None:
    told = {"十": 10, "十二": 12, "二十": 20, "九十九": 99, "一百": 100, "两百三十": 230, "两": 2, "120": 120}
    assert {text: number_of(text) for text in told} == told
    assert [number_of(text) for text in ("百", "十百", "一二", "")] == [None] * 4


@pytest.mark.parametrize(
    ("claimed", "found", "is_recorded", "said"),
    [
        (30, 0, True, "yes"),
        (30, 14, True, "yes"),
        (30, 15, True, "cannot_tell"),
        (30, 29, True, "cannot_tell"),
        (30, 30, True, "no"),
        (30, 31, True, "no"),
        (30, 0, False, "cannot_tell"),
        (30, 30, False, "no"),
    ],
)
def test_a_claim_lacks_its_evidence_only_well_below_it(claimed: int, found: int, is_recorded: bool, said: str) -> None:
    assert answer(claimed, found, is_recorded=is_recorded, least_share=0.5) == said


def test_what_may_be_of_the_period_keeps_a_claim_from_being_called_unborne() -> None:
    told = [answer(30, 10, is_recorded=True, least_share=0.5, n_untimed=n) for n in (4, 5, 40)]
    assert told == ["yes", "cannot_tell", "cannot_tell"]
