"""A short English word that several rooms share has the Chinese of its own room."""

import re

import pytest
from django.utils import translation

from lianxin.core.parameters import PARAMETERS
from lianxin.core.tables import ORDER_LINES
from lianxin.demand.states import JudgedKind, RoundState
from lianxin.foundation.facts import publishers
from lianxin.foundation.table_words import table_title
from lianxin.market.queries.asking import ROLLUPS
from lianxin.market.screens.explaining import data_version
from lianxin.retailers.states import Status
from lianxin.supply.states import ChangeState
from lianxin.supply.states import RoundState as SupplyState
from lianxin.web.presenters import unit_words


@pytest.mark.parametrize(
    ("label", "english", "chinese"),
    [
        (RoundState.CLOSED.label, "Closed", "已截止"),
        (Status.CLOSED.label, "Closed", "歇业"),
        (ChangeState.REFUSED.label, "Refused", "未同意"),
        (SupplyState.WITHDRAWN.label, "Withdrawn", "已作废"),
        (JudgedKind.ACCURACY.label, "Accuracy", "准确率"),
    ],
)
def test_a_shared_word_is_said_as_its_room_means_it(label, english, chinese):
    with translation.override("en"):
        assert str(label) == english
    with translation.override("zh-hans"):
        assert str(label) == chinese


def test_units_of_parameters_are_said_in_chinese():
    with translation.override("zh-hans"):
        told = {one.unit: unit_words(one.unit) for one in PARAMETERS.values()}
    assert {unit for unit, words in told.items() if not re.search("[一-鿿]", words)} == set()


def test_the_evidence_of_a_closing_is_named_in_chinese():
    with translation.override("zh-hans"):
        told = {name: table_title(name) for name in [*publishers(), ORDER_LINES.name]}
    assert {name for name, words in told.items() if not re.search("[一-鿿]", words)} == set()


def test_a_figure_of_the_market_names_what_it_rests_on_in_words():
    """Tables have names in both languages; no code of a table stands on a page."""
    with translation.override("en"):
        english = data_version()
    with translation.override("zh-hans"):
        chinese = data_version()
    codes = [*ROLLUPS, "territories", "retailer_versions"]
    assert [code for code in codes if "_" in code and code in english + chinese] == []
    assert "sales by month" in english
    assert "按月销售汇总" in chinese
    assert not re.search(r"[a-z]{3,}", re.sub(r"公式版本.*", "", chinese))
