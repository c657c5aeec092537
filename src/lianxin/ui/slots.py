"""Places on pages that higher rooms fill from their `apps.py`, so that lower rooms never import them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from lianxin.ui.parts import Notice

Allowed = Callable[[HttpRequest], bool]


def everybody(request: HttpRequest) -> bool:
    """Whoever is signed in."""
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEntry:
    """One entry of the menu. `badge` returns how many things wait there, or 0 for no badge."""

    key: str
    title: str | Promise
    url_name: str
    icon: str = "point"
    section: str | Promise = ""
    order: int = 100
    allowed: Allowed = everybody
    badge: Callable[[HttpRequest], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of another room's page: `render(request, subject)` returns safe HTML, or "" for nothing."""

    key: str
    title: str | Promise
    render: Callable[[HttpRequest, Any], str]
    order: int = 100
    allowed: Allowed = everybody


@dataclass(slots=True)
class _Registry:
    navigation: dict[str, NavigationEntry] = field(default_factory=dict)
    panels: dict[str, dict[str, Panel]] = field(default_factory=dict)
    notices: dict[str, Callable[[HttpRequest], Iterable[Notice]]] = field(default_factory=dict)


_registry = _Registry()


def register_navigation(*entries: NavigationEntry) -> None:
    """Put entries into the menu; an entry with the key of an earlier one takes its place."""
    for entry in entries:
        _registry.navigation[entry.key] = entry


def register_panel(slot: str, panel: Panel) -> None:
    """Offer a panel for every page that shows this slot, for example `retailer_file`."""
    _registry.panels.setdefault(slot, {})[panel.key] = panel


def register_notices(key: str, notices: Callable[[HttpRequest], Iterable[Notice]]) -> None:
    """Say something above every page, for example that persons are invented. Called once per page."""
    _registry.notices[key] = notices


def navigation_for(request: HttpRequest) -> list[NavigationEntry]:
    """The entries that this person may use, in order."""
    allowed = [entry for entry in _registry.navigation.values() if entry.allowed(request)]
    return sorted(allowed, key=lambda entry: (entry.order, entry.key))


def panels_for(slot: str, request: HttpRequest) -> list[Panel]:
    """The panels of a slot that this person may see, in order."""
    allowed = [panel for panel in _registry.panels.get(slot, {}).values() if panel.allowed(request)]
    return sorted(allowed, key=lambda panel: (panel.order, panel.key))


def notices_for(request: HttpRequest) -> list[Notice]:
    """What every page of this person has to say."""
    return [notice for notices in _registry.notices.values() for notice in notices(request)]
