"""A phone whose clock is wrong accuses nobody: its times are set right where the difference is known, else nobody can tell."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from lianxin.foundation import facts as published
from lianxin.oversight import facts
from lianxin.oversight.actions import rules, verifying
from lianxin.oversight.models import Flag, ManagerVerdict, VisitVerdict, Witness
from lianxin.visits.models import Visit
from lianxin.visits.states import VisitMark
from tests.oversight.conftest import FIRST, client, store, visit

AT = datetime(2022, 1, 3, 8, 0, tzinfo=UTC)
ON = date(2022, 1, 3)
NINE_HOURS = timedelta(hours=9)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("english"),
    pytest.mark.requirement("G1"),
    pytest.mark.requirement("G3"),
    pytest.mark.requirement("G5"),
]


@pytest.fixture
def made(office: SimpleNamespace) -> SimpleNamespace:
    """Ten days of four visits by Wang and by Li, and somebody who saw Li in a shop, somebody who found one shut before he came."""
    store(
        [
            visit(person, shop, FIRST + timedelta(days=day), minute=45 * n, minutes=20)
            for person in (office.wang, office.li)
            for day in range(10)
            for n, shop in enumerate(office.shops[person.pk])
        ]
    )
    draft = rules.draft(company=office.company, title="首版", values={}, by=office.officer.user, at=AT)
    rules.adopt(rule_set=draft, valid_from=date(2021, 1, 1), by=office.leader.user, at=AT)
    for name, day, says, before in (("w1", 3, "saw_manager", 0), ("w2", 4, "shop_closed", 9)):
        row = Visit.objects.get(pk=f"li-12{day:02d}-0")
        Witness.objects.create(
            company=office.company, witness_id=name, channel="delivery", retailer=row.retailer,
            seen_at=row.check_in_at + timedelta(minutes=4, hours=-before), says=says,
        )  # fmt: skip
    return office


def behind(office: SimpleNamespace, *, offset: timedelta | None) -> None:
    """Li's phone is nine hours behind; the server knows by how much, or was told so by another clock since."""
    for row in Visit.objects.filter(person=office.li):
        seconds = None if offset is None else int(offset.total_seconds())
        shift = -NINE_HOURS if offset == NINE_HOURS else NINE_HOURS
        Visit.objects.filter(pk=row.pk).update(
            check_in_at=row.check_in_at + shift,
            check_out_at=row.check_out_at + shift,
            received_at=row.check_out_at + timedelta(minutes=5),
            clock_offset_seconds=seconds,
            marks=[VisitMark.WRONG_CLOCK],
        )


def run_of(office: SimpleNamespace) -> verifying.VerificationRun:
    return verifying.verify(company=office.company, month=FIRST, by=office.officer.user, at=AT, on=ON)


def test_a_clock_whose_difference_is_known_changes_no_answer(made: SimpleNamespace) -> None:
    right = run_of(made)
    before = list(
        VisitVerdict.objects.filter(run=right).order_by("visit_id").values("visit_id", "rules", "risk", "visit_date")
    )
    lake = published.publishers()["visits"](made.company)
    behind(made, offset=NINE_HOURS)
    assert Visit.objects.filter(pk="li-1203-0").get().check_in_at == datetime(2021, 12, 2, 15, 30, tzinfo=UTC)
    # one visit is told in the words of both clocks, the record itself stays as the phone wrote it
    page = client(made, "li").get(reverse("oversight:sides", args=["li-1203-0"])).content.decode()
    assert "set right: the phone&#x27;s clock was wrong" in page
    again = run_of(made)
    # the same evidence gives the same run
    assert again.pk == right.pk
    after = list(
        VisitVerdict.objects.filter(run=again).order_by("visit_id").values("visit_id", "rules", "risk", "visit_date")
    )
    assert after == before
    by_id = {row["visit_id"]: row["rules"] for row in after}
    assert (by_id["li-1203-0"]["contradicted"], by_id["li-1204-0"]["contradicted"]) == ("no", "cannot_tell")
    assert {row["rules"]["odd_hour"] for row in after} == {"no"}
    assert published.publishers()["visits"](made.company) == lake
    assert not Flag.objects.exists()


@pytest.mark.parametrize("offset", [None, timedelta(seconds=3)])
def test_a_clock_changed_in_between_leaves_the_rules_of_time_without_an_answer(
    made: SimpleNamespace, offset: timedelta | None
) -> None:
    hours = ManagerVerdict.objects.get(run=run_of(made), person=made.li, indicator="hours_a_day")
    assert hours.value == pytest.approx(135 / 60 + 20 / 60)
    behind(made, offset=offset)
    run = run_of(made)
    answers = VisitVerdict.objects.filter(run=run, person=made.li)
    assert answers.count() == 40
    timed = (
        "too_short",
        "too_long",
        "odd_hour",
        "burst",
        "impossible_route",
        "too_fast",
        "contradicted",
        "copied_note",
    )
    for code in timed:
        assert {row.rules[code] for row in answers} == {"cannot_tell"}, code
    # the place is told by the fix; Wang's clock was right
    assert {row.rules["far"] for row in answers} == {"no"}
    assert {row.rules["odd_hour"] for row in VisitVerdict.objects.filter(run=run, person=made.wang)} == {"no"}
    hours = ManagerVerdict.objects.get(run=run, person=made.li, indicator="hours_a_day")
    assert (hours.value, hours.answer) == (None, "not_enough_data")
    assert ManagerVerdict.objects.get(run=run, person=made.li, indicator="days").value == 10
    # in the lake it is a visit of its day that counts for no hours
    lake = {row["visit_id"]: row for row in published.publishers()["visits"](made.company).to_pylist()}
    row = lake["li-1203-0"]
    assert (row["visit_date"], row["check_out_at"], row["minutes"], row["closed_by_itself"]) == (
        date(2021, 12, 3), None, None, False,
    )  # fmt: skip
    assert lake["wang-1203-0"]["minutes"] == 20
    page = client(made, "li").get(reverse("oversight:sides", args=["li-1203-0"])).content.decode()
    assert "cannot tell: the phone&#x27;s clock was wrong" in page


def test_a_clock_that_was_not_found_wrong_is_believed(made: SimpleNamespace) -> None:
    Visit.objects.filter(person=made.li).update(
        check_in_at=datetime(2021, 12, 3, 19, 0, tzinfo=UTC), check_out_at=None, clock_offset_seconds=40
    )
    evidence = facts.evidence(made.company, FIRST)
    assert set(evidence.visits.column("is_time_known").to_pylist()) == {True}
    rows = VisitVerdict.objects.filter(run=run_of(made), person=made.li)
    assert {row.rules["odd_hour"] for row in rows} == {"yes"}
