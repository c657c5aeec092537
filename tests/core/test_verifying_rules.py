"""Each rule for hollow visits by its truth table, the engines against a slow plain reference and against each other."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin import engine
from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import PARAMETERS
from lianxin.core.verifying.rules import ENGINE_RULES, RULES
from tests.core.verifying_cases import Row, answered, asked, shop, visit

pytestmark = pytest.mark.requirement("G3")
A = [shop("A")]
TOWN = [shop("A"), shop("B", 100), shop("C", 200), shop("D", 300), shop("E", 400), shop("F", 20_000)]


@pytest.mark.parametrize(("seconds", "said"), [(59, "yes"), (60, "no"), (None, "cannot_tell"), (-5, "cannot_tell")])
def test_too_short(seconds: int | None, said: str) -> None:
    assert answered([visit(1, seconds=seconds)], A, "too_short") == [said]


@pytest.mark.parametrize(
    ("lengths", "said"),
    [((1800, 1799), "yes"), ((1800, 1800), "no"), ((1800, None), "cannot_tell"), ((3600, None), "no")],
)
def test_day_too_short_cannot_tell_while_a_check_out_is_missing(lengths: tuple[int | None, ...], said: str) -> None:
    visits = [visit(number, at=120 * number, seconds=seconds) for number, seconds in enumerate(lengths)]
    assert answered(visits, A, "day_too_short") == [said, said]


@pytest.mark.parametrize(("seconds", "said"), [(18_001, "yes"), (18_000, "no"), (None, "cannot_tell")])
def test_too_long(seconds: int | None, said: str) -> None:
    assert answered([visit(1, seconds=seconds)], A, "too_long") == [said]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"metres_north": 100}, "no"),
        ({"metres_north": 165}, "yes"),
        ({"metres_north": 155}, "cannot_tell"),  # 155 − 10 lies inside, 155 + 10 outside
        ({"metres_north": 300, "accuracy_metres": 140.0}, "yes"),
        ({"metres_north": 300, "accuracy_metres": 151.0}, "cannot_tell"),
        ({"metres_north": 9000, "accuracy_metres": 2000.0}, "cannot_tell"),
        ({"metres_north": 9000, "fix_age_seconds": 121.0}, "cannot_tell"),
        ({"metres_north": 9000, "fix_age_seconds": None}, "cannot_tell"),
        ({"metres_north": 9000, "accuracy_metres": None}, "cannot_tell"),
        ({"metres_north": None}, "cannot_tell"),
        ({"metres_north": 0, "retailer_id": "unknown"}, "cannot_tell"),
    ],
)
@pytest.mark.requirement("F1")
def test_far_takes_the_accuracy_off_the_distance(told: Row, said: str) -> None:
    assert answered([visit(1, **told)], A, "far") == [said]


@pytest.mark.parametrize(
    ("metres_north", "seconds", "said"),
    [
        (400, 30, {"ALL": "yes", "ANY": "yes"}),
        (400, 600, {"ALL": "no", "ANY": "yes"}),
        (0, 30, {"ALL": "no", "ANY": "yes"}),
        (0, 600, {"ALL": "no", "ANY": "no"}),
        (None, 30, {"ALL": "cannot_tell", "ANY": "yes"}),
        (None, 600, {"ALL": "no", "ANY": "cannot_tell"}),
        (400, None, {"ALL": "cannot_tell", "ANY": "yes"}),
    ],
)
def test_far_and_short_in_its_three_modes(
    metres_north: float | None, seconds: int | None, said: dict[str, str]
) -> None:
    visits = [visit(1, metres_north=metres_north, seconds=seconds)]
    for mode, answer in said.items():
        assert answered(visits, A, "far_and_short", far_and_short_mode=mode) == [answer]
    for n, mode in ((1, "ANY"), (2, "ALL")):
        found = answered(visits, A, "far_and_short", far_and_short_mode="AT_LEAST_N", far_and_short_n=n)
        assert found == [said[mode]]


def test_far_and_short_refuses_an_unknown_mode() -> None:
    with pytest.raises(ParameterWrong, match="ALL, ANY or AT_LEAST_N"):
        answered([visit(1)], A, "far_and_short", far_and_short_mode="SOME")


def test_too_fast_blames_the_visit_without_which_the_way_can_be_made() -> None:
    visits = [
        visit(0, "A", at=0, metres_north=0),
        visit(1, "F", at=5, metres_north=20_000),
        visit(2, "B", at=10, metres_north=100),
        visit(3, "C", at=40, metres_north=200),
    ]
    assert answered(visits, TOWN, "too_fast") == ["no", "yes", "no", "no"]
    # Of two visits alone nobody knows which one is wrong: both are asked about.
    assert answered(visits[:2], TOWN, "too_fast") == ["yes", "yes"]
    # What accuracy may hide is not held against anybody, and without a fix nobody can tell.
    visits[1]["latitude"] = None
    visits[1]["longitude"] = None
    assert answered(visits, TOWN, "too_fast") == ["no", "cannot_tell", "no", "no"]


def test_impossible_route_sees_the_shops_whatever_the_fixes_say() -> None:
    visits = [visit(0, "A", at=0), visit(1, "F", at=12, metres_north=None), visit(2, "B", at=24), visit(3, "C", at=60)]
    assert answered(visits, TOWN, "impossible_route") == ["no", "yes", "no", "no"]
    unknown = [*TOWN[:5], shop("F", None)]
    assert answered(visits, unknown, "impossible_route") == ["no", "cannot_tell", "no", "no"]


def test_burst_marks_every_visit_of_the_few_minutes() -> None:
    quick = [visit(number, "ABCDE"[number], at=2 * number, seconds=60) for number in range(5)]
    later = [visit(5, "A", at=60), visit(6, "B", at=70)]
    assert answered([*quick, *later], TOWN, "burst") == ["yes"] * 5 + ["no", "no"]
    slow = [visit(number, "ABCDE"[number], at=3 * number) for number in range(5)]
    assert answered(slow, TOWN, "burst") == ["no"] * 5


def test_same_few_needs_a_month_that_can_tell() -> None:
    often = [visit(number, "A", day=number) for number in range(7)]
    places = [shop(f"S{number}", 100 * number) for number in range(20)] + A
    others = [visit(100 + number, f"S{number}", day=number) for number in range(20)]
    assert answered([*often, *others], places, "same_few") == ["yes"] * 7 + ["no"] * 20
    assert answered(often, places, "same_few") == ["cannot_tell"] * 7


def test_repeated_fix_is_the_very_same_place_for_shops_far_apart() -> None:
    visits = [visit(0, "A", metres_north=5), visit(1, "F", metres_north=5, at=300), visit(2, "B", metres_north=99)]
    assert answered(visits, TOWN, "repeated_fix") == ["yes", "yes", "no"]
    # Neighbours in one building share a network's fix.
    close = [visit(0, "A", metres_north=50), visit(1, "B", metres_north=50)]
    assert answered(close, TOWN, "repeated_fix") == ["no", "no"]
    stale = [visit(0, "A", metres_north=5, fix_age_seconds=999.0), visit(1, "F", metres_north=5)]
    assert answered(stale, TOWN, "repeated_fix")[0] == "cannot_tell"


def test_same_place_is_a_place_that_is_none_of_the_shops() -> None:
    home = [visit(number, name, day=number, metres_north=5_000 + number) for number, name in enumerate("ABC")]
    assert answered([*home, visit(9, "D", metres_north=300)], TOWN, "same_place") == ["yes"] * 3 + ["no"]
    assert answered(home[:2], TOWN, "same_place") == ["no", "no"]
    hidden = [{**row, "latitude": None, "longitude": None} for row in home]
    assert answered(hidden, TOWN, "same_place") == ["cannot_tell"] * 3


@pytest.mark.parametrize(
    ("n", "filled", "note", "said"),
    [
        (0, None, None, "yes"),
        (1, None, None, "no"),
        (None, None, None, "cannot_tell"),
        (0, 0, None, "yes"),
        (0, 1, None, "no"),  # counted, photographed or written: that is content
        (None, 0, None, "cannot_tell"),  # nothing was asked
        (None, 2, None, "no"),
        (0, None, "店主说新品走得慢。", "no"),  # what else was filled nobody recorded; the words are there
        (0, 0, "好", "no"),
        (None, None, "好", "no"),
        (0, None, " \u3000\n", "yes"),
        (None, 0, "", "cannot_tell"),
    ],
)
def test_no_content(n: int | None, filled: int | None, note: str | None, said: str) -> None:
    assert answered([visit(1, n_answers=n, n_filled=filled, note=note)], A, "no_content") == [said]


@pytest.mark.parametrize(("at", "said"), [(-181, "yes"), (-180, "no"), (12 * 60 - 1, "no"), (12 * 60, "yes")])
def test_odd_hour_by_the_local_clock(at: int, said: str) -> None:
    assert answered([visit(1, at=at)], A, "odd_hour") == [said]


TIMED = ("too_short", "day_too_short", "too_long", "too_fast", "impossible_route", "burst", "odd_hour")


def test_of_a_visit_whose_moment_nobody_can_tell_no_rule_of_time_says_anything() -> None:
    # six shops in six minutes, one far away, seventy seconds each, at three in the morning: every rule of time would speak
    lines = {"too_long_minutes": 1, "too_short_seconds": 90}
    visits = [
        visit(n, name, at=-360 + n, seconds=70, metres_north=20_000.0 * (n % 2)) for n, name in enumerate("ABCDEF")
    ]
    known, unknown = ([{**row, "is_time_known": is_known} for row in visits] for is_known in (True, False))
    for code in TIMED:
        assert "yes" in answered(visits, TOWN, code, **lines), code
        assert answered(known, TOWN, code, **lines) == answered(visits, TOWN, code, **lines), code
        assert set(answered(unknown, TOWN, code, **lines)) == {"cannot_tell"}, code
    # where it was is told by the fix, whatever the clock
    assert answered(unknown, TOWN, "far") == answered(visits, TOWN, "far")


def test_a_visit_without_a_moment_leaves_the_others_their_own() -> None:
    visits = [visit(n, name, at=2 * n, seconds=60, metres_north=100.0 * n) for n, name in enumerate("ABCDE")]
    assert answered(visits, TOWN, "burst") == ["yes"] * 5
    visits[2]["is_time_known"] = False
    assert answered(visits, TOWN, "burst") == ["no", "no", "cannot_tell", "no", "no"]
    # the day may have been longer: the visit may be of that day
    assert set(answered(visits, TOWN, "day_too_short")) == {"cannot_tell"}


@pytest.mark.requirement("F1")
def test_a_wrongly_registered_or_moved_shop_accuses_nobody() -> None:
    wrong = [visit(number, "A", day=7 * number, metres_north=800 + number) for number in range(4)]
    assert answered(wrong, A, "far") == ["no"] * 4
    # Two days are too few to teach a place.
    assert answered(wrong[:2], A, "far") == ["yes", "yes"]
    before = [visit(number, "A", day=7 * number) for number in range(4)]
    after = [visit(10 + number, "A", day=28 + 7 * number, metres_north=900) for number in range(4)]
    assert answered([*before, *after], A, "far") == ["no"] * 8


@pytest.mark.requirement("F1")
def test_a_place_for_shops_far_apart_teaches_nothing() -> None:
    places = [shop("A"), shop("B", 3_000), shop("C", 6_000)]
    home = [
        visit(10 * week + number, name, day=7 * week + number, metres_north=20_000)
        for week in range(4)
        for number, name in enumerate("ABC")
    ]
    assert set(answered(home, places, "far")) == {"yes"}


class _Plain:
    """The rules that look at one visit or one day, written as one would say them."""

    def __init__(self, visits: list[Row], places: list[Row]) -> None:
        self.visits = visits
        self.shop = {row["retailer_id"]: row for row in places}

    def seconds(self, row: Row) -> int | None:
        if row["check_out_at"] is None or row["check_out_at"] < row["check_in_at"] or row["is_time_known"] is False:
            return None
        return int((row["check_out_at"] - row["check_in_at"]).total_seconds())

    def far(self, row: Row) -> int | None:
        place = self.shop.get(row["retailer_id"])
        if row["latitude"] is None or place is None or place["latitude"] is None:
            return None
        if row["accuracy_metres"] is None or row["accuracy_metres"] > 150:
            return None
        if row["fix_age_seconds"] is None or row["fix_age_seconds"] > 120:
            return None
        metres = math.radians(abs(row["latitude"] - place["latitude"])) * 6_371_008.8
        if metres - row["accuracy_metres"] > 150:
            return 1
        return 0 if metres + row["accuracy_metres"] <= 150 else None

    def day_too_short(self, row: Row) -> int | None:
        same = [other for other in self.visits if self.day(other) == self.day(row)]
        known = [self.seconds(other) for other in same]
        total = sum(value for value in known if value is not None)
        if total >= 3600:
            return 0
        mine = [other for other in self.visits if other["manager_id"] == row["manager_id"]]
        return None if None in known or any(other["is_time_known"] is False for other in mine) else 1

    def day(self, row: Row) -> tuple[str, Any]:
        return row["manager_id"], (row["check_in_at"]).date()

    def burst(self, row: Row) -> int | None:
        if row["is_time_known"] is False:
            return None
        told = [other for other in self.visits if other["is_time_known"] is not False]
        mine = sorted(
            (other for other in told if other["manager_id"] == row["manager_id"]),
            key=lambda other: (other["check_in_at"], other["visit_id"]),
        )
        at = mine.index(row)
        for begin in range(max(0, at - 4), at + 1):
            run = mine[begin : begin + 5]
            if len(run) == 5 and (run[-1]["check_in_at"] - run[0]["check_in_at"]).total_seconds() <= 600:
                return 1
        return 0

    def no_content(self, row: Row) -> int | None:
        if row["n_filled"] or (row["note"] or "").strip():
            return 0
        return None if row["n_answers"] is None else int(row["n_answers"] <= 0)

    def answers(self, row: Row) -> dict[str, int | None]:
        seconds = self.seconds(row)
        return {
            "too_short": None if seconds is None else int(seconds < 60),
            "too_long": None if seconds is None else int(seconds > 18_000),
            "far": self.far(row),
            "day_too_short": self.day_too_short(row),
            "burst": self.burst(row),
            "no_content": self.no_content(row),
        }


@st.composite
def _worlds(draw: st.DrawFn) -> list[Row]:
    n = draw(st.integers(1, 14))
    optional = st.none() | st.floats(0, 400)
    return [
        visit(
            number,
            draw(st.sampled_from("ABF")),
            # A shop is seen at most on two days: nothing can be learnt, so that the plain rules need not know of learning.
            day=draw(st.integers(0, 1)),
            at=draw(st.integers(0, 400)),
            seconds=draw(st.none() | st.integers(0, 2_000) | st.integers(17_990, 18_010)),
            metres_north=draw(st.none() | st.integers(-500, 800)),
            manager_id=draw(st.sampled_from(["m1", "m2"])),
            n_answers=draw(st.none() | st.integers(0, 3)),
            n_filled=draw(st.none() | st.integers(0, 1)),
            note=draw(st.sampled_from([None, "", " \u3000", "好"])),
            is_time_known=draw(st.sampled_from([None, True, True, False])),
        )
        | {"accuracy_metres": draw(optional), "fix_age_seconds": draw(optional)}
        for number in range(n)
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(_worlds(), st.randoms(use_true_random=False))
def test_engine_agrees_with_the_plain_reference_in_any_order_of_rows(visits: list[Row], shuffled: Any) -> None:
    plain = _Plain(visits, TOWN)
    mixed = list(visits)
    shuffled.shuffle(mixed)
    found = {row["visit_id"]: row for row in asked(mixed, TOWN).to_pylist()}
    for row in visits:
        expected = plain.answers(row)
        assert {code: found[row["visit_id"]][code] for code in expected} == expected


@pytest.mark.spark
def test_spark_gives_the_same_digest(spark: Any) -> None:
    visits = [
        visit(number, "ABCDEF"[number % 6], day=number // 9, at=17 * (number % 9), metres_north=(number * 137) % 900)
        for number in range(60)
    ]
    visits[7] |= {"latitude": None, "longitude": None}
    visits[9]["check_out_at"] = None
    assert engine.digest(asked(visits, TOWN)) == engine.digest(asked(visits, TOWN, asks=spark))


def test_every_rule_has_words_in_both_languages() -> None:
    assert (
        len({rule.title_zh for rule in RULES.values()}) == len({rule.title_en for rule in RULES.values()}) == len(RULES)
    )
    assert set(ENGINE_RULES) < set(RULES)


def test_the_reference_names_every_rule_and_every_parameter_with_its_value() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "verification.md").read_text("utf-8")
    for code, rule in RULES.items():
        assert f"| `{code}` | {rule.title_zh} | {rule.means} |" in page
    for name, parameter in PARAMETERS.items():
        if name.startswith("verifying."):
            told = (name.split(".")[1], parameter.default, parameter.unit, parameter.evidence, parameter.source)
            assert "| `{}` | {} | {} | {} | {} |".format(*told) in page
