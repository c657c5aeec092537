"""Records that repeat earlier ones are shown side by side and asked about once; honest ones are left alone."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.oversight.actions import likeness, rules
from lianxin.oversight.models import Flag, RecordLikeness
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.visits.models import Record, RecordVersion
from tests import factories
from tests.reading import read_in_both

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G4")]
ON = date(2022, 1, 5)
AT = datetime(2022, 1, 5, 3, tzinfo=UTC)
SIGNS = (
    "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光"
)


def words(seed: int, n: int = 120) -> str:
    """A text of its own: nobody else draws the same signs."""
    dice = Random(seed)
    return "，".join("".join(dice.choice(SIGNS) for _ in range(8)) for _ in range(n // 8))


def handed_in(person: Person, day: date, text: str) -> Record:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    record = Record.objects.create(
        id=uuid7(), company=person.company, person=person, kind="daily", period_start=day, due_at=at, words=text,
        state="submitted", submitted_at=at,
    )  # fmt: skip
    RecordVersion.objects.create(record=record, words=text, submitted_at=at)
    return record


@pytest.fixture
def people(company: Company) -> dict[str, Person]:
    unit = factories.unit(company)
    made = {}
    for name, role, post in [
        ("wang", Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("li", Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("officer", Role.SUPERVISION_OFFICER, Post.SUPERVISION_OFFICER),
    ]:
        made[name] = factories.person(unit, post, user=factories.user(company, role), employee_no=name, name=name)
    return made


@pytest.fixture
def month(people: dict[str, Person]) -> dict[str, Record]:
    start = date(2021, 11, 15)
    for number in range(40):
        for who, name in enumerate(("wang", "li")):
            handed_in(people[name], start + timedelta(days=number), words(1000 * who + number))
    edited = words(1003)[:-6] + "另补价签"
    copied = handed_in(people["wang"], date(2021, 12, 28), edited)
    own = handed_in(people["li"], date(2021, 12, 29), words(7001))
    RecordVersion.objects.create(record=own, words=words(7001) + "补", submitted_at=AT - timedelta(days=6))
    return {"copied": copied, "own": own}


def test_a_copied_record_is_found_and_asked_about_once(
    people: dict[str, Person], month: dict[str, Record], company: Company
) -> None:
    for _run in range(2):
        found = likeness.compare(company=company, month=date(2021, 12, 1), by=None, at=AT, on=ON)
        assert [one.version.record_id for one in found] == [month["copied"].pk]
    one = RecordLikeness.objects.get()
    assert one.source.record.person == people["li"]
    assert one.likeness > 0.7
    flag = Flag.objects.get()
    assert (flag.person, flag.rule) == (people["wang"], "copied_records")
    page = reverse("oversight:record_copy", args=[month["copied"].pk])
    assert flag.evidence[0]["url"] == page
    english, chinese = read_in_both(flag, people["officer"].user)
    assert english.evidence[0]["title"].startswith("Daily log ")
    assert chinese.evidence[0]["title"].startswith("工作日志 ")
    clients = {}
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person.user)
    shown = clients["officer"].get(page).content.decode()
    assert "<mark>" in shown
    assert clients["wang"].get(page).status_code == 200
    assert clients["li"].get(page).status_code == 404
    assert page in clients["officer"].get(reverse("visits:record", args=[month["copied"].pk])).content.decode()
    assert page not in clients["officer"].get(reverse("visits:record", args=[month["own"].pk])).content.decode()


def test_records_of_a_month_are_held_against_its_rule_set(
    people: dict[str, Person], month: dict[str, Record], company: Company
) -> None:
    # a stricter line was in force in December, the company's own number asks for even more today
    author = factories.user(company, Role.SUPERVISION_OFFICER, username="author")
    leader = factories.user(company, Role.LEADER, username="adopter")
    for share, since in ((0.99, date(2021, 12, 1)), (0.5, date(2022, 1, 1))):
        values = {"verifying.copy_similarity": share}
        made = rules.draft(company=company, title=f"{share}", values=values, by=author, at=AT)
        rules.adopt(rule_set=made, valid_from=since, by=leader, at=AT)
    assert likeness.compare(company=company, month=date(2021, 12, 1), by=None, at=AT, on=ON) == []
    assert not Flag.objects.exists()
    # without a set of its own the same text is asked about
    company.rule_sets.filter(valid_from=date(2021, 12, 1)).update(valid_from=date(2022, 1, 1))
    (found,) = likeness.compare(company=company, month=date(2021, 12, 1), by=None, at=AT, on=ON)
    assert found.version.record_id == month["copied"].pk


def test_home_says_what_waits(people: dict[str, Person], month: dict[str, Record], company: Company) -> None:
    likeness.compare(company=company, month=date(2021, 12, 1), by=None, at=AT, on=ON)
    waiting = {}
    for name, person in people.items():
        client = Client()
        client.force_login(person.user)
        waiting[name] = client.get(reverse("web:panel", args=["supervision"])).content.decode()
    assert reverse("oversight:flags") + '">1 ' in waiting["wang"]
    assert reverse("oversight:flags") + '">1 ' not in waiting["li"]
