"""Counts that records claim, held against what was recorded: shown side by side, asked about once, honest ones left alone."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation import jobs
from lianxin.foundation.errors import Denied
from lianxin.oversight.actions import claims, rules
from lianxin.oversight.models import Flag, RecordClaim, RecordLikeness, RuleSuspension
from lianxin.people.models import Person
from lianxin.visits.models import Record, RecordVersion, Visit, VisitAction
from lianxin.visits.states import VisitMark
from tests.oversight.conftest import FIRST, store, visit
from tests.oversight.test_likeness import words
from tests.reading import read_in_both

ON = date(2022, 1, 5)
AT = datetime(2022, 1, 5, 3, tzinfo=UTC)
DAY = FIRST + timedelta(days=6)
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G4"), pytest.mark.usefixtures("english")]


def handed_in(person: Person, text: str, *, day: date = DAY, kind: str = "daily") -> Record:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    record = Record.objects.create(
        id=f"{kind}-{person.name}-{day}", company=person.company, person=person, kind=kind, period_start=day, due_at=at,
        words=text, state="submitted", submitted_at=at,
    )  # fmt: skip
    RecordVersion.objects.create(record=record, words=text, submitted_at=at)
    return record


@pytest.fixture
def month(office: SimpleNamespace) -> SimpleNamespace:
    """Both make four visits on the seventh; Wang counts stock in three of them, Li in none and skips one."""
    store([
        visit(person, shop, DAY, minute=45 * n)
        for person in (office.wang, office.li)
        for n, shop in enumerate(office.shops[person.pk])
    ])  # fmt: skip
    for n in range(3):
        VisitAction.objects.create(visit_id=f"wang-1207-{45 * n}", place=1, kind="stock_count", body={}, done_at=AT)
    VisitAction.objects.create(
        visit_id="li-1207-0", place=1, kind="stock_count", body={}, done_at=AT, skipped_because="Closed."
    )
    return office


def compared(office: SimpleNamespace) -> dict[str, list[tuple[str, int, int, str]]]:
    found: dict[str, list[tuple[str, int, int, str]]] = {}
    for one in claims.compare(company=office.company, month=FIRST, by=None, at=AT, on=ON):
        found.setdefault(one.record_id, []).append((one.kind, one.claimed, one.found, one.answer))
    return found


def test_claims_are_held_against_what_was_recorded(month: SimpleNamespace) -> None:
    honest = handed_in(month.wang, "今日走访4户，盘点库存3户。明日计划走访30户。")
    bold = handed_in(month.li, "今日走访30户，盘点库存20户，检查价签20户。")
    later = handed_in(month.li, "本月走访600户", day=date(2022, 1, 1), kind="monthly")
    for _run in range(2):
        assert compared(month) == {
            honest.pk: [("visits", 4, 4, "no"), ("stock_counts", 3, 3, "no")],
            # nobody in the company checks price tags: of that nobody can tell
            bold.pk: [("visits", 30, 4, "yes"), ("stock_counts", 20, 0, "yes"), ("price_tags", 20, 0, "cannot_tell")],
        }
    assert not RecordClaim.objects.filter(record=later).exists()
    flag = Flag.objects.get()  # asked once
    assert (flag.person, flag.rule, [row.rule for row in flag.spoke.all()]) == (
        month.li, "claims_without_evidence", ["claims_without_evidence"],
    )  # fmt: skip
    page = reverse("visits:record", args=[bold.pk])
    assert [item["url"] for item in flag.evidence] == [page, page]
    read_in_both(flag, month.officer.user)
    told = {}
    for name in ("li", "officer", "wang"):
        client = Client(headers={"accept-language": "en"})
        client.force_login(getattr(month, name).user)
        told[name] = client.get(page)
        by_api = client.get(f"/api/v1/verification/records/{bold.pk}/claims")
        assert by_api.status_code == told[name].status_code
        if name != "wang":
            assert [(one["claimed"], one["found"], one["answer"]) for one in by_api.json()["claims"]] == [
                (30, 4, "yes"), (20, 0, "yes"), (20, 0, "cannot_tell"),
            ]  # fmt: skip
    assert told["wang"].status_code == 404
    for name in ("li", "officer"):
        shown = told[name].content.decode()
        assert "盘点库存20户" in shown
        assert "not borne out" in shown


def test_visits_of_which_nobody_can_tell_when_they_were_accuse_nobody(month: SimpleNamespace) -> None:
    """Li's phone was set to another day: his visits of the seventh stand on the ninth, when they arrived."""
    bold = handed_in(month.li, "今日走访4户，盘点库存3户。")
    made = Visit.objects.filter(person=month.li)
    arrived = datetime(2021, 12, 9, 2, tzinfo=UTC)
    made.update(
        visit_date=arrived.date(), received_at=arrived, clock_offset_seconds=None, marks=[VisitMark.WRONG_CLOCK]
    )
    assert compared(month) == {bold.pk: [("visits", 4, 0, "cannot_tell"), ("stock_counts", 3, 0, "yes")]}
    for n in range(2):
        VisitAction.objects.create(visit_id=f"li-1207-{45 * n}", place=2, kind="stock_count", body={}, done_at=AT)
    assert compared(month)[bold.pk] == [("visits", 4, 0, "cannot_tell"), ("stock_counts", 3, 0, "cannot_tell")]
    # a clock that is known to be wrong by an hour leaves no doubt, nor does one that arrived before
    made.update(clock_offset_seconds=-3600, check_in_at=arrived, check_out_at=arrived)
    assert [one[3] for one in compared(month)[bold.pk]] == ["yes", "yes"]
    made.update(visit_date=FIRST, received_at=AT, clock_offset_seconds=None)
    assert [one[3] for one in compared(month)[bold.pk]] == ["yes", "yes"]


