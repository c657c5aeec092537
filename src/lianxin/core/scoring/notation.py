"""Schemes as JSON: written for storing and exchange, read with every fault of form told at once.

Points are written as points (7.5), at most three decimals; inside they are whole milli-points. `schema` is the version of this
notation. What is well-formed but makes no sense is for `soundness.check` to tell.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from lianxin.core.errors import CoreError
from lianxin.core.scoring.curves import KINDS
from lianxin.core.scoring.scheme import Scheme
from lianxin.core.scoring.words import Fault, Words, joined, number

SCHEMA: Final = 1
_MILLI: Final = "_milli"
_LARGEST: Final = 9.0e12


class UnreadableScheme(CoreError):
    """A document is not a scheme; `faults` lists everything that is wrong with its form."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__(joined([fault.words for fault in faults]).en)


def to_json(scheme: Scheme) -> dict[str, Any]:
    """The scheme as a JSON document; `from_json` reads the same scheme back.

    Invariants
    ----------
    from_json(to_json(scheme)) == scheme.
    """
    return {"schema": SCHEMA, **_written(scheme)}


def from_json(document: Any) -> Scheme:
    """The scheme that a JSON document holds.

    Parameters
    ----------
    document : parsed JSON, as `to_json` writes it; what has a default may be left out

    Raises
    ------
    UnreadableScheme : the document is not a scheme; its `faults` name every place at once.
    """
    reader = _Reader()
    if not isinstance(document, Mapping):
        reader.blame("not_an_object", "", "方案必须是一个 JSON 对象", "A scheme must be a JSON object")
        raise UnreadableScheme(reader.faults)
    body = dict(document)
    schema = body.pop("schema", None)
    if schema != SCHEMA or isinstance(schema, bool):
        reader.blame(
            "unknown_schema",
            "schema",
            f"方案文件的格式版本是 {schema}；请使用格式版本 {SCHEMA}",
            f"The document is in notation {schema}; write it in notation {SCHEMA}",
        )
        raise UnreadableScheme(reader.faults)
    scheme = reader.record(Scheme, body, "")
    if reader.faults:
        raise UnreadableScheme(reader.faults)
    assert isinstance(scheme, Scheme)
    return scheme


def _written(value: Any) -> Any:
    if is_dataclass(value):
        kinds = [name for name, curve in KINDS.items() if type(value) is curve]
        return ({"kind": kinds[0]} if kinds else {}) | dict(
            _pair(item.name, getattr(value, item.name)) for item in fields(value)
        )
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _pair(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith(_MILLI):
        return name.removesuffix(_MILLI), None if value is None else _in_points(value)
    return name, _written(value)


def _in_points(milli: int) -> float | int:
    return milli // 1000 if milli % 1000 == 0 else milli / 1000


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


class _Reader:
    """Reads records field by field and remembers every fault; a field with a fault reads as None."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def blame(self, code: str, where: str, zh: str, en: str) -> None:
        place_zh, place_en = (f"{where}：", f"{where}: ") if where else ("", "")
        self.faults.append(Fault(code, where, Words(f"{place_zh}{zh}。", f"{place_en}{en}.")))

    def record(self, kind: type, document: Any, where: str) -> Any:
        """An instance of the dataclass, or None with the faults told."""
        if not isinstance(document, Mapping):
            self.blame("not_an_object", where, "必须是一个 JSON 对象", "must be a JSON object")
            return None
        known = {item.name.removesuffix(_MILLI): item for item in fields(kind)}
        for name in document:
            if name not in known:
                self.blame(
                    "unknown_field",
                    _inside(where, str(name)),
                    "没有这个字段，请删除",
                    "there is no such field; remove it",
                )
        before = len(self.faults)
        given: dict[str, Any] = {}
        for name, item in known.items():
            if name in document:
                given[item.name] = self._field(_hints(kind)[item.name], item.name, document[name], _inside(where, name))
            elif item.default is NO_DEFAULT and item.default_factory is NO_DEFAULT:
                self.blame(
                    "missing_field", _inside(where, name), "缺少这个字段，请补上", "this field is missing; add it"
                )
        return kind(**given) if len(self.faults) == before else None

    def _field(self, kind: Any, name: str, value: Any, where: str) -> Any:
        options = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
        if types.NoneType in options and value is None:
            return None
        options = tuple(option for option in options if option is not types.NoneType)
        if options[0] in KINDS.values():
            return self._curve(options, value, where)
        kind = options[0]
        if get_origin(kind) is tuple:
            return self._several(get_args(kind)[0], value, where)
        if is_dataclass(kind):
            return self.record(kind, value, where)  # type: ignore[arg-type]
        if issubclass(kind, Enum):
            return self._choice(kind, value, where)
        if name.endswith(_MILLI):
            return self._points(value, where)
        return self._plain(kind, value, where)

    def _curve(self, allowed: tuple[Any, ...], value: Any, where: str) -> Any:
        if not isinstance(value, Mapping):
            self.blame("not_an_object", where, "必须是一个 JSON 对象", "must be a JSON object")
            return None
        body = dict(value)
        name = body.pop("kind", None)
        kind = KINDS.get(name) if isinstance(name, str) else None
        if len(allowed) == 1 and name is None:
            kind = allowed[0]
        if kind is None or kind not in allowed:
            names = ", ".join(option.kind for option in allowed)
            self.blame(
                "unknown_curve",
                where,
                f"不认识的计分方式 {name}；可选：{names}",
                f"unknown curve {name}; choose one of {names}",
            )
            return None
        return self.record(kind, body, where)

    def _several(self, kind: Any, value: Any, where: str) -> Any:
        if not isinstance(value, list | tuple):
            self.blame("not_a_list", where, "必须是一个列表", "must be a list")
            return None
        return tuple(self.record(kind, item, _inside(where, str(place))) for place, item in enumerate(value))

    def _choice(self, kind: type[Enum], value: Any, where: str) -> Any:
        names = [str(item.value) for item in kind]
        if not isinstance(value, str) or value not in names:
            told = ", ".join(names)
            self.blame("unknown_choice", where, f"{value} 不在可选值 {told} 之中", f"{value} is not one of {told}")
            return None
        return kind(value)

    def _points(self, value: Any, where: str) -> int | None:
        amount = self._plain(float, value, where)
        if amount is None:
            return None
        milli = round(amount * 1000)
        if abs(amount * 1000 - milli) > 1e-6 * max(1.0, abs(amount)):
            told = number(amount)
            self.blame("too_fine", where, f"分值 {told} 最多三位小数", f"{told} points have more than three decimals")
            return None
        return milli

    def _plain(self, kind: Any, value: Any, where: str) -> Any:
        if kind is float and type(value) in (int, float) and abs(value) <= _LARGEST:
            return float(value)
        if kind is not float and type(value) is kind and not (kind is int and abs(value) > _LARGEST):
            return value
        zh, en = {
            str: ("文字", "a text"),
            int: ("整数", "a whole number"),
            bool: ("true 或 false", "true or false"),
        }.get(kind, ("数字", "a number"))
        self.blame("wrong_type", where, f"{value!r} 必须是{zh}", f"{value!r} must be {en}")
        return None


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
