"""Rows that addresses speak of. A room with object pages adds its own: address name -> arguments made from the world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from lianxin.foundation.models import ApiToken, Company, ImportBatch, Job, StoredMapping, User
from lianxin.foundation.states import BatchState, Role
from lianxin.goods.models import Product
from lianxin.oversight import actions as flags
from lianxin.oversight.models import Check, CheckRound, Flag, RuleSet, VerificationRun, VisitVerdict
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post
from lianxin.retailers.models import CodeBatch, Retailer
from lianxin.visits.models import Cover, PlanCycle, PlannedVisit, Visit
from tests import factories
from tests.access import appraisal, demand, field_work, followups, supply
from tests.factories import AT


@dataclass
class World:
    """One small company with somebody in every role, and one of each thing that a page can be about."""

    company: Company
    users: dict[Role, User]
    unit: Unit
    manager: Person
    retailer: Retailer
    product: Product
    job: Job
    token: ApiToken
    account: User
    batch: ImportBatch
    flag: Flag
    check: Check
    run: VerificationRun
    plan: PlanCycle
    planned: PlannedVisit


def world() -> World:
    company = factories.company()
    users = {role: factories.user(company, role) for role in Role}
    unit = factories.unit(company)
    leader = factories.person(unit, Post.MARKET_MANAGER, user=users[Role.MARKET_MANAGER])
    manager = factories.person(unit, user=users[Role.CUSTOMER_MANAGER], reports_to=leader)
    account = factories.user(company, Role.LEADER)
    return World(
        company=company,
        users=users,
        unit=unit,
        manager=manager,
        retailer=factories.retailer(company, holder=manager),
        product=factories.product(company),
        job=Job.objects.create(company=company, kind="x", title="x", created_at=AT),
        token=ApiToken.objects.create(user=account, name="x", digest="x", created_at=AT),
        account=account,
        batch=ImportBatch.objects.create(
            id="0193-batch", company=company, kind="satisfaction", file_name="x.csv", content_hash="x", owner_name="x",
            created_at=AT, state=BatchState.COMMITTED,
        ),
        **supervision(company, manager, users[Role.SUPERVISION_OFFICER]),
        **call_plan(company, manager),
        flag=flags.open(
            company=company, person=manager, rule="by_hand", question="?", answer_due_on=date(2022, 2, 1), at=AT,
            on=date(2022, 1, 5),
            by=users[Role.SUPERVISION_OFFICER], evidence=[{"title": "t", "text": "t", "source": "", "url": ""}],
        ),
    )  # fmt: skip


def supervision(company: Company, manager: Person, officer: User) -> dict[str, Any]:
    """A check of one verified visit, given to the officer, and the run that verified it."""
    visit = Visit.objects.create(
        id="0193-visit",
        company=company,
        person=manager,
        retailer=factories.retailer(company, holder=manager),
        visit_date=date(2021, 12, 3),
        check_in_at=AT,
        received_at=AT,
    )
    drawn = CheckRound.objects.create(
        company=company,
        number=1,
        visits_from=date(2021, 12, 1),
        visits_until=date(2022, 1, 1),
        wanted={"phone": 1},
        seed="s",
        seed_hash="h",
        committed_at=AT,
        state="drawn",
        due_on=date(2022, 2, 1),
    )
    rules = RuleSet.objects.create(
        company=company, number=1, title="x", drafted_at=AT, state="adopted", valid_from=date(2021, 1, 1), adopted_at=AT
    )
    run = VerificationRun.objects.create(
        company=company,
        month=date(2021, 12, 1),
        number=1,
        mode="formal",
        rule_set=rules,
        parameters={},
        code_version="x",
        digest="x",
        made_at=AT,
    )
    VisitVerdict.objects.create(
        run=run, visit=visit, person=manager, visit_date=visit.visit_date, risk=0.1, answer="no", rules={"far": "no"}
    )
    check = Check.objects.create(
        company=company, round=drawn, visit=visit, channel="phone", drawn_probability=0.5, checker=officer
    )
    return {"check": check, "run": run}  # fmt: skip


def call_plan(company: Company, manager: Person) -> dict[str, Any]:
    """A plan that waits for approval, with one visit."""
    plan = PlanCycle.objects.create(
        id="0193-plan", company=company, person=manager, starts_on=date(2021, 12, 6), ends_on=date(2022, 1, 3),
        state="proposed", parameters={"norm": 30}, made_at=AT,
    )  # fmt: skip
    planned = PlannedVisit.objects.create(
        id="0193-planned", cycle=plan, company=company, person=manager, retailer=factories.retailer(company, holder=manager),
        visit_date=date(2021, 12, 7), order=1, arrive_at=time(8, 40), travel_minutes=1, service_minutes=10,
    )  # fmt: skip
    return {"plan": plan, "planned": planned}


def _cover(w: World) -> Cover:
    """A colleague who covers for the manager."""
    return Cover.objects.create(
        company=w.company, absent=w.manager, covering=factories.person(w.unit), valid_from=date(2021, 12, 1),
        valid_until=date(2099, 1, 1),
    )  # fmt: skip


def plan_change(w: World) -> int:
    """A change of the manager's own that waits for somebody's word."""
    return w.plan.changes.create(
        kind="absence", body={"days": []}, reason="x", by=w.manager.user, at=AT, excuse="waiting"
    ).pk


def code_batch(w: World) -> int:
    """Codes that were handed to the retailer."""
    return CodeBatch.objects.create(
        company=w.company, purpose="sign_in", form="slips", n_codes=1, made_at=AT, expires_at=AT
    ).pk


def stored_mapping(w: World) -> str:
    """A mapping of the company's own."""
    return StoredMapping.objects.create(
        company=w.company, name="own", title="x", text="", digest="x", kinds=["units"], stored_at=AT
    ).name


