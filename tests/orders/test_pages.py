"""Files in by page and by API, as jobs; results, refused rows and undo."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lianxin.foundation import jobs
from lianxin.foundation.models import Company, ImportBatch, Job
from lianxin.foundation.states import BatchState, JobState, Role
from lianxin.people.models import Unit
from tests import factories

pytestmark = pytest.mark.django_db

TEXT = "unit,kind,remark\n公司,company,x\n城南,kiosk,=1+1\n"


@pytest.fixture
def administrator(company: Company, client: Client) -> Client:
    client.force_login(factories.user(company, Role.ADMINISTRATOR, language="en"))
    return client


def upload(name: str = "units.csv", content: str | bytes = TEXT) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def send(client: Client, **fields: Any) -> Any:
    return client.post(reverse("orders:import_new"), {"kind": "units", "mapping": "", "file": upload(), **fields})


def done() -> Job:
    job = jobs.claim()
    assert job is not None
    job = jobs.run(job)
    assert job.state == JobState.DONE, job.error
    return job


def test_a_file_is_tried_first_and_then_taken_in(administrator: Client, own_home: Path) -> None:
    answer = send(administrator)
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("web:job", args=[job.pk]))
    job = done()
    assert (job.result_url, Unit.objects.count()) == (reverse("orders:result", args=[job.pk]), 0)
    page = administrator.get(job.result_url).content.decode()
    assert "This was a dry run: nothing was changed." in page
    assert "It must be one of: company, department, market_unit, office." in page
    assert administrator.post(reverse("orders:result_take", args=[job.pk])).status_code == 302
    taken = done()
    batch = ImportBatch.objects.get()
    assert (taken.result_url, list(Unit.objects.values_list("code", flat=True))) == (
        reverse("orders:batch", args=[batch.pk]),
        ["公司"],
    )
    assert batch.file_name == "units.csv"
    assert [
        path.suffix for path in (own_home / "files" / "imports").iterdir() if not path.name.endswith(".refused.csv")
    ] == []


def test_refused_rows_are_downloaded_and_never_run_as_formulas(administrator: Client) -> None:
    send(administrator, is_taken="on")
    done()
    batch = ImportBatch.objects.get()
    answer = administrator.get(reverse("orders:batch_refused", args=[batch.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines()[1].startswith("城南,kiosk,'=1+1,3,kind,kiosk,")
    assert "units.csv.refused.csv" in answer["Content-Disposition"]


def test_the_job_speaks_the_language_of_the_page(administrator: Client) -> None:
    administrator.cookies["django_language"] = "en"
    send(administrator)
    assert Job.objects.get().arguments["language"] == "en"


def test_a_batch_is_undone_from_its_page(administrator: Client) -> None:
    send(administrator, is_taken="on")
    done()
    batch = ImportBatch.objects.get()
    page = administrator.get(reverse("orders:batch", args=[batch.pk])).content.decode()
    assert "Undo this import" in page
    assert administrator.post(reverse("orders:batch_undo", args=[batch.pk])).status_code == 302
    done()
    batch.refresh_from_db()
    assert (batch.state, Unit.objects.count()) == (BatchState.UNDONE, 0)
    assert "Undo this import" not in administrator.get(reverse("orders:batch", args=[batch.pk])).content.decode()


def test_only_files_of_our_own_are_sent_back(administrator: Client, company: Company, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    factories_batch = ImportBatch.objects.create(
        id="b1", company=company, kind="units", file_name="x", content_hash="0", owner_name="x",
        refused_file=str(secret), created_at=factories.AT,
    )  # fmt: skip
    assert administrator.get(reverse("orders:batch_refused", args=[factories_batch.pk])).status_code == 404


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (upload("units.exe"), "is not a kind of file that is read here"),
        (upload("units.xlsx"), "does not hold what its ending promises"),
        (upload("units.csv", b"PK\x03\x04..."), "does not hold what its ending promises"),
        (upload("units.csv", b""), "empty"),
    ],
)
def test_what_is_no_file_to_be_read_is_told_beside_the_field(
    administrator: Client, file: SimpleUploadedFile, sentence: str, own_home: Path
) -> None:
    file.seek(0)
    answer = send(administrator, file=file)
    assert (answer.status_code, sentence in answer.content.decode(), Job.objects.count()) == (422, True, 0)
    assert not list((own_home / "files").glob("imports/*"))


def test_a_file_that_is_too_large_is_told(administrator: Client, settings: LazySettings) -> None:
    settings.UPLOAD_LIMIT_BYTES = 10
    assert "is larger than 0 MB" in send(administrator).content.decode()


def test_the_name_of_an_upload_is_never_a_path(administrator: Client, own_home: Path) -> None:
    send(administrator, file=upload("../../../../evil.csv"))
    kept = list((own_home / "files" / "imports").iterdir())
    assert [len(path.stem) for path in kept] == [36]
    assert Job.objects.get().arguments["file_name"] == "evil.csv"


def test_a_mapping_is_chosen_from_the_shipped_ones_only(administrator: Client) -> None:
    assert send(administrator, mapping="/etc/passwd").status_code == 422
    assert send(administrator, mapping="iowa-portal").status_code == 422
    assert Job.objects.count() == 0


def test_a_file_that_cannot_be_read_fails_the_job_with_the_sentence(administrator: Client) -> None:
    send(administrator, file=upload(content="name\nx\n"))
    job = jobs.claim()
    assert job is not None
    job = jobs.run(job)
    assert (job.state, "lacks the column “unit”" in job.error) == (JobState.FAILED, True)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_the_list_of_imports(administrator: Client, company: Company, n: int) -> None:
    for number in range(n):
        ImportBatch.objects.create(
            id=f"b{number}", company=company, kind="units", file_name=f"file{number}.csv", content_hash="0", owner_name="x",
            created_at=factories.AT,
        )  # fmt: skip
    page = administrator.get(reverse("orders:imports")).content.decode()
    assert [number for number in range(3) if f"file{number}.csv" in page] == list(range(n))
    assert ("No file has come in yet" in page) == (n == 0)


def test_an_auditor_reads_and_does_not_run(company: Company, client: Client) -> None:
    client.force_login(factories.user(company, Role.SUPERVISION_OFFICER))
    assert client.get(reverse("orders:imports")).status_code == 200
    # The office brings surveys and nothing else (tests/voice).
    page = client.get(reverse("orders:import_new"))
    assert [value for value, _title in page.context["form"].fields["kind"].choices] == ["satisfaction"]
    assert client.post(reverse("orders:import_new"), {"kind": "units", "file": upload()}).status_code == 422
    client.force_login(factories.user(company, Role.LEADER))
    assert client.get(reverse("orders:import_new")).status_code == 403
    assert client.post(reverse("orders:import_new"), {"kind": "units", "file": upload()}).status_code == 403
    assert Job.objects.count() == 0


def test_batches_of_another_company_are_not_there(administrator: Client) -> None:
    other = factories.company("other")
    ImportBatch.objects.create(
        id="theirs",
        company=other,
        kind="units",
        file_name="x",
        content_hash="0",
        owner_name="x",
        created_at=factories.AT,
    )
    for name in ("orders:batch", "orders:batch_refused"):
        assert administrator.get(reverse(name, args=["theirs"])).status_code == 404
    assert administrator.post(reverse("orders:batch_undo", args=["theirs"])).status_code == 404


def test_the_api_takes_a_file_in_lists_and_undoes_it(administrator: Client) -> None:
    answer = administrator.post("/api/v1/imports", {"kind": "units", "file": upload()})
    assert answer.status_code == 202
    assert done().pk == json.loads(answer.content)["job_id"]
    listed = administrator.get("/api/v1/imports?kind=units").json()
    (row,) = listed["rows"]
    assert (listed["total"], row["n_read"], row["n_accepted"], row["n_refused"], row["state"]) == (
        1,
        2,
        1,
        1,
        "committed",
    )
    one = administrator.get(f"/api/v1/imports/{row['batch_id']}").json()
    assert [(each["line"], each["column"], each["value"]) for each in one["refused"]] == [(3, "kind", "kiosk")]
    assert one["ignored"] == ["remark"]
    assert administrator.post(f"/api/v1/imports/{row['batch_id']}/undo").status_code == 202
    done()
    assert administrator.get(f"/api/v1/imports/{row['batch_id']}").json()["state"] == "undone"
    again = administrator.post(f"/api/v1/imports/{row['batch_id']}/undo")
    assert (again.status_code, again.json()["detail"]) == (422, "Only a batch that is in can be undone.")


def test_the_api_tries_without_changing(administrator: Client) -> None:
    administrator.post("/api/v1/imports", {"kind": "units", "dry_run": "true", "file": upload()})
    outcome = (done().result or {})["outcome"]
    assert (outcome["n_accepted"], outcome["batch_id"], Unit.objects.count()) == (1, "", 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"kind": "weather"}, "kind"), ({"kind": "units", "mapping": "nothing"}, "mapping"), ({}, "kind")],
)
def test_the_api_says_what_is_wrong(administrator: Client, fields: dict[str, str], field: str) -> None:
    answer = administrator.post("/api/v1/imports", {**fields, "file": upload()})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
