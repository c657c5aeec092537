"""Closed rounds held against what came: what is published, what is recorded, and who may look at whom."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest
from django.urls import reverse

from lianxin.core.units import month_plus
from lianxin.demand.actions import closing, entering, judging
from lianxin.demand.checks import Number
from lianxin.demand.facts import published
from lianxin.demand.models import Judged, Judging, Round
from lianxin.demand.queries import judged
from lianxin.demand.queries.lines import lines_of
from lianxin.demand.states import JudgedKind, RoundState, Way
from lianxin.foundation import jobs, parameters
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Job
from lianxin.foundation.states import Evidence
from lianxin.people.models import Person
from tests.demand.conftest import AT, FIRST, ON, opened, sheet
from tests.demand.judged_copies import (
    N_ROUNDS,
    client,
    flags_ask_the_copier_alone,
    the_rows_are_those_that_the_question_counts,
    what_did_not_come_yet_is_not_known,
    who_repeats_the_last_period_stands_out_from_who_does_not,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def past(office: SimpleNamespace) -> SimpleNamespace:
    """Six rounds of 2021: Wang repeats the last period, Li says what will come, the brand manager doubles every sum."""
    for back in range(N_ROUNDS, 0, -1):
        first = month_plus(FIRST, -back)
        at = datetime.combine(first, time(1), office.company.zone)
        round = opened(office, first=first, at=at, on=first, deadline=at + timedelta(hours=5))
        came = _came(office, first)
        for person in (office.wang, office.li):
            rows = lines_of(sheet(round, person)).rows(range(9))
            numbers = [
                row["back_1"] if person == office.wang else came[row["retailer_id"], row["product_id"]] for row in rows
            ]
            say(round, person, numbers, at)
        sums = lines_of(sheet(round, office.brand)).rows(range(3))
        say(round, office.brand, [2 * row["mean_milli"] // 1000 for row in sums], at)
        entering.accept(sheet=sheet(round, office.boss), lines=[0, 1], by=office.boss.user, at=at)
        closing.close(round=round, by=None, at=round.deadline_at)
    office.judging = judging.judge(company=office.company, by=office.leader.user, at=AT, on=ON)
    return office


def say(round: Round, person: Person, numbers: list[int], at: datetime) -> None:
    """The first two numbers twenty seconds apart, the others at once."""
    given = [
        Number(line_no=place, units=units, reason="customers", words="看过货架") for place, units in enumerate(numbers)
    ]
    for place, some in enumerate((given[:1], given[1:2], given[2:])):
        entering.enter(
            sheet=sheet(round, person), numbers=some, way=Way.PAGE, by=person.user,  # type: ignore[arg-type]
            at=at + timedelta(seconds=20 * (place + 1)), on=round.first_period,
        )  # fmt: skip


def _came(office: SimpleNamespace, month: date) -> dict[tuple[int, int], int]:
    later = opened_probe(office, month)
    return {(row["retailer_id"], row["product_id"]): row["ordered_units"] for row in later.to_pylist()}


def opened_probe(office: SimpleNamespace, month: date) -> pa.Table:
    return published.outcomes_of(office.company, "month", month, month_plus(month, 1), [one.pk for one in office.goods])


def the_expert_helps_and_the_optimist_harms(past: SimpleNamespace) -> None:
    office = past
    expert = {
        row["against"]: row
        for row in judged.of_person(office.leader.user, office.judging, JudgedKind.STAIR, office.li.pk, on=ON)[1]
        if (row["step"], row["product_group"], row["adjustment"]) == ("customer_manager", "all", "all")
    }
    assert expert["system"]["helped"] == "yes"
    assert expert["system"]["error_after"] == 0
    company = Judged.objects.get(judging=office.judging, kind="stair", level="company", entity_id=office.company.pk)
    brand = next(
        row
        for row in company.rows
        if (row["step"], row["against"], row["product_group"], row["adjustment"])
        == ("brand_manager", "system", "all", "all")
    )
    assert brand["added"] < 0
    assert brand["helped"] == "cannot_tell"  # eighteen sums are too few for a verdict
    assert brand["why"] == "few_lines"


def rounds_are_scored_and_the_same_evidence_makes_no_new_judging(past: SimpleNamespace) -> None:
    office = past
    assert set(Round.objects.values_list("state", flat=True)) == {RoundState.SCORED}
    again = judging.judge(company=office.company, by=None, at=AT + timedelta(days=1), on=ON)
    assert again.pk == office.judging.pk
    assert Judging.objects.count() == 1
    assert set(office.judging.evidence) == set(judging.TABLES)
    with pytest.raises(Denied):
        judging.judge(company=office.company, by=office.wang.user, at=AT, on=ON)


def test_an_open_round_publishes_nothing(office: SimpleNamespace, round: Round) -> None:
    for table in (
        "forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_evidence", "evidence_used", "forecast_submissions",
    ):  # fmt: skip
        assert getattr(published, table)(office.company).num_rows == 0, table
    with pytest.raises(Refused, match="No round has closed"):
        judging.judge(company=office.company, by=None, at=AT, on=ON)


def every_version_is_published_with_what_its_author_saw(past: SimpleNamespace) -> None:
    rows = published.forecast_versions(past.company).to_pylist()
    by_role: dict[str, int] = {}
    for row in rows:
        by_role[row["author_role"]] = by_role.get(row["author_role"], 0) + 1
    assert by_role["customer_manager"] == N_ROUNDS * 18
    assert by_role["brand_manager"] == N_ROUNDS * 3
    assert by_role["market_manager"] == N_ROUNDS * 2
    assert by_role["combined"] > 0
    accepted = [row for row in rows if row["accepted"]]
    assert {row["author_role"] for row in accepted} == {"market_manager"}
    assert all(row["units_milli"] == row["base_milli"] for row in accepted)
    assert not any("看过货架" in str(row) for row in rows)
    timed = [row for row in rows if row["seconds_spent"] is not None]
    assert {row["seconds_spent"] for row in timed} == {20.0}


def pages_of_judging_answer_and_keep_to_the_scope(past: SimpleNamespace) -> None:
    office = past
    person = reverse("demand:judged_person", args=[office.wang.pk])
    for user in (office.leader.user, office.boss.user, office.wang.user, office.officer.user):
        page = client(user).get(person)
        assert page.status_code == 200
        assert "Accuracy at retailer × product" in page.content.decode()
    assert client(office.li.user).get(person).status_code == 404
    assert client(office.other_boss.user).get(person).status_code == 404
    # of two managers each would know the other's from what is told of both
    together = [
        judged.together(user, office.judging, kind, on=ON)
        for user in (office.wang.user, office.boss.user, office.leader.user)
        for kind in (JudgedKind.STAIR, JudgedKind.ACCURACY)
    ]
    assert [bool(rows) for rows in together] == [False, False, False, False, True, True]
    assert client(office.wang.user).get(reverse("demand:stair")).status_code == 200
    assert client(office.wang.user).get(reverse("demand:accuracy")).status_code == 200
    assert client(office.wang.user).get("/api/v1/forecast-judging").json()["stair"] == []
    stair = client(office.leader.user).get(reverse("demand:stair")).content.decode()
    assert "The managers&#x27; changes" in stair or "Whether the managers&#x27; changes" in stair
    accuracy = client(office.leader.user).get(reverse("demand:accuracy")).content.decode()
    assert "Accuracy on the total" in accuracy
    explained = client(office.leader.user).get(reverse("demand:explain_accuracy"))
    assert "1 − Σ|F−A| ÷ ΣA" in explained.content.decode()
    assert client(office.wang.user).get(reverse("demand:copied")).status_code == 200
    assert client(office.brand.user).get(reverse("demand:copied")).status_code == 403
    assert client(office.leader.user).get("/api/v1/forecast-judging").json()["number"] == 1
    browser = client(office.leader.user)
    browser.post(reverse("demand:judge"))
    assert jobs.run(Job.objects.get()).state == "done"


def evidence_that_was_collected_is_held_against_what_came(past: SimpleNamespace) -> None:
    rows = judged.information(past.judging)
    short = next(row for row in rows if row["kind"] == "shortage")
    assert short["use"] == "passed_over"
    assert short["n"] > 0
    page = client(past.officer.user).get(reverse("demand:helped")).content.decode()
    assert "Shortages" in page


def weights_of_the_past_stand_beside_the_published_ones(past: SimpleNamespace) -> None:
    told = {level: {row["author"]: row for row in rows} for level, rows in judged.weights(past.judging).items()}
    assert {level: set(rows) for level, rows in told.items()} == {
        level: set(authors) for level, authors in judging.SPEAKING.items()
    }
    assert all(sum(row["learned"] for row in rows.values()) == 1000 for rows in told.values())
    company = told["company"]
    assert company["brand_manager"]["n"] == N_ROUNDS * 3
    # who doubles every sum would weigh least
    assert min(company, key=lambda author: company[author]["learned"]) == "brand_manager"
    # who let the system's sums stand errs as it does, and weighs as much
    unit = told["unit"]
    assert unit["market_manager"]["n"] == N_ROUNDS * 2
    assert unit["market_manager"]["learned"] == unit["system"]["learned"]
    page = client(past.leader.user).get(reverse("demand:weights"))
    rows = {(row.cells[0].text, row.cells[1].text): row.cells for row in page.context["table"].rows}
    brand = rows["Brand manager", "Sums of the company"]
    # 6 : 3 of those who speak there
    assert [brand[2].figure.value, brand[3].figure.value] == [0.667, 0.667]
    assert rows["System", "Numbers of shops"][2].figure.value == "no weight"
    assert "As shipped" in page.content.decode()
    parameters.set_value(
        company=past.company, name="judging.weights", value=["brand_manager=1", "customer_manager=1"], valid_from=ON,
        source="公司文件三号", evidence=Evidence.COMPANY, by=past.administrator, at=AT,
    )  # fmt: skip
    page = client(past.wang.user).get(reverse("demand:weights"))
    rows = {(row.cells[0].text, row.cells[1].text): row.cells for row in page.context["table"].rows}
    assert rows["Brand manager", "Sums of the company"][2].figure.value == 0.5
    assert "公司文件三号" in page.content.decode()


def combined_of(office: SimpleNamespace) -> dict[tuple[object, ...], int]:
    """What the combined forecast of each number is told to the lake as."""
    return {
        (row["round_id"], row["level"], row["entity_id"], row["product_id"]): row["units_milli"]
        for row in published.forecast_versions(office.company).to_pylist()
        if row["author_role"] == "combined"
    }


def those_who_forecast_sums_have_accuracy_bias_and_a_step_of_their_own(past: SimpleNamespace) -> None:
    office = past
    address = reverse("demand:sums_judged")
    page = client(office.leader.user).get(address)
    rows = {(row.cells[0].text, row.cells[1].text): row.cells for row in page.context["table"].rows}
    brand = rows[office.company.name, "Brand manager"]
    assert brand[0].note == "brand"
    assert brand[3].figure.value is None or brand[3].figure.value > 0.5
    company = judged.company_judged(office.leader.user, office.judging, JudgedKind.ACCURACY, on=ON)
    told = next(
        row for row in company if (row["author"], row["accuracy"], row["actual"]) == ("brand_manager", "bias", "demand")
    )
    # who doubles every sum leans by about its whole
    assert told["numerator"] / told["denominator"] == pytest.approx(1.0, abs=0.4)
    assert {name for name, author in rows if author == "Market manager"} == {office.south.code}
    assert rows[office.south.code, "Market manager"][0].note == "boss"
    steps = {(row.cells[0].text, row.cells[1].text): row.cells for row in page.context["steps"].rows}
    assert (office.south.code, "Market manager against “System”") in steps
    # eighteen sums are too few for a verdict, and for a number too
    added = steps[office.company.name, "Brand manager against “System”"][2].figure
    assert (added.value, added.answer, added.reason) == (None, "not_enough_data", "too few changed lines")
    # a market manager sees his unit's, a customer manager nobody's
    shown = {row.cells[0].text for row in client(office.boss.user).get(address).context["table"].rows}
    assert shown == {office.south.code}
    assert client(office.wang.user).get(address).context["table"].rows == []
    person = client(office.li.user).get(reverse("demand:judged_person", args=[office.li.pk]))
    entered = judged.of_entered(office.li.user, office.judging, office.li.pk, on=ON)
    honest = next(
        row
        for row in entered
        if (row["author"], row["accuracy"], row["actual"]) == ("customer_manager", "honest", "demand")
    )
    assert (honest["n"], honest["value"]) == (N_ROUNDS * 9, 1.0)
    assert len(person.context["entered"].rows) > 0


def the_api_tells_what_the_pages_tell(past: SimpleNamespace) -> None:
    office = past

    def told(user: object, path: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = client(user).get(f"/api/v1/{path}").json()
        return rows

    everybody = told(office.leader.user, "forecast-judging/managers")
    assert {row["employee_no"] for row in everybody} == {"wang", "li"}
    stair = judged.of_person(office.leader.user, office.judging, JudgedKind.STAIR, office.li.pk, on=ON)[1]
    assert next(row["stair"] for row in everybody if row["name"] == "li") == stair
    assert {row["name"] for row in told(office.wang.user, "forecast-judging/managers")} == {"wang"}
    assert next(row["unit"] for row in told(office.leader.user, "forecast-judging/sums")) is None
    assert [row["unit"] for row in told(office.boss.user, "forecast-judging/sums")] == [office.south.code]
    assert told(office.wang.user, "forecast-judging/sums") == []
    copied = told(office.officer.user, "forecast-judging/copied")
    assert {row["name"] for row in copied} == {"wang", "li"}
    assert client(office.brand.user).get("/api/v1/forecast-judging/copied").status_code == 403
    weights = client(office.wang.user).get("/api/v1/forecast-weights").json()
    assert weights["learned"] == judged.weights(office.judging)
    assert (weights["published"], weights["source"]) == ({"brand_manager": 1, "customer_manager": 1}, "公司文件三号")


def weights_published_later_leave_closed_rounds_alone(past: SimpleNamespace) -> None:
    """After `weights_of_the_past…` the company has published others, in force since today."""
    office = past
    rounds = list(Round.objects.filter(company=office.company).order_by("first_period"))
    shipped = parameters.in_force(office.company, on=rounds[0].first_period)["judging.weights"]
    assert [round.weights for round in rounds] == [list(shipped)] * N_ROUNDS
    before = combined_of(office)
    parameters.set_value(
        company=office.company, name="judging.weights", value=["customer_manager=1"], valid_from=rounds[3].first_period,
        source="追溯", evidence=Evidence.COMPANY, by=office.administrator, at=AT,
    )  # fmt: skip
    assert combined_of(office) == before
    # a round that was closed before weights were kept goes by those of its deadline
    Round.objects.filter(pk=rounds[4].pk).update(weights=[])
    after = combined_of(office)
    changed = {key[0] for key in before if before[key] != after[key]}
    assert changed == {str(rounds[4].pk)}
    Round.objects.filter(pk=rounds[4].pk).update(weights=list(shipped))


def combined_numbers_are_shown_by_product_unit_and_company(past: SimpleNamespace) -> None:
    office = past
    round = Round.objects.filter(company=office.company).order_by("first_period").first()
    assert round is not None
    address = reverse("demand:combined", args=[round.pk])
    lake = combined_of(office)
    rows = client(office.leader.user).get(f"/api/v1/forecast-rounds/{round.pk}/combined").json()
    codes = {one.product_code: one.pk for one in office.goods}
    units = {office.south.code: office.south.pk, office.north.code: office.north.pk, None: office.company.pk}
    assert len(rows) == 9
    for row in rows:
        key = (str(round.pk), row["level"], units[row["unit"]], codes[row["product_code"]])
        assert row["combined_units"] == lake[key] / 1000
    company = [row for row in rows if row["level"] == "company"]
    # twice the system's sum by the brand manager, weighing six of nine
    for row in company:
        mean = (6 * row["brand_manager_units"] + 3 * row["customer_manager_units"]) / 9
        assert row["combined_units"] == pytest.approx(mean, abs=0.001)
        assert row["missing"] == ["market_manager"]
        assert row["came_units"] is not None
    page = client(office.boss.user).get(address)
    shown = {row.cells[1].text: row.cells for row in page.context["table"].rows}
    assert set(shown) == {office.company.name, office.south.code}
    assert "not known" in shown[office.company.name][3].text
    own = client(office.wang.user).get(f"/api/v1/forecast-rounds/{round.pk}/combined").json()
    assert {(row["level"], row["brand_manager_units"]) for row in own} == {("company", None)}
    export = client(office.leader.user).get(address + "?export=xlsx")
    assert export.status_code == 200
    opened_now = opened(office)
    assert client(office.leader.user).get(reverse("demand:combined", args=[opened_now.pk])).status_code == 404
    assert client(office.leader.user).get(f"/api/v1/forecast-rounds/{opened_now.pk}/combined").status_code == 404
    opened_now.delete()


@pytest.mark.requirement("C3", "C4", "C6")
def test_half_a_year_of_rounds_is_judged(past: SimpleNamespace) -> None:
    """One half year, looked at from every side: making it costs more than looking."""
    the_expert_helps_and_the_optimist_harms(past)
    rounds_are_scored_and_the_same_evidence_makes_no_new_judging(past)
    every_version_is_published_with_what_its_author_saw(past)
    who_repeats_the_last_period_stands_out_from_who_does_not(past)
    pages_of_judging_answer_and_keep_to_the_scope(past)
    evidence_that_was_collected_is_held_against_what_came(past)
    weights_of_the_past_stand_beside_the_published_ones(past)
    the_api_tells_what_the_pages_tell(past)
    those_who_forecast_sums_have_accuracy_bias_and_a_step_of_their_own(past)
    weights_published_later_leave_closed_rounds_alone(past)
    combined_numbers_are_shown_by_product_unit_and_company(past)
    the_rows_are_those_that_the_question_counts(past)
    flags_ask_the_copier_alone(past)
    what_did_not_come_yet_is_not_known(past)
