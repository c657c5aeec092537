"""Visits as made on their pages: seen by those who may, exported, opened; one's own data; retention; what is prepared."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from lianxin.foundation import clock, jobs, startup
from lianxin.foundation.models import AuditRow, Company, DatedParameter
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.visits import presets
from lianxin.visits.actions import consent, forgetting
from lianxin.visits.limits import Length, usual_length
from lianxin.visits.models import CareNote, DayQuestion, Photo, Position, Theme, Visit, VisitAction, VisitType
from lianxin.visits.states import ActionKind
from lianxin.visits.tasks import forgetting as task
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def made(person: Person, visit_id: str, *, at: datetime = NOW, position: bool = True, **fields: object) -> Visit:
    visit = Visit.objects.create(
        id=visit_id, company=person.company, person=person, retailer=factories.retailer(person.company, holder=person),
        state="done", visit_date=at.date(), check_in_at=at, check_out_at=at + timedelta(minutes=9), received_at=at, **fields,
    )  # fmt: skip
    if position:
        Position.objects.create(
            visit=visit,
            moment="check_in",
            latitude=31.123456,
            longitude=118.4,
            accuracy_metres=18,
            fix_age_seconds=4,
            taken_at=at,
        )
    return visit


def signed_in(person: Person) -> Client:
    client = Client()
    assert person.user is not None
    client.force_login(person.user)
    return client


@pytest.fixture
def one(company: Company) -> Person:
    unit = factories.unit(company)
    factories.person(unit, Post.MARKET_MANAGER, name="李主任", user=factories.user(company, Role.MARKET_MANAGER))
    return factories.person(unit, name="王小明", user=factories.user(company, Role.CUSTOMER_MANAGER))


@pytest.fixture
def other(company: Company) -> Person:
    return factories.person(
        factories.unit(company, "城北市场部"), name="周一帆", user=factories.user(company, Role.CUSTOMER_MANAGER)
    )


def test_a_list_shows_what_one_may_see_and_goes_out_as_a_file(one: Person, other: Person) -> None:
    visit = made(one, "v1", place_answer="confirmed", distance_metres=41, marks=["overlaps"])
    theirs = made(other, "v2", place_answer="not_confirmed")
    made(one, "v3", at=NOW - timedelta(days=40))

    page = signed_in(one).get(reverse("visits:visits")).content.decode()

    assert visit.retailer.name in page
    assert theirs.retailer.name not in page
    answer = signed_in(one).get(reverse("visits:visits"), {"export": "csv", "month": "2026-11"})
    out = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert visit.retailer.name in out
    assert out.count("\n") == 2
    assert signed_in(one).get(reverse("visits:visits"), {"month": "", "place": "no_fix"}).status_code == 200
    assert (
        signed_in(one).get(reverse("visits:visits"), {"day": "2026-11-20", "q": visit.retailer.name}).status_code == 200
    )


def test_one_visit_tells_how_good_its_position_was_and_not_where(
    one: Person, other: Person, settings: LazySettings
) -> None:
    theme = Theme.objects.create(company=one.company, title="明码标价", talking_points=["一品一签", "不高于指导价"],
                                 valid_from=TODAY, valid_until=TODAY + timedelta(days=9))  # fmt: skip
    question = DayQuestion.objects.create(company=one.company, text="周边有新店吗?", kind="yes_no", valid_from=TODAY,
                                          valid_until=TODAY + timedelta(days=9))  # fmt: skip
    product = factories.product(one.company, name="临江（软）")
    visit = made(one, "v1", place_answer="cannot_tell", distance_metres=88, theme=theme, note="缺货", clock_offset_seconds=7,
                 marks=["wrong_clock"])  # fmt: skip
    bodies = {
        "theme": {"points_told": [1]},
        "stock_count": {"lines": [{"product_id": product.pk, "units": 12}]},
        "price_tags": {"ordered": 9, "on_display": 8, "labelled": 7},
        "market_order": {"found": ["none"], "words": "", "photo_ids": []},
        "questions": {"answers": [{"question_id": question.pk, "value": True}, {"question_id": 0, "value": None}]},
        "display": {"photo_ids": ["p"], "words": "换了新样"},
    }
    for place, (kind, body) in enumerate(bodies.items()):
        VisitAction.objects.create(visit=visit, place=place, kind=kind, body=body)
    VisitAction.objects.create(visit=visit, place=9, kind="policy", skipped_because="店主不在")
    path = Path(settings.MEDIA_ROOT) / "photos/p.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xd8 picture")
    photo = {"company": one.company, "person": one, "action_kind": "display", "taken_at": NOW, "received_at": NOW, "sha256": "x",
             "near_hash": "", "n_bytes": 1, "width": 4, "height": 3, "path": "photos/p.jpg"}  # fmt: skip
    first = Photo.objects.create(id="old", visit_id_said="v0", **photo)
    Photo.objects.create(id="p", visit_id_said="v1", seen_before=first, **photo)

    page = signed_in(one).get(reverse("visits:visit", args=["v1"])).content.decode()

    for words in (
        "不高于指导价",
        "临江（软）: 12 条",
        "周边有新店吗?",
        "店主不在",
        "缺货",
        "换了新样",
        reverse("visits:photo", args=["p"]),
    ):
        assert words in page
    assert "31.12" not in page, "coordinates are for the person only"
    answer = signed_in(one).get(reverse("visits:photo", args=["p"]))
    assert (b"".join(answer.streaming_content), answer["Content-Type"]) == (b"\xff\xd8 picture", "image/jpeg")  # type: ignore[attr-defined]
    assert "private" in answer["Cache-Control"]
    for name, key in (("visits:visit", "v1"), ("visits:photo", "p")):
        assert signed_in(other).get(reverse(name, args=[key])).status_code == 404


@pytest.mark.requirement("F2")
@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (179, "2 minutes, shorter than usual (3 to 30 minutes)"),
        (180, "3 minutes, as usual (3 to 30 minutes)"),
        (1801, "31 minutes, longer than usual (3 to 30 minutes)"),
    ],
)
def test_a_visits_page_tells_whether_its_length_is_usual(one: Person, seconds: int, said: str) -> None:
    visit = made(one, "v1")
    Visit.objects.filter(pk="v1").update(check_out_at=visit.check_in_at + timedelta(seconds=seconds))
    url = reverse("visits:visit", args=["v1"])

    assert said in signed_in(one).get(url, headers={"accept-language": "en"}).content.decode()

    # One that closed by itself ended when it was last touched: nothing is said of its length.
    Visit.objects.update(state="closed_by_itself")
    assert "usual (" not in signed_in(one).get(url, headers={"accept-language": "en"}).content.decode()


@pytest.mark.requirement("F2", "G3")
def test_what_is_usual_stays_within_the_lines_of_verification() -> None:
    assert usual_length({}) == Length(3, 30)
    assert usual_length({"verifying.too_short_seconds": 300, "verifying.too_long_minutes": 20}) == Length(5, 20)
    assert usual_length({"field.visit_least_minutes": 0, "field.visit_most_minutes": 480}) == Length(1, 300)


@pytest.mark.requirement("F1", "G1")
def test_a_person_sees_all_that_is_kept_and_withdraws(one: Person, other: Person) -> None:
    made(one, "v1")
    made(other, "v2")
    client = signed_in(one)
    page = client.get(reverse("visits:about_me")).content.decode()
    assert "31.12346" in page

    client.post(reverse("visits:consent_give"))
    assert one.position_consents.get().withdrawn_at is None
    client.post(reverse("visits:consent_withdraw"))

    assert one.position_consents.get().withdrawn_at == NOW
    assert list(Position.objects.values_list("visit_id", flat=True)) == ["v2"]
    assert "31.12346" not in client.get(reverse("visits:about_me")).content.decode()
    consent.withdraw(person=one, by=None, at=NOW)
    assert AuditRow.objects.filter(verb="positions.withdraw").count() == 1


@pytest.mark.requirement("F1", "F7", "G1")
def test_positions_and_care_notes_are_forgotten_on_time_and_answers_stay(one: Person) -> None:
    old, young = NOW - timedelta(days=91), NOW - timedelta(days=89)
    made(one, "old", at=old, place_answer="confirmed", distance_metres=12)
    made(one, "young", at=young)
    ahead = made(one, "ahead", at=old, position=False)
    Position.objects.create(visit=ahead, moment="check_in", latitude=1, longitude=1, taken_at=NOW + timedelta(days=900))
    stranger = made(factories.person(factories.unit(factories.company("other"))), "theirs", at=old)
    retailer = factories.retailer(one.company)
    for days in (-1, 0):
        CareNote.objects.create(id=str(days), company=one.company, retailer=retailer, person=one, purpose="送货", text="后门",
                                made_at=NOW,
                                keep_until=TODAY + timedelta(days=days))  # fmt: skip

    found = forgetting.forget(company=one.company, by=None, at=NOW)

    assert found == forgetting.Forgotten(2, 1, 0)
    assert set(Position.objects.values_list("visit_id", flat=True)) == {"young", stranger.pk}
    assert Visit.objects.filter(pk="old", place_answer="confirmed", distance_metres=12).exists()
    assert list(CareNote.objects.values_list("pk", flat=True)) == ["0"]
    row = AuditRow.objects.get(verb="visits.forget")
    assert (row.after["positions"], row.after["care_notes"], row.after["days"]) == (2, 1, 90)
    assert forgetting.forget(company=one.company, by=None, at=NOW) == forgetting.Forgotten(0, 0, 0)
    assert AuditRow.objects.filter(verb="visits.forget").count() == 1
    DatedParameter.objects.create(
        company=one.company, name="field.position_days", value=30, valid_from=TODAY, source="x", set_at=NOW
    )
    job = jobs.enqueue(company=one.company, kind=task.KIND, title="x", arguments={}, by=None, at=NOW)
    result = jobs.run(job).result
    assert result is not None
    assert "1" in result.pop("said")
    assert result == {"positions": 1, "care_notes": 0, "photos": 0, "shops_learnt": 0}
    assert startup.ON_START["daily"](one.company) == []


def kept_photo(person: Person, photo_id: str, sha256: str, *, received: datetime, **fields: object) -> Photo:
    path = f"photos/{sha256[:2]}/{sha256}.jpg"
    row = {"company": person.company, "person": person, "action_kind": "display", "taken_at": received, "received_at": received,
           "sha256": sha256, "near_hash": "ff00ff00ff00ff00", "n_bytes": 9, "width": 4, "height": 3, "path": path}  # fmt: skip
    return Photo.objects.create(id=photo_id, **{**row, **fields})


@pytest.mark.requirement("F1", "G1")
def test_photographs_go_after_their_time_and_what_they_told_stays(
    one: Person, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given three photographs past their time, one of them with the same bytes as a young one, and a young one of its own
    monkeypatch.setattr(forgetting, "PHOTOS_AT_ONCE", 2)
    old, young = NOW - timedelta(days=366), NOW - timedelta(days=364)
    visit = made(one, "v1")
    first = kept_photo(one, "old", "aa11", received=old, visit_id_said="v0")
    kept_photo(one, "again", "bb22", received=old, visit_id_said="v1", seen_before=first)
    kept_photo(one, "shared", "cc33", received=old, visit_id_said="v1")
    kept_photo(one, "same", "cc33", received=young, visit_id_said="v1", taken_at=old)
    for name in ("aa11", "bb22", "cc33"):
        path = Path(settings.MEDIA_ROOT) / f"photos/{name[:2]}/{name}.jpg"
        path.parent.mkdir(parents=True)
        path.write_bytes(name.encode())

    # when the retention runs
    found = forgetting.forget(company=one.company, by=None, at=NOW)

    # then the files of the old ones are gone, but for the one that the young photograph shows
    assert found == forgetting.Forgotten(0, 0, 3)
    assert sorted(path.name for path in Path(settings.MEDIA_ROOT).rglob("*.jpg")) == ["cc33.jpg"]
    assert dict(Photo.objects.values_list("pk", "path")) == {
        "old": "", "again": "", "shared": "", "same": "photos/cc/cc33.jpg",
    }  # fmt: skip
    again = Photo.objects.get(pk="again")
    assert (again.sha256, again.near_hash, again.seen_before_id) == ("bb22", "ff00ff00ff00ff00", "old")
    assert [row.after["photos"] for row in AuditRow.objects.filter(verb="visits.forget").order_by("number")] == [2, 1]
    # and the pages say so
    client = signed_in(one)
    page = client.get(reverse("visits:visit", args=[visit.pk]), headers={"accept-language": "en"}).content.decode()
    assert page.count("Deleted after its time; what was concluded from it stays.") == 2
    assert page.count("Like an earlier photograph") == 1
    assert reverse("visits:photo", args=["same"]) in page
    assert reverse("visits:photo", args=["again"]) not in page
    gone = client.get(reverse("visits:photo", args=["again"]), headers={"accept-language": "en"})
    assert gone.status_code == 404
    assert "deleted after its time" in gone.content.decode()
    told = client.get("/api/v1/photos/again").json()
    assert (told["sha256"], told["is_deleted"], client.get("/api/v1/photos/same").json()["is_deleted"]) == (
        "bb22",
        True,
        False,
    )
    assert client.get("/api/v1/photos/again/file").status_code == 404
    me = client.get(reverse("visits:about_me"), headers={"accept-language": "en"}).content.decode()
    assert "3 of them deleted after their time; each is kept 365 days" in me
    # and it runs again without effect
    assert forgetting.forget(company=one.company, by=None, at=NOW) == forgetting.Forgotten(0, 0, 0)


def test_a_type_is_changed_in_versions_and_in_use_not_deleted(company: Company) -> None:
    admin, leader = factories.user(company, Role.ADMINISTRATOR), factories.user(company, Role.MARKET_MANAGER)
    client = Client()
    client.force_login(admin)
    client.post(reverse("visits:type_usual"))
    client.post(reverse("visits:type_usual"))
    assert set(VisitType.objects.values_list("code", "version")) == {(each.code, 1) for each in presets.TYPES}
    VisitType.objects.exclude(code="regular").delete()
    usual = VisitType.objects.get()
    assert [each["kind"] for each in usual.actions] == [kind.value for kind, _must in presets.REGULAR.actions]
    form = {"code": "other", "name": "短访", "use_check_in": "must", "place_check_in": 1, "use_note": "may", "place_note": 2,
            "use_check_out": "must", "place_check_out": 3}  # fmt: skip

    assert client.post(reverse("visits:type", args=[usual.pk]), form).status_code == 302

    newest = VisitType.objects.get(version=2)
    assert (newest.code, newest.name, newest.valid_until, [each["kind"] for each in newest.actions]) == (
        "regular", "短访", None, ["check_in", "note", "check_out"],
    )  # fmt: skip
    assert VisitType.objects.get(version=1).valid_until == TODAY
    for wrong in ({"use_check_out": ""}, {"place_note": 9}, {"place_check_in": 2, "place_note": 1}, {"name": ""}):
        assert client.post(reverse("visits:type", args=[newest.pk]), {**form, **wrong}).status_code == 422
    unit = factories.unit(company)
    visit = made(factories.person(unit), "v", visit_type=VisitType.objects.get(version=1))
    client.post(reverse("visits:type_delete", args=[newest.pk]))
    assert VisitType.objects.count() == 2
    client.post(reverse("visits:type_end", args=[newest.pk]))
    assert not VisitType.objects.filter(valid_until=None).exists()
    visit.delete()
    other = Client()
    other.force_login(leader)
    other.post(reverse("visits:type_delete", args=[newest.pk]))
    assert VisitType.objects.count() == 2, "types are the company's, not a unit's"
    client.post(reverse("visits:type_delete", args=[newest.pk]))
    assert not VisitType.objects.exists()
    for name in ("preparing", "type_new", "themes", "theme_new", "questions", "question_new"):
        assert client.get(reverse(f"visits:{name}")).status_code == 200


@pytest.mark.requirement("F2")
def test_themes_and_questions_are_ones_own_units_and_fixed_once_used(company: Company, one: Person) -> None:
    unit = one.postings.get().unit
    foreign = factories.unit(company, "城北市场部")
    leader = company.users.get(grants__role=Role.MARKET_MANAGER)
    client = Client()
    client.force_login(leader)
    theme = {"title": "明码标价", "talking_points": "一品一签\n\n不高于指导价", "unit": unit.pk, "valid_from": "2026-11-01",
             "valid_until": "2026-12-01"}  # fmt: skip
    question = {"text": "周边有新店吗?", "kind": "choice", "options": "有\n没有", "unit": unit.pk, "valid_from": "2026-11-01",
                "valid_until": "2026-12-01"}  # fmt: skip

    assert client.post(reverse("visits:theme_new"), theme).status_code == 302
    assert client.post(reverse("visits:question_new"), question).status_code == 302

    for wrong in ({"unit": foreign.pk}, {"unit": ""}, {"talking_points": " "}, {"valid_until": "2026-11-01"}):
        assert client.post(reverse("visits:theme_new"), {**theme, **wrong}).status_code == 422
    for wrong in ({"unit": ""}, {"options": "有"}, {"text": ""}):
        assert client.post(reverse("visits:question_new"), {**question, **wrong}).status_code == 422
    row, asked = Theme.objects.get(), DayQuestion.objects.get()
    assert (row.talking_points, asked.options) == (["一品一签", "不高于指导价"], ["有", "没有"])
    visit = made(one, "v", theme=row)
    VisitAction.objects.create(visit=visit, place=0, kind=ActionKind.QUESTIONS,
                               body={"answers": [{"question_id": asked.pk, "value": "有"}]})  # fmt: skip
    change, ask = reverse("visits:theme", args=[row.pk]), reverse("visits:question", args=[asked.pk])
    assert client.post(change, {**theme, "talking_points": "别的"}).status_code == 422
    assert client.post(ask, {**question, "text": "别的?"}).status_code == 422
    assert client.post(change, {**theme, "valid_until": "2026-11-25"}).status_code == 302
    assert client.post(ask, {**question, "valid_until": "2026-11-25"}).status_code == 302
    assert {Theme.objects.get().valid_until, DayQuestion.objects.get().valid_until} == {date(2026, 11, 25)}
    for url in (change, ask, reverse("visits:themes"), reverse("visits:questions")):
        assert client.get(url).status_code == 200
    Theme.objects.update(unit=foreign)
    assert client.get(change).status_code == 404
