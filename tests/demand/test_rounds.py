"""Rounds and sheets: who owes what, what may come in until when, and who may see it."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace

import pyarrow.compute as pc
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxin.demand.actions import closing, entering, opening, submitting
from lianxin.demand.actions.entering import TooLate
from lianxin.demand.checks import Number
from lianxin.demand.models import Acceptance, Entry, Round, Sheet
from lianxin.demand.queries import entries, rounds
from lianxin.demand.queries.lines import all_lines, lines_of, whole_units
from lianxin.demand.queries.without import without_lines
from lianxin.demand.states import Period, RoundState, SheetState, Way
from lianxin.foundation import jobs
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import AuditRow
from lianxin.people.models import Person
from tests import factories
from tests.demand.conftest import AT, DEADLINE, FIRST, ON, opened, orders, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def enter(round: Round, person: Person, *numbers: Number, at: datetime = AT, partly: bool = False) -> entering.Taken:
    return entering.enter(
        sheet=sheet(round, person), numbers=numbers, way=Way.PAGE, by=person.user, at=at, on=ON, partly=partly  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.requirement("C1")
def test_a_round_lays_the_forecast_of_every_line_before_whoever_holds_it(office: SimpleNamespace, round: Round) -> None:
    assert round.state == RoundState.OPEN
    assert round.code_version
    rows = all_lines(round)
    assert rows.num_rows == 6 * 3
    lines = lines_of(sheet(round, office.wang))
    assert len(lines) == 9
    assert set(lines.ints("retailer_id")) == {shop.pk for shop in office.shops[:3]}
    weights = lines.ints("weight_fen").tolist()
    assert weights == sorted(weights, reverse=True)
    row = lines.row(0)
    assert row["q10_milli"] <= row["q50_milli"] <= row["q90_milli"]
    assert len(row["history"]) == 12
    assert row["history"][-1] == row["back_1"] > 0
    assert row["year_ago_units"] > 0
    short = lines.row(lines.by_key[office.shops[0].pk, office.goods[0].pk, 1])
    assert short["n_capped"] == 12


@pytest.mark.requirement("C1")
def test_sums_are_those_of_the_lines_below(office: SimpleNamespace, round: Round) -> None:
    total = pc.sum(all_lines(round).column("mean_milli")).as_py()
    company = lines_of(sheet(round, office.brand))
    units = [lines_of(sheet(round, boss)) for boss in (office.boss, office.other_boss)]
    assert int(company.ints("mean_milli").sum()) == total
    assert sum(int(unit.ints("mean_milli").sum()) for unit in units) == total
    row = company.row(0)
    below = all_lines(round).filter(pc.equal(all_lines(round).column("product_id"), row["product_id"]))
    # the range of a sum is not the sum of ranges
    assert row["q90_milli"] != pc.sum(below.column("q90_milli")).as_py()


@pytest.mark.requirement("C1")
def test_chosen_products_without_lines_are_named_with_the_reason(office: SimpleNamespace) -> None:
    """A product that nobody can forecast does not vanish: who chose it reads that it is not there, and why."""
    new, old, begun = (
        factories.product(office.company, code, name=name, valid_from=date(2020, 1, 1))
        for code, name in (("Q0", "新品"), ("Q1", "旧品"), ("Q2", "刚上柜"))
    )
    shop = office.shops[0].pk
    orders(office.company, [shop], [old.pk], [date(2020, 11, 1)], "b2")
    orders(office.company, [shop], [begun.pk], [date(2022, 1, 1)], "b3")
    office.goods.extend([new, old, begun])
    at, on = datetime(2022, 1, 20, tzinfo=UTC), date(2022, 1, 20)
    round = opened(office, first=date(2022, 2, 1), deadline=at + timedelta(days=5), at=at, on=on)
    assert {row["product_id"] for row in all_lines(round).to_pylist()} == {one.pk for one in office.goods[:3]}
    assert [(one.product_code, one.why, one.last_order) for one in without_lines(round)] == [
        ("Q0", "never", None),
        ("Q1", "not_lately", date(2020, 11, 10)),
        ("Q2", "just_begun", date(2022, 1, 10)),
    ]
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(office.leader.user)
    page = browser.get(reverse("demand:round", args=[round.pk])).content.decode()
    assert "Chosen products without lines" in page
    assert "nobody ordered it in the three years before" in page
    (told,) = browser.get("/api/v1/forecast-rounds").json()
    assert told["without_lines"] == [
        {"product_code": "Q0", "why": "never", "last_order": None},
        {"product_code": "Q1", "why": "not_lately", "last_order": "2020-11-10"},
        {"product_code": "Q2", "why": "just_begun", "last_order": "2022-01-10"},
    ]
    prepared = AuditRow.objects.get(verb="rounds.prepare", subject=f"forecast_round:{round.pk}")
    assert prepared.after["products_without_lines"] == 3
    with CaptureQueriesContext(connection) as of_one:
        browser.get("/api/v1/forecast-rounds")
    for later in (3, 4):
        Round.objects.create(
            company=office.company, period=round.period, first_period=date(2022, later, 1), horizon=1, deadline_at=at, opened_at=at,
            product_ids=round.product_ids, history_until=round.history_until, parameters=round.parameters,
            opened_by=round.opened_by,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as of_three:
        rows = browser.get("/api/v1/forecast-rounds").json()
    assert [len(row["without_lines"]) for row in rows] == [3, 3, 3]
    assert len(of_three) == len(of_one)


@pytest.mark.requirement("C2")
def test_everybody_who_forecasts_has_a_sheet(office: SimpleNamespace, round: Round) -> None:
    owed = {
        one.person.name: (one.post, one.n_lines) for one in Sheet.objects.filter(round=round).select_related("person")
    }
    assert owed == {
        "wang": ("customer_manager", 9), "li": ("customer_manager", 9), "boss": ("market_manager", 3),
        "other_boss": ("market_manager", 3), "brand": ("brand_manager", 3),
    }  # fmt: skip


@pytest.mark.requirement("C2")
def test_every_version_is_kept_and_the_newest_counts(office: SimpleNamespace, round: Round) -> None:
    enter(round, office.wang, Number(line_no=0, units=50, reason="festival"))
    enter(round, office.wang, Number(line_no=0, units=60, reason="road", words="桥修好了"), at=AT + timedelta(hours=1))
    own = sheet(round, office.wang)
    assert [(one.units, one.reason) for one in entries.versions(own, 0)] == [(60, "road"), (50, "festival")]
    assert entries.current(own)[0].units == 60
    assert (own.n_entered, own.n_accepted, own.n_to_do) == (1, 0, 8)
    # saying the same again makes no new version
    taken = enter(
        round, office.wang, Number(line_no=0, units=60, reason="road", words="桥修好了"), at=AT + timedelta(hours=2)
    )
    assert (taken.entries, taken.n_same) == ([], 1)


@pytest.mark.requirement("C2")
def test_a_change_needs_a_reason_and_the_system_s_own_number_none(office: SimpleNamespace, round: Round) -> None:
    system = int(whole_units(lines_of(sheet(round, office.wang)).row(1)["mean_milli"]))
    with pytest.raises(Refused, match="why you change") as refused:
        enter(round, office.wang, Number(line_no=1, units=system + 1))
    assert refused.value.field == "reason"
    with pytest.raises(Refused, match="in words"):
        enter(round, office.wang, Number(line_no=1, units=system + 1, reason="other"))
    with pytest.raises(Refused, match="from the list"):
        enter(round, office.wang, Number(line_no=1, units=system + 1, reason="whim"))
    with pytest.raises(Refused, match="no such line"):
        enter(round, office.wang, Number(line_no=9, units=1, reason="road"))
    with pytest.raises(Refused, match="whole number"):
        enter(round, office.wang, Number(line_no=1, units=-1, reason="road"))
    assert not Entry.objects.exists()
    enter(round, office.wang, Number(line_no=1, units=system))
    assert sheet(round, office.wang).n_entered == 1


def test_a_file_keeps_what_is_right(office: SimpleNamespace, round: Round) -> None:
    taken = enter(
        round, office.wang, Number(line_no=0, units=5, reason="road"), Number(line_no=99, units=1), partly=True
    )
    assert [one.line_no for one in taken.entries] == [0]
    assert [one.line_no for one in taken.wrong] == [99]


@pytest.mark.requirement("C2")
def test_accepting_takes_what_has_nothing_yet_as_ranges(office: SimpleNamespace, round: Round) -> None:
    enter(round, office.wang, Number(line_no=4, units=5, reason="road"))
    made = entering.accept(sheet=sheet(round, office.wang), lines=range(9), by=office.wang.user, at=AT)
    assert made is not None
    assert made.lines == [[0, 3], [5, 8]]
    own = sheet(round, office.wang)
    assert (own.n_entered, own.n_accepted, own.n_to_do) == (1, 8, 0)
    assert entries.states_of(own).tolist() == [1, 1, 1, 1, 2, 1, 1, 1, 1]
    assert entering.accept(sheet=own, lines=range(9), by=office.wang.user, at=AT) is None
    # a number entered later counts instead
    enter(round, office.wang, Number(line_no=0, units=7, reason="road"))
    own = sheet(round, office.wang)
    assert (own.n_entered, own.n_accepted) == (2, 7)
    with pytest.raises(Refused):
        entering.accept(sheet=own, lines=[9], by=office.wang.user, at=AT)


@pytest.mark.requirement("C2")
def test_nothing_comes_in_after_the_deadline(office: SimpleNamespace, round: Round) -> None:
    enter(round, office.wang, Number(line_no=0, units=5, reason="road"), at=DEADLINE - timedelta(seconds=1))
    for at in (DEADLINE, DEADLINE + timedelta(days=1)):
        with pytest.raises(TooLate):
            enter(round, office.wang, Number(line_no=0, units=6, reason="road"), at=at)
        with pytest.raises(TooLate):
            entering.accept(sheet=sheet(round, office.wang), lines=[1], by=office.wang.user, at=at)
        with pytest.raises(TooLate):
            submitting.submit(sheet=sheet(round, office.wang), by=office.wang.user, at=at)
    assert Entry.objects.count() == 1
    assert not Acceptance.objects.exists()


@pytest.mark.requirement("C2")
def test_a_submitted_sheet_is_taken_back_before_it_changes(office: SimpleNamespace, round: Round) -> None:
    own = sheet(round, office.wang)
    with pytest.raises(Refused, match="at least one"):
        submitting.submit(sheet=own, by=office.wang.user, at=AT)
    enter(round, office.wang, Number(line_no=0, units=5, reason="road"))
    submitted = submitting.submit(sheet=own, by=office.wang.user, at=AT)
    assert submitted.state == SheetState.SUBMITTED
    with pytest.raises(Refused, match="already"):
        submitting.submit(sheet=own, by=office.wang.user, at=AT)
    with pytest.raises(Refused, match="Take it back"):
        enter(round, office.wang, Number(line_no=0, units=6, reason="road"))
    submitting.take_back(sheet=own, by=office.wang.user, at=AT)
    enter(round, office.wang, Number(line_no=0, units=6, reason="road"))
    assert [event.state for event in own.events.order_by("pk")] == [SheetState.SUBMITTED, SheetState.OPEN]


@pytest.mark.requirement("C2")
def test_everybody_enters_and_submits_his_own(office: SimpleNamespace, round: Round) -> None:
    own = sheet(round, office.wang)
    number = Number(line_no=0, units=5, reason="road")
    for other in (office.li, office.boss, office.brand):
        with pytest.raises(Denied):
            entering.enter(sheet=own, numbers=[number], way=Way.PAGE, by=other.user, at=AT, on=ON)
        with pytest.raises(Denied):
            submitting.submit(sheet=own, by=other.user, at=AT)
    with pytest.raises(Denied):
        entering.accept(sheet=own, lines=[0], by=office.administrator, at=AT)


@pytest.mark.requirement("C2")
def test_nobody_sees_another_author_s_number_before_closing(office: SimpleNamespace, round: Round) -> None:
    enter(round, office.wang, Number(line_no=0, units=5, reason="road"))
    others = [office.boss.user, office.brand.user, office.officer.user, office.leader.user, office.administrator]
    for other in others:
        with pytest.raises(Missing):
            rounds.sheet_of(other, round, office.wang.pk, on=ON)
    assert rounds.sheet_of(office.wang.user, round, office.wang.pk, on=ON).n_entered == 1
    # past the deadline but not yet closed is still blind
    with pytest.raises(Missing):
        rounds.sheet_of(office.leader.user, round, office.wang.pk, on=ON + timedelta(days=30))
    closed = closing.close(round=round, by=office.leader.user, at=DEADLINE)
    for other in others:
        assert rounds.sheet_of(other, closed, office.wang.pk, on=ON).n_entered == 1
    # the scope still holds: another unit's market manager and another manager see nothing
    for other in (office.other_boss.user, office.li.user):
        with pytest.raises(Missing):
            rounds.sheet_of(other, closed, office.wang.pk, on=ON)


@pytest.mark.requirement("C2")
def test_the_audit_does_not_tell_what_was_entered(office: SimpleNamespace, round: Round) -> None:
    enter(round, office.wang, Number(line_no=0, units=77_777, reason="road", words="sixes and sevens"))
    rows = AuditRow.objects.filter(company=office.company, verb__startswith="forecasts.")
    assert rows.count() == 1
    told = str([(row.subject, row.before, row.after, row.reason) for row in rows])
    assert "77777" not in told
    assert "sixes" not in told
    assert "road" not in told


@pytest.mark.requirement("C2")
def test_a_round_closes_at_its_deadline_and_not_before(office: SimpleNamespace, round: Round) -> None:
    with pytest.raises(Refused, match="deadline has not passed"):
        closing.close(round=round, by=office.leader.user, at=DEADLINE - timedelta(seconds=1))
    with pytest.raises(Denied):
        closing.close(round=round, by=office.wang.user, at=DEADLINE)
    assert closing.close_due(company=office.company, at=DEADLINE - timedelta(seconds=1)) == []
    said = jobs.DAILY["demand.close_due"].work(office.company, DEADLINE)
    assert said["said"] == f"{office.company.code}: rounds closed, their deadline being over: {round}"
    closed = Round.objects.get()
    assert (closed.state, closed.closed_at) == (RoundState.CLOSED, DEADLINE)
    with pytest.raises(Refused, match="only an open one"):
        closing.close(round=closed, by=None, at=DEADLINE)
    assert [event.state for event in closed.events.order_by("pk")] == ["preparing", "open", "closed"]


def test_what_cannot_be_opened_is_refused_with_its_field(office: SimpleNamespace, round: Round) -> None:
    goods = [one.pk for one in office.goods]

    def refused(field: str, **changed: object) -> None:
        given = {
            "period": Period.MONTH, "first_period": date(2022, 2, 1), "horizon": 1, "product_ids": goods, "deadline_at": DEADLINE,
        }  # fmt: skip
        with pytest.raises(Refused) as caught:
            opening.open_round(company=office.company, by=office.leader.user, at=AT, on=ON, **{**given, **changed})  # type: ignore[arg-type]
        assert caught.value.field == field

    refused("first_period", first_period=date(2022, 2, 2))
    refused("first_period", first_period=FIRST)
    refused("first_period", first_period=date(2022, 6, 1))
    refused("first_period", first_period=date(2019, 1, 1))
    refused("first_period", period=Period.WEEK, first_period=date(2022, 1, 4))
    refused("horizon", horizon=0)
    refused("horizon", horizon=7)
    refused("products", product_ids=[])
    refused("products", product_ids=[10**6])
    refused("deadline_at", deadline_at=AT)
    with pytest.raises(Denied):
        opening.open_round(
            company=office.company, period=Period.MONTH, first_period=date(2022, 2, 1), horizon=1, product_ids=goods,
            deadline_at=DEADLINE, by=office.wang.user, at=AT, on=ON,
        )  # fmt: skip
    with pytest.raises(Refused, match="there already"):
        opening.prepare(round=round, at=AT, on=ON)


def test_weeks_are_forecast_for_several_periods(office: SimpleNamespace) -> None:
    made = opening.open_round(
        company=office.company, period=Period.WEEK, first_period=date(2021, 12, 13), horizon=3,
        product_ids=[one.pk for one in office.goods], deadline_at=DEADLINE, by=None, at=AT, on=ON,
    )  # fmt: skip
    ready = opening.prepare(round=made, at=AT, on=ON)
    lines = lines_of(sheet(ready, office.wang))
    assert len(lines) == 27
    starts = {row["step"]: row["period_start"] for row in lines.rows(range(27))}
    assert starts == {1: date(2021, 12, 13), 2: date(2021, 12, 20), 3: date(2021, 12, 27)}
    assert str(ready) == "2021-12-13"


def test_orders_after_the_round_s_history_change_nothing(office: SimpleNamespace) -> None:
    before = all_lines(opened(office, first=date(2021, 12, 1)))
    Round.objects.all().delete()
    orders(office.company, [shop.pk for shop in office.shops], [one.pk for one in office.goods], [FIRST], "b2", seed=9)
    after = all_lines(opened(office, first=date(2021, 12, 1)))
    assert before.equals(after)


@pytest.mark.requirement("C2")
def test_a_month_and_a_week_that_begin_on_one_day_stand_beside_each_other(office: SimpleNamespace) -> None:
    monday = date(2021, 11, 1)
    goods = [one.pk for one in office.goods]

    def laid(period: Period, products: list[int]) -> Round:
        made = opening.open_round(
            company=office.company, period=period, first_period=monday, horizon=1, product_ids=products, deadline_at=DEADLINE,
            by=None, at=AT, on=ON,
        )  # fmt: skip
        return opening.prepare(round=made, at=AT, on=ON)

    month = laid(Period.MONTH, goods)
    before = all_lines(month)
    week = laid(Period.WEEK, goods[:1])
    assert (str(month), str(week)) == ("2021-11", "2021-11-01")
    assert before.num_rows == 18
    assert all_lines(month).equals(before)
    assert set(all_lines(week).column("product_id").to_pylist()) == {goods[0]}
    assert (len(lines_of(sheet(month, office.wang))), len(lines_of(sheet(week, office.wang)))) == (9, 3)
    with pytest.raises(Refused, match="already"):
        laid(Period.WEEK, goods)


@pytest.mark.requirement("C2")
def test_weekly_rounds_of_before_keep_their_lines_when_the_installation_is_upgraded(office: SimpleNamespace) -> None:
    made = opening.open_round(
        company=office.company, period=Period.WEEK, first_period=date(2021, 12, 13), horizon=1,
        product_ids=[one.pk for one in office.goods], deadline_at=DEADLINE, by=None, at=AT, on=ON,
    )  # fmt: skip
    week, month = opening.prepare(round=made, at=AT, on=ON), opened(office)
    lines, others = all_lines(week), all_lines(month)
    # As it was: all rounds in one table.
    lake, first = the_lake(), [week.first_period]
    lake.replace_months("round_lines", office.company.pk, first, lines)
    lake.replace_months("round_week_lines", office.company.pk, first, lines.slice(0, 0))
    assert all_lines(week).num_rows == 0
    migration = import_module("lianxin.demand.migrations.0008_rounds_of_each_kind")
    for _again in range(2):
        migration.part_weeks(apps, SimpleNamespace(connection=connection))
        assert all_lines(week).equals(lines)
        assert all_lines(month).equals(others)
    assert lake.months("round_lines", office.company.pk) == (month.first_period,)
