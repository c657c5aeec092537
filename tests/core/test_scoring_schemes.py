"""Schemes as data: written and read, checked, compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lianxin.core.scoring import curves
from lianxin.core.scoring.difference import difference
from lianxin.core.scoring.notation import UnreadableScheme, from_json, to_json
from lianxin.core.scoring.presets import PRESETS
from lianxin.core.scoring.scheme import Block, Effect, Gate, Missing, Part, Scheme, lines
from lianxin.core.scoring.soundness import check
from lianxin.core.units import Direction
from tests.core.scoring_cases import LOWER, STRICT, WIDE, part, scheme, words

ALL: list[Scheme] = [WIDE, STRICT, *(make() for make in PRESETS.values())]
RATIO = curves.RatioToTarget()
LAST = curves.OwnLast(fell_milli=3000, rank_fell_milli=2000, top_places=3, top_milli=1000)


@pytest.mark.requirement("J3")
@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_a_scheme_written_as_json_is_read_back_unchanged(one: Scheme) -> None:
    assert from_json(json.loads(json.dumps(to_json(one)))) == one


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_shipped_schemes_have_no_fault(one: Scheme) -> None:
    assert check(one) == []


@pytest.mark.parametrize("make", PRESETS.values(), ids=list(PRESETS))
def test_every_line_of_a_preset_tells_its_source_and_its_mark(make: Callable[[], Scheme]) -> None:
    for _, one in lines(make()):
        assert one.source.words
        assert one.source.mark in "SCDI"


def test_presets_have_the_points_of_their_sources() -> None:
    beihai, hulin, xuchang = PRESETS["beihai"](), PRESETS["hulin"](), PRESETS["xuchang"]()
    assert {block.code: block.points_milli for block in beihai.blocks} == {
        "results": 80_000,
        "set_work": 15_000,
        "daily_work": 5_000,
    }
    large = next(one for one in hulin.parts if one.code == "large_retailers")
    assert (large.points_milli, large.missing) == (6_000, Missing.GROUP_AVERAGE)
    satisfaction = next(one for one in xuchang.parts if one.code == "satisfaction")
    assert satisfaction.curve == curves.AgainstGroup(
        within=1.0,
        near_milli=3_000,
        own_last=curves.OwnLast(fell_milli=3_000, rank_fell_milli=2_000, top_places=20, top_milli=3_000),
    )


@pytest.mark.parametrize(
    ("document", "places"),
    [
        (None, [""]),
        ({"schema": 2}, ["schema"]),
        ({"schema": True}, ["schema"]),
        ({"schema": 1, "parts": []}, ["code", "version", "title", "group"]),
    ],
)
def test_a_document_that_is_no_scheme_is_refused(document: Any, places: list[str]) -> None:
    with pytest.raises(UnreadableScheme) as refused:
        from_json(document)
    assert [fault.where for fault in refused.value.faults] == places


def test_every_fault_of_form_is_told_at_once() -> None:
    document = to_json(WIDE)
    first, second, third, *_ = document["parts"]
    first |= {"points": 1.23456, "curve": {"kind": "slope"}, "colour": "red", "better": "sideways"}
    second |= {"curve": 5, "title": "t", "minimum_n": 2.5, "points": True}
    third["curve"]["steps"] = {}
    document |= {"version": 10**30, "minimum_scored_share": float("nan"), "code": 7, "gates": [3]}
    document["gates"].append(to_json(WIDE)["gates"][0] | {"enabled": 1})
    with pytest.raises(UnreadableScheme) as refused:
        from_json(document)
    assert {(fault.where, fault.code) for fault in refused.value.faults} == {
        ("version", "wrong_type"),
        ("minimum_scored_share", "wrong_type"),
        ("code", "wrong_type"),
        ("gates.0", "not_an_object"),
        ("gates.1.enabled", "wrong_type"),
        ("parts.0.points", "too_fine"),
        ("parts.0.curve", "unknown_curve"),
        ("parts.0.colour", "unknown_field"),
        ("parts.0.better", "unknown_choice"),
        ("parts.1.curve", "not_an_object"),
        ("parts.1.title", "not_an_object"),
        ("parts.1.minimum_n", "wrong_type"),
        ("parts.1.points", "wrong_type"),
        ("parts.2.curve.steps", "not_a_list"),
    }
    assert "parts.0.points: 1.23456 points have more than three decimals." in str(refused.value)


def test_a_curve_inside_another_needs_no_kind_where_only_one_fits() -> None:
    document = to_json(PRESETS["xuchang"]())
    inner = document["parts"][-1]["curve"]["own_last"]
    del inner["kind"]
    assert from_json(document) == PRESETS["xuchang"]()
    inner["kind"] = "judgement"
    with pytest.raises(UnreadableScheme):
        from_json(document)


def _whole(one: Part, **fields: Any) -> Scheme:
    return scheme(replace(one, points_milli=100_000), **fields)


def _gate(**fields: Any) -> Gate:
    given: dict[str, Any] = {
        "code": "g",
        "title": words("g"),
        "threshold": 1.0,
        "effect": Effect.BLOCK,
        "indicator": "i",
    }
    return Gate(**(given | fields))


def _curve(curve: curves.Curve, **fields: Any) -> Scheme:
    return _whole(part("a", 100, curve, **fields))


_STEP = curves.Step
_BAND = curves.Band
UNSOUND: list[tuple[Scheme, list[str]]] = [
    (scheme(), ["no_parts"]),
    (scheme(part("a", 60, RATIO), part("b", 30, RATIO)), ["weights_do_not_sum"]),
    (_whole(part("a", 1, RATIO), code=" ", version=0), ["no_code", "version_too_low"]),
    (_whole(part("a", 1, RATIO), minimum_scored_share=1.5), ["share_out_of_range"]),
    (_whole(part("a", 1, RATIO), highest_milli=99_000), ["ceiling_out_of_range"]),
    (scheme(part("a", 50, RATIO), part("a", 50, RATIO)), ["duplicated_code"]),
    (_whole(part(" ", 1, RATIO, indicator="i")), ["no_code"]),
    (_whole(part("a", 1, RATIO), gates=(_gate(), _gate())), ["duplicated_code"]),
    (_whole(part("a", 1, RATIO, minimum_n=-1)), ["negative"]),
    (scheme(part("a", 110, RATIO), part("b", -10, RATIO)), ["points_out_of_range"]),
    (_whole(part("a", 1, RATIO, judgement="j", indicator="i")), ["no_evidence"]),
    (_whole(part("a", 1, RATIO, indicator=None)), ["no_evidence"]),
    (_whole(part("a", 1, RATIO, better=Direction.NEUTRAL)), ["no_direction"]),
    (
        _whole(part("a", 1, RATIO, block="x"), blocks=(Block(code="y", title=words("y"), points_milli=100_000),)),
        ["unknown_block", "block_does_not_sum"],
    ),
    (
        _whole(part("a", 1, RATIO), blocks=(Block(code="y", title=words("y"), points_milli=0),)),
        ["unknown_block", "no_block"],
    ),
    (_whole(part("a", 1, RATIO), additions=(part("b", 5, RATIO, block="x"),)), ["block_on_change"]),
    (
        _whole(part("a", 1, RATIO), deductions=(part("b", 5, curves.RatioToTarget(cap=2.0)),)),
        ["deduction_gives"],
    ),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 2_000_000),))), ["points_out_of_range"]),
    (_curve(curves.RatioToTarget(floor=1.0, cap=1.0)), ["limits_out_of_order"]),
    (_curve(curves.RatioToTarget(target=0.0)), ["target_not_positive"]),
    (_curve(curves.StepTable(steps=())), ["no_steps"]),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 1), _STEP(1.0, 2)))), ["steps_do_not_increase"]),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 2), _STEP(2.0, 1)))), ["points_do_not_follow"]),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 1), _STEP(2.0, 2))), better=LOWER), ["points_do_not_follow"]),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 1),), below_milli=-1)), ["negative"]),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 1),), of="share")), ["unknown_choice"]),
    (_curve(curves.StepTable(steps=(_STEP(1.0, 1),), of="ratio", target=-1.0)), ["target_not_positive"]),
    (_curve(curves.LinearFromTarget(unit=0.0, less_milli=1)), ["not_positive"]),
    (_curve(curves.LinearFromTarget(unit=1.0, less_milli=0)), ["negative"]),
    (_curve(curves.LinearFromTarget(unit=1.0, less_milli=1, highest_milli=1)), ["limits_out_of_order"]),
    (_curve(curves.PerEvent(less_milli=0)), ["not_positive", "against_direction"]),
    (_curve(curves.AgainstGroup(within=-1.0, near_milli=1)), ["out_of_range"]),
    (_curve(curves.AgainstGroup(within=1.0, near_milli=1, below_milli=2)), ["points_do_not_follow"]),
    (_curve(curves.AgainstGroup(within=1.0, near_milli=1, minimum_group=1)), ["group_too_small"]),
    (_curve(curves.RankBand(bands=())), ["bands_do_not_cover"]),
    (_curve(curves.RankBand(bands=(_BAND(0.5, 1), _BAND(1.0, 2)))), ["points_do_not_follow"]),
    (_curve(curves.RankBand(bands=(_BAND(1.0, 2),), minimum_group=1)), ["group_too_small"]),
    (_curve(curves.Judgement()), ["needs_judgement"]),
    (_curve(curves.GroupShare(own=RATIO, share=0.0)), ["share_out_of_range"]),
    (_curve(curves.OwnLast(fell_milli=-1)), ["negative"]),
    (_curve(curves.OwnLast(highest_milli=1)), ["limits_out_of_order"]),
    (_whole(part("a", 1, RATIO), gates=(_gate(effect=Effect.CAP),)), ["cap_does_not_fit"]),
    (_whole(part("a", 1, RATIO), gates=(_gate(cap_milli=-1),)), ["cap_does_not_fit", "points_out_of_range"]),
]


@pytest.mark.parametrize(("unsound", "codes"), UNSOUND)
def test_what_makes_no_sense_is_told_with_its_place(unsound: Scheme, codes: list[str]) -> None:
    faults = check(unsound)
    assert [fault.code for fault in faults] == codes
    for fault in faults:
        assert fault.words.en.startswith(fault.where)
        assert fault.words.zh.endswith("。")


def test_indicators_must_be_known_and_run_the_same_way() -> None:
    one = scheme(part("a", 50, RATIO), part("b", 50, RATIO), gates=(_gate(indicator="c"),))
    known = {"a": Direction.LOWER, "c": Direction.NEUTRAL}
    assert [(fault.code, fault.where) for fault in check(one, known)] == [
        ("against_direction", "parts.a.better"),
        ("unknown_indicator", "parts.b.indicator"),
    ]


@pytest.mark.requirement("J3")
def test_difference_names_every_change_and_nothing_else() -> None:
    old = PRESETS["halves"]()
    sales, growth, key_brand, *rest = old.parts
    dearer = replace(sales, points_milli=25_000, curve=replace(sales.curve, cap=1.3))  # type: ignore[type-var]
    other = replace(growth, curve=LAST)
    new = replace(old, version=2, missing=Missing.BLOCK, parts=(other, dearer, *rest, replace(key_brand, code="brand")))
    told = [(c.kind, c.code, c.field, c.before, c.after) for c in difference(old, new) if c.field != "curve"]
    assert told == [
        ("scheme", "", "missing", "renormalise", "block"),
        (
            "parts",
            "",
            "order",
            [one.code for one in (sales, growth, *rest)],
            [one.code for one in (growth, sales, *rest)],
        ),
        ("parts", "sales", "points", 20, 25),
        ("parts", "sales", "curve.cap", 1.1, 1.3),
        ("parts", "brand", "", None, to_json(new)["parts"][-1]),
        ("parts", "key_brand", "", to_json(old)["parts"][2], None),
    ]
    (whole,) = [c for c in difference(old, new) if c.field == "curve"]
    assert (whole.code, whole.before["kind"], whole.after["kind"]) == ("growth", "linear_from_target", "own_last")
    assert whole.words.zh == "考核项 growth：计分方式"
    assert difference(old, replace(old, version=9)) == []


def test_gates_and_blocks_are_compared_too() -> None:
    old = _whole(part("a", 1, RATIO), gates=(_gate(),))
    new = replace(old, gates=(_gate(enabled=True),), additions=(part("b", 1, RATIO),))
    assert [c.words.en for c in difference(old, new)] == ["addition b: added", "gate g: enabled"]
