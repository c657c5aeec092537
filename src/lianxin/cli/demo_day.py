"""The demonstration as it is found today: what is prepared for visits, routes, promises and requests; and a verified month.

Everything goes through the actions of the rooms, by the people who would do it, and is done once: a second start finds it there.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from lianxin.core.visiting import CallPlan, plan
from lianxin.foundation import actions, clock
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company, User
from lianxin.foundation.uuids import uuid7
from lianxin.oversight.actions import checks as check_actions
from lianxin.oversight.actions import rules as rule_actions
from lianxin.oversight.actions import verifying
from lianxin.oversight.queries import rules, verdicts
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.simulation.living import Living
from lianxin.visits.actions import planning, policies, preparing, promises, requests
from lianxin.visits.models import DayQuestion, PlanCycle, Policy, Promise, Request, Theme
from lianxin.visits.presets import REGULAR
from lianxin.visits.queries.plan_inputs import Inputs, days_of_cycle, inputs_of
from lianxin.visits.queries.plan_reasons import reasons_of
from lianxin.visits.states import PromiseState, QuestionKind, RequestKind, RequestState

Tell = Callable[[float, str], None]
# A plan that is good enough to be shown, in about a second a manager; the page makes them with the full search.
SEARCH_ROUNDS: Final = 300
ROUTE_ROUNDS: Final = 10
WEEKS_PREPARED: Final = 5
# Of the weeks before today, so that not every shop was last seen years ago. One shop in nine was passed over.
WEEKS_VISITED: Final = 3
PASSED_OVER: Final = 9


@dataclass(frozen=True)
class Cast:
    """Who signs in to the demonstration, by post; and the administrator."""

    persons: Mapping[Post, Person]
    administrator: User

    def user(self, post: Post) -> User:
        """The account of whoever holds a post."""
        user = self.persons[post].user
        assert user is not None, f"the demonstration opened no account for {post}"
        return user


def set_up(company: Company, told: Living, cast: Cast, tell: Tell) -> str:
    """Today's work, unless the shown manager has a plan that is not over. Killed in the middle, it is done anew the next time."""
    at, on = clock.now(), clock.today(company)
    manager = cast.persons[Post.CUSTOMER_MANAGER]
    if PlanCycle.objects.filter(person=manager, ends_on__gt=on).exists():
        return _("there already")
    if days_of_cycle(company, on, 1)[:1] != (on,):
        # Whoever opens the demonstration at a weekend finds a route, too.
        actions.set_calendar_day(
            company=company, day=on, is_working=True, note=told.day_on_note, by=cast.administrator, at=at
        )
    preparing.install_presets(company=company, by=cast.administrator, at=at, on=on)
    made = _plans(company, manager, on, tell)
    tell(0.7, _("Visits of the last weeks"))
    _visit([inputs for inputs, _each in made], company, on, at)
    tell(0.8, _("Reasons of the visits"))
    with transaction.atomic(), translation.override(told.language):
        _prepare(company, told, cast, at, on)
        first_day = [int(one.retailer_id) for one in made[0][1].visits if one.visit_date == on]
        _promise(told, manager, cast, first_day, at, on)
        _ask(told, manager, cast, first_day[len(told.promises) :], at, on)
        n_visits = _record(company, made, cast, at, on)
        _draw(company, told, cast, at, on)
    tell(1.0, _("Done"))
    return _("%(plans)d plans, %(visits)d visits") % {"plans": len(made), "visits": n_visits}


def verified(company: Company, told: Living, cast: Cast, month: date, rules_from: date, tell: Tell) -> str:
    """The month held against the rules as shipped, drafted by the supervision office and adopted by the leader; once."""
    run = verdicts.latest(company, month)
    if run is None:
        at, officer = clock.now(), cast.user(Post.SUPERVISION_OFFICER)
        with transaction.atomic():
            if rules.in_force(company, month=month) is None:
                draft = rule_actions.draft(company=company, title=told.rules_title, values={}, by=officer, at=at)
                rule_actions.adopt(rule_set=draft, valid_from=rules_from, by=cast.user(Post.LEADER), at=at)
        with translation.override(told.language):
            run = verifying.verify(company=company, month=month, by=officer, at=at, on=clock.today(company), tell=tell)
    told_words = {"visits": f"{run.n_visits:,}", "questions": run.n_questions}
    return _("%(visits)s visits, %(questions)d questions") % told_words


