"""Pieces that the presets are written with."""

from __future__ import annotations

from typing import Final

from lianxin.core.scoring.curves import Band, Curve, RankBand
from lianxin.core.scoring.scheme import NO_WORDS, Missing, Part, Source
from lianxin.core.scoring.words import Words
from lianxin.core.units import Direction

CURVE_IS_OURS: Final = Words("读法由我们补足", "the curve is our reading")
NOT_RECORDED_YET: Final = Words(
    "该项证据尚未接入，暂按缺失规则处理", "its evidence is not recorded yet: the rule for the missing applies"
)


def line(
    code: str,
    zh: str,
    en: str,
    points: float,
    curve: Curve,
    source: Source,
    *,
    indicator: str | None = None,
    judgement: str | None = None,
    better: Direction = Direction.HIGHER,
    missing: Missing | None = None,
    block: str | None = None,
) -> Part:
    return Part(
        code=code,
        title=Words(zh, en),
        points_milli=round(points * 1000),
        curve=curve,
        indicator=indicator,
        judgement=judgement,
        better=better,
        missing=missing,
        block=block,
        source=source,
    )


def told(words: str, mark: str, zh: str = "", en: str = "") -> Source:
    return Source(words=words, mark=mark, note=Words(zh, en) if zh else NO_WORDS)


def thirds(points: float) -> RankBand:
    full = round(points * 1000)
    return RankBand(bands=(Band(1 / 3, full), Band(2 / 3, full * 4 // 5), Band(1.0, full * 3 // 5)), minimum_group=3)
