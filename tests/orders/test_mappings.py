"""A company's own mappings: stored after a check, chosen by name on the page, in the API and on the command line, deleted."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation import jobs
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.imports import mapping, stored
from lianxin.foundation.models import AuditRow, Company, ImportBatch, StoredMapping, User
from lianxin.foundation.states import JobState, Role
from lianxin.people.models import Unit
from tests import factories
from tests.factories import AT
from tests.orders.test_commands import Run, run  # noqa: F401 - a fixture
from tests.orders.test_pages import done, upload

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]
TOML = 'title = "老系统"\n[units.columns]\nunit = "部门"\nkind = "类别"\n[units.values.kind]\n"公司" = "company"\n'
FILE = "部门,类别\n公司,公司\n"


@pytest.fixture
def user(company: Company) -> User:
    return factories.user(company, Role.ADMINISTRATOR, language="en")


@pytest.fixture
def administrator(user: User, client: Client) -> Client:
    client.force_login(user)
    return client


def store(administrator: Client, name: str = "old-system", text: str | bytes = TOML) -> Any:
    return administrator.post(reverse("orders:mapping_new"), {"name": name, "file": upload("m.toml", text)})


def test_it_is_stored_on_a_page_and_chosen_for_an_import(company: Company, administrator: Client) -> None:
    # when a mapping is stored
    assert store(administrator).status_code == 302
    assert "老系统 (old-system)" in administrator.get(reverse("orders:import_new")).content.decode()
    # then a file with those columns comes in by its name
    administrator.post(
        reverse("orders:import_new"),
        {"kind": "units", "mapping": "old-system", "file": upload("u.csv", FILE), "is_taken": "on"},
    )
    done()
    assert list(Unit.objects.values_list("code", "kind")) == [("公司", "company")]
    assert ImportBatch.objects.get().mapping == "old-system"
    # and it is listed, read, and deleted; the batch stays
    assert "old-system" in administrator.get(reverse("orders:mappings")).content.decode()
    text = administrator.get(reverse("orders:mapping_text", args=["old-system"]))
    assert text.content.decode() == TOML
    assert administrator.post(reverse("orders:mapping_delete", args=["old-system"])).status_code == 302
    assert (StoredMapping.objects.count(), ImportBatch.objects.count()) == (0, 1)
    rows = AuditRow.objects.filter(verb__startswith="mappings.").order_by("number")
    assert [(row.verb, row.subject) for row in rows] == [
        ("mappings.store", "mapping:old-system"), ("mappings.delete", "mapping:old-system"),
    ]  # fmt: skip
    assert rows[0].after == {"sha256": stored.digest_of(TOML), "kinds": ["units"]}


def test_the_api_stores_lists_reads_uses_and_deletes(company: Company, administrator: Client) -> None:
    made = administrator.post("/api/v1/mappings", {"name": "老系统", "file": upload("m.toml", TOML)})
    assert (made.status_code, made.json()["kinds"]) == (201, ["units"])
    listed = administrator.get("/api/v1/mappings").json()
    assert [(row["name"], row["is_shipped"]) for row in listed] == [
        *((name, True) for name in mapping.shipped_names()), ("老系统", False),
    ]  # fmt: skip
    assert administrator.get("/api/v1/mappings/老系统").json()["text"] == TOML
    assert administrator.get("/api/v1/mappings/linjiang").json()["is_shipped"] is True
    answer = administrator.post(
        "/api/v1/imports", {"kind": "units", "mapping": "老系统", "file": upload("u.csv", FILE)}
    )
    assert answer.status_code == 202
    done()
    assert Unit.objects.count() == 1
    assert administrator.delete("/api/v1/mappings/老系统").status_code == 204
    assert administrator.delete("/api/v1/mappings/老系统").status_code == 404
    assert administrator.delete("/api/v1/mappings/linjiang").status_code == 404
    gone = administrator.post("/api/v1/imports", {"kind": "units", "mapping": "老系统", "file": upload("u.csv", FILE)})
    assert (gone.status_code, gone.json()["field"]) == (422, "mapping")


def test_the_command_line_takes_it_by_name_and_prefers_it_to_a_path(
    run: Run, company: Company, user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    stored.store(company=company, name="old", content=TOML.encode(), by=user, at=AT)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").write_text("not a mapping", "utf-8")
    (tmp_path / "u.csv").write_text(FILE, "utf-8")
    code, out, err = run("import", "units", "u.csv", "--mapping", "old")
    assert (code, err) == (0, "")
    assert "accepted: 1" in out
    code, _out, err = run("import", "units", "u.csv", "--mapping", "nobody")
    assert code == 2
    assert "Known ones: iowa, iowa-portal, linjiang, old." in err


@pytest.mark.parametrize(
    ("name", "text", "field", "sentence"),
    [
        ("my mapping", TOML, "name", "letters, digits"),
        ("../x", TOML, "name", "letters, digits"),
        ("linjiang", TOML, "name", "shipped mapping"),
        ("m", "title =", "file", "is not TOML"),
        ("m", b"\xff\xfe\x00", "file", "UTF-8"),
        ("m", "[" * 20000, "file", "is not TOML"),
        ("m", 'title = "x"', "file", "no kind of file"),
        ("m", "[nothing.columns]\na = 'b'", "file", "There is no kind of file"),
        ("m", "[units.columns]\ncode = 'b'", "file", "“code” in units.columns"),
        ("m", "[[units.rows]]\nempty = ['remark']", "file", "“remark” in units.empty"),
        ("m", "[units.constants]\nremark = 'x'", "file", "“remark” in units.constants"),
        ("m", "[units]\ndates = 5", "file", "units.dates"),
        ("m", "[goods.computed.price_class]\nuse = 'bands'\nof = 'p'\nbands = [['a', 'x']]", "file", "bands"),
        ("m", "[goods.computed.price_class]\nuse = 'bands'\nof = 'p'\nbands = 3", "file", "bands"),
        ("m", "# " + "x" * mapping.SIZE_LIMIT, "file", "too large"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(
    administrator: Client, name: str, text: str | bytes, field: str, sentence: str
) -> None:
    page = store(administrator, name, text)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert sentence in str(page.context["form"].errors)
    answer = administrator.post("/api/v1/mappings", {"name": name, "file": upload("m.toml", text)})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert StoredMapping.objects.count() == 0


def test_a_file_tried_under_a_mapping_that_changed_since_is_not_taken_in(administrator: Client) -> None:
    store(administrator)
    administrator.post(
        reverse("orders:import_new"), {"kind": "units", "mapping": "old-system", "file": upload("u.csv", FILE)}
    )
    tried = done()
    assert store(administrator, text=TOML.replace("company", "office")).status_code == 302
    administrator.post(reverse("orders:result_take", args=[tried.pk]))
    job = jobs.claim()
    assert job is not None
    job = jobs.run(job)
    assert (job.state, Unit.objects.count()) == (JobState.FAILED, 0)
    assert "changed meanwhile" in job.error


def test_one_of_the_name_is_replaced_and_the_same_again_changes_nothing(company: Company, user: User) -> None:
    for text in (TOML, TOML, TOML.replace("老系统", "新系统")):
        stored.store(company=company, name="m", content=text.encode(), by=user, at=AT)
    assert StoredMapping.objects.get().title == "新系统"
    rows = AuditRow.objects.filter(verb="mappings.store").order_by("number")
    assert [row.before for row in rows] == [None, {"sha256": stored.digest_of(TOML), "kinds": ["units"]}]


def test_a_mapping_belongs_to_its_company(company: Company, user: User) -> None:
    other = factories.company("other")
    stored.store(company=company, name="m", content=TOML.encode(), by=user, at=AT)
    with pytest.raises(Refused):
        stored.load(other, "m")
    with pytest.raises(Missing):
        stored.delete(company=other, name="m", by=user, at=AT)


def test_every_shipped_mapping_would_pass_the_check(company: Company, user: User) -> None:
    for name in mapping.shipped_names():
        text = (mapping.SHIPPED / f"{name}.toml").read_bytes()
        assert stored.store(company=company, name=f"{name}-2", content=text, by=user, at=AT).kinds


def test_others_may_read_or_nothing_at_all(company: Company, administrator: Client) -> None:
    store(administrator)
    officer, manager = Client(), Client()
    officer.force_login(factories.user(company, Role.SUPERVISION_OFFICER))
    manager.force_login(factories.user(company, Role.CUSTOMER_MANAGER))
    assert officer.get(reverse("orders:mappings")).status_code == 200
    assert store(officer, "n").status_code == 403
    assert officer.post(reverse("orders:mapping_delete", args=["old-system"])).status_code == 403
    assert manager.get(reverse("orders:mapping_text", args=["old-system"])).status_code == 403
    assert StoredMapping.objects.count() == 1
