"""What of a closed round is told before all of its sales are in: nothing of a period that is not over."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest
from django.test import Client
from django.urls import reverse

from lianxin.core.units import month_plus
from lianxin.demand.actions import closing, entering, judging, opening
from lianxin.demand.checks import Number
from lianxin.demand.facts import combined, published
from lianxin.demand.models import Judged, Round
from lianxin.demand.queries.lines import lines_of, whole_units
from lianxin.demand.states import Period, RoundState, Way
from lianxin.foundation import clock
from lianxin.foundation import facts as registry
from lianxin.foundation.facts import table_of
from lianxin.foundation.models import Company
from lianxin.ui import formats
from tests.demand.conftest import AT, FIRST, ON, opened, orders, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def closed(office: SimpleNamespace, first: date, numbers: dict[int, int] | None = None) -> Round:
    """A round of one month, in which Wang says some numbers and Li accepts all of the system's."""
    at = datetime.combine(first, time(1), office.company.zone)
    round = opened(office, first=first, at=at, on=first, deadline=at + timedelta(hours=5))
    given = [Number(line_no=place, units=units, reason="customers") for place, units in (numbers or {}).items()]
    entering.enter(sheet=sheet(round, office.wang), numbers=given, way=Way.PAGE, by=office.wang.user, at=at, on=first)
    entering.accept(sheet=sheet(round, office.li), lines=list(range(9)), by=office.li.user, at=at)
    return closing.close(round=round, by=None, at=round.deadline_at)