def _plans(company: Company, manager: Person, on: date, tell: Tell) -> list[tuple[Inputs, CallPlan]]:
    """Plans of the cycle that begins today: the shown manager's first, then those of the colleagues in the unit."""
    posts = people.customer_managers(company, on=on).order_by("person__employee_no")
    unit = posts.get(person=manager).unit_id
    colleagues = [post.person for post in posts if post.unit_id == unit and post.person_id != manager.pk]
    busy = set(PlanCycle.objects.filter(company=company, ends_on__gt=on).values_list("person_id", flat=True))
    persons = [manager, *(person for person in colleagues if person.pk not in busy)]
    made = []
    for number, person in enumerate(persons):
        tell(0.7 * number / len(persons), _("Plan of %(person)s") % {"person": person})
        inputs = inputs_of(company, person, starts_on=on)
        if inputs.retailers:
            quick = replace(inputs.settings, search_rounds=SEARCH_ROUNDS, route_rounds=ROUTE_ROUNDS)
            made.append((inputs, plan(str(person.pk), inputs.start, inputs.retailers, inputs.days, quick)))
    return made


def _visit(several: list[Inputs], company: Company, on: date, at: datetime) -> None:
    """A file of the rounds of the last weeks, imported like any other: shops in the order of their street, twelve minutes apart."""
    licences = dict(Retailer.objects.filter(company=company).values_list("pk", "licence_no"))
    days = [day for day in days_of_cycle(company, on - timedelta(weeks=WEEKS_VISITED), WEEKS_VISITED) if day < on]
    path = Path(settings.HOME) / "demo-files" / f"visits-{on}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [row for inputs in several for row in _rounds(inputs, licences, company, days, on)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]) if rows else ["visit_id"])
        out.writeheader()
        out.writerows(rows)
    running.run(
        company=company, kind="visits", path=path, by=None, at=at, mapping_name="", owner_name="demo",
        refused_to=path.with_suffix(".refused.csv"), tell=lambda done, total: None,
    )  # fmt: skip


