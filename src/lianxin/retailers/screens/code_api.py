"""Codes for retailers by the API: made, looked at (never the codes themselves), taken back."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED, Asked, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.retailers import limits
from lianxin.retailers.actions import codes as actions
from lianxin.retailers.models import CodeBatch
from lianxin.retailers.queries import Listing
from lianxin.retailers.queries import access as queries
from lianxin.retailers.screens.slips import link_address
from lianxin.retailers.states import CodeForm, CodePurpose

router = Router(tags=["retailers' own pages"])


class OneIn(Schema):
    licence_no: str
    purpose: CodePurpose = CodePurpose.SIGN_IN
    days: int = limits.CODE_DAYS


class ManyIn(Schema):
    """Active retailers of these towns and routes; all of them when both are empty."""

    towns: list[str] = []
    routes: list[str] = []
    purpose: CodePurpose = CodePurpose.SIGN_IN
    days: int = limits.CODE_DAYS


class SlipOut(Schema):
    licence_no: str
    name: str
    code: str
    link: str
    expires_at: datetime


class HandedOut(Schema):
    """The codes are in this answer and kept nowhere."""

    batch: int
    slips: list[SlipOut]


class BatchOut(Schema):
    id: int
    purpose: str
    form: str
    n_codes: int
    n_used: int
    n_revoked: int
    made_at: datetime
    expires_at: datetime
    made_by: str

    @staticmethod
    def resolve_made_by(row: CodeBatch) -> str:
        return row.made_by.username if row.made_by else ""


class BatchPage(Page):
    rows: list[BatchOut]


class TakenBack(Schema):
    n: int


def _answer(request: HttpRequest, response: HttpResponse, handed: actions.Handed) -> Any:
    response["Cache-Control"] = "no-store"
    slips = [
        {
            "licence_no": slip.retailer.licence_no,
            "name": slip.retailer.name,
            "code": slip.digits,
            "link": link_address(request, slip),
            "expires_at": slip.expires_at,
        }
        for slip in handed.slips
    ]
    return Status(201, {"batch": handed.batch.pk, "slips": slips})


@router.get("/retailer-codes", response={200: BatchPage, **REFUSED})
@needs("retailercodes.read")
def list_batches(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Batches of codes, the newest first, with how many were used."""
    every = queries.batches(company_of(request))
    rows, following = page_of(every, after=asked.after, limit=asked.rows, newest_first=True)
    return {"rows": rows, "next": following, "total": every.count()}


@router.post("/retailer-codes", response={201: HandedOut, **REFUSED})
@needs("retailercodes.make")
def make_one(request: HttpRequest, payload: OneIn, response: HttpResponse) -> Any:
    """A code or link for one retailer, in place of the one it had."""
    company, user = company_of(request), user_of(request)
    retailer = queries.retailer_named(user, company, payload.licence_no, on=clock.today(company))
    handed = actions.make(
        company=company, retailers=[retailer], purpose=payload.purpose, form=CodeForm.API, days=payload.days,
        selection={}, by=user, at=clock.now(),
    )  # fmt: skip
    return _answer(request, response, handed)


@router.post("/retailer-codes/many", response={201: HandedOut, **REFUSED})
@needs("retailercodes.make_many")
def make_many(request: HttpRequest, payload: ManyIn, response: HttpResponse) -> Any:
    """Codes or links for many retailers, each in place of the one it had."""
    company, user = company_of(request), user_of(request)
    chosen = Listing(towns=tuple(payload.towns), routes=tuple(payload.routes))
    handed = actions.make(
        company=company,
        retailers=queries.retailers_chosen(user, company, chosen, on=clock.today(company)),
        purpose=payload.purpose,
        form=CodeForm.API,
        days=payload.days,
        selection={"towns": payload.towns, "routes": payload.routes},
        by=user,
        at=clock.now(),
    )
    return _answer(request, response, handed)


@router.delete("/retailer-codes/{licence_no}", response={200: TakenBack, **REFUSED})
@needs("retailercodes.make")
def take_back(request: HttpRequest, licence_no: str) -> Any:
    """Take back every open code and link of a retailer and end its sessions."""
    company, user = company_of(request), user_of(request)
    retailer = queries.retailer_named(user, company, licence_no, on=clock.today(company))
    return {"n": actions.revoke(company=company, retailer=retailer, by=user, at=clock.now())}
