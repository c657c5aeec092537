"""Payloads of the pictures.

Their shape is a contract with the elements: `tests/contract/payloads/*.json` is read by both sides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from lianxin.ui.formats import Number
from lianxin.ui.parts import Good, Picture

Format = Literal["number", "share", "change", "money"]
Role = Literal["now", "last_year", "group", "target", "part"]
MOST_COLOURS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What the axis shows: its words, unit (for money the currency symbol), notation and decimals."""

    title: str
    unit: str = ""
    format: Format = "number"
    decimals: int = 0

    def payload(self) -> dict[str, Any]:
        return {"title": self.title, "unit": self.unit, "format": self.format, "decimals": self.decimals}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    name: str
    values: Sequence[Number | None]
    role: Role = "now"

    def payload(self) -> dict[str, Any]:
        return {"name": self.name, "role": self.role, "values": _plain(self.values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    value: Number | None
    note: str = ""
    href: str = ""


def trend(
    title: str,
    *,
    measure: Measure,
    months: Sequence[date],
    series: Sequence[Series],
    from_zero: bool = True,
    note: str = "",
    xlsx_url: str = "",
) -> Picture:
    """Lines over months. One series has role "now"; "last_year" is drawn thin and grey, "target" dashed.

    The axis starts at zero unless `from_zero` is false, for figures such as a price that never come near it.
    """
    payload = {
        **_head("trend", title, measure, note),
        "months": [f"{month:%Y-%m}" for month in months],
        "from_zero": from_zero,
        "series": [one.payload() for one in series],
    }
    return Picture(kind="trend", payload=payload, xlsx_url=xlsx_url)


def structure(
    title: str,
    *,
    measure: Measure,
    categories: Sequence[str],
    parts: Sequence[Series],
    stacked_as: Literal["share", "sum"] = "share",
    rest_title: str = "",
    note: str = "",
    xlsx_url: str = "",
) -> Picture:
    """Stacked bars: of what a whole is made. Parts beyond the fifth are added up as `rest_title`."""
    kept = list(parts)
    if len(kept) > MOST_COLOURS:
        rest = kept[MOST_COLOURS - 1 :]
        columns = zip(*(part.values for part in rest), strict=True)
        together = [sum(value for value in column if value is not None) for column in columns]
        kept = [*kept[: MOST_COLOURS - 1], Series(name=rest_title, values=together, role="part")]
    payload = {
        **_head("structure", title, measure, note),
        "stacked_as": stacked_as,
        "categories": list(categories),
        "series": [{"name": part.name, "role": "part", "values": _plain(part.values)} for part in kept],
    }
    return Picture(kind="structure", payload=payload, xlsx_url=xlsx_url)


def distribution(
    title: str,
    *,
    measure: Measure,
    edges: Sequence[Number],
    counts: Sequence[int],
    count_title: str,
    marks: Sequence[tuple[str, Number]] = (),
    outliers: Sequence[Bar] = (),
    note: str = "",
    xlsx_url: str = "",
) -> Picture:
    """How many lie where: `len(edges) == len(counts) + 1`. Marks are vertical lines; outliers are named below."""
    payload = {
        **_head("distribution", title, measure, note),
        "count_title": count_title,
        "edges": _plain(edges),
        "counts": list(counts),
        "marks": [{"name": name, "at": _one(at)} for name, at in marks],
        "outliers": [_bar(bar) for bar in outliers],
    }
    return Picture(kind="distribution", payload=payload, xlsx_url=xlsx_url)


def bars(
    title: str,
    *,
    measure: Measure,
    items: Sequence[Bar],
    good: Good = "none",
    reference: tuple[str, Number] | None = None,
    note: str = "",
    xlsx_url: str = "",
) -> Picture:
    """Ranked bars from a zero line. With `good`, the two directions are blue and orange; a bar without a value says so."""
    payload = {
        **_head("bars", title, measure, note),
        "good": good,
        "reference": {"name": reference[0], "value": _one(reference[1])} if reference else None,
        "items": [_bar(bar) for bar in items],
    }
    return Picture(kind="bars", payload=payload, xlsx_url=xlsx_url)


def curve(
    title: str,
    *,
    x: Measure,
    y: Measure,
    points: Sequence[tuple[Number, Number]],
    mark: tuple[str, Number, Number] | None = None,
    note: str = "",
) -> Picture:
    """A scoring curve with the manager's own point on it."""
    payload = {
        **_head("curve", title, y, note),
        "x": x.payload(),
        "points": [[_one(a), _one(b)] for a, b in points],
        "mark": {"name": mark[0], "x": _one(mark[1]), "y": _one(mark[2])} if mark else None,
    }
    return Picture(kind="curve", payload=payload)


def sparkline(title: str, values: Sequence[Number | None], *, measure: Measure) -> Picture:
    """The line the size of a word, drawn by the element; inside tables use the `spark` tag or column instead."""
    return Picture(kind="spark", payload={**_head("spark", title, measure, ""), "values": _plain(values)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Columns of equal length: one retailer per position. `group` is the index of its territory or None.

    The figure of a cluster is the mean of `value` weighted by `weight`; with the denominator of a ratio as weight it is the
    ratio of the sums, which is what the table says too.
    """

    id: Sequence[int]
    name: Sequence[str]
    longitude: Sequence[float]
    latitude: Sequence[float]
    value: Sequence[Number | None]
    weight: Sequence[Number] = ()
    group: Sequence[int | None] = ()
    label: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A line over the map, such as the way of a day; the route at a place of the list belongs to the group at that place."""

    longitude: Sequence[float]
    latitude: Sequence[float]


def territory_map(
    title: str,
    *,
    measure: Measure,
    points: Points,
    groups: Sequence[str] = (),
    low: Number,
    middle: Number,
    high: Number,
    low_word: str,
    high_word: str,
    good: Good = "up",
    href: str = "",
    style_url: str = "",
    note: str = "",
    routes: Sequence[Route] = (),
) -> Picture:
    """Retailers on a map, coloured on a diverging scale from `low` over `middle` to `high`.

    With `routes`, one for each group, the points have the colour of their route and the sign of `points.label` instead.

    `href` contains `{id}`. `style_url` names a tile style only where the company configured one.
    """
    n = len(points.id)
    payload = {
        **_head("map", title, measure, note),
        "good": good,
        "scale": {
            "low": _one(low),
            "middle": _one(middle),
            "high": _one(high),
            "low_word": low_word,
            "high_word": high_word,
        },
        "groups": list(groups),
        "points": {
            "id": list(points.id),
            "name": list(points.name),
            "longitude": [round(float(value), 5) for value in points.longitude],
            "latitude": [round(float(value), 5) for value in points.latitude],
            "value": _plain(points.value),
            "weight": _plain(points.weight) if points.weight else [1] * n,
            "group": list(points.group) if points.group else [None] * n,
        },
        "labels": list(points.label),
        "routes": [
            {
                "longitude": [round(float(value), 5) for value in route.longitude],
                "latitude": [round(float(value), 5) for value in route.latitude],
            }
            for route in routes
        ],
        "href": href,
        "style_url": style_url,
    }
    return Picture(kind="map", payload=payload)


def spark_points(values: Sequence[Number | None], width: int = 96, height: int = 24) -> dict[str, Any]:
    """Where the line of a sparkline runs: one `d` for all stretches between missing values, and its last point."""
    known = [float(value) for value in values if value is not None]
    if not known:
        return {"d": "", "x": 0, "y": 0, "width": width, "height": height}
    low, high = min(known), max(known)
    step = (width - 6) / max(1, len(values) - 1)
    path, last, pen_down = [], (3.0, height / 2), False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        level = 0.5 if high == low else (float(value) - low) / (high - low)
        last = (3 + index * step, height - 3 - level * (height - 6))
        path.append(f"{'L' if pen_down else 'M'}{last[0]:.1f} {last[1]:.1f}")
        pen_down = True
    return {"d": "".join(path), "x": f"{last[0]:.1f}", "y": f"{last[1]:.1f}", "width": width, "height": height}


def _head(kind: str, title: str, measure: Measure, note: str) -> dict[str, Any]:
    return {"kind": kind, "title": title, "note": note, "measure": measure.payload()}


def _bar(bar: Bar) -> Mapping[str, Any]:
    return {
        "name": bar.name,
        "value": None if bar.value is None else _one(bar.value),
        "note": bar.note,
        "href": bar.href,
    }


def _one(value: Number) -> int | float:
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, int) else float(plain)


def _plain(values: Sequence[Number | None]) -> list[int | float | None]:
    # NaN is no JSON; a missing value is null and is drawn as a gap.
    return [None if value is None or value != value else _one(value) for value in values]
