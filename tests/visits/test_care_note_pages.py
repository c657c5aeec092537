"""Care notes at the desk: read by who visits the shop and by nobody else, put right, deleted, and what the retailer sees of it."""

import html
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.models import AuditRow
from lianxin.visits.models import CareNote, Cover
from tests import factories
from tests.visits.api_calls import call, told
from tests.visits.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F7")]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LISTED = reverse("visits:care_notes")
GIVEN = {"licence_no": "wang0", "purpose": "送货时段", "text": "中午不在店", "keep_until": "2027-01-31"}


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def at_the_desk(world: World, who: str) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(world.people[who].user)
    return made


def noted(world: World, shop: int = 0, **changes: Any) -> CareNote:
    given = {"purpose": "送货时段", "text": "中午不在店", "made_at": NOW, "keep_until": date(2027, 1, 31)}
    return CareNote.objects.create(
        id=f"note{shop}", company=world.company, retailer=world.shops["wang"][shop], person=world.people["wang"],
        **given | changes,
    )  # fmt: skip


def address(note: CareNote, step: str = "") -> str:
    return reverse(f"visits:care_note{step}", args=[note.pk])


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def test_a_note_is_written_listed_and_read_with_its_purpose_and_its_end(world: World) -> None:
    wang = at_the_desk(world, "wang")
    assert "No care note is kept" in page(wang, LISTED)
    new = reverse("visits:care_note_new")
    for wrong in (
        {"purpose": " "},
        {"text": "老板住院了"},
        {"keep_until": "2036-01-01"},
        {"licence_no": "zhao0"},
        {"text": ""},
    ):
        assert wang.post(new, GIVEN | wrong).status_code == 422
    assert not CareNote.objects.exists()
    answer = wang.post(new, GIVEN)
    note = CareNote.objects.get()
    assert answer.headers["Location"] == address(note)
    assert (note.retailer.licence_no, note.person, note.keep_until) == (
        "wang0",
        world.people["wang"],
        date(2027, 1, 31),
    )
    for url in (LISTED, address(note), reverse("retailers:file", args=[note.retailer_id])):
        shown = page(wang, url)
        assert "中午不在店" in shown
        assert "送货时段" in shown
    assert "deleted by itself after" in page(wang, address(note))
    (row,) = AuditRow.objects.filter(verb="carenotes.write")
    assert row.after == {"retailer": "wang0", "keep_until": "2027-01-31"}
    noted(world, 1)
    assert "wang1" not in page(wang, f"{LISTED}?licence_no=wang0")


def test_nobody_but_who_visits_the_shop_reads_or_touches_it(world: World) -> None:
    note = noted(world)
    for who in ("boss", "officer", "leader"):
        other = at_the_desk(world, who)
        for url in (LISTED, address(note)):
            page(other, url, 403)
        for step in ("_correct", "_delete"):
            assert other.post(address(note, step), GIVEN).status_code == 403
        assert "中午不在店" not in page(other, reverse("retailers:file", args=[note.retailer_id]))
    li = at_the_desk(world, "li")
    assert "中午不在店" not in page(li, LISTED)
    page(li, address(note), 404)
    for step in ("_correct", "_delete"):
        assert li.post(address(note, step), GIVEN).status_code == 404
    assert told(call(world, "li", "GET", f"/care-notes/{note.pk}"), 404)
    assert told(call(world, "li", "PUT", f"/care-notes/{note.pk}", {**GIVEN, "text": "x"}), 404)
    note.refresh_from_db()
    assert note.text == "中午不在店"
    Cover.objects.create(
        company=world.company, absent=world.people["wang"], covering=world.people["li"], valid_from=date(2026, 11, 20),
        valid_until=date(2026, 11, 21), reason="x",
    )  # fmt: skip
    assert "中午不在店" in page(li, address(note))


def test_the_list_leaves_no_file_behind(world: World) -> None:
    noted(world)
    wang = at_the_desk(world, "wang")
    for kind in ("xlsx", "csv"):
        assert wang.get(f"{LISTED}?export={kind}").headers["Content-Type"].startswith("text/html")


def test_a_note_past_its_day_is_not_shown_though_forgetting_has_not_run(world: World) -> None:
    note = noted(world, keep_until=date(2026, 11, 19))
    wang = at_the_desk(world, "wang")
    assert "中午不在店" not in page(wang, LISTED)
    page(wang, address(note), 404)


def test_a_correction_replaces_the_words_and_never_lengthens_the_life(world: World) -> None:
    note = noted(world, made_at=datetime(2026, 3, 1, tzinfo=UTC))
    wang = at_the_desk(world, "wang")
    better = {"purpose": "送货", "text": "十二点到一点不在店", "keep_until": "2027-03-01"}
    for wrong in ({"keep_until": "2027-03-02"}, {"keep_until": "2026-11-19"}, {"text": "信教"}, {"purpose": ""}):
        assert wang.post(address(note, "_correct"), better | wrong).status_code == 422
    assert wang.post(address(note, "_correct"), better).status_code == 302
    note.refresh_from_db()
    assert (note.purpose, note.text, note.keep_until) == ("送货", "十二点到一点不在店", date(2027, 3, 1))
    by_api = told(call(world, "wang", "PUT", f"/care-notes/{note.pk}", better | {"keep_until": "2026-12-01"}))
    assert by_api == told(call(world, "wang", "GET", f"/care-notes/{note.pk}"))
    assert by_api["keep_until"] == "2026-12-01"
    assert told(call(world, "wang", "PUT", f"/care-notes/{note.pk}", better | {"keep_until": "2027-03-02"}), 422)
    # the retailer reads what it says now, and for what
    retailer = factories.signed_in_retailer(note.retailer)
    own = html.unescape(retailer.get("/own/notes/").content.decode())
    assert "十二点到一点不在店" in own
    assert "送货" in own
    assert "中午不在店" not in own
    rows = list(AuditRow.objects.filter(verb="carenotes.correct").order_by("number"))
    assert len(rows) == 2
    assert not any(word in str((row.before, row.after)) for row in rows for word in ("不在店", "送货"))


def test_the_retailers_own_words_stand(world: World) -> None:
    note = noted(world)
    retailer = factories.signed_in_retailer(note.retailer)
    assert retailer.post(f"/own/notes/{note.pk}/correct", {"text": "下午忙"}).status_code == 302
    wang = at_the_desk(world, "wang")
    assert "its words stand" in page(wang, address(note))
    same = {"purpose": "送货", "text": "下午忙", "keep_until": "2026-12-31"}
    assert wang.post(address(note, "_correct"), same | {"text": "中午不在店"}).status_code == 422
    assert wang.post(address(note, "_correct"), same).status_code == 302
    note.refresh_from_db()
    assert (note.text, note.purpose, note.keep_until) == ("下午忙", "送货", date(2026, 12, 31))


def test_a_deleted_note_is_gone_for_the_retailer_too(world: World) -> None:
    note = noted(world)
    wang = at_the_desk(world, "wang")
    assert wang.post(address(note, "_delete")).headers["Location"] == LISTED
    assert not CareNote.objects.exists()
    page(wang, address(note), 404)
    retailer = factories.signed_in_retailer(world.shops["wang"][0])
    assert retailer.get("/api/v1/own/notes").json() == []
    assert "中午不在店" not in page(retailer, "/own/notes/")
