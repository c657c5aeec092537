"""How often by segment and tier: what people may write, and which entry counts."""

from __future__ import annotations

import pytest

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import PARAMETERS, frequencies

pytestmark = pytest.mark.requirement("E3")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("market_type=rural & tier=20-30: 2", "market_type=rural & tier=20-30: 2"),
        ("档位＝20至30 ＆ 市场类型＝农网：2", "market_type=农网 & tier=20-30: 2"),
        ("tier = 5 : 1", "tier=5: 1"),
        ("业态=便利店&商圈=学校:3", "trade_area=学校 & trade_form=便利店: 3"),
    ],
)
def test_entries_are_read_in_both_languages_and_written_one_way(written: str, kept: str) -> None:
    assert str(frequencies.read(written)) == kept
    assert frequencies.read(kept) == frequencies.read(written)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("tier=20-30", "1 to 20 visits"),
        ("tier=20: 0", "1 to 20 visits"),
        ("tier=20: 21", "1 to 20 visits"),
        ("tier=30-20: 2", "must be a tier"),
        ("tier=high: 2", "must be a tier"),
        ("tier=0: 2", "must be a tier"),
        ("colour=red: 2", "must be one of"),
        ("market_type: 2", "must be one of"),
        (": 2", "must be one of"),
        ("tier=1 & tier=2: 2", "names tier twice"),
        ("trade_form=a & trade_form=b: 2", "names trade_form twice"),
    ],
)
def test_wrong_entries_are_refused_with_what_is_wrong(wrong: str, words: str) -> None:
    with pytest.raises(ParameterWrong, match=words):
        PARAMETERS["visiting.frequencies"].check([wrong])


def test_two_entries_with_the_same_conditions_are_refused() -> None:
    with pytest.raises(ParameterWrong, match="same conditions"):
        PARAMETERS["visiting.frequencies"].check(["market_type=Rural & tier=5: 1", "tier=5 & market_type=rural: 2"])


@pytest.mark.parametrize(
    ("segments", "tier", "expected"),
    [
        ({"market_type": {"rural", "农网"}, "trade_form": {"mall"}}, 25, "market_type=农网 & tier=20-30: 2"),
        ({"market_type": {"rural", "农网"}, "trade_form": {"mall"}}, 24, "trade_form=mall & tier=24: 5"),
        ({"market_type": {"rural", "农网"}}, 3, "market_type=农网: 1"),
        ({"market_type": {"urban"}}, 25, "tier=20-30: 4"),
        ({"market_type": {"urban"}}, 28, "tier=28: 6"),
        ({"market_type": {"rural", "农网"}, "trade_form": {"mall"}}, None, "trade_form=mall: 3"),
        ({"market_type": {"urban"}}, None, None),
        ({}, 3, None),
    ],
)
def test_the_entry_with_most_conditions_counts_then_fewest_tiers_then_the_narrower_segment(
    segments: dict[str, set[str]], tier: int | None, expected: str | None
) -> None:
    entries = frequencies.read_all(
        ["tier=20-30: 4", "market_type=农网: 1", "market_type=农网 & tier=20-30: 2", "trade_form=mall: 3", "tier=28: 6",
         "trade_form=mall & tier=24: 5"]
    )  # fmt: skip
    found = frequencies.most_particular(entries, segments, tier)
    assert (None if found is None else str(found)) == expected
