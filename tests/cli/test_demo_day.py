"""Today's work of the demonstration: there after the first start, and not twice after the second."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lianxin.cli import demo_day
from lianxin.foundation import clock
from lianxin.foundation.models import AuditRow, CalendarDay, Company
from lianxin.foundation.states import Role
from lianxin.oversight.models import Check, RuleSet, VerificationRun
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.simulation.living import LINJIANG_TODAY
from lianxin.visits.models import PlanCycle, PlannedVisit, Promise, Request, Theme, Visit, VisitType
from lianxin.visits.queries import planning
from lianxin.visits.queries.replica import replica_of
from tests import factories
from tests.oversight.conftest import store, visit

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]
# A Sunday in Shanghai.
NOW = datetime(2026, 11, 21, 22, 40, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SHOWN = {
    Post.CUSTOMER_MANAGER: Role.CUSTOMER_MANAGER,
    Post.MARKET_MANAGER: Role.MARKET_MANAGER,
    Post.BRAND_MANAGER: Role.BRAND_MANAGER,
    Post.SUPERVISION_OFFICER: Role.SUPERVISION_OFFICER,
    Post.LEADER: Role.LEADER,
}


def silent(share: float, text: str) -> None:
    """Tell nobody."""


def shops(person: Person, n: int) -> list[Retailer]:
    return [
        factories.retailer(
            person.company,
            f"{person.employee_no}{place}",
            holder=person,
            latitude=31.3 + 0.002 * place,
            longitude=118.4,
            tier=28,
        )
        for place in range(n)
    ]


@pytest.fixture
def cast(company: Company) -> demo_day.Cast:
    """The five who sign in, with a colleague beside the customer manager, and the administrator."""
    unit = factories.unit(company)
    boss = factories.person(
        unit, Post.MARKET_MANAGER, user=factories.user(company, Role.MARKET_MANAGER, username="boss")
    )
    persons = {Post.MARKET_MANAGER: boss}
    for post, role in SHOWN.items():
        if post != Post.MARKET_MANAGER:
            user = factories.user(company, role, username=str(post))
            persons[post] = factories.person(unit, post, user=user, employee_no=str(post), reports_to=boss)
    colleague = factories.person(unit, Post.CUSTOMER_MANAGER, employee_no="colleague", reports_to=boss)
    shops(persons[Post.CUSTOMER_MANAGER], 40)
    shops(colleague, 3)
    return demo_day.Cast(persons, factories.user(company, Role.ADMINISTRATOR, username="admin"))


def test_whoever_opens_the_demonstration_finds_todays_work_and_it_stays_one_days_work(
    company: Company, cast: demo_day.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    me, boss = cast.persons[Post.CUSTOMER_MANAGER], cast.user(Post.MARKET_MANAGER)

    demo_day.set_up(company, LINJIANG_TODAY, cast, silent)

    carried = replica_of(me, at=NOW)
    assert {each["code"] for each in carried["visit_types"]} >= {"regular", "stop"}
    assert [len(carried[part]) for part in ("themes", "questions", "policies")] == [1, 2, 1]
    today = [row for row in carried["plan"] if row["visit_date"] == str(TODAY)]
    assert CalendarDay.objects.get(company=company, date=TODAY).is_working
    assert len(today) >= len(LINJIANG_TODAY.promises) + len(LINJIANG_TODAY.requests)
    assert all(row["reasons"] for row in today)
    seen = Visit.objects.filter(person=me, visit_date__lt=TODAY, visit_type__code="regular", held_at_visit=True)
    assert 30 < seen.count() < 40
    late = [row for row in today if any(reason["code"] == "long_not_visited" for reason in row["reasons"])]
    assert len(late) < len(today) / 2
    assert any(reason["code"] == "promise_overdue" for row in today for reason in row["reasons"])
    due = {promise.due_on - TODAY: promise.state for promise in Promise.objects.filter(owner=me)}
    assert due == {
        timedelta(1): "open", timedelta(3): "open", timedelta(-3): "open", timedelta(9): "asked",
    }  # fmt: skip
    assert set(Request.objects.values_list("state", "owner__user")) == {("open", boss.pk), ("answered", boss.pk)}
    assert set(PlanCycle.objects.values_list("person__employee_no", "state")) == {
        (me.employee_no, "approved"), ("colleague", "proposed"),
    }  # fmt: skip
    assert planning.waiting_for(boss, company, on=TODAY).count() == 1
    assert Check.objects.filter(channel="phone", visit__person=me).exists()
    assert AuditRow.objects.filter(verb="visits.write_theme", by=cast.administrator).count() == 1

    before = [model.objects.count() for model in (Theme, Promise, Request, PlannedVisit, VisitType, AuditRow)]
    demo_day.set_up(company, LINJIANG_TODAY, cast, silent)
    assert [model.objects.count() for model in (Theme, Promise, Request, PlannedVisit, VisitType, AuditRow)] == before
    # Weeks later the plans have run out, while what was promised is still open.
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(weeks=6))
    demo_day.set_up(company, LINJIANG_TODAY, cast, silent)
    assert (PlanCycle.objects.filter(person=me).count(), Promise.objects.count(), Theme.objects.count()) == (2, 4, 2)


@pytest.mark.requirement("G3")
def test_the_last_month_is_verified_once(company: Company, cast: demo_day.Cast) -> None:
    me = cast.persons[Post.CUSTOMER_MANAGER]
    for number, shop in enumerate(Retailer.objects.filter(licence_no__startswith=me.employee_no)[:12]):
        shop.place = (31.3 + 0.002 * number, 118.4)  # type: ignore[attr-defined]
        store([visit(me, shop, date(2021, 12, 6), minute=12 * number)])
    month, since = date(2021, 12, 1), date(2021, 10, 1)

    demo_day.verified(company, LINJIANG_TODAY, cast, month, since, silent)
    demo_day.verified(company, LINJIANG_TODAY, cast, month, since, silent)

    run = VerificationRun.objects.get()
    assert (run.n_visits, run.made_by) == (12, cast.user(Post.SUPERVISION_OFFICER))
    rules = RuleSet.objects.get()
    assert (rules.drafted_by, rules.adopted_by, rules.valid_from) == (
        run.made_by, cast.user(Post.LEADER), since,
    )  # fmt: skip
