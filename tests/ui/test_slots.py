from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from lianxin.ui import slots
from lianxin.ui.parts import Notice
from lianxin.ui.slots import NavigationEntry, Panel


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_registry", slots._Registry())


def request_of(name: str, *, signed_in: bool = True):
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(is_authenticated=signed_in, name=name)
    return request


def test_navigation_shows_what_this_person_may_use_in_order() -> None:
    slots.register_navigation(
        NavigationEntry(key="b", title="B", url_name="b", order=2),
        NavigationEntry(
            key="a", title="A", url_name="a", order=1, allowed=lambda request: request.user.name == "leader"
        ),
    )
    assert [entry.key for entry in slots.navigation_for(request_of("leader"))] == ["a", "b"]
    assert [entry.key for entry in slots.navigation_for(request_of("manager"))] == ["b"]
    assert slots.navigation_for(request_of("", signed_in=False)) == []


def test_an_entry_registered_again_takes_the_place_of_the_first() -> None:
    slots.register_navigation(
        NavigationEntry(key="a", title="old", url_name="a"), NavigationEntry(key="a", title="new", url_name="a")
    )
    assert [entry.title for entry in slots.navigation_for(request_of("x"))] == ["new"]


def test_panels_stand_only_in_their_slot_and_only_for_those_who_may() -> None:
    slots.register_panel(
        "retailer_file",
        Panel(key="pay", title="Pay", render=lambda request, subject: "x", allowed=lambda request: False),
    )
    slots.register_panel(
        "retailer_file", Panel(key="scores", title="Scores", render=lambda request, subject: f"<p>{subject}</p>")
    )
    assert [panel.key for panel in slots.panels_for("retailer_file", request_of("x"))] == ["scores"]
    assert slots.panels_for("scorecard", request_of("x")) == []


def test_notices_come_from_every_room() -> None:
    slots.register_notices("invented", lambda request: [Notice(text=f"for {request.user.name}")])
    slots.register_notices("none", lambda request: [])
    assert [notice.text for notice in slots.notices_for(request_of("x"))] == ["for x"]
