import pytest
from django.utils import translation

from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.parameters import PARAMETERS
from lianxin.ui.citations import CITED, cited
from lianxin.ui.parts import Figure, Progress


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure(value=48210, kind="quantity", unit="条"), "48,210 条"),
        (Figure(value=0.31, kind="share"), "31.0%"),
        (Figure(value=-0.061, kind="change"), "−6.1%"),
        (Figure(value=10.5, kind="money", unit="CNY"), "¥10.50"),
        (Figure(value=86.4, decimals=1, uncertainty=1.9), "86.4 ± 1.9"),
        (Figure(value=86.4, kind="quantity", unit="分", decimals=1, uncertainty=1.9), "86.4 ± 1.9 分"),
        (Figure(answer="not_enough_data", n=3, needs=10), "not enough data (n = 3, needs 10)"),
        (Figure(answer="not_enough_data", n=3), "not enough data (n = 3)"),
        (Figure(answer="not_enough_data", reason="no_base"), "not enough data: no sales in the period compared with"),
        (Figure(answer="not_enough_data", reason="two shops closed"), "not enough data: two shops closed"),
        (Figure(answer="not_enough_data"), "not enough data"),
        (Figure(answer="cannot_tell"), "cannot tell"),
        (Figure(answer="cannot_tell", reason="not_recorded"), "cannot tell: this was not recorded"),
    ],
)
def test_figure_says_its_answer(figure: Figure, expected: str) -> None:
    assert figure.text == expected


def test_a_missing_value_is_never_shown_as_blank_or_zero() -> None:
    figure = Figure(value=None, kind="share")
    assert (figure.is_value, figure.state, figure.text) == (False, "not_enough_data", "not enough data")


def test_a_zero_is_a_value() -> None:
    assert Figure(value=0, kind="share").text == "0.0%"


def test_short_leaves_the_unit_to_the_head_of_the_column() -> None:
    assert Figure(value=48210, kind="quantity", unit="条").short == "48,210"
    assert Figure(value=1.5, kind="money", unit="CNY").short == "1.50"
    assert Figure(value=0.5, kind="share").short == "50.0%"


@pytest.mark.parametrize(
    ("progress", "bar", "words"),
    [
        (Progress(title="t", state="running", poll_url="", done=5, total=10, unit="lines"), (5, 10), "5 / 10 lines"),
        (Progress(title="t", state="running", poll_url="", share=0.25), (250, 1000), "25%"),
        (Progress(title="t", state="queued", poll_url="", done=7), None, "7"),
    ],
)
def test_progress_counts_or_tells_its_share(progress: Progress, bar: tuple[int, int] | None, words: str) -> None:
    assert (progress.bar, progress.counted) == (bar, words)


def test_citations_are_in_the_language_of_the_page() -> None:
    shown = {one.source for one in INDICATORS.values()}
    shown |= {one.source for one in PARAMETERS.values()}
    assert shown <= {str(source) for source in CITED}
    with translation.override("zh-hans"):
        told = {source: cited(source) for source in shown}
        assert cited("trade sources 9.9: not among them") == "行业资料 9.9: not among them"
    assert [source for source, words in told.items() if words == source or "trade sources" in words] == []
    with translation.override("en"):
        assert {cited(source) for source in shown} == shown
