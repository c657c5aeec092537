from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from lianxin.foundation.api import Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.foundation.imports import kinds
from lianxin.foundation.models import ImportBatch
from lianxin.orders import queries
from lianxin.orders.screens.forms import enqueue_import
from lianxin.orders.screens.mapping_api import router as mappings
from lianxin.orders.screens.pages import enqueue_undo

router = Router(tags=["imports"])
router.add_router("", mappings)


class JobOut(Schema):
    job_id: int = Field(description="ask GET /jobs/{job_id} how it goes")


class RefusedOut(Schema):
    line: int
    column: str
    value: str
    reason: str


class BatchOut(Schema):
    batch_id: str
    kind: str
    file_name: str
    state: str
    content_hash: str
    mapping: str
    is_correction: bool
    owner: str
    n_read: int
    n_accepted: int
    n_refused: int
    n_duplicate: int
    created_at: datetime
    committed_at: datetime | None
    undone_at: datetime | None


class BatchFile(BatchOut):
    notes: list[str]
    ignored: list[str] = Field(description="columns of the file that nobody asked for")
    refused: list[RefusedOut] = Field(description="the first 200 refused rows")


class BatchPage(Page):
    rows: list[BatchOut]


class ImportIn(Schema):
    kind: str = Field(description="as the page of imports and `lianxin import --help` list them")
    mapping: str = Field(
        "", description="name of a shipped mapping or of the company's own; empty for canonical columns"
    )
    correction: bool = False
    dry_run: bool = False


def _row(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch_id": batch.pk,
        "owner": batch.owner_name,
        **{name: getattr(batch, name) for name in BatchOut.model_fields if name not in ("batch_id", "owner")},
    }


@router.post("/imports", response={202: JobOut}, summary="Take a file in, or try to; a job does it")
@needs("imports.bring")
def import_file(request: HttpRequest, asked: Form[ImportIn], file: File[UploadedFile]) -> Status[dict[str, int]]:
    job = enqueue_import(
        company=company_of(request),
        by=user_of(request),
        upload=file,
        kind=asked.kind,
        mapping_name=asked.mapping,
        is_correction=asked.correction,
        is_trial=asked.dry_run,
    )
    return Status(202, {"job_id": job.pk})


@router.get("/imports", response=BatchPage, summary="Batches, the newest first")
@needs("imports.read")
def imports(
    request: HttpRequest, kind: str | None = None, after: str = "", limit: int = Query(100, ge=1, le=1000)
) -> dict[str, Any]:
    rows = queries.batches(company_of(request))
    if kind:
        rows = rows.filter(kind=kinds.kind_of(kind).name)
    found, following = page_of(rows, after=after, limit=limit, newest_first=True)
    return {"total": rows.count(), "next": following, "rows": [_row(batch) for batch in found]}


@router.get("/imports/{batch_id}", response=BatchFile, summary="A batch with its refused rows")
@needs("imports.read")
def one_import(request: HttpRequest, batch_id: str) -> dict[str, Any]:
    batch = queries.batch_named(company_of(request), batch_id)
    kinds.kind_of(batch.kind).require_reading(user_of(request), company_of(request))
    return {**_row(batch), **{name: batch.notes.get(name, []) for name in ("notes", "ignored", "refused")}}


@router.post("/imports/{batch_id}/undo", response={202: JobOut}, summary="Take a batch out again; a job does it")
@needs("imports.bring")
def undo_import(request: HttpRequest, batch_id: str) -> Status[dict[str, int]]:
    batch = queries.batch_named(company_of(request), batch_id)
    kinds.kind_of(batch.kind).require_undo(batch, user_of(request))
    job = enqueue_undo(request, batch)
    return Status(202, {"job_id": job.pk})