Arguments = Callable[[World], Mapping[str, Any]]

# By url name, or by "METHOD /path" for the API. What is not here gets arguments by their kind, which lead to nothing (404).
ARGUMENTS: dict[str, Arguments] = {
    **appraisal.ARGUMENTS,
    **demand.ARGUMENTS,
    **followups.ARGUMENTS,
    **supply.ARGUMENTS,
    "web:job": lambda w: {"pk": w.job.pk},
    "web:job_progress": lambda w: {"pk": w.job.pk},
    "web:job_cancel": lambda w: {"pk": w.job.pk},
    "web:user": lambda w: {"pk": w.account.pk},
    "web:user_grant": lambda w: {"pk": w.account.pk},
    "web:user_revoke": lambda w: {"pk": w.account.pk},
    "web:user_switch": lambda w: {"pk": w.account.pk},
    "web:user_password": lambda w: {"pk": w.account.pk},
    "web:user_second_factor": lambda w: {"pk": w.account.pk},
    "web:token_revoke": lambda w: {"pk": w.token.pk},
    "web:panel": lambda w: {"key": "catalogue"},
    "web:parameter": lambda w: {"name": "measuring.peer_alert"},
    "retailers:file": lambda w: {"retailer_id": w.retailer.pk},
    "retailers:history": lambda w: {"retailer_id": w.retailer.pk},
    "retailers:history_part": lambda w: {"retailer_id": w.retailer.pk},
    "retailers:contact": lambda w: {"retailer_id": w.retailer.pk},
    "retailers:contact_delete": lambda w: {"retailer_id": w.retailer.pk},
    "GET /retailers/{licence_no}/contact": lambda w: {"licence_no": w.retailer.licence_no},
    "PUT /retailers/{licence_no}/contact": lambda w: {"licence_no": w.retailer.licence_no},
    "DELETE /retailers/{licence_no}/contact": lambda w: {"licence_no": w.retailer.licence_no},
    "GET /retailers/{licence_no}/history": lambda w: {"licence_no": w.retailer.licence_no},
    "GET /retailers/{licence_no}/counter": lambda w: {"licence_no": w.retailer.licence_no},
    "GET /retailers/{licence_no}": lambda w: {"licence_no": w.retailer.licence_no},
    "orders:mapping_text": lambda w: {"name": stored_mapping(w)},
    "orders:mapping_delete": lambda w: {"name": stored_mapping(w)},
    "GET /mappings/{name}": lambda w: {"name": stored_mapping(w)},
    "DELETE /mappings/{name}": lambda w: {"name": stored_mapping(w)},
    "retailers:code_batch": lambda w: {"pk": code_batch(w)},
    "retailers:code_batch_take_back": lambda w: {"pk": code_batch(w)},
    "DELETE /retailer-codes/{licence_no}": lambda w: {"licence_no": w.retailer.licence_no},
    "orders:batch": lambda w: {"pk": w.batch.pk},
    "orders:batch_undo": lambda w: {"pk": w.batch.pk},
    "orders:batch_refused": lambda w: {"pk": w.batch.pk},
    "oversight:flag": lambda w: {"flag_id": w.flag.pk},
    "oversight:answer": lambda w: {"flag_id": w.flag.pk},
    "oversight:unheard": lambda w: {"flag_id": w.flag.pk},
    "oversight:take_up": lambda w: {"flag_id": w.flag.pk},
    "oversight:close": lambda w: {"flag_id": w.flag.pk},
    "oversight:corrected": lambda w: {"flag_id": w.flag.pk},
    "oversight:recheck": lambda w: {"flag_id": w.flag.pk},
    "oversight:adopt_again": lambda w: {"rule": "rule_burst"},
    "oversight:check": lambda w: {"pk": w.check.pk},
    "oversight:check_record": lambda w: {"pk": w.check.pk},
    "oversight:check_give_up": lambda w: {"pk": w.check.pk},
    "oversight:hand_over": lambda w: {"pk": w.check.pk},
    "oversight:round": lambda w: {"number": w.check.round.number},
    "oversight:draw": lambda w: {"number": w.check.round.number},
    "oversight:end": lambda w: {"number": w.check.round.number},
    "oversight:rule_set": lambda w: {"number": w.run.rule_set.number},
    "oversight:adopt": lambda w: {"number": w.run.rule_set.number},
    "oversight:try_on": lambda w: {"number": w.run.rule_set.number},
    "oversight:run": lambda w: {"pk": w.run.pk},
    "oversight:verified": lambda w: {"month": "2021-12"},
    "oversight:verified_person": lambda w: {"month": "2021-12", "person_id": w.manager.pk},
    "oversight:sides": lambda w: {"visit_id": w.check.visit_id},
    "oversight:ask": lambda w: {"visit_id": w.check.visit_id},
    "oversight:copy": lambda w: {"visit_id": w.check.visit_id},
    "visits:cover_end": lambda w: {"pk": _cover(w).pk},
    "POST /covers/{pk}/end": lambda w: {"pk": _cover(w).pk},
    "visits:plan_excuse": lambda w: {"pk": plan_change(w)},
    "POST /plan-excuses/{pk}/agree": lambda w: {"pk": plan_change(w)},
    "POST /plan-excuses/{pk}/decline": lambda w: {"pk": plan_change(w)},
    "visits:plan": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_calendar": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_map": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_map_data": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_made": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_adherence": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_unplaced": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_changes": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_propose": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_approve": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_return": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_replan": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_urgent": lambda w: {"cycle_id": w.plan.pk},
    "visits:plan_start": lambda w: {"cycle_id": w.plan.pk},
    "visits:planned_why": lambda w: {"planned_id": w.planned.pk},
    "visits:planned_not_made": lambda w: {"planned_id": w.planned.pk},
    "visits:plan_not_made": lambda w: {"cycle_id": w.plan.pk},
    "visits:planned_change": lambda w: {"planned_id": w.planned.pk},
    "goods:file": lambda w: {"product_id": w.product.pk},
    **field_work.ARGUMENTS,
}

BY_NAME: Mapping[str, Any] = {
    "month": "2021-12",
    "day": "2021-12-31",
    "on": "2021-12-31",
    "date": date(2021, 12, 31),
    "role": "hr",
}
BY_CONVERTER: Mapping[str, Any] = {
    "IntConverter": 987654321,
    "StringConverter": "nothing-of-that-name",
    "SlugConverter": "nothing",
    "PathConverter": "nothing",
    "UUIDConverter": "00000000-0000-7000-8000-000000000000",
    "UUIDStrConverter": "00000000-0000-7000-8000-000000000000",
}
