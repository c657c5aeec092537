"""What rooms want done when the server starts, and what `lianxin check` asks of them. Rooms register in their `apps.py`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise

from lianxin.foundation.models import Company


@dataclass(frozen=True)
class Finding:
    """What a check found: a sentence, and what to do about it. A check without findings passed."""

    text: str
    remedy: str


Check = Callable[[Company], Iterator[Finding]]
Hook = Callable[[Company], list[str]]

CHECKS: dict[str, tuple[str | Promise, Check]] = {}
ON_START: dict[str, Hook] = {}
AFTER_UPGRADE: dict[str, Hook] = {}


def register_check(key: str, title: str | Promise, check: Check) -> None:
    """Have `lianxin check` ask this of every company. The title says what is sound when nothing is found."""
    CHECKS[key] = (title, check)


def register_start(key: str, hook: Hook) -> None:
    """Have this run for every company before the server answers; it returns sentences about what it did, or []."""
    ON_START[key] = hook


def register_upgrade(key: str, hook: Hook) -> None:
    """Have this run for every company after `lianxin upgrade` migrated, such as the rebuilding of roll-ups."""
    AFTER_UPGRADE[key] = hook


def run(hooks: dict[str, Hook], company: Company) -> Iterator[str]:
    """Sentences of every hook about one company, in the order of registration."""
    for hook in hooks.values():
        yield from hook(company)
