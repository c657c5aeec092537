"""A short English word that several rooms share has the Chinese of its own room."""

import pytest
from django.utils import translation

from lianxin.demand.states import JudgedKind, RoundState
from lianxin.retailers.states import Status
from lianxin.supply.states import RoundState as SupplyState


@pytest.mark.parametrize(
    ("label", "english", "chinese"),
    [
        (RoundState.CLOSED.label, "Closed", "已截止"),
        (Status.CLOSED.label, "Closed", "歇业"),
        (SupplyState.WITHDRAWN.label, "Withdrawn", "已撤回"),
        (JudgedKind.ACCURACY.label, "Accuracy", "准确率"),
    ],
)
def test_a_shared_word_is_said_as_its_room_means_it(label, english, chinese):
    with translation.override("en"):
        assert str(label) == english
    with translation.override("zh-hans"):
        assert str(label) == chinese
