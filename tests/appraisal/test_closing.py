from datetime import date

import pytest

from lianxin.appraisal import actions, computing
from lianxin.appraisal.models import Closing, Scorecard
from lianxin.appraisal.queries import closings as queries
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import AuditRow
from lianxin.people.models import Person
from lianxin.plans.models import Target
from lianxin.retailers.models import Territory
from tests.appraisal import world as worlds
from tests.appraisal.adopting import adopted
from tests.appraisal.world import AT, MONTH

pytestmark = pytest.mark.django_db


def close(world, **fields):
    return actions.close(**{"company": world.company, "month": MONTH, "by": world.users["督察"], "at": AT, **fields})


def cards(closing):
    found = Scorecard.objects.filter(closing=closing).order_by("person__employee_no")
    return [
        (
            card.person.employee_no,
            card.total_milli,
            {part.part: part.points_milli for part in card.parts.order_by("place")},
        )
        for card in found
    ]


@pytest.mark.requirement("J1", "J4")
def test_a_small_month_is_scored_as_by_hand(world, scheme):
    outcome = close(world)

    # E1 sold 120 of 100 (ratio 1.2, cap 1.2): 60; 120 against 100 a year ago is +20 %: 30 + 20 x 0.5 = 40, held at 36.
    # E2 sold 90 of 120: 37.5; 90 against 100 is -10 %: 30 - 5 = 25. E3 sold 50 of 50: 50; no change: 30.
    # Nobody is judged, so the totals are taken over 80 points: (60 + 36) / 80, 62.5 / 80, 80 / 80.
    assert cards(outcome.closing) == [
        ("E1", 120_000, {"sales": 60_000, "growth": 36_000, "attitude": None}),
        ("E2", 78_125, {"sales": 37_500, "growth": 25_000, "attitude": None}),
        ("E3", 100_000, {"sales": 50_000, "growth": 30_000, "attitude": None}),
    ]
    assert (outcome.is_new, outcome.closing.step, outcome.closing.number) == (True, "released", 1)
    assert set(outcome.closing.timings) == {"publishing", "pinning", "computing", "scoring", "recording"}


@pytest.mark.requirement("J4")
def test_the_same_evidence_gives_the_same_closing(world, scheme):
    first = close(world)
    again = close(world)

    assert (again.is_new, again.closing.pk) == (False, first.closing.pk)
    assert Closing.objects.count() == 1


@pytest.mark.requirement("J4")
def test_evidence_that_changes_nothing_of_the_month_makes_no_new_version(world, scheme):
    first = close(world)
    world.add_lines("batch-2", [world.line("j1", date(2021, 6, 2), "A", "P1", 5)])

    again = close(world)

    assert (again.is_new, again.closing.digest) == (False, first.closing.digest)
    assert set(the_lake().pins()) == {f"closing-{first.closing.pk}", f"closing-{first.closing.pk}-results"}


@pytest.mark.requirement("J4")
def test_changed_evidence_makes_a_new_version_that_says_what_changed(world, scheme):
    first = close(world)
    before = cards(first.closing)
    world.add_lines("batch-2", [world.line("n7", date(2021, 12, 15), "D", "P2", 10)])

    second = close(world, reason="补录一笔订单")

    assert (second.is_new, second.closing.number, second.closing.previous) == (True, 2, first.closing)
    assert cards(first.closing) == before
    assert queries.changed_evidence(second.closing) == ["order_lines"]
    assert [
        (shift.employee_no, shift.part, shift.before_milli, shift.after_milli)
        for shift in queries.shifts(second.closing)
    ] == [
        ("E3", "", 100_000, 120_000),
        ("E3", "growth", 30_000, 36_000),
        ("E3", "sales", 50_000, 60_000),
    ]


@pytest.mark.requirement("J4")
def test_a_closing_is_computed_again_from_what_it_pinned(world, scheme):
    first = close(world).closing
    world.add_lines("batch-2", [world.line("n7", date(2021, 12, 15), "D", "P2", 10)])
    Target.objects.all().delete()
    second = close(world).closing

    assert computing.recomputed_digest(first, the_engine(), the_lake()) == first.digest
    assert computing.recomputed_digest(second, the_engine(), the_lake()) == second.digest != first.digest


def test_without_a_scheme_indicators_are_recorded_and_nothing_is_scored(world):
    outcome = close(world)

    assert Scorecard.objects.count() == 0
    assert len(outcome.notes) == 1
    values = computing.recorded_values(outcome.closing, the_lake()).to_pylist()
    sales = {
        row["entity"]: row["value"] for row in values if (row["level"], row["indicator"]) == ("manager", "sales_units")
    }
    assert {key: sales[key] for key in ("E1", "E2", "E3")} == {"E1": 120.0, "E2": 90.0, "E3": 50.0}


def test_adopting_a_scheme_later_scores_the_month_as_a_new_version(world):
    first = close(world)
    adopted(world)

    second = close(world)

    assert (first.closing.n_scorecards, second.closing.n_scorecards, second.closing.number) == (0, 3, 2)


@pytest.mark.parametrize(
    ("month", "told"),
    [(date(2021, 11, 1), "2020-12 … 2021-12"), (date(2022, 2, 1), "2022-02"), (date(2021, 12, 2), "")],
)
def test_a_month_that_cannot_be_closed_is_refused_with_nothing_changed(world, month, told):
    with pytest.raises(Refused) as refused:
        close(world, month=month)

    assert told in refused.value.message
    assert (Closing.objects.count(), AuditRow.objects.count()) == (0, 0)


def test_a_company_without_any_lines_is_told_so(db):
    world = worlds.make(with_lines=False)

    with pytest.raises(Refused, match="2021-12"):
        close(world)


def test_an_unknown_scheme_is_refused(world, scheme):
    with pytest.raises(Missing, match="nobody"):
        close(world, scheme="nobody")


def test_a_draft_cannot_score_a_month(world):
    actions.draft(company=world.company, content=worlds.scheme(), by=world.users["人事"], at=AT)

    with pytest.raises(Refused, match="small"):
        close(world, scheme="small")


@pytest.mark.parametrize("who", ["王", "南经理", "人事", "局长"])
def test_who_may_not_close_is_refused(world, scheme, who):
    with pytest.raises(Denied):
        close(world, by=world.users[who])


def test_another_company_is_not_touched(world, scheme):
    other = worlds.make("yihe")

    close(world)

    assert Closing.objects.filter(company=other.company).count() == 0
    assert the_lake().read("indicator_values", company_id=other.company.pk).num_rows == 0


def test_a_retailer_held_by_two_people_is_a_sentence_not_a_number(world):
    held = Territory.objects.filter(person__company=world.company, valid_until=None).first()
    other = (
        Person.objects.filter(company=world.company, postings__post="customer_manager")
        .exclude(pk=held.person_id)
        .first()
    )
    # Imports refuse this; a row that came another way must still not count a line twice.
    Territory.objects.create(retailer=held.retailer, person=other, valid_from=MONTH.replace(day=10))
    with pytest.raises(Refused, match=r"twice|two"):
        actions.close(company=world.company, month=MONTH, by=None, at=AT)
    assert not Closing.objects.filter(company=world.company, step="released").exists()
