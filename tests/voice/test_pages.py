"""The pages and API of surveys, and the page of imports for the office: figures of enough questionnaires, never an answer."""

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lianxin.cli.surveying import release
from lianxin.foundation import jobs
from lianxin.foundation.imports import running
from lianxin.foundation.models import AuditRow, DatedParameter, ImportBatch, Job, RoleGrant
from lianxin.foundation.states import Role
from lianxin.voice.models import Answer, Release
from tests.factories import AT, START
from tests.voice.conftest import HEAD, Staff, Take, released, sheets

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C5")]
EN = {"accept-language": "en"}


def as_role(staff: Staff, role: Role) -> Client:
    client = Client()
    client.force_login(staff.users[role])
    return client


def test_an_empty_list_says_who_brings_a_survey_and_that_nothing_is_zero(staff: Staff) -> None:
    page = as_role(staff, Role.SUPERVISION_OFFICER).get(reverse("voice:surveys"), headers=EN)
    said = page.content.decode()
    assert "not measured, never as zero" in said
    assert reverse("orders:import_new") in said
    assert (
        reverse("orders:import_new") not in as_role(staff, Role.LEADER).get(reverse("voice:surveys")).content.decode()
    )


def test_a_survey_shows_what_all_said_and_no_answer(staff: Staff, take: Take) -> None:
    # Ten enough for one, two too few for the other: 9 sheets of 100 and 80, one of 20 and 20.
    take(sheets("E1", 1, [[5, 4]] * 9 + [[1, 1]]) + sheets("E2", 11, [[1, 1]] * 2))
    released()
    client = as_role(staff, Role.LEADER)
    row = client.get(reverse("voice:surveys"), headers=EN).context["table"].rows[0]
    assert [cell.text for cell in row.cells] == ["December 2021", "S", "12", "2", "Released"]
    page = client.get(reverse("voice:survey", args=["2021-12"]), headers=EN)
    degree, n_sheets, n_valid, n_persons, n_told = page.context["figures"]
    assert (degree.value, degree.unit) == (pytest.approx(83.0), "points")
    assert [one.value for one in (n_sheets, n_valid, n_persons, n_told)] == [12, 12, 2, 1]
    # The two sheets of the second are in no figure: by subtraction nobody learns of them.
    items = {row.cells[0].text: [cell.text for cell in row.cells[1:3]] for row in page.context["table"].rows}
    assert items == {"visits": ["74.0", "10"], "enough": ["92.0", "10"]}
    told = client.get("/api/v1/surveys/2021-12").json()
    assert (told["n_sheets"], told["standing"]) == (12, "released")
    said = told["said"]
    assert (said["score"], said["n"], said["n_told"], said["least"]) == (pytest.approx(83.0), 10, 1, 10)
    assert [(one["item"], one["n"], one["score"]) for one in said["items"]] == [
        ("visits", 10, 74.0),
        ("enough", 10, 92.0),
    ]
    assert client.get("/api/v1/surveys").json()["rows"] == [
        {"month": "2021-12", "name": "S", "n_sheets": 12, "n_persons": 2, "standing": "released"}
    ]
    for month in ("2021-11", "soon"):
        assert client.get(reverse("voice:survey", args=[month])).status_code == 404
        assert client.get(f"/api/v1/surveys/{month}").status_code == 404
    for role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER, Role.BRAND_MANAGER):
        assert as_role(staff, role).get(reverse("voice:survey", args=["2021-12"])).status_code == 403


def test_too_few_and_weights_that_do_not_fit_say_why(staff: Staff, take: Take) -> None:
    take(sheets("E1", 1, [[5, 4]] * 4))
    client = as_role(staff, Role.SUPERVISION_OFFICER)
    page = client.get(reverse("voice:survey", args=["2021-12"]), headers=EN)
    degree = page.context["figures"][0]
    assert (degree.value, degree.reason) == (None, "0 questionnaires can be told together; it needs 10")
    assert len(page.context["table"].rows) == 0
    take(sheets("E1", 5, [[5, 4]] * 8))
    DatedParameter.objects.create(
        company=staff.company, name="satisfaction.weights", value=["supply=1"], valid_from=START, source="x", set_at=AT
    )
    page = client.get(reverse("voice:survey", args=["2021-12"]), headers=EN)
    assert page.context["figures"][0].reason == "the weights do not name the dimensions of the survey"
    assert client.get("/api/v1/surveys/2021-12").json()["said"]["weights_fit"] is False


