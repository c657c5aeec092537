"""The editor of a scheme: a document in the core's notation to fields and back. What it does not show stays as it is.

A curve has other fields for each kind; `check` shows the page again with the fields of the chosen kind, the faults and the
difference to the version in force, and only `save` writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.scoring.scheme import Effect
from lianxin.core.scoring.words import number

LISTS: Final = ("parts", "additions", "deductions")
KIND_TITLES: Final[Mapping[str, Promise]] = {
    "ratio_to_target": gettext_lazy("Ratio to the target"),
    "linear_from_target": gettext_lazy("So many points off or on for each unit from the target"),
    "step_table": gettext_lazy("Scored by steps"),
    "per_event": gettext_lazy("So many points off for each event"),
    "against_group": gettext_lazy("Against the mean of the group"),
    "own_last": gettext_lazy("Against one's own last value"),
    "rank_band": gettext_lazy("Bands of places"),
    "judgement": gettext_lazy("Judgement from 0 to 100"),
}
NUMBERS: Final[Mapping[str, Mapping[str, Promise]]] = {
    "ratio_to_target": {
        "target": gettext_lazy("Target (empty: the one set for the person)"),
        "floor": gettext_lazy("Least ratio that counts"),
        "cap": gettext_lazy("Highest ratio that counts"),
    },
    "linear_from_target": {
        "target": gettext_lazy("Target (empty: the one set for the person)"),
        "unit": gettext_lazy("One unit (0.01 is one percentage point)"),
        "less": gettext_lazy("Points off for each unit short"),
        "more": gettext_lazy("Points on for each unit beyond"),
        "lowest": gettext_lazy("Fewest points"),
        "highest": gettext_lazy("Most points (empty: full marks)"),
    },
    "step_table": {
        "target": gettext_lazy("Target (empty: the one set for the person)"),
        "below": gettext_lazy("Points below the first step"),
    },
    "per_event": {"less": gettext_lazy("Points off for each event")},
    "against_group": {
        "within": gettext_lazy("How far below the mean still counts as near"),
        "near": gettext_lazy("Points when near"),
        "below": gettext_lazy("Points when further below"),
        "minimum_group": gettext_lazy("Fewest people to compare with"),
    },
    "own_last": {
        "fell": gettext_lazy("Points off when the value is worse"),
        "rank_fell": gettext_lazy("Points off when the place is worse"),
        "top_places": gettext_lazy("Places that earn more"),
        "top": gettext_lazy("Points on for these places"),
        "lowest": gettext_lazy("Fewest points"),
        "highest": gettext_lazy("Most points (empty: full marks)"),
    },
    "rank_band": {"minimum_group": gettext_lazy("Fewest people to compare with")},
    "judgement": {},
}
PAIRS: Final[Mapping[str, tuple[str, str, str, Promise]]] = {
    "step_table": ("steps", "at_least", "points", gettext_lazy("Steps, one a line: from value = points")),
    "rank_band": ("bands", "up_to_share", "points", gettext_lazy("Bands, one a line: up to share of places = points")),
}
WHOLE: Final = frozenset({"minimum_group", "top_places", "minimum_n"})
DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "ratio_to_target": {"target": None, "floor": 0.0, "cap": 1.0},
    "linear_from_target": {"target": None, "unit": 0.01, "less": 0.5, "more": 0, "lowest": 0, "highest": None},
    "step_table": {"steps": [{"at_least": 0.0, "points": 0}], "below": 0, "of": "value", "target": None},
    "per_event": {"less": 1},
    "against_group": {"within": 0.02, "near": 0, "below": 0, "minimum_group": 3, "own_last": None},
    "own_last": {"fell": 0, "rank_fell": 0, "top_places": 0, "top": 0, "lowest": 0, "highest": None},
    "rank_band": {"bands": [{"up_to_share": 1.0, "points": 0}], "minimum_group": 6},
    "judgement": {},
}


@dataclass
class CurveField:
    """One input of a curve."""

    name: str
    title: str
    text: str
    is_long: bool = False


@dataclass
class LineFields:
    """One line of the scheme as inputs; `prefix` keeps the lines apart."""

    prefix: str
    role: str
    values: Mapping[str, Any]
    kind: str
    is_shared: bool
    curve: list[CurveField] = field(default_factory=list)


def lines_of(document: Mapping[str, Any]) -> list[LineFields]:
    """Every line of the scheme as inputs."""
    found = []
    for role in LISTS:
        for place, line in enumerate(document.get(role, ())):
            curve = line["curve"]
            is_shared = curve["kind"] == "group_share"
            own = curve["own"] if is_shared else curve
            prefix = f"{role}-{place}"
            found.append(LineFields(prefix, role, line, own["kind"], is_shared, _curve_fields(prefix, own)))
    return found


def _curve_fields(prefix: str, curve: Mapping[str, Any]) -> list[CurveField]:
    kind = curve["kind"]
    fields = [
        CurveField(f"{prefix}-curve-{name}", str(title), _text(curve.get(name)))
        for name, title in NUMBERS.get(kind, {}).items()
    ]
    if kind in PAIRS:
        listed, left, right, title = PAIRS[kind]
        rows = "\n".join(f"{_text(row[left])} = {_text(row[right])}" for row in curve.get(listed, ()))
        fields.append(CurveField(f"{prefix}-curve-{listed}", str(title), rows, is_long=True))
    return fields


def _text(value: Any) -> str:
    return "" if value is None else number(float(value)) if isinstance(value, int | float) else str(value)


def read(document: Mapping[str, Any], given: QueryDict) -> tuple[dict[str, Any], list[str]]:
    """The document with what was typed, and sentences about what could not be read.

    What cannot be read keeps its earlier value in the document, so that the page can be drawn; nothing is saved with faults.
    """
    faults: list[str] = []
    changed = {**document}
    for name in ("zh", "en"):
        if f"title-{name}" in given:
            changed["title"] = {**changed["title"], name: str(given[f"title-{name}"]).strip()}
    if "group" in given:
        changed["group"] = given["group"]
    if "missing" in given:
        changed["missing"] = given["missing"]
    if "minimum_scored_share" in given:
        changed["minimum_scored_share"] = _number(
            given["minimum_scored_share"], document["minimum_scored_share"], _("Least share of points"), faults
        )
    for role in LISTS:
        changed[role] = [_read_line(prefix, line, given, faults) for prefix, line in _left(role, document, given)]
    changed["gates"] = [_read_gate(prefix, gate, given, faults) for prefix, gate in _left("gates", document, given)]
    blocks = [(block, _read_block(prefix, block, given, faults)) for prefix, block in _left("blocks", document, given)]
    changed["blocks"] = [now for _before, now in blocks]
    renamed = {before["code"]: now["code"] for before, now in blocks}
    for part in changed["parts"]:
        part["block"] = renamed.get(part["block"], part["block"]) if blocks else None
    return changed, faults


def _left(listed: str, document: Mapping[str, Any], given: QueryDict) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries of a list of the document that were not ticked for removal, each with the prefix of its inputs."""
    numbered = [(f"{listed}-{place}", entry) for place, entry in enumerate(document.get(listed, ()))]
    return [(prefix, entry) for prefix, entry in numbered if given.get(f"{prefix}-remove") != "on"]


