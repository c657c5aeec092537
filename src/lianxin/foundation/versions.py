"""Dated versions of one thing: which held on a day, and what each changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from django.utils.functional import Promise


class Dated(Protocol):
    """A version, in force from a day until the next one begins."""

    valid_from: date


Version = TypeVar("Version", bound=Dated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became true of a thing on a day: title, before, after of each field that changed."""

    valid_from: date
    valid_until: date | None
    fields: Sequence[tuple[str, str, str]]


def in_force(versions: Sequence[Version], *, on: date) -> Version:
    """The version that held on a day; before the first one, the first. They come in order, and there is at least one."""
    past = [version for version in versions if version.valid_from <= on]
    return past[-1] if past else versions[0]


def changes(
    versions: Sequence[Version], fields: Sequence[tuple[str, str | Promise]], words: Callable[[Version, str], str]
) -> list[Change]:
    """Every version, newest first, each with what changed against the one before. `words` writes a field of a version."""
    found = []
    for before, version, after in zip([None, *versions[:-1]], versions, [*versions[1:], None], strict=True):
        told = [
            (str(title), words(before, name) if before is not None else "", words(version, name))
            for name, title in fields
            if before is None or getattr(before, name) != getattr(version, name)
        ]
        found.append(
            Change(
                valid_from=version.valid_from,
                valid_until=after.valid_from if after is not None else None,
                fields=[one for one in told if one[1] or one[2]],
            )
        )
    return found[::-1]
