"""Tests for favour over imported allocations: who is asked, who is not, when it cannot tell, and how a question opens."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.urls import reverse

from lianxin.foundation import jobs, parameters
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, Job, User
from lianxin.foundation.states import Evidence, Role
from lianxin.oversight import queries as flags
from lianxin.oversight.actions import favour as questions
from lianxin.oversight.models import Flag
from lianxin.people.models import Person
from lianxin.retailers.models import RetailerVersion
from lianxin.supply.actions import favour as actions
from lianxin.supply.actions import rounds as rounds_made
from lianxin.supply.models import FavourFinding, FavourRun
from lianxin.supply.queries import favour as queries
from lianxin.supply.queries import rounds
from tests import factories
from tests.factories import AT
from tests.imports.conftest import Take
from tests.reading import read_in_both
from tests.supply.test_api import call
from tests.supply.test_pages import page, post
from tests.supply.test_rounds import previewed
from tests.supply.world import WEEK, World, published

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D3")]
ON = date(2022, 1, 5)
N_RETAILERS, N_WEEKS = 24, 8


def allocations(world: World, *, favoured: int) -> str:
    """Eight weeks of two products. Retailers of the manager `favoured` often get one more than the rule, the others one less."""
    rng = np.random.default_rng(20211206)
    people = [world.south, world.north, *(factories.person(world.south.postings.get().unit) for _n in range(2))]
    rows = ["week,product_code,licence_no,share_units,wanted_units,cap_units,tier,rule_units,supply_units"]
    held: list[tuple[str, int]] = []
    for number, person in enumerate(people, 1):
        for n in range(N_RETAILERS if number < 4 else 3):
            held.append(
                (factories.retailer(world.company, f"F{number}{n:03}", holder=person, tier=20).licence_no, number)
            )
    for week in range(N_WEEKS):
        day = WEEK - timedelta(weeks=week)
        for product in ("P1", "P2"):
            for licence, number in held:
                wanted = int(rng.integers(4, 12))
                more = 0 if not favoured else int(rng.random() < 0.5) * (1 if number == favoured else -1)
                rows.append(f"{day},{product},{licence},{3 + more},{wanted},,20,3,300")
    return "\n".join(rows)


@pytest.fixture
def run(world: World, take: Take) -> FavourRun:
    """A test over rounds in which the retailers of the north were favoured."""
    take("allocations", allocations(world, favoured=2))
    return report_on(world)


def report_on(world: World, alike: str = "need") -> FavourRun:
    numbers = list(rounds.standing(world.company).values_list("number", flat=True))
    return actions.test(company=world.company, numbers=numbers, by=world.officer, at=AT, on=ON, alike=alike)


def finding(run: FavourRun, person: object, test: str = "others") -> FavourFinding:
    return queries.findings(run).get(person=person, test=test)


def test_favour_that_was_planted_is_found_and_asks_one_manager(world: World, run: FavourRun) -> None:
    asked = finding(run, world.north)
    assert (asked.answer, asked.is_asked) == ("value", True)
    assert asked.q_value is not None
    assert asked.q_value <= 0.05
    assert asked.effect_units is not None
    assert asked.effect_units > 100
    assert [row.person for row in queries.findings(run).filter(is_asked=True, test="others")] == [world.north]
    assert run.summary["n_managers"] == 4
    assert run.n_lines == (3 * N_RETAILERS + 3) * N_WEEKS * 2


def test_below_the_least_sample_it_cannot_tell(run: FavourRun) -> None:
    few = queries.findings(run).filter(test="others", details__n_retailers=3).get()
    assert (few.answer, few.reason, few.is_asked, few.q_value) == ("cannot_tell", "few_retailers", False, None)


def test_the_same_evidence_gives_the_same_answers(world: World, run: FavourRun) -> None:
    again = report_on(world)
    assert (again.number, again.digest) == (run.number + 1, run.digest)


def test_where_everybody_got_what_the_rule_gives_nobody_is_asked(world: World, take: Take) -> None:
    take("allocations", allocations(world, favoured=0))
    run = report_on(world)
    assert not queries.findings(run).filter(is_asked=True).exists()
    assert run.summary["n_asked"] == 0


def test_allocations_with_a_rule_and_no_request_are_tested(world: World, take: Take) -> None:
    told = [row.split(",") for row in allocations(world, favoured=2).splitlines()]
    take("allocations", "\n".join(",".join([*row[:4], *row[6:]]) for row in told))
    run = report_on(world)
    assert run.n_lines == (3 * N_RETAILERS + 3) * N_WEEKS * 2
    assert [row.person for row in queries.findings(run).filter(is_asked=True, test="others")] == [world.north]
    behind = queries.rows_behind(run, world.north)
    assert {(row["wanted_units"], row["compared_with"]) for row in behind} == {(None, "rule")}


def test_who_is_asked_opens_the_rows_behind_it_and_nobody_else_does(world: World, run: FavourRun) -> None:
    asked, other = factories.user(world.company, Role.CUSTOMER_MANAGER), world.south_user
    Person.objects.filter(pk=world.north.pk).update(user=asked)
    row = finding(run, world.north)
    address = f"/favour/{run.number}/findings/{row.pk}"
    # Before the question nobody but those who test may open it.
    call(asked, "GET", address, status=404)
    page(asked, "supply:favour_finding", run.number, row.pk, status=404)
    flag = questions.ask(finding=row, by=world.officer, at=AT, on=ON)
    assert call(asked, "GET", address)["employee_no"] == world.north.employee_no
    behind = call(asked, "GET", f"{address}/rows?limit=1000")
    assert len(behind) == N_RETAILERS * N_WEEKS * 2
    assert {one["licence_no"][:2] for one in behind} == {"F2"}
    assert flag.evidence[0]["url"] == reverse("supply:favour_finding", args=[run.number, row.pk])
    shown = page(asked, "supply:favour_finding", run.number, row.pk)
    assert "F2" in shown
    for person in (world.south, world.officer, world.leader):
        assert str(person) not in shown
    assert "F1000" not in shown
    # Of himself only what he was asked about; of others nothing; the test of all managers not at all.
    within = finding(run, world.north, "within")
    call(asked, "GET", f"/favour/{run.number}/findings/{within.pk}/rows", status=404)
    call(asked, "GET", f"/favour/{run.number}/findings/{finding(run, world.south).pk}", status=404)
    call(asked, "GET", f"/favour/{run.number}", status=403)
    page(asked, "supply:favour_run", run.number, status=403)
    for path in (address, f"{address}/rows"):
        call(other, "GET", path, status=404)
        call(world.head_south, "GET", path, status=404)
        call(world.brand, "GET", path, status=403)
    page(other, "supply:favour_finding", run.number, row.pk, status=404)
    assert call(world.leader, "GET", address)["is_asked"] is True


def test_the_rows_behind_a_finding_are_its_managers(world: World, run: FavourRun) -> None:
    rows = queries.rows_behind(run, world.north)
    assert rows[0]["residual_units"] > 0
    assert {row["licence_no"][:2] for row in rows} == {"F2"}


def test_nothing_scarce_cannot_be_tested(world: World, take: Take) -> None:
    take("allocations", f"week,product_code,licence_no,share_units,wanted_units\n{WEEK},P1,L0,3,3\n")
    with pytest.raises(Refused, match="Nothing was scarce"):
        report_on(world)
    with pytest.raises(Refused, match="Choose rounds"):
        actions.test(company=world.company, numbers=[99], by=world.officer, at=AT, on=ON, alike="need")


def compared(world: World, alike: str = "need") -> dict[str, int]:
    """Licence number -> with how many it was compared, in the newest test."""
    run = report_on(world, alike)
    people = (world.south, world.north)
    return {row["licence_no"]: row["n_equals"] for person in people for row in queries.rows_behind(run, person)}


HEAD = "week,product_code,licence_no,share_units,wanted_units,cap_units,tier"


def test_retailers_of_different_types_are_never_compared(world: World, take: Take) -> None:
    """L0 to L2 are southern, L3 to L5 northern; without a rule each is compared with those of its type."""
    rows = [f"{WEEK},P1,L{n},{n % 3},9,,20" for n in range(6)]
    RetailerVersion.objects.filter(licence_no__in=["L0", "L3"]).update(trade_form="supermarket")
    take("allocations", "\n".join([HEAD, *rows]))
    assert compared(world) == {"L0": 1, "L3": 1, "L1": 3, "L2": 3, "L4": 3, "L5": 3}


def test_what_the_file_tells_of_types_beats_the_retailer_s_file(world: World, take: Take) -> None:
    RetailerVersion.objects.update(trade_form="supermarket", market_type="urban")
    forms = ["grocery", "grocery", "", "", "", ""]
    rows = [f"{WEEK},P1,L{n},{n % 3},9,,20,{form},rural" for n, form in enumerate(forms)]
    take("allocations", "\n".join([f"{HEAD},trade_form,market_type", *rows]))
    assert compared(world) == {"L0": 1, "L1": 1, "L2": 3, "L3": 3, "L4": 3, "L5": 3}
    told = queries.rows_behind(FavourRun.objects.get(), world.south)
    assert {(row["licence_no"], row["trade_form"], row["market_type"]) for row in told} == {
        ("L0", "grocery", "rural"), ("L1", "grocery", "rural"), ("L2", "supermarket", "rural")
    }  # fmt: skip


def test_a_round_made_here_tells_the_types_of_its_week(world: World, take: Take) -> None:
    RetailerVersion.objects.filter(licence_no="L1").update(trade_form="supermarket", market_type="urban")
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    rounds_made.commit(round=made, by=world.leader, at=AT, on=ON)
    report_on(world)
    told = queries.rows_behind(FavourRun.objects.get(), world.south)
    assert {row["licence_no"]: (row["trade_form"], row["market_type"]) for row in told}["L1"] == (
        "supermarket",
        "urban",
    )


def test_equals_are_of_one_need_or_of_one_request(world: World, take: Take) -> None:
    """L0 and L1 ask for 9 and may have 5, the others ask for 5: one need, two requests."""
    rows = [f"{WEEK},P1,L{n},{n % 3},{9 if n < 2 else 5},{5 if n < 2 else ''},20" for n in range(6)]
    take("allocations", "\n".join([HEAD, *rows]))
    assert compared(world) == dict.fromkeys((f"L{n}" for n in range(6)), 5)
    assert compared(world, "request") == {"L0": 1, "L1": 1, "L2": 3, "L3": 3, "L4": 3, "L5": 3}
    assert [run.parameters["alike"] for run in FavourRun.objects.order_by("number")] == ["need", "request"]
    with pytest.raises(Refused, match="alike is one of"):
        report_on(world, "tier")


def test_a_parameter_that_is_none_is_told_in_a_sentence(world: World, take: Take) -> None:
    take("allocations", allocations(world, favoured=0))
    parameters.set_value(
        company=world.company, name="favour.correction", value="AB", valid_from=ON, source="公司文件三号",
        evidence=Evidence.COMPANY, by=world.admin, at=AT,
    )  # fmt: skip
    with pytest.raises(Refused, match=r"cannot be tested for favour: .*it must be one of BH, BY"):
        report_on(world)


def test_tests_and_the_rows_behind_them_by_api(world: World, run: FavourRun) -> None:
    listed = call(world.officer, "GET", "/favour")
    assert [one["number"] for one in listed] == [run.number]
    told = call(world.officer, "GET", f"/favour/{run.number}/run")
    assert told == listed[0]
    assert (told["digest"], told["parameters"], told["n_lines"]) == (run.digest, run.parameters, run.n_lines)
    assert told["rounds"] == sorted(row.number for row in queries.rounds_of(run))
    found = call(world.officer, "GET", f"/favour/{run.number}")
    row = next(one for one in found if one["test"] == "others" and one["is_asked"])
    behind = call(world.officer, "GET", f"/favour/{run.number}/findings/{row['id']}/rows?limit=3")
    whole = queries.rows_behind(run, world.north)
    assert [one["residual_units"] for one in behind] == [one["residual_units"] for one in whole[:3]]
    assert (behind[0]["compared_with"], behind[0]["rule_units"], behind[0]["licence_no"][:2]) == ("rule", 3, "F2")
    second = call(world.officer, "GET", f"/favour/{run.number}/findings/{row['id']}/rows?limit=1&start=1")
    assert second == behind[1:2]
    call(world.south_user, "GET", "/favour", status=403)
    call(world.officer, "GET", "/favour/99/run", status=404)
    call(world.officer, "GET", f"/favour/{run.number}/findings/0/rows", status=404)
    call(world.officer, "POST", "/favour", {"rounds": [1], "alike": "tier"}, status=422)


def test_a_question_opens_from_what_stands_out_and_only_once(world: World, run: FavourRun) -> None:
    flag = questions.ask(finding=finding(run, world.north), by=world.officer, at=AT, on=ON)
    assert flag.person == world.north
    english, _chinese = read_in_both(flag, world.officer)
    assert "How did that come about?" in english.question
    assert flag.evidence[0]["url"].endswith(f"/{run.number}/{finding(run, world.north).pk}/")
    assert flags.flag_about(world.company, flag.subject) == flag
    with pytest.raises(Refused, match="asked about this before"):
        questions.ask(finding=finding(run, world.north), by=world.officer, at=AT, on=ON)
    with pytest.raises(Refused, match="nothing to ask"):
        questions.ask(finding=finding(run, world.south), by=world.officer, at=AT, on=ON)


def test_the_pages_of_a_test_tell_and_ask(world: World, run: FavourRun, company: Company) -> None:
    User.objects.update(language="en")
    world.officer.refresh_from_db()
    world.leader.refresh_from_db()
    assert "Test 1" in page(world.officer, "supply:favour")
    told = page(world.officer, "supply:favour_run", run.number)
    assert "1 of 4 managers are to be asked" in told
    assert "too few retailers" in told
    row = finding(run, world.north)
    assert "Open the question" in page(world.officer, "supply:favour_finding", run.number, row.pk)
    # A leader reads it, but does not open questions.
    assert "Open the question" not in page(world.leader, "supply:favour_finding", run.number, row.pk)
    said = post(world.officer, "oversight:ask_favour", run.number, row.pk)
    assert "How did that come about?" in said
    assert Flag.objects.get().person == world.north
    assert "The question that was opened" in page(world.officer, "supply:favour_finding", run.number, row.pk)
    page(world.south_user, "supply:favour", status=403)


def test_whoever_is_asked_finds_the_way_back_to_his_question(world: World, run: FavourRun) -> None:
    row = finding(run, world.north)
    asked = factories.user(world.company, Role.CUSTOMER_MANAGER)
    world.north.user = asked
    world.north.save()
    flag = questions.ask(finding=row, by=world.officer, at=AT, on=ON)
    User.objects.update(language="en")
    asked.refresh_from_db()
    link = f'<a href="{reverse("oversight:flag", args=[flag.pk])}">'
    for user in (asked, world.officer, world.leader):
        assert page(user, "supply:favour_finding", run.number, row.pk).count(link) == 1
    # what the question rests on leads to the finding again
    assert reverse("supply:favour_finding", args=[run.number, row.pk]) in page(asked, "oversight:flag", flag.pk)
    # of a finding that asks nothing there is no question to be led to
    other = finding(run, world.south)
    assert "Question to the manager" not in page(world.officer, "supply:favour_finding", run.number, other.pk)


def test_the_form_starts_a_job_that_ends_on_the_report(world: World, take: Take) -> None:
    take("allocations", allocations(world, favoured=2))
    numbers = list(rounds.standing(world.company).values_list("number", flat=True))
    post(world.officer, "supply:favour", rounds=numbers, alike="request")
    job = jobs.run(Job.objects.get(kind="supply.favour"))
    assert job.result_url.endswith(f"/favour/{FavourRun.objects.get().number}/")
    assert FavourRun.objects.get().parameters["alike"] == "request"
    User.objects.update(language="en")
    world.officer.refresh_from_db()
    told = page(world.officer, "supply:favour_run", 1)
    assert "Whoever asked for the same and has the same reasonable quantity" in told