def test_a_survey_shows_to_its_office_alone_until_that_releases_it(staff: Staff, take: Take) -> None:
    take(sheets("E1", 1, [[5, 4]] * 10))
    second = take(sheets("E1", 11, [[5, 4]]))
    office, leader = as_role(staff, Role.SUPERVISION_OFFICER), as_role(staff, Role.LEADER)
    address, releasing = (reverse(f"voice:{name}", args=["2021-12"]) for name in ("survey", "release"))
    scored = "90.0"

    def told(client: Client) -> tuple[str, bool]:
        row = client.get("/api/v1/surveys/2021-12").json()
        assert client.get("/api/v1/surveys").json()["rows"][0]["standing"] == row["standing"]
        assert (row["said"] is not None) == (scored in client.get(address).content.decode())
        return row["standing"], row["said"] is not None

    assert (told(office), told(leader)) == (("draft", True), ("draft", False))
    assert "still completing it" in leader.get(address, headers=EN).content.decode()
    assert releasing in office.get(address, headers=EN).content.decode()
    assert leader.post(releasing).status_code == 403
    assert leader.post("/api/v1/surveys/2021-12/release").status_code == 403
    assert not Release.objects.exists()
    # Who is in the line besides is of no office.
    grant = RoleGrant.objects.create(
        user=staff.users[Role.SUPERVISION_OFFICER], company=staff.company, role=Role.MARKET_MANAGER, granted_at=AT
    )
    assert told(office) == ("draft", False)
    refused = office.post(releasing, headers=EN, follow=True).content.decode()
    assert "neither visit retailers nor lead" in refused
    assert not Release.objects.exists()
    grant.delete()

    page = office.post(releasing, headers=EN, follow=True).content.decode()
    assert "It counts in every figure made from now on" in page
    assert "nothing is added to it" in page
    assert f'action="{releasing}"' not in page
    assert (told(office), told(leader)) == (("released", True), ("released", True))
    assert "released already" in office.post(releasing, headers=EN, follow=True).content.decode()
    assert office.post("/api/v1/surveys/2021-12/release").status_code == 422
    row = AuditRow.objects.get(verb="surveys.release")
    assert (row.subject, row.after) == ("survey:2021-12", {"name": "S", "questionnaires": 11})

    running.undo(company=staff.company, batch_id=second.batch_id, by=None, at=AT)
    assert (told(office), told(leader)) == (("withdrawn", False), ("withdrawn", False))
    for client in (office, leader):
        assert "It counts nowhere any more" in client.get(address, headers=EN).content.decode()


def test_a_survey_is_released_by_api_and_command(staff: Staff, take: Take) -> None:
    take(sheets("E1", 1, [[5, 4]] * 10) + sheets("E1", 1, [[5, 4]] * 10, month="2021-11"))
    made = as_role(staff, Role.SUPERVISION_OFFICER).post("/api/v1/surveys/2021-12/release").json()
    assert (made["standing"], made["said"]["score"]) == ("released", pytest.approx(90.0))
    # A request leaves its own language behind.
    with translation.override("en"):
        command = CliRunner().invoke(release, ["2021-11"], standalone_mode=False)
    assert (command.output, command.exception) == ("Released: 2021-11 S\n", None)
    assert sorted(one.month.month for one in Release.objects.all()) == [11, 12]


def test_the_office_brings_a_file_by_page_and_takes_it_out_again(staff: Staff) -> None:
    client = as_role(staff, Role.SUPERVISION_OFFICER)
    page = client.get(reverse("orders:import_new"), headers=EN)
    assert [value for value, _title in page.context["form"].fields["kind"].choices] == ["satisfaction"]

    def upload() -> SimpleUploadedFile:
        return SimpleUploadedFile(
            "s.csv", (HEAD + sheets("E1", 1, [[5, 4]]) + "S,2021-12,E9,Q9,supply,enough,five,4\n").encode()
        )

    asked = client.post(reverse("orders:import_new"), {"kind": "people", "mapping": "", "file": upload()}, headers=EN)
    assert asked.status_code == 422
    assert client.post("/api/v1/imports", {"kind": "people", "file": upload()}).status_code == 403
    client.post(reverse("orders:import_new"), {"kind": "satisfaction", "mapping": "", "file": upload()}, headers=EN)
    trial = jobs.run(Job.objects.get())
    assert ImportBatch.objects.count() == 0
    shown = client.get((trial.result or {})["result_url"], headers=EN)
    assert shown.context["can_take"]
    assert [one.value for one in shown.context["figures"]] == [3, 2, 1, 0]
    client.post(reverse("orders:result_take", args=[trial.pk]))
    jobs.run(Job.objects.latest("pk"))
    batch = ImportBatch.objects.get()
    page = client.get(reverse("orders:batch", args=[batch.pk]), headers=EN)
    assert page.context["can_undo"]
    assert client.get(reverse("orders:batch_refused", args=[batch.pk])).status_code == 200
    # Who is in the line besides sees neither the batch nor its refused rows, and takes nothing in or out.
    RoleGrant.objects.create(
        user=staff.users[Role.SUPERVISION_OFFICER], company=staff.company, role=Role.MARKET_MANAGER, granted_at=AT
    )
    for address in (
        reverse("orders:batch", args=[batch.pk]),
        reverse("orders:batch_refused", args=[batch.pk]),
        reverse("orders:result", args=[trial.pk]),
        reverse("orders:result_refused", args=[trial.pk]),
        f"/api/v1/imports/{batch.pk}",
    ):
        assert client.get(address).status_code == 403, address
    for address in (reverse("orders:batch_undo", args=[batch.pk]), reverse("orders:result_take", args=[trial.pk])):
        assert client.post(address).status_code == 403, address
    RoleGrant.objects.filter(role=Role.MARKET_MANAGER, user=staff.users[Role.SUPERVISION_OFFICER]).delete()
    client.post(reverse("orders:batch_undo", args=[batch.pk]))
    assert jobs.run(Job.objects.latest("pk")).error == ""
    assert Answer.objects.count() == 0


def test_the_office_takes_out_no_batch_of_another_kind(staff: Staff) -> None:
    batch = ImportBatch.objects.create(
        id="0193-people", company=staff.company, kind="people", file_name="p.csv", content_hash="x", owner_name="x",
        created_at=AT, state="committed",
    )  # fmt: skip
    client = as_role(staff, Role.SUPERVISION_OFFICER)
    assert not client.get(reverse("orders:batch", args=[batch.pk])).context["can_undo"]
    assert client.post(reverse("orders:batch_undo", args=[batch.pk])).status_code == 403
    assert client.post(f"/api/v1/imports/{batch.pk}/undo").status_code == 403