def _rounds(
    inputs: Inputs, licences: Mapping[int, str], company: Company, days: Sequence[date], on: date
) -> Iterator[dict[str, object]]:
    shops = sorted(inputs.retailers, key=lambda shop: (shop.longitude, shop.latitude, shop.retailer_id))
    a_day = max(1, -(-len(shops) // len(days)))
    for number, shop in enumerate(shops):
        if number % PASSED_OVER == 0:
            continue
        turn, place = divmod(number, a_day)
        came = datetime.combine(days[turn], time(8, 40), company.zone) + timedelta(minutes=12 * place)
        licence = licences[int(shop.retailer_id)]
        yield {
            "visit_id": f"demo-{on}-{licence}",
            "manager_id": inputs.person.employee_no,
            "retailer_id": licence,
            "visit_type": REGULAR.code,
            "planned_date": days[turn],
            "check_in_at": came.isoformat(),
            "check_out_at": (came + timedelta(minutes=7 + number % 4)).isoformat(),
            "latitude": f"{shop.latitude + 0.0001:.6f}",
            "longitude": f"{shop.longitude - 0.0001:.6f}",
            "accuracy_metres": 12 + number % 9,
            "fix_age_seconds": 3,
            "source": "gps",
            "n_answers": 3 + number % 3,
        }


def _prepare(company: Company, told: Living, cast: Cast, at: datetime, on: date) -> None:
    administrator, until = cast.administrator, on + timedelta(weeks=WEEKS_PREPARED)
    valid = Q(company=company, valid_from__lte=on, valid_until__gt=on)
    if not Theme.objects.filter(valid).exists():
        preparing.write_theme(
            company=company, unit=None, title=told.theme.title, talking_points=told.theme.talking_points,
            valid_from=on, valid_until=until, by=administrator, at=at, on=on,
        )  # fmt: skip
    if not DayQuestion.objects.filter(valid).exists():
        for question in told.questions:
            preparing.write_question(
                company=company, unit=None, text=question.text, options=question.options,
                kind=QuestionKind.CHOICE if question.options else QuestionKind.YES_NO,
                valid_from=on, valid_until=until, by=administrator, at=at, on=on,
            )  # fmt: skip
    if not Policy.objects.filter(company=company, valid_from__lte=on, tell_until__gte=on).exists():
        policies.write(
            company=company, title=told.policy.title, text=told.policy.text, check_question=told.policy.question,
            check_answers=[{"text": text, "right": n == 0} for n, text in enumerate(told.policy.answers)],
            valid_from=on, tell_until=until, by=cast.user(Post.BRAND_MANAGER), at=at,
        )  # fmt: skip


def _promise(told: Living, manager: Person, cast: Cast, shops: list[int], at: datetime, on: date) -> None:
    """Promises at the first shops of the route: due soon, overdue, and one that waits for leave."""
    if Promise.objects.filter(owner=manager, state__in=(PromiseState.OPEN, PromiseState.ASKED)).exists():
        return
    for shop, text in zip(shops, told.promises, strict=False):
        promises.make(
            promise_id=uuid7(), person=manager, retailer_id=shop, text=text.text, limit_code=text.kind,
            due_on=on + timedelta(days=text.due_days), made_at=at + timedelta(days=text.made_days),
            by=cast.user(Post.CUSTOMER_MANAGER), at=at,
        )  # fmt: skip


def _ask(told: Living, manager: Person, cast: Cast, shops: list[int], at: datetime, on: date) -> None:
    """Requests at the shops after those: one waits at the market manager, one is answered and waits for the retailer's word."""
    open_ones = (RequestState.OPEN, RequestState.REOPENED, RequestState.ANSWERED)
    if Request.objects.filter(raised_by=manager, state__in=open_ones).exists():
        return
    for shop, text in zip(shops, told.requests, strict=False):
        raised = requests.raise_one(
            request_id=uuid7(), person=manager, retailer_id=shop, kind=RequestKind(text.kind), topic=text.topic,
            text=text.text, raised_at=at + timedelta(days=text.raised_days),
            by=cast.user(Post.CUSTOMER_MANAGER), at=at,
        )  # fmt: skip
        if text.answer:
            requests.answer(request=raised, words=text.answer, by=cast.user(Post.MARKET_MANAGER), at=at, on=on)


def _record(company: Company, made: list[tuple[Inputs, CallPlan]], cast: Cast, at: datetime, on: date) -> int:
    """Plans recorded, handed in and approved; the last one waits for the market manager. How many visits."""
    ids = {int(visit.retailer_id) for _inputs, each in made for visit in each.visits}
    why = reasons_of(company, ids, on=on, until=made[0][0].ends_on)
    for number, (inputs, each) in enumerate(made):
        cycle = planning.record(inputs=inputs, plan=each, reasons=why, by=None, at=at, on=on)
        own = number == 0
        by = cast.user(Post.CUSTOMER_MANAGER) if own else cast.administrator
        cycle = planning.propose(cycle=cycle, by=by, at=at, on=on)
        if own or number < len(made) - 1:
            planning.approve(cycle=cycle, by=cast.user(Post.MARKET_MANAGER), at=at, on=on)
    return sum(len(each.visits) for _inputs, each in made)


def _draw(company: Company, told: Living, cast: Cast, at: datetime, on: date) -> None:
    """A round of checks on the visits of the last week: market and brand managers and the office find theirs."""
    officer = cast.user(Post.SUPERVISION_OFFICER)
    sealed = check_actions.seal_round(
        company=company, visits_from=on - timedelta(days=7), visits_until=on, wanted=told.checks,
        due_on=on + timedelta(days=7), by=officer, at=at, on=on,
    )  # fmt: skip
    check_actions.draw(round=sealed, by=officer, at=at, on=on)
