"""The pages of the shell, driven as a person drives them, without a browser."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from lianxin.foundation import actions, audit, jobs, queries
from lianxin.foundation.models import ApiToken, AuditRow, Company, DatedParameter, Job, RoleGrant, User
from lianxin.foundation.states import Role
from lianxin.oversight import actions as flags
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(company: Company) -> User:
    return factories.user(company, Role.ADMINISTRATOR, username="admin")


@pytest.fixture
def pages(admin: User, client: Client) -> Client:
    client.force_login(admin)
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize(
    "path",
    [
        "/", "/catalogue/", "/me/", "/me/tokens/", "/jobs/", "/system/users/", "/system/users/new", "/system/company/",
        "/system/calendar/", "/system/calendar/?year=2021", "/system/parameters/", "/system/parameters/?on=2021-12-31",
        "/system/parameters/measuring.peer_alert/", "/system/parameters/measuring.tier_groups/", "/system/audit/",
        "/system/gallery/", "/account/2fa/", "/account/password/", "/account/logout/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_page_of_the_shell_opens(pages: Client, path: str, language: str) -> None:
    pages.cookies["django_language"] = language
    answer = pages.get(path)
    assert answer.status_code == 200
    assert b"<h1" in answer.content


def test_an_account_is_opened_with_a_one_time_password_and_a_first_sign_in(pages: Client, company: Company) -> None:
    answer = pages.post("/system/users/new", {"username": "zhang", "display_name": "张三"})
    assert answer.status_code == 200
    password = answer.context["password"]
    assert password in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    zhang = User.objects.get(username="zhang")
    assert (zhang.company, zhang.must_change_password) == (company, True)

    fresh = Client()
    signed_in = fresh.post("/account/login/", {"login": "zhang", "password": password})
    assert signed_in["Location"] == "/"
    assert fresh.get("/")["Location"] == "/account/password/"
    assert fresh.get("/account/password/").status_code == 200
    changed = fresh.post(
        "/account/password/",
        {"oldpassword": password, "password1": "a quiet river bend", "password2": "a quiet river bend"},
    )
    assert changed.status_code == 302
    assert fresh.get("/").status_code == 200
    assert AuditRow.objects.filter(verb="users.change_password", by=zhang).count() == 1


def test_a_person_gets_the_roles_of_the_post(pages: Client, company: Company) -> None:
    person = factories.person(factories.unit(company))
    pages.post("/system/users/new", {"person": person.pk})
    person.refresh_from_db()
    assert person.user is not None
    assert [g.role for g in person.user.grants.all()] == [Role.CUSTOMER_MANAGER]


def test_a_taken_name_is_refused_beside_its_field_and_keeps_what_was_typed(pages: Client) -> None:
    answer = pages.post("/system/users/new", {"username": "ADMIN", "display_name": "Somebody"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["username"]
    assert b'value="Somebody"' in answer.content


def test_roles_are_given_and_taken(pages: Client, company: Company) -> None:
    zhang = factories.user(company)
    pages.post(f"/system/users/{zhang.pk}/roles", {"role": "leader", "reason": "order 12"})
    assert RoleGrant.objects.get(user=zhang).revoked_at is None
    pages.post(f"/system/users/{zhang.pk}/roles/revoke", {"role": "leader"})
    assert RoleGrant.objects.get(user=zhang).revoked_at is not None
    assert [r.verb for r in AuditRow.objects.order_by("number")] == ["users.grant", "users.revoke"]


def test_nobody_gives_himself_a_role(pages: Client, admin: User) -> None:
    pages.post(f"/system/users/{admin.pk}/roles", {"role": "leader"})
    assert [g.role for g in RoleGrant.objects.filter(user=admin)] == [Role.ADMINISTRATOR]


def test_an_account_of_another_company_is_not_there(pages: Client) -> None:
    stranger = factories.user(factories.company("other"))
    assert pages.get(f"/system/users/{stranger.pk}/").status_code == 404
    assert pages.post(f"/system/users/{stranger.pk}/password").status_code == 404


def test_a_switched_off_account_is_out_at_once(pages: Client, company: Company) -> None:
    zhang = factories.user(company, Role.LEADER)
    other = Client()
    other.force_login(zhang)
    assert other.get("/").status_code == 200
    pages.post(f"/system/users/{zhang.pk}/switch", {"active": "0"})
    assert other.get("/").status_code == 302


def test_a_reset_password_ends_the_sessions(pages: Client, company: Company) -> None:
    zhang = factories.user(company, Role.LEADER)
    other = Client()
    other.force_login(zhang)
    answer = pages.post(f"/system/users/{zhang.pk}/password")
    assert other.get("/").status_code == 302
    assert other.login(username=zhang.username, password=answer.context["password"])


def test_the_company_keeps_its_settings_and_says_what_is_wrong(pages: Client, company: Company) -> None:
    given = {
        "name": "临江市烟草公司", "name_en": "Linjiang", "time_zone": "Asia/Shanghai", "currency": "CNY", "currency_symbol": "¥",
        "order_unit": "条", "order_unit_en": "cartons", "unit_conversions": "箱, big cases, 250\n件, cases, 50",
    }  # fmt: skip
    assert pages.post("/system/company/", given)["Location"] == "/system/company/"
    company.refresh_from_db()
    assert [c["order_units"] for c in company.unit_conversions] == [50, 250]
    assert pages.post("/system/company/", given).status_code == 302
    assert AuditRow.objects.filter(verb="company.change").count() == 1
    for wrong, field in (({"currency": "yuan"}, "currency"), ({"unit_conversions": "件 50"}, "unit_conversions")):
        answer = pages.post("/system/company/", {**given, **wrong})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_a_day_of_the_calendar_comes_and_goes(pages: Client, company: Company) -> None:
    pages.post("/system/calendar/", {"day": "2021-02-12", "is_working": "0", "note": "春节"})
    assert [(d.date.isoformat(), d.is_working) for d in company.calendar_days.all()] == [("2021-02-12", False)]
    assert "春节" in pages.get("/system/calendar/?year=2021").content.decode()
    pages.post("/system/calendar/remove", {"day": "2021-02-12"})
    assert not company.calendar_days.exists()
    assert pages.post("/system/calendar/remove", {"day": "2021-02-30"}).status_code == 422
    assert pages.post("/system/calendar/", {"day": "2021-02-30", "is_working": "0"}).status_code == 422


def test_a_parameter_is_set_from_a_day(pages: Client, company: Company) -> None:
    path = "/system/parameters/measuring.peer_alert/"
    given = {"value": "0.75", "valid_from": "2021-07-01", "source": "Decision 7/2021", "evidence": "company"}
    assert pages.post(path, given).status_code == 302
    row = DatedParameter.objects.get()
    assert (row.value, row.valid_from.isoformat(), row.source) == (0.75, "2021-07-01", "Decision 7/2021")
    for wrong, field in (({"value": "much"}, "value"), ({"value": "99"}, "value"), ({"source": " "}, "source")):
        answer = pages.post(path, {**given, **wrong})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert DatedParameter.objects.count() == 1


def test_a_parameter_can_be_read_but_not_set_without_the_verb(client: Client, company: Company) -> None:
    client.force_login(factories.user(company, Role.CUSTOMER_MANAGER))
    path = "/system/parameters/measuring.peer_alert/"
    assert client.get(path).context["form"] is None
    assert client.post(path, {}).status_code == 403


def test_the_audit_is_asked_for_by_the_days_of_the_company(company: Company) -> None:
    """Asked outside a page, too, where the day would be UTC's."""
    evening = datetime(2026, 11, 20, 17, tzinfo=UTC)
    actions.open_account(company=company, username="late", display_name="", by=None, at=evening)
    for day, n in ((date(2026, 11, 21), 1), (date(2026, 11, 20), 0)):
        assert queries.audit_rows(company, since=day, until=day).count() == n


