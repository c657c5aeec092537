"""Errors of the pure room. A message is a sentence: what is wrong, where, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class CoreError(Exception):
    """A request that the core cannot answer as it stands.

    code : which sentence it is, of a table of sentences, so that a room above can say it in another language; empty without a table
    told : what the sentence names
    """

    code: str = ""
    told: Mapping[str, Any] = {}

    @classmethod
    def of(cls, sentences: Mapping[str, str], code: str, **told: Any) -> Self:
        """The error that says one of the sentences, its names in %(name)s."""
        made = cls(sentences[code] % told)
        made.code, made.told = code, told
        return made


class SchemaMismatch(CoreError):
    """A table lacks a column, or a column has another type than its contract says."""


class ParameterWrong(CoreError):
    """A parameter is unknown, missing or has a value outside its declared kind."""


class UnknownIndicator(CoreError):
    """An indicator code that nobody registered."""


class UnknownLevel(CoreError):
    """A level at which nothing is measured."""
