from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.appraisal import actions, paying
from lianxin.appraisal.models import Closing, PayRun, Scorecard
from lianxin.core.paying.rule import Coefficient, Days, PayRule, WithoutScore
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import CalendarDay, RoleGrant
from lianxin.foundation.states import Role
from lianxin.people.models import Posting
from lianxin.people.states import Post
from tests import factories
from tests.appraisal.world import AT, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J5")]


@pytest.fixture
def closing(closed):
    return Closing.objects.get()


def shares(closing, pool_fen, rule=None):
    rows = paying.pay_lines(closing, pool_fen, rule or PayRule(), the_engine(), the_lake()).to_pylist()
    return {row["entity"]: row["amount_fen"] for row in rows}


def propose(world, closing, **fields):
    return actions.propose_pay(
        **{"closing": closing, "pool_fen": 100_000, "rule": PayRule(), "by": world.users["人事"], "at": AT, **fields}
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pool_fen=st.integers(1, 10**12))
def test_the_amounts_sum_to_the_pool(closing, pool_fen):
    assert sum(shares(closing, pool_fen).values()) == pool_fen


def test_equal_results_get_equal_amounts_and_a_fen_left_over_goes_by_number(world, closing):
    Scorecard.objects.filter(closing=closing).update(total_milli=90_000)

    assert shares(closing, 1_000) == {"E1": 334, "E2": 333, "E3": 333}


def test_a_joiner_and_a_leaver_share_by_their_days(world, scheme):
    # December has 31 days: 王 leaves on the 11th (10 days), 周 joins on the 22nd (10 days).
    Posting.objects.filter(person=world.people["王"]).update(valid_until=date(2021, 12, 11))
    factories.person(world.units["城南"], employee_no="E4", name="周", valid_from=date(2021, 12, 22))
    closing = actions.close(company=world.company, month=MONTH, by=None, at=AT).closing
    Scorecard.objects.filter(closing=closing).update(total_milli=80_000, answer="value")

    assert shares(closing, 82_00) == {"E1": 10_00, "E2": 31_00, "E3": 31_00, "E4": 10_00}


def test_working_days_follow_the_calendar_of_the_company(world, closing):
    # 23 Mondays to Fridays in December 2021, less one holiday, plus one Saturday made up.
    CalendarDay.objects.create(company=world.company, date=date(2021, 12, 31), is_working=False)
    CalendarDay.objects.create(company=world.company, date=date(2021, 12, 25), is_working=True)

    rows = paying.pay_lines(closing, 100, PayRule(days=Days.WORKING), the_engine(), the_lake()).to_pylist()

    assert {(row["days"], row["month_days"]) for row in rows} == {(23, 23)}


def test_who_has_no_total_gets_nothing_or_shares_by_the_mean_as_the_rule_says(world, closing):
    Scorecard.objects.filter(closing=closing, person__employee_no="E2").update(
        total_milli=None, answer="not_enough_data"
    )

    assert shares(closing, 22_000) == {"E1": 12_000, "E2": None, "E3": 10_000}
    averaged = PayRule(not_enough=WithoutScore.GROUP_AVERAGE)
    assert shares(closing, 33_000, averaged) == {"E1": 12_000, "E2": 11_000, "E3": 10_000}


def test_coefficients_of_bands_and_a_least_amount(world, closing):
    Scorecard.objects.filter(closing=closing).update(total_milli=100_000)
    Scorecard.objects.filter(closing=closing, person__employee_no="E1").update(band="top")
    rule = PayRule(coefficients=(Coefficient("top", 2_000),), floor_fen=300)

    assert shares(closing, 1_000, rule) == {"E1": 400, "E2": 300, "E3": 300}


@pytest.mark.parametrize("pool_fen", [0, -1])
def test_an_empty_pool_is_refused(closing, pool_fen):
    with pytest.raises(Refused) as refused:
        shares(closing, pool_fen)
    assert refused.value.field == "pool"


def test_floors_above_the_pool_are_refused(closing):
    with pytest.raises(Refused):
        shares(closing, 100, PayRule(floor_fen=50))


def test_a_month_without_scores_cannot_be_paid(world):
    closing = actions.close(company=world.company, month=MONTH, by=None, at=AT).closing

    with pytest.raises(Refused):
        shares(closing, 100)


def test_nobody_confirms_pay_he_proposed_or_that_pays_him(world, closing):
    run = propose(world, closing)
    RoleGrant.objects.create(user=world.users["人事"], company=world.company, role=Role.LEADER, granted_at=AT)
    RoleGrant.objects.create(user=world.users["王"], company=world.company, role=Role.LEADER, granted_at=AT)
    for name in ("人事", "王", "南经理"):
        world.users[name].__dict__.pop("_roles", None)
        with pytest.raises(Denied):
            actions.confirm_pay(run=run, by=world.users[name], at=AT)

    assert actions.confirm_pay(run=run, by=world.users["局长"], at=AT).state == "confirmed"


def test_pay_waits_until_a_person_has_answered_who_asked_for_a_review(world, closing):
    run = propose(world, closing)
    card = Scorecard.objects.get(closing=closing, person__employee_no="E1")
    request = actions.ask_review(scorecard=card, text="漏记一笔", by=world.users["王"], at=AT)

    with pytest.raises(Refused):
        actions.confirm_pay(run=run, by=world.users["局长"], at=AT)
    actions.answer_review(request=request, state="kept", answer="已核对", by=world.users["督察"], at=AT)
    assert actions.confirm_pay(run=run, by=world.users["局长"], at=AT).state == "confirmed"


def test_one_run_at_a_time_and_only_from_the_newest_closing(world, closing):
    first = propose(world, closing)
    with pytest.raises(Refused):
        propose(world, closing)
    world.add_lines("batch-2", [world.line("n7", date(2021, 12, 15), "D", "P2", 10)])
    second = actions.close(company=world.company, month=MONTH, by=None, at=AT).closing
    with pytest.raises(Refused):
        actions.confirm_pay(run=first, by=world.users["局长"], at=AT)
    actions.turn_down_pay(run=first, by=world.users["局长"], at=AT, note="数据已更新")
    with pytest.raises(Refused):
        propose(world, closing)

    assert propose(world, second).state == "proposed"
    assert PayRun.objects.count() == 2


def test_a_rule_that_makes_no_sense_is_refused():
    for document in ({"days": "moon"}, {"floor_fen": -1}, {"more": 1}, {"coefficients": [{"key": "top"}]}):
        with pytest.raises(Refused):
            paying.rule_of(document)
    rule = PayRule(days=Days.WORKING, coefficients=(Coefficient("top", 1200),), floor_fen=5)
    assert paying.rule_of(paying.rule_as_json(rule)) == rule


def test_only_customer_managers_are_judged(world, closing):
    assert Posting.objects.filter(post=Post.MARKET_MANAGER).count() == 2
    assert sorted(Closing.objects.get().scorecards.values_list("person__employee_no", flat=True)) == ["E1", "E2", "E3"]
