"""Records: prefilled, written by their own writer, in time or late, in versions, seen by those who may."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.core.parameters import PARAMETERS
from lianxin.foundation import clock
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import AuditRow, CalendarDay, Company
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.visits.actions import records as actions
from lianxin.visits.models import Promise, Record, Visit
from lianxin.visits.queries import figures
from lianxin.visits.queries import records as queries
from lianxin.visits.queries.calendar import period_of
from lianxin.visits.states import PlaceAnswer, RecordKind, VisitState
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F6")]
DAY = date(2021, 12, 8)  # a Wednesday
DEFAULTS = {name: one.default for name, one in PARAMETERS.items()}


@pytest.fixture
def people(company: Company) -> dict[str, Person]:
    south, north = factories.unit(company), factories.unit(company, "城北市场部")
    made = {}
    for name, unit, role, post in [
        ("wang", south, Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("li", south, Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("zhao", north, Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("boss", south, Role.MARKET_MANAGER, Post.MARKET_MANAGER),
    ]:
        user = factories.user(company, role, username=name)
        made[name] = factories.person(unit, post, user=user, employee_no=name, name=name)
    return made


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


def visit(person: Person, number: int, hour: int = 1, **fields: object) -> Visit:
    shop = factories.retailer(person.company, holder=person)
    start = datetime(2021, 12, 8, hour, number, tzinfo=UTC)
    given = {"visit_date": DAY, "check_in_at": start, "check_out_at": start + timedelta(minutes=9), "received_at": start,
             "state": VisitState.DONE, "place_answer": PlaceAnswer.CONFIRMED, "note": "", **fields}  # fmt: skip
    return Visit.objects.create(id=f"v{number}", company=person.company, person=person, retailer=shop, **given)


def test_deadlines_follow_the_calendar(company: Company) -> None:
    zone = {kind: period_of(kind, DAY, company, DEFAULTS) for kind in RecordKind}
    assert zone[RecordKind.DAILY].due_at.isoformat() == "2021-12-08T23:59:59+08:00"
    assert (zone[RecordKind.WEEKLY].first, zone[RecordKind.WEEKLY].due_at.date()) == (
        date(2021, 12, 6),
        date(2021, 12, 13),
    )
    # The 1st is a Saturday: the next working day is the deadline.
    assert (zone[RecordKind.MONTHLY].last, zone[RecordKind.MONTHLY].due_at.date()) == (
        date(2022, 1, 1),
        date(2022, 1, 3),
    )


def off(company: Company, *days: date, works: bool = False) -> None:
    for day in days:
        CalendarDay.objects.create(company=company, date=day, is_working=works)


def test_a_deadline_on_a_day_off_is_the_next_working_day(company: Company) -> None:
    # Given New Year off from Saturday to Monday, and the Sunday before Tuesday the 4th worked instead
    off(company, date(2022, 1, 3))
    week = period_of(RecordKind.WEEKLY, date(2021, 12, 29), company, DEFAULTS)
    month = period_of(RecordKind.MONTHLY, date(2021, 12, 29), company, DEFAULTS)
    assert {week.due_at.date(), month.due_at.date()} == {date(2022, 1, 4)}

    # when Sunday the 2nd is worked instead, then the month is due on it, and the week, due on Monday, still on Tuesday
    off(company, date(2022, 1, 2), works=True)
    assert period_of(RecordKind.MONTHLY, date(2021, 12, 29), company, DEFAULTS).due_at.date() == date(2022, 1, 2)
    assert period_of(RecordKind.WEEKLY, date(2021, 12, 29), company, DEFAULTS).due_at.date() == date(2022, 1, 4)

    # A calendar of another company, and one without working days, change nothing.
    off(factories.company("other"), date(2022, 1, 4))
    assert period_of(RecordKind.WEEKLY, date(2021, 12, 29), company, DEFAULTS).due_at.date() == date(2022, 1, 4)
    off(company, *(date(2023, 5, 1) + timedelta(days=n) for n in range(60)))
    assert period_of(RecordKind.DAILY, date(2023, 5, 10), company, DEFAULTS).due_at.date() == date(2023, 5, 10)


def test_nothing_is_owed_of_days_off(people: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a Wednesday off, a Saturday that is worked, and a whole week off
    company, boss = people["wang"].company, people["boss"]
    off(company, DAY)
    off(company, date(2021, 12, 11), works=True)
    off(company, *(date(2021, 12, 20) + timedelta(days=n) for n in range(5)))

    def owed(kind: RecordKind, day: date) -> bool:
        return period_of(kind, day, company, DEFAULTS).is_owed

    assert [owed(RecordKind.DAILY, DAY + timedelta(days=n)) for n in range(5)] == [False, True, True, True, False]
    assert (owed(RecordKind.WEEKLY, DAY), owed(RecordKind.WEEKLY, date(2021, 12, 22))) == (True, False)
    assert owed(RecordKind.MONTHLY, DAY)

    # when the office looks long after, then nobody lacks the log of the day off
    after = datetime(2021, 12, 31, tzinfo=UTC)
    period = period_of(RecordKind.DAILY, DAY, company, DEFAULTS)
    found = queries.handed_in(boss.user, company, period, on=DAY, at=after)
    assert {row.answer for row in found} == {"not_owed"}
    page = signed_in(boss).get(reverse("visits:handed_in"), {"kind": "daily", "day": DAY.isoformat()})
    assert "休息日，无需提交" in page.content.decode()

    # and on that day the manager is asked for nothing but may write
    monkeypatch.setattr(clock, "now", lambda: datetime(2021, 12, 8, 2, tzinfo=UTC))
    wang = signed_in(people["wang"])
    assert "休息日，无需提交" in wang.get(reverse("visits:records")).content.decode()
    assert wang.post(reverse("visits:record_begin"), {"kind": "daily", "day": DAY.isoformat()}).status_code == 302
    record = Record.objects.get()
    assert record.due_at.date() == date(2021, 12, 9)
    actions.submit(
        record=record, words="今日走访正常。", by=people["wang"].user, at=datetime(2021, 12, 8, 9, tzinfo=UTC)
    )
    found = queries.handed_in(boss.user, company, period, on=DAY, at=after)
    assert {row.person.name: row.answer for row in found} == {"wang": "in_time", "li": "not_owed"}


def test_the_note_of_last_week_can_be_written_on_its_deadline(people: dict[str, Person]) -> None:
    # Given Monday, the deadline of last week's note
    wang = people["wang"]
    monday, at = date(2021, 12, 13), datetime(2021, 12, 13, 2, tzinfo=UTC)

    def asked(on: date) -> list[tuple[str, date]]:
        return [(period.kind.value, period.first) for period, _record in queries.to_write(wang, on=on)]

    now = [("daily", monday), ("weekly", date(2021, 12, 6)), ("weekly", monday), ("monthly", date(2021, 12, 1))]
    assert asked(monday) == now
    # when it is handed in, or the day is over, then it is asked for no more
    assert ("weekly", date(2021, 12, 6)) not in asked(monday + timedelta(days=1))
    week = period_of(RecordKind.WEEKLY, date(2021, 12, 8), wang.company, DEFAULTS)
    actions.hand_in(person=wang, period=week, words="本周缺货减少。", by=wang.user, at=at)
    assert asked(monday) == [each for each in now if each != ("weekly", date(2021, 12, 6))]


def test_figures_are_counted_from_the_rows(people: dict[str, Person]) -> None:
    wang = people["wang"]
    for number in range(3):
        visit(wang, number)
    visit(wang, 3, place_answer=PlaceAnswer.CANNOT_TELL, visit_date=DAY - timedelta(days=1))
    visit(people["li"], 4)
    Promise.objects.create(
        id="p1", company=wang.company, retailer=factories.retailer(wang.company), owner=wang, text="海报",
        made_at=datetime(2021, 12, 1, tzinfo=UTC), due_on=date(2021, 12, 5),
    )  # fmt: skip
    period = period_of(RecordKind.DAILY, DAY, wang.company, DEFAULTS)
    found = {one.code: one.value for one in figures.figures_of(wang.company, wang, period)}
    assert (found["visits"], found["shops"], found["at_shop"], found["minutes"]) == (3, 3, 3, 27)
    assert (found["promises_made"], found["promises_overdue"]) == (0, 1)
    week = period_of(RecordKind.WEEKLY, DAY, wang.company, DEFAULTS)
    assert {one.code: one.value for one in figures.field_work(wang.company, wang, week)}["visits"] == 4


def test_record_lives_on_its_pages(people: dict[str, Person]) -> None:
    wang = signed_in(people["wang"])
    visit(people["wang"], 1)
    begun = wang.post(reverse("visits:record_begin"), {"kind": "daily", "day": DAY.isoformat()})
    record = Record.objects.get()
    assert begun.headers["Location"] == reverse("visits:record", args=[record.pk])
    assert wang.post(reverse("visits:record_submit", args=[record.pk]), {"words": "  "}).status_code == 422
    wang.post(reverse("visits:record_keep", args=[record.pk]), {"words": "未写完"})
    boss = signed_in(people["boss"])
    assert boss.get(reverse("visits:record", args=[record.pk])).status_code == 404
    wang.post(reverse("visits:record_submit", args=[record.pk]), {"words": "东门三户缺货，明天联系配送。"})
    assert "东门三户缺货" in boss.get(reverse("visits:record", args=[record.pk])).content.decode()
    assert signed_in(people["zhao"]).get(reverse("visits:record", args=[record.pk])).status_code == 404
    assert wang.post(reverse("visits:record_keep", args=[record.pk]), {"words": "改"}).status_code == 422
    wang.post(reverse("visits:record_submit", args=[record.pk]), {"words": "补充：西门也缺货。"})
    assert [version.words for version in queries.versions_of(record)] == [
        "东门三户缺货，明天联系配送。",
        "补充：西门也缺货。",
    ]
    assert list(AuditRow.objects.filter(verb="records.submit").values_list("by__username", flat=True)) == ["wang"] * 2


def test_nobody_writes_for_another_and_nothing_before_its_time(people: dict[str, Person]) -> None:
    wang, li = people["wang"], people["li"]
    at = datetime(2021, 12, 8, 9, tzinfo=UTC)
    period = period_of(RecordKind.DAILY, DAY, wang.company, DEFAULTS)
    with pytest.raises(Denied):
        actions.begin(person=wang, period=period, by=li.user, at=at)
    later = period_of(RecordKind.DAILY, DAY + timedelta(days=1), wang.company, DEFAULTS)
    with pytest.raises(Refused):
        actions.begin(person=wang, period=later, by=wang.user, at=at)
    record = actions.begin(person=wang, period=period, by=wang.user, at=at)
    assert actions.begin(person=wang, period=period, by=wang.user, at=at).pk == record.pk
    with pytest.raises(Denied):
        actions.submit(record=record, words="x", by=li.user, at=at)


def test_who_has_handed_in(people: dict[str, Person]) -> None:
    wang, li = people["wang"], people["li"]
    period = period_of(RecordKind.DAILY, DAY, wang.company, DEFAULTS)
    inside, after = datetime(2021, 12, 8, 15, tzinfo=UTC), datetime(2021, 12, 8, 17, tzinfo=UTC)
    for person, at in ((wang, inside), (li, after)):
        record = actions.begin(person=person, period=period, by=person.user, at=inside)
        actions.submit(record=record, words="今日走访正常。", by=person.user, at=at)

    def standing(user: object, at: datetime) -> dict[str, str]:
        return {row.person.name: row.answer for row in queries.handed_in(user, wang.company, period, on=DAY, at=at)}

    assert standing(people["boss"].user, after) == {"wang": "in_time", "li": "late"}
    assert standing(people["zhao"].user, inside) == {"zhao": "not_due"}
    assert standing(people["zhao"].user, after) == {"zhao": "missing"}
    page = signed_in(people["boss"]).get(reverse("visits:handed_in"), {"kind": "daily", "day": DAY.isoformat()})
    assert page.status_code == 200
    assert "zhao" not in page.content.decode()


def test_ledger_tells_the_month_in_order(people: dict[str, Person]) -> None:
    visit(people["wang"], 2, hour=3, note="陈列已调整")
    visit(people["wang"], 1, hour=1, note="清点库存")
    client = signed_in(people["wang"])
    page = client.get(reverse("visits:ledger"), {"month": "2021-12"}).content.decode()
    assert 0 < page.index("清点库存") < page.index("陈列已调整")
    other = client.get(reverse("visits:ledger"), {"month": "2021-12", "person": people["zhao"].pk})
    assert other.status_code == 404
    assert client.get(reverse("visits:ledger"), {"month": "2021-12", "export": "csv"}).status_code == 200
    assert client.get(reverse("visits:records")).status_code == 200