def _read_named(prefix: str, entry: Mapping[str, Any], given: QueryDict) -> dict[str, Any]:
    """The entry with the code and the titles that were typed."""
    changed = {**entry}
    if f"{prefix}-code" in given:
        changed["code"] = str(given[f"{prefix}-code"]).strip()
    for name in ("zh", "en"):
        if f"{prefix}-title-{name}" in given:
            changed["title"] = {**changed["title"], name: str(given[f"{prefix}-title-{name}"]).strip()}
    return changed


def _read_evidence(prefix: str, entry: Mapping[str, Any], given: QueryDict) -> dict[str, Any]:
    """The indicator or the judgement that was chosen; nothing where the page did not ask."""
    if f"{prefix}-evidence" not in given:
        return {}
    kind, _colon, code = str(given[f"{prefix}-evidence"]).partition(":")
    typed = str(given.get(f"{prefix}-judgement", "")).strip()
    return {
        "indicator": code if kind == "indicator" else None,
        "judgement": (typed or entry.get("judgement") or str(entry["code"])) if kind == "judgement" else None,
    }


def _read_block(prefix: str, block: Mapping[str, Any], given: QueryDict, faults: list[str]) -> dict[str, Any]:
    changed = _read_named(prefix, block, given)
    if f"{prefix}-points" in given:
        title = _("%(part)s: points") % {"part": block["code"]}
        changed["points"] = _number(given[f"{prefix}-points"], block["points"], title, faults)
    return changed


def _read_gate(prefix: str, gate: Mapping[str, Any], given: QueryDict, faults: list[str]) -> dict[str, Any]:
    changed = _read_named(prefix, gate, given) | _read_evidence(prefix, gate, given)
    for name in ("better", "effect"):
        if f"{prefix}-{name}" in given:
            changed[name] = str(given[f"{prefix}-{name}"])
    if f"{prefix}-threshold" in given:
        title = _("%(part)s: threshold") % {"part": gate["code"]}
        changed["threshold"] = _number(given[f"{prefix}-threshold"], gate["threshold"], title, faults)
        # A box that is not ticked is not sent: what is sent beside it says that the page asked.
        changed["enabled"] = given.get(f"{prefix}-enabled") == "on"
    if f"{prefix}-cap" in given:
        title = _("%(part)s: highest total") % {"part": gate["code"]}
        changed["cap"] = _number(given[f"{prefix}-cap"], gate.get("cap"), title, faults, may_be_empty=True)
    if changed["effect"] != Effect.CAP:
        changed["cap"] = None
    return changed


