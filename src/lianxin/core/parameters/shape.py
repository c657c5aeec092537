"""What a parameter is: name, shape, default, source, bounds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import frequencies, scales


class ParameterKind(StrEnum):
    """The shape of a value, as JSON writes it."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    RANGES = "ranges"
    FREQUENCIES = "frequencies"
    LEVELS = "levels"
    WEIGHTS = "weights"


READERS: Final = {
    ParameterKind.FREQUENCIES: frequencies.read_all,
    ParameterKind.LEVELS: scales.read_levels,
    ParameterKind.WEIGHTS: scales.read_weights,
}
# Lists of texts, read further where READERS say so.
LISTS: Final = (ParameterKind.TEXTS, *READERS)


@dataclass(frozen=True)
class Parameter:
    """A number, text or list that a company may set from a day on."""

    name: str
    type: ParameterKind
    default: Any
    unit: str
    source: str
    evidence: str
    title_zh: str
    title_en: str
    minimum: float | None = None
    maximum: float | None = None

    def check(self, value: Any) -> None:
        """Raise ParameterWrong unless the value has the declared shape. None means "not set" and is always allowed."""
        if value is None:
            return
        if self.type in (ParameterKind.INTEGER, ParameterKind.NUMBER):
            self._check_number(value)
        elif self.type is ParameterKind.TEXT:
            if not isinstance(value, str):
                raise self._wrong(value, "a text")
        elif self.type in LISTS:
            if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
                raise self._wrong(value, "a list of texts")
            if self.type in READERS:
                READERS[self.type](value)
        else:
            self._check_ranges(value)

    def _check_number(self, value: Any) -> None:
        kinds = (int,) if self.type is ParameterKind.INTEGER else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise self._wrong(value, "a whole number" if self.type is ParameterKind.INTEGER else "a number")
        if self.minimum is not None and value < self.minimum:
            raise self._wrong(value, f"at least {self.minimum:g}")
        if self.maximum is not None and value > self.maximum:
            raise self._wrong(value, f"at most {self.maximum:g}")

    def _check_ranges(self, value: Any) -> None:
        if not isinstance(value, list | tuple) or not value:
            raise self._wrong(value, "a list of [from, to] pairs")
        covered: set[int] = set()
        for pair in value:
            whole = isinstance(pair, list | tuple) and len(pair) == 2 and all(type(end) is int for end in pair)
            if not whole or pair[0] > pair[1]:
                raise self._wrong(value, "a list of [from, to] pairs of whole numbers, from not above to")
            numbers = set(range(pair[0], pair[1] + 1))
            if covered & numbers:
                raise self._wrong(value, "pairs that do not overlap")
            covered |= numbers

    def _wrong(self, value: Any, wanted: str) -> ParameterWrong:
        return ParameterWrong(f"Parameter {self.name} is {value!r}; it must be {wanted}.")