def test_the_audit_shows_filters_and_exports(pages: Client, company: Company, admin: User) -> None:
    for n in range(3):
        actions.open_account(company=company, username=f"u{n}", display_name="", by=admin, at=AT)
    assert pages.get("/system/audit/").context["table"].total == 3
    assert pages.get("/system/audit/?subject=user:u1").context["table"].total == 1
    assert pages.get("/system/audit/?verb=users.&by=admin").context["table"].total == 3
    assert pages.get("/system/audit/?since=2030-01-01").context["table"].total == 0
    assert pages.get("/system/audit/2/").status_code == 200
    assert pages.get("/system/audit/9/").status_code == 404
    csv = b"".join(pages.get("/system/audit/?export=csv").streaming_content).decode("utf-8-sig")
    assert len(csv.strip().splitlines()) == 4


def test_the_chain_is_verified_as_a_job_and_a_forged_row_is_found(pages: Client, company: Company, admin: User) -> None:
    actions.open_account(company=company, username="u", display_name="", by=admin, at=AT)
    where = pages.post("/system/audit/verify")["Location"]
    assert pages.post("/system/audit/verify")["Location"] == "/system/audit/"
    job = jobs.claim()
    assert job is not None
    assert jobs.run(job).state == "done"
    assert pages.get(where).status_code == 200
    AuditRow.objects.filter(number=1).update(by_name="somebody else")
    assert len(list(audit.faults(company))) == 1
    pages.post("/system/audit/verify")
    again = jobs.claim()
    assert again is not None
    assert jobs.run(again).state == "failed"
    assert "row 1" in again.error


