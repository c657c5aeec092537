"""Schemes by API: the same actions as the pages."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lianxin.appraisal import actions
from lianxin.appraisal.models import SchemeVersion
from lianxin.appraisal.queries import schemes as queries
from lianxin.appraisal.wording import said
from lianxin.foundation import clock, jobs
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs

router = Router(tags=["schemes"])


class SchemeOut(Schema):
    id: int
    code: str
    number: int
    state: str
    valid_from: date | None
    valid_until: date | None
    consulted_on: date | None
    noticed_on: date | None

    @staticmethod
    def resolve_code(version: SchemeVersion) -> str:
        return version.scheme.code


class SchemeFile(SchemeOut):
    content: dict[str, Any]


class DraftIn(Schema):
    content: dict[str, Any]
    note: str = ""


class ConsultIn(Schema):
    on: date
    who: str
    text: str


class AdoptIn(Schema):
    valid_from: date
    noticed_on: date


class ChangeOut(Schema):
    where: str
    before: Any
    after: Any


class TrialJobOut(Schema):
    job: int
    state: str


@router.get("/schemes", response=list[SchemeOut], summary="Every version of every scheme")
@needs("schemes.read")
def schemes(request: HttpRequest) -> Any:
    return queries.versions(company_of(request))[:1000]


@router.get("/schemes/{version_id}", response=SchemeFile, summary="A version with what it says")
@needs("schemes.read")
def scheme(request: HttpRequest, version_id: int) -> Any:
    return queries.version_by_pk(company_of(request), version_id)


@router.get("/schemes/{version_id}/difference", response=list[ChangeOut], summary="What it changes")
@needs("schemes.read")
def scheme_difference(request: HttpRequest, version_id: int) -> Any:
    version = queries.version_by_pk(company_of(request), version_id)
    other = queries.compared_with(version)
    found = queries.changes(other, version) if other else []
    return [{"where": said(change.words), "before": change.before, "after": change.after} for change in found]


@router.post("/schemes", response={201: SchemeFile}, summary="Draft a version; all faults come in one sentence each")
@needs("schemes.write")
def draft_scheme(request: HttpRequest, given: DraftIn) -> Any:
    return Status(
        201,
        actions.draft(
            company=company_of(request), content=given.content, note=given.note, by=user_of(request), at=clock.now()
        ),
    )


@router.put("/schemes/{version_id}", response=SchemeFile, summary="Change a draft")
@needs("schemes.write")
def change_scheme(request: HttpRequest, version_id: int, given: DraftIn) -> Any:
    version = queries.version_by_pk(company_of(request), version_id)
    return actions.change_draft(
        version=version, content=given.content, note=given.note, by=user_of(request), at=clock.now()
    )


@router.post("/schemes/{version_id}/consult", response=SchemeOut, summary="Record the consultation on a draft")
@needs("schemes.write")
def consult_scheme(request: HttpRequest, version_id: int, given: ConsultIn) -> Any:
    version = queries.version_by_pk(company_of(request), version_id)
    return actions.consult(
        version=version, on=given.on, who=given.who, text=given.text, by=user_of(request), at=clock.now()
    )


@router.post("/schemes/{version_id}/adopt", response=SchemeOut, summary="Put a version in force that you did not write")
@needs("schemes.adopt")
def adopt_scheme(request: HttpRequest, version_id: int, given: AdoptIn) -> Any:
    version = queries.version_by_pk(company_of(request), version_id)
    return actions.adopt(
        version=version,
        valid_from=given.valid_from,
        noticed_on=given.noticed_on,
        by=user_of(request),
        at=clock.now(),
    )


@router.post("/schemes/{version_id}/trial", response={202: TrialJobOut}, summary="Try it on the last twelve months")
@needs("schemes.write")
def try_scheme(request: HttpRequest, version_id: int) -> Any:
    version = queries.version_by_pk(company_of(request), version_id)
    job = jobs.enqueue(
        company=company_of(request),
        kind="appraisal.trial",
        title=_("Try %(version)s on the last twelve months") % {"version": version},
        arguments={"version": version.pk},
        by=user_of(request),
        at=clock.now(),
        unique_key=f"appraisal.trial:{version.pk}",
    )
    return Status(202, {"job": job.pk, "state": job.state})