def _read_line(prefix: str, line: Mapping[str, Any], given: QueryDict, faults: list[str]) -> dict[str, Any]:
    changed = _read_named(prefix, line, given) | _read_evidence(prefix, line, given)
    where = str(line["code"])
    if f"{prefix}-points" in given:
        changed["points"] = _number(
            given[f"{prefix}-points"], line["points"], _("%(part)s: points") % {"part": where}, faults
        )
    for name in ("better", "missing", "block"):
        if f"{prefix}-{name}" in given:
            changed[name] = str(given[f"{prefix}-{name}"]) or None
    if f"{prefix}-minimum_n" in given:
        least = _number(
            given[f"{prefix}-minimum_n"], line["minimum_n"], _("%(part)s: least sample") % {"part": where}, faults
        )
        changed["minimum_n"] = _whole(least)
    curve = line["curve"]
    if curve["kind"] == "group_share":
        changed["curve"] = {**curve, "own": _read_curve(prefix, curve["own"], given, where, faults)}
    else:
        changed["curve"] = _read_curve(prefix, curve, given, where, faults)
    return changed


def _read_curve(
    prefix: str, curve: Mapping[str, Any], given: QueryDict, where: str, faults: list[str]
) -> dict[str, Any]:
    kind = str(given.get(f"{prefix}-kind", curve["kind"]))
    if kind != curve["kind"]:
        return {"kind": kind, **DEFAULTS[kind]} if kind in DEFAULTS else {**curve}
    changed = {**curve}
    for name, title in NUMBERS.get(kind, {}).items():
        key = f"{prefix}-curve-{name}"
        if key in given:
            told = f"{where}: {title}"
            value = _number(given[key], curve.get(name), told, faults, may_be_empty=name in ("target", "highest"))
            changed[name] = _whole(value) if name in WHOLE else value
    if kind in PAIRS and f"{prefix}-curve-{PAIRS[kind][0]}" in given:
        listed, left, right, title = PAIRS[kind]
        rows = _pairs(str(given[f"{prefix}-curve-{listed}"]), left, right, curve.get(listed, ()))
        if rows is None:
            faults.append(_("%(where)s: write each line as “value = points”.") % {"where": f"{where}: {title}"})
        else:
            changed[listed] = rows
    return changed


def _pairs(text: str, left: str, right: str, kept: Sequence[Mapping[str, Any]]) -> list[dict[str, float]] | None:
    rows: list[dict[str, float]] = []
    for row in text.splitlines():
        if not row.strip():
            continue
        first, equals, second = row.partition("=")
        before = kept[len(rows)] if len(rows) < len(kept) else {}
        try:
            rows.append({left: _unless_shown(first, before.get(left)), right: _unless_shown(second, before.get(right))})
        except ValueError:
            return None
        if not equals:
            return None
    return rows


def _unless_shown(typed: str, kept: Any) -> float:
    """The number typed; where that is what the page showed of a longer one (a third), the longer one, which nobody changed."""
    return float(kept) if kept is not None and typed.strip() == _text(kept) else float(typed)


def _number(text: Any, kept: Any, title: str, faults: list[str], *, may_be_empty: bool = False) -> Any:
    typed = str(text).strip().replace(",", "")
    if not typed and may_be_empty:
        return None
    try:
        value = _unless_shown(typed, kept)
    except ValueError:
        faults.append(_("%(title)s: “%(text)s” is not a number.") % {"title": title, "text": text})
        return kept
    return value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def newly_curved(given: QueryDict, document: Mapping[str, Any]) -> list[str]:
    """Prefixes of lines that were just given another kind of curve, whose fields nobody has seen yet."""
    return [
        line.prefix
        for line in lines_of(document)
        if f"{line.prefix}-kind" in given and any(one.name not in given for one in line.curve)
    ]


def _free(start: str, taken: set[str]) -> str:
    return next(f"{start}_{n}" for n in range(1, 1000) if f"{start}_{n}" not in taken)


def new_block(document: Mapping[str, Any]) -> dict[str, Any]:
    """A block to fill in; its parts choose it."""
    code = _free("block", {block["code"] for block in document["blocks"]})
    return {"code": code, "title": {"zh": "", "en": ""}, "points": 0}


def new_gate(document: Mapping[str, Any]) -> dict[str, Any]:
    """A gate to fill in, switched off: no value is shipped, the company decides on one."""
    return {
        "code": _free("gate", {gate["code"] for gate in document["gates"]}),
        "title": {"zh": "", "en": ""},
        "threshold": 0.0,
        "effect": Effect.CAP.value,
        "indicator": "order_coverage",
        "judgement": None,
        "better": "higher",
        "cap": 100,
        "enabled": False,
        "source": {"words": "", "mark": "", "note": {"zh": "", "en": ""}},
    }


def new_line(document: Mapping[str, Any]) -> dict[str, Any]:
    """A line to fill in, with a code that is not taken."""
    blocks = document.get("blocks", ())
    return {
        "code": _free("part", {line["code"] for role in LISTS for line in document.get(role, ())}),
        "title": {"zh": "", "en": ""},
        "points": 0,
        "curve": {"kind": "ratio_to_target", **DEFAULTS["ratio_to_target"]},
        "indicator": "sales_units",
        "judgement": None,
        "better": "higher",
        "missing": None,
        "minimum_n": 0,
        "block": blocks[0]["code"] if blocks else None,
        "source": {"words": "", "mark": "", "note": {"zh": "", "en": ""}},
    }