def test_a_job_shows_its_progress_and_can_be_cancelled(pages: Client, company: Company, admin: User) -> None:
    job = Job.objects.create(company=company, kind="x", title="Long work", owner=admin, created_at=AT, progress=0.4)
    assert b"Long work" in pages.get("/jobs/").content
    assert b"hx-get" in pages.get(f"/jobs/{job.pk}/progress", headers={"HX-Request": "true"}).content
    assert pages.post(f"/jobs/{job.pk}/cancel")["Location"] == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert b"hx-get" not in pages.get(f"/jobs/{job.pk}/progress").content


def test_a_job_of_somebody_else_is_seen_by_the_administrator_only(pages: Client, company: Company) -> None:
    owner, other = factories.user(company, Role.HR), factories.user(company, Role.HR)
    job = Job.objects.create(company=company, kind="x", title="Mine", owner=owner, created_at=AT)
    for who, status in ((owner, 200), (other, 404)):
        one = Client()
        one.force_login(who)
        assert one.get(f"/jobs/{job.pk}/").status_code == status
    assert pages.get(f"/jobs/{job.pk}/").status_code == 200


def test_a_token_is_shown_once_works_and_is_revoked(pages: Client, admin: User) -> None:
    text = pages.post("/me/tokens/", {"name": "reports"}).context["shown"]
    assert text.encode() not in pages.get("/me/tokens/").content
    bearer = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/v1/me", headers=bearer).json()["username"] == "admin"
    token = ApiToken.objects.get()
    assert text not in (token.digest, token.name)
    pages.post(f"/me/tokens/{token.pk}/revoke")
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401
    assert pages.post("/me/tokens/", {"name": "old", "expires": "2001-01-01"}).status_code == 422


def test_the_home_page_has_the_panels_of_the_role(pages: Client, client: Client, company: Company) -> None:
    keys = {panel.key for panel in pages.get("/").context["panels"]}
    assert {"jobs", "batches", "accounts", "audit", "catalogue"} <= keys
    for key in keys:
        assert pages.get(f"/home/panels/{key}?month=2021-12").status_code == 200
        part = pages.get(f"/home/panels/{key}", headers={"HX-Request": "true"})
        assert b"<html" not in part.content
    assert pages.get("/home/panels/nothing").status_code == 404
    manager = Client()
    manager.force_login(factories.user(company, Role.CUSTOMER_MANAGER))
    assert "accounts" not in {panel.key for panel in manager.get("/").context["panels"]}
    assert manager.get("/home/panels/accounts").status_code == 404


def test_an_account_without_a_role_is_told_whom_to_ask(client: Client, company: Company) -> None:
    client.force_login(factories.user(company))
    client.cookies["django_language"] = "en"
    assert b"no role yet" in client.get("/").content
    client.force_login(User.objects.create_user("nobody", password="a-long-password"))
    assert b"no role yet" in client.get("/").content
    assert client.get("/system/parameters/").status_code == 403


def test_the_menu_has_only_what_the_role_may_open(pages: Client, company: Company) -> None:
    assert b'href="/system/users/"' in pages.get("/").content
    manager = Client()
    manager.force_login(factories.user(company, Role.CUSTOMER_MANAGER))
    page = manager.get("/").content
    assert b'href="/system/users/"' not in page
    assert b'href="/jobs/"' in page


def test_the_language_follows_the_user(pages: Client, admin: User) -> None:
    pages.cookies.clear()
    pages.force_login(admin)
    pages.post("/account/language/", {"language": "en", "next": "/"})
    fresh = Client()
    fresh.force_login(admin)
    assert b'<html lang="en"' in fresh.get("/").content
    fresh.post("/account/language/", {"language": "klingon", "next": "https://elsewhere.example/"})
    admin.refresh_from_db()
    assert admin.language == "en"


def test_a_manager_is_told_what_waits(company: Company) -> None:
    user = factories.user(company, Role.CUSTOMER_MANAGER)
    manager = factories.person(factories.unit(company), user=user)
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "en"
    assert b"Nothing waits for you" in client.get("/home/panels/attention").content
    assert b"No order lines have come in" in client.get("/home/panels/month").content
    flags.open(
        company=company, person=manager, rule="by_hand", question="?", answer_due_on=date(2999, 2, 1), at=AT, on=AT.date(),
        by=factories.user(company, Role.SUPERVISION_OFFICER), evidence=[{"title": "t", "text": "t", "source": "", "url": ""}],
    )  # fmt: skip
    assert b"1 question waits for you" in client.get("/home/panels/attention").content


def test_a_part_with_nothing_to_say_leaves_no_card(company: Company) -> None:
    client = Client()
    client.force_login(factories.user(company, Role.HR))
    assert client.get("/home/panels/jobs", headers={"HX-Request": "true"}).content == b""
