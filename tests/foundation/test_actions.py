"""Verbs of administration: what they refuse, and that every change leaves its audit row."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import translation

from lianxin.core.parameters import PARAMETERS
from lianxin.foundation import actions, audit, parameters, queries
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.models import AuditRow, Company, Job, RoleGrant, User
from lianxin.foundation.parameter_words import wanted
from lianxin.foundation.states import Evidence, JobState, Role
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(company: Company) -> User:
    return factories.user(company, Role.ADMINISTRATOR, username="admin")


def verbs() -> list[str]:
    return list(AuditRow.objects.order_by("number").values_list("verb", flat=True))


def test_a_company_is_founded_with_its_settings() -> None:
    made = actions.found_company(code="new", name="新公司", currency="USD", by=None, at=AT)
    assert (made.name, made.currency) == ("新公司", "USD")
    assert verbs() == ["company.found", "company.change"]
    assert list(audit.faults(made)) == []


@pytest.mark.parametrize(
    ("code", "field"), [("linjiang", "code"), ("two words", "code"), ("x" * 41, "code"), ("", "code")]
)
def test_a_company_needs_a_code_of_its_own(company: Company, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.found_company(code=code, name="x", by=None, at=AT)
    assert refused.value.field == field
    assert Company.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"name": "  "}, "name"),
        ({"order_unit": ""}, "order_unit"),
        ({"currency": "yuan"}, "currency"),
        ({"currency": "cny"}, "currency"),
        ({"currency_symbol": "too long"}, "currency_symbol"),
        ({"unit_conversions": "件"}, "unit_conversions"),
        ({"unit_conversions": [{"name": "件", "order_units": 1}]}, "unit_conversions"),
        ({"unit_conversions": [{"name": "", "order_units": 50}]}, "unit_conversions"),
        ({"unit_conversions": [{"name": "件", "order_units": True}]}, "unit_conversions"),
        ({"unit_conversions": [{"name": "件", "order_units": 2}] * 2}, "unit_conversions"),
    ],
)
def test_a_wrong_setting_changes_nothing(company: Company, change: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.change_settings(company=company, by=None, at=AT, **change)
    assert refused.value.field == field
    assert verbs() == []


def test_the_calendar_decides_before_the_week(company: Company) -> None:
    friday, saturday = date(2021, 2, 12), date(2021, 2, 20)
    assert (queries.is_working_day(company, friday), queries.is_working_day(company, saturday)) == (True, False)
    actions.set_calendar_day(company=company, day=friday, is_working=False, note="春节", by=None, at=AT)
    actions.set_calendar_day(company=company, day=saturday, is_working=True, note="", by=None, at=AT)
    assert (queries.is_working_day(company, friday), queries.is_working_day(company, saturday)) == (False, True)
    actions.set_calendar_day(company=company, day=friday, is_working=False, note="春节", by=None, at=AT)
    actions.set_calendar_day(company=company, day=friday, is_working=None, note="", by=None, at=AT)
    actions.set_calendar_day(company=company, day=friday, is_working=None, note="", by=None, at=AT)
    assert verbs() == ["company.calendar"] * 3


@pytest.mark.parametrize("username", ["", "two words", "x" * 151, "ADMIN", "张 三"])
def test_an_account_needs_a_name_of_its_own(company: Company, admin: User, username: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.open_account(company=company, username=username, display_name="", by=admin, at=AT)
    assert refused.value.field == "username"


def test_one_time_passwords_are_long_and_never_the_same() -> None:
    made = {actions.one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(each) == 14 and not set(each) - set(actions.ALPHABET) - {"-"} for each in made)


def test_a_grant_is_given_once_and_taken_once(company: Company, admin: User) -> None:
    zhang = factories.user(company)
    for _ in range(2):
        actions.grant_role(user=zhang, role=Role.LEADER, company=company, by=admin, at=AT)
    for _ in range(2):
        actions.revoke_role(user=zhang, role=Role.LEADER, company=company, by=admin, at=AT)
    assert verbs() == ["users.grant", "users.revoke"]
    assert RoleGrant.objects.filter(user=zhang).count() == 1


def test_an_account_cannot_be_made_a_retailer(company: Company, admin: User) -> None:
    with pytest.raises(Refused) as refused:
        actions.grant_role(user=factories.user(company), role=Role.RETAILER, company=company, by=admin, at=AT)
    assert refused.value.field == "role"


def test_nobody_decides_about_himself_and_the_last_administrator_stays(company: Company, admin: User) -> None:
    refused = [
        lambda: actions.grant_role(user=admin, role=Role.LEADER, company=company, by=admin, at=AT),
        lambda: actions.switch_account(user=admin, company=company, active=False, by=admin, at=AT),
        lambda: actions.reset_password(user=admin, company=company, by=admin, at=AT),
        lambda: actions.remove_second_factor(user=admin, company=company, by=admin, at=AT, reason="me"),
        lambda: actions.revoke_role(user=admin, role=Role.ADMINISTRATOR, company=company, by=None, at=AT),
        lambda: actions.switch_account(user=admin, company=company, active=False, by=None, at=AT),
    ]
    for act in refused:
        with pytest.raises(Refused):
            act()
    other = factories.user(company, Role.ADMINISTRATOR)
    actions.revoke_role(user=admin, role=Role.ADMINISTRATOR, company=company, by=other, at=AT)
    assert verbs() == ["users.revoke"]


def test_an_account_of_another_company_is_out_of_reach(company: Company, admin: User) -> None:
    stranger = factories.user(factories.company("other"))
    for act in (
        lambda: actions.grant_role(user=stranger, role=Role.LEADER, company=company, by=admin, at=AT),
        lambda: actions.revoke_role(user=stranger, role=Role.LEADER, company=company, by=admin, at=AT),
        lambda: actions.switch_account(user=stranger, company=company, active=False, by=admin, at=AT),
        lambda: actions.reset_password(user=stranger, company=company, by=admin, at=AT),
    ):
        with pytest.raises(Refused):
            act()
    with pytest.raises(Missing):
        queries.account(company, stranger.pk)


def test_a_token_is_its_owners(company: Company, admin: User) -> None:
    zhang, li = factories.user(company, Role.HR), factories.user(company, Role.HR)
    with pytest.raises(Refused):
        actions.issue_token(user=zhang, name="x", expires_at=None, by=admin, at=AT)
    with pytest.raises(Refused):
        actions.issue_token(user=zhang, name=" ", expires_at=None, by=zhang, at=AT)
    with pytest.raises(Refused):
        actions.issue_token(user=zhang, name="x", expires_at=AT - timedelta(days=1), by=zhang, at=AT)
    token, _text = actions.issue_token(user=zhang, name="x", expires_at=None, by=zhang, at=AT)
    assert queries.token(zhang, company, token.pk) == token
    assert queries.token(admin, company, token.pk) == token
    with pytest.raises(Missing):
        queries.token(li, company, token.pk)
    for _ in range(2):
        actions.revoke_token(token=token, by=admin, at=AT)
    assert verbs() == ["tokens.issue", "tokens.revoke"]


def test_a_job_is_cancelled_once_and_a_finished_one_stays_finished(company: Company, admin: User) -> None:
    waiting = Job.objects.create(company=company, kind="x", title="x", created_at=AT)
    running = Job.objects.create(company=company, kind="x", title="x", created_at=AT, state=JobState.RUNNING)
    done = Job.objects.create(company=company, kind="x", title="x", created_at=AT, state=JobState.DONE)
    states = []
    for job in (waiting, running, done):
        for _ in range(2):
            actions.cancel_job(job=job, by=admin, at=AT)
        states.append((job.state, job.cancel_asked))
    assert states == [("cancelled", True), ("running", True), ("done", False)]
    assert verbs() == ["jobs.cancel"] * 2


def test_the_chain_breaks_visibly_when_a_row_goes(company: Company, admin: User) -> None:
    for n in range(3):
        actions.open_account(company=company, username=f"u{n}", display_name="", by=admin, at=AT)
    assert list(audit.faults(company)) == []
    AuditRow.objects.filter(number=2).delete()
    assert any("row 2" in fault and "missing" in fault for fault in audit.faults(company))
    AuditRow.objects.filter(number=3).delete()
    assert any("its head says 3" in fault for fault in audit.faults(company))


def test_an_audit_row_lives_and_dies_with_its_change(company: Company, admin: User) -> None:
    def breaks_afterwards() -> None:
        with transaction.atomic():
            actions.open_account(company=company, username="u", display_name="", by=admin, at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks_afterwards()
    assert verbs() == []
    assert not User.objects.filter(username="u").exists()


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_every_parameter_can_be_written_and_read_back(name: str) -> None:
    declared = PARAMETERS[name]
    text = parameters.written(declared, declared.default)
    value = parameters.read(declared, text)
    declared.check(value)
    assert parameters.written(declared, value) == text
    with translation.override("en"):
        assert wanted(declared)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("measuring.key_products", "P1、P2，P3; P4\nP5", ["P1", "P2", "P3", "P4", "P5"]),
        ("measuring.key_products", " ", None),
        ("measuring.tier_groups", "28-30, 20 至 27，1~19", [[28, 30], [20, 27], [1, 19]]),
        ("measuring.peer_alert", "0.75", 0.75),
        ("measuring.peer_minimum", "12", 12),
    ],
)
def test_people_may_write_values_their_way(name: str, text: str, value: object) -> None:
    assert parameters.read(PARAMETERS[name], text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("measuring.peer_alert", "much"),
        ("measuring.peer_minimum", "1.5"),
        ("measuring.tier_groups", "30"),
        ("measuring.tier_groups", "a-b"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_wanted(company: Company, name: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        parameters.set_value(
            company=company, name=name, value=parameters.read(PARAMETERS[name], text), valid_from=date(2021, 1, 1), source="x",
            evidence=Evidence.COMPANY, by=None, at=AT,
        )  # fmt: skip
    assert refused.value.field == "value"
    assert name in refused.value.message


def test_a_parameter_holds_from_its_day_until_the_next(company: Company) -> None:
    name = "measuring.peer_alert"
    for day, value in ((date(2021, 7, 1), 0.7), (date(2021, 10, 1), 0.9), (date(2021, 7, 1), 0.75)):
        parameters.set_value(
            company=company,
            name=name,
            value=value,
            valid_from=day,
            source="x",
            evidence=Evidence.COMPANY,
            by=None,
            at=AT,
        )
    days = [date(2021, 6, 30), date(2021, 7, 1), date(2021, 9, 30), date(2021, 10, 1)]
    assert [queries.parameter_of(company, name, on=day).value for day in days] == [0.8, 0.75, 0.75, 0.9]
    assert [parameters.in_force(company, on=day)[name] for day in days] == [0.8, 0.75, 0.75, 0.9]
    assert [row.valid_from for row in queries.parameter_of(company, name, on=days[0]).history] == [days[3], days[1]]
    assert verbs() == ["parameters.set"] * 3
    with pytest.raises(Missing):
        queries.parameter_of(company, "measuring.nothing", on=days[0])