def test_a_month_that_is_not_over_is_left_alone(month: SimpleNamespace) -> None:
    handed_in(month.li, "本月走访600户", day=FIRST, kind="monthly")
    handed_in(month.li, "今日走访30户")
    found = claims.compare(company=month.company, month=FIRST, by=None, at=AT, on=DAY + timedelta(days=1))
    assert [(one.claimed, one.answer) for one in found] == [(30, "yes")]


def test_a_suspended_rule_asks_nothing_and_only_supervision_compares(month: SimpleNamespace) -> None:
    handed_in(month.li, "今日走访30户")
    RuleSuspension.objects.create(
        company=month.company,
        rule="claims_without_evidence",
        suspended_at=AT,
        n_decided=10,
        n_false=5,
        allowed_share=0.3,
    )
    claims.compare(company=month.company, month=FIRST, by=month.officer.user, at=AT, on=ON)
    assert (RecordClaim.objects.get().answer, Flag.objects.count()) == ("yes", 0)
    with pytest.raises(Denied):
        claims.compare(company=month.company, month=FIRST, by=month.li.user, at=AT, on=ON)


def test_verifying_a_month_compares_its_records_by_itself(month: SimpleNamespace) -> None:
    made = rules.draft(company=month.company, title="First", values={}, by=month.officer.user, at=AT)
    rules.adopt(rule_set=made, valid_from=date(2021, 1, 1), by=month.leader.user, at=AT)
    for number in range(40):
        for who, person in enumerate((month.wang, month.li)):
            handed_in(person, words(1000 * who + number), day=date(2021, 11, 15) + timedelta(days=number))
    copied = handed_in(month.wang, words(1003)[:-6] + "另补价签", day=date(2021, 12, 28))
    bold = handed_in(month.li, "今日走访30户", day=date(2021, 12, 29))
    job = jobs.enqueue(
        company=month.company, kind="oversight.verify", title="x", arguments={"month": FIRST.isoformat()},
        by=month.officer.user, at=AT,
    )  # fmt: skip
    jobs.run(job)
    assert job.error == ""
    assert RecordLikeness.objects.get().version.record_id == copied.pk
    assert RecordClaim.objects.get(answer="yes").record_id == bold.pk
    assert {(flag.rule, flag.person) for flag in Flag.objects.filter(subject__contains="2021-12")} >= {
        ("copied_records", month.wang),
        ("claims_without_evidence", month.li),
    }
