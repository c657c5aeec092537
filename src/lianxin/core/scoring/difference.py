"""What a new version of a scheme changes, line by line and field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lianxin.core.scoring.notation import to_json
from lianxin.core.scoring.scheme import Scheme
from lianxin.core.scoring.words import Words

_LISTS: Final = {
    "parts": Words("考核项", "part"),
    "additions": Words("加分项", "addition"),
    "deductions": Words("扣分项", "deduction"),
    "blocks": Words("板块", "block"),
    "gates": Words("门槛", "gate"),
}

FIELDS: Final[Mapping[str, Words]] = {
    "title": Words("名称", "title"),
    "points": Words("分值", "points"),
    "indicator": Words("指标", "indicator"),
    "judgement": Words("评议", "judgement"),
    "curve": Words("计分方式", "curve"),
    "better": Words("方向", "better"),
    "missing": Words("缺失时", "when missing"),
    "minimum_n": Words("最小样本", "minimum sample"),
    "block": Words("所属板块", "block"),
    "source": Words("来源", "source"),
    "threshold": Words("界限", "threshold"),
    "effect": Words("作用", "effect"),
    "cap": Words("封顶", "cap"),
    "enabled": Words("启用", "enabled"),
    "group": Words("比较范围", "comparison group"),
    "minimum_scored_share": Words("最低计分权重", "minimum scored share"),
    "highest": Words("总分上限", "ceiling of the total"),
    "order": Words("顺序", "order"),
    "code": Words("代码", "code"),
}


@dataclass(frozen=True)
class Change:
    """One field that differs. `before` is None for what is new, `after` for what is gone; both are JSON values.

    `kind` is scheme, parts, additions, deductions, blocks or gates; `code` names the line (empty for the scheme itself); `field` is
    empty where the whole line came or went, else a path such as `curve.cap`. `words` says where in both languages.
    """

    kind: str
    code: str
    field: str
    before: Any
    after: Any
    words: Words


def difference(old: Scheme, new: Scheme) -> list[Change]:
    """Every change from `old` to `new`: the scheme's own fields first, then line by line in the order of `new`, then what is gone.

    The version number is not a change. Lines are recognised by their code; a line that moved among its equals is told as a change
    of `order` of the scheme.
    """
    before, after = to_json(old), to_json(new)
    found = [
        _change("scheme", "", name, left, right)
        for name in after
        if name not in _LISTS and name not in ("version", "schema")
        for name, left, right in _unequal(name, before[name], after[name])
    ]
    for kind in _LISTS:
        found += _changed_lines(kind, before[kind], after[kind])
    return found


def _changed_lines(kind: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Change]:
    earlier = {line["code"]: line for line in before}
    later = {line["code"]: line for line in after}
    found: list[Change] = []
    stayed_before = [code for code in earlier if code in later]
    stayed_after = [code for code in later if code in earlier]
    if stayed_before != stayed_after:
        found.append(_change(kind, "", "order", stayed_before, stayed_after))
    for code, line in later.items():
        if code not in earlier:
            found.append(_change(kind, code, "", None, line))
            continue
        for name in line:
            found += [_change(kind, code, *item) for item in _unequal(name, earlier[code][name], line[name])]
    return found + [_change(kind, code, "", line, None) for code, line in earlier.items() if code not in later]


def _unequal(name: str, left: Any, right: Any) -> list[tuple[str, Any, Any]]:
    """The innermost fields that differ; a curve of another kind differs as a whole."""
    if left == right:
        return []
    both = isinstance(left, dict) and isinstance(right, dict)
    if both and left.get("kind") == right.get("kind"):
        return [item for key in right for item in _unequal(f"{name}.{key}", left[key], right[key])]
    return [(name, left, right)]


def _change(kind: str, code: str, name: str, before: Any, after: Any) -> Change:
    line = _LISTS.get(kind, Words("方案", "scheme"))
    first = name.split(".")[0]
    what = FIELDS.get(first, Words(first, first))
    place_zh = f"{line.zh} {code}".strip()
    place_en = f"{line.en} {code}".strip()
    if not name:
        verb = Words("新增", "added") if before is None else Words("取消", "removed")
        return Change(kind, code, name, before, after, Words(f"{place_zh}：{verb.zh}", f"{place_en}: {verb.en}"))
    tail = name.removeprefix(first)
    return Change(
        kind, code, name, before, after, Words(f"{place_zh}：{what.zh}{tail}", f"{place_en}: {what.en}{tail}")
    )