@pytest.mark.requirement("C3")
def test_sales_of_a_month_that_is_not_over_judge_nobody(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rounds: December is over, of January ten days of orders are in."""
    for first in (month_plus(FIRST, -1), FIRST):
        closed(office, first, {0: 100})
    products = [one.pk for one in office.goods]
    orders(office.company, [shop.pk for shop in office.shops], products, [FIRST], "b2")
    on = FIRST + timedelta(days=14)
    told = judging.judge(company=office.company, by=None, at=datetime.combine(on, time(8), office.company.zone), on=on)
    assert dict(Round.objects.values_list("first_period", "state")) == {
        month_plus(FIRST, -1): RoundState.SCORED, FIRST: RoundState.CLOSED,
    }  # fmt: skip
    rows = Judged.objects.get(judging=told, kind="accuracy", level="manager", entity_id=office.wang.pk).rows
    assert {row["n_periods"] for row in rows} == {1}
    # what a closing of the month would read, today and once the month is over
    for day, last in ((on, month_plus(FIRST, -1)), (month_plus(FIRST, 1), FIRST)):
        monkeypatch.setattr(clock, "today", lambda _company, day=day: day)
        periods = published.forecast_outcomes(office.company).column("period_start").to_pylist()
        assert max(periods) == last


@pytest.mark.requirement("C2")
def test_what_managers_let_stand_is_in_the_combined_number(office: SimpleNamespace) -> None:
    """Wang changes one line and leaves eight alone, Li accepts all of his: each said something of every line."""
    round = closed(office, FIRST, {0: 100})
    said = {
        (row["level"], row["entity_id"], row["product_id"]): row for row in combined.combined_sums(round)
    }  # fmt: skip
    assert {row["missing"] for row in said.values()} == {"brand_manager,market_manager"}
    for row in said.values():
        assert row["came_units"] is None
        assert row["combined_units"] == row["customer_manager_units"]
    versions = published.forecast_versions(office.company).to_pylist()
    told = {
        (row["level"], row["entity_id"], row["product_id"]): row["units_milli"] / 1000
        for row in versions
        if row["author_role"] == "combined" and row["level"] != "retailer"
    }
    assert told == {key: row["combined_units"] for key, row in said.items()}
    assert len(told) == 9
    company = sum(row["customer_manager_units"] for row in said.values() if row["level"] == "company")
    system = sum(row["system_units"] for row in said.values() if row["level"] == "company")
    line = next(row for row in versions if row["author_role"] == "customer_manager" and not row["accepted"])
    assert company - system == pytest.approx((100_000 - line["base_milli"]) / 1000)


@pytest.mark.requirement("C3", "C4")
def test_history_ends_where_the_authors_knowledge_did(office: SimpleNamespace) -> None:
    """A round for January opened on 25 December, as the trade does: November is the last period that anybody knew."""
    december = month_plus(FIRST, -1)
    at = datetime.combine(december + timedelta(days=24), time(9), office.company.zone)
    round = opened(office, first=FIRST, at=at, on=at.date(), deadline=at + timedelta(days=3))
    closing.close(round=round, by=None, at=round.deadline_at)
    steps = published.forecast_lines(office.company).column("step").to_pylist()
    assert set(steps) == {2}
    # the same of a round that was opened before it was kept what was known
    round.parameters = {}
    round.save(update_fields=["parameters"])
    assert set(published.forecast_lines(office.company).column("step").to_pylist()) == {2}


@pytest.mark.requirement("C2")
def test_the_system_of_a_past_round_knows_no_more_than_its_authors(office: SimpleNamespace) -> None:
    """A round of an earlier system, whose deadline lay before the month was over."""
    december = month_plus(FIRST, -1)
    deadline = datetime.combine(december + timedelta(days=24), time(9), office.company.zone)
    made = opening.open_round(
        company=office.company, period=Period.MONTH, first_period=FIRST, horizon=1,
        product_ids=[one.pk for one in office.goods], deadline_at=deadline, by=office.leader.user, at=AT, on=ON, is_imported=True,
    )  # fmt: skip
    round = opening.prepare(round=made, at=AT, on=ON)
    assert round.parameters["last_period"] == str(month_plus(FIRST, -2))


@pytest.mark.requirement("C2")
def test_who_was_away_or_had_left_the_post_owed_no_forecast(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Sunday 2 to Friday 7 January: Wang is away on each working day, Li on all but one, the boss left on the 5th."""
    round = opened(office)

    def days_off(company: Company) -> pa.Table:
        away = [(office.wang.pk, date(2022, 1, day), "absence") for day in range(3, 8)]
        most = [(office.li.pk, date(2022, 1, day), "holiday") for day in range(3, 7)]
        weather = [(office.brand.pk, date(2022, 1, day), "weather") for day in range(3, 8)]
        return table_of("days_off", company, ("person_id", "day", "why"), [*away, *most, *weather])

    office.boss.postings.update(valid_until=date(2022, 1, 5))
    entering.accept(sheet=sheet(round, office.li), lines=[0, 1, 2], by=office.li.user, at=AT)
    closing.close(round=round, by=None, at=round.deadline_at)

    def told() -> dict[int, tuple[int, int]]:
        rows = published.forecast_submissions(office.company).to_pylist()
        return {row["author_id"]: (row["n_decided"], row["n_due"]) for row in rows}

    everybody = {office.wang.pk: (0, 9), office.li.pk: (3, 9), office.other_boss.pk: (0, 3), office.brand.pk: (0, 3)}
    assert told() == everybody
    monkeypatch.setitem(registry._PUBLISHERS, "days_off", days_off)
    assert told() == {who: due for who, due in everybody.items() if who != office.wang.pk}


@pytest.mark.requirement("C2")
def test_the_last_period_that_a_sheet_shows_is_over(office: SimpleNamespace) -> None:
    """On 25 December a part of December was ordered: beside January's line stands November, and says so."""
    december = month_plus(FIRST, -1)
    at = datetime.combine(december + timedelta(days=24), time(9), office.company.zone)
    round = opened(office, first=FIRST, at=at, on=at.date(), deadline=at + timedelta(days=3))
    rows = lines_of(sheet(round, office.wang)).rows(range(9))
    november = published.outcomes_of(
        office.company, "month", month_plus(FIRST, -2), december, [one.pk for one in office.goods]
    )
    known = {(row["retailer_id"], row["product_id"]): row["ordered_units"] for row in november.to_pylist()}
    assert [row["back_1"] for row in rows] == [known[row["retailer_id"], row["product_id"]] for row in rows]
    # fourteen months of orders fill all twelve
    assert all(units > 0 for row in rows for units in row["history"])
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(office.wang.user)
    page = browser.get(reverse("demand:line", args=[round.pk, 0]))
    months = [words for words, _units in page.context["history"]]
    assert len(months) == 12
    assert months[-1] == formats.month(month_plus(FIRST, -2))


@pytest.mark.requirement("C4")
@pytest.mark.parametrize("way", [Way.FILE, Way.PAGE])
def test_the_system_s_number_said_again_lets_it_stand(office: SimpleNamespace, way: Way) -> None:
    """In a file Wang agrees on two lines, says the same number with a reason on the third, and changes the fourth."""
    round = opened(office)
    own = sheet(round, office.wang)
    system = [int(whole_units(row["mean_milli"])) for row in lines_of(own).rows(range(4))]
    numbers = [
        Number(line_no=0, units=system[0]),
        Number(line_no=1, units=system[1]),
        Number(line_no=2, units=system[2], reason="customers"),
        Number(line_no=3, units=system[3] + 5, reason="customers"),
    ]
    entering.enter(sheet=own, numbers=numbers, way=way, by=office.wang.user, at=AT, on=ON)
    closing.close(round=round, by=None, at=round.deadline_at)
    rows = published.forecast_versions(office.company).to_pylist()
    mine = [row for row in rows if row["author_id"] == office.wang.pk]
    assert [(row["units_milli"], row["accepted"]) for row in mine] == [
        (system[0] * 1000, True), (system[1] * 1000, True), (system[2] * 1000, False), ((system[3] + 5) * 1000, False),
    ]  # fmt: skip
