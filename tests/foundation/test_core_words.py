"""What the core and the engine say is wrong, in the language of who reads."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from lianxin.core.allocating import Policy, PolicyWrong, WeightsFall
from lianxin.core.allocating.sentences import FAVOUR, GAMING, POLICY, TABLES
from lianxin.core.errors import CoreError
from lianxin.engine.sentences import FILES
from lianxin.foundation.core_words import SENTENCES, said

pytestmark = pytest.mark.requirement("D1")

EVERY = {**POLICY, **TABLES, **GAMING, **FAVOUR, **FILES}


def test_every_sentence_of_the_core_is_known_here_word_for_word() -> None:
    with translation.override("en"):
        assert {code: str(words) for code, words in SENTENCES.items()} == EVERY


@pytest.mark.parametrize("code", sorted(EVERY))
def test_every_sentence_has_chinese_with_the_same_names(code: str) -> None:
    with translation.override("zh-hans"):
        words = str(SENTENCES[code])
    assert re.search("[\u4e00-\u9fff]{2}", words)
    names = re.compile(r"%\((\w+)\)s")
    assert sorted(names.findall(words)) == sorted(names.findall(EVERY[code]))


def test_a_policy_that_cannot_be_applied_is_told_in_chinese() -> None:
    with pytest.raises(PolicyWrong) as wrong:
        Policy.from_mapping({"rule": "uniform", "lot_units": 0})
    assert str(wrong.value) == "lot_units is 0; write a whole number from 1 on."
    with translation.override("zh-hans"):
        assert said(wrong.value) == "lot_units（每签数量）写的是 0；请写不小于 1 的整数。"
        assert said(WeightsFall(9, 12)).startswith("按档位投放时，档位高的不能少于档位低的，但 12 档的权重低于 9 档")


def test_a_page_may_have_better_words_for_what_a_sentence_names() -> None:
    fault = CoreError.of(GAMING, "round_at_fault", n=3, reason="no_supply")
    with translation.override("zh-hans"):
        assert said(fault, reason="没有货源") == "本轮数据有 3 处问题，第一处是：没有货源；请先改正。"


def test_what_nobody_translated_is_marked_as_the_words_of_another() -> None:
    with translation.override("zh-hans"):
        assert said(CoreError("Nothing fits.")) == "计算程序返回（原文为英文）：“Nothing fits.”"
