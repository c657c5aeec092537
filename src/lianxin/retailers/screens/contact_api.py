"""Contacts of retailers by the API, for who serves them and those above; and a retailer's own."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, retailer_of, user_of
from lianxin.foundation.gate import needs
from lianxin.retailers.actions import contacts as actions
from lianxin.retailers.actions.contacts import Said
from lianxin.retailers.models import Retailer, RetailerContact
from lianxin.retailers.queries import contacts as queries
from lianxin.retailers.queries import retailer_with_licence

router = Router(tags=["retailers"])


class ContactIn(Schema):
    """The whole contact; a field that is not sent is empty afterwards."""

    name: str = Field("", max_length=200)
    phone: str = Field("", max_length=200)
    way: Literal["", "phone", "wechat", "visit", "sms"] = ""
    preferred_time: str = Field("", max_length=200)
    words: str = Field("", max_length=1000)


class ContactOut(Schema):
    name: str
    phone: str
    way: str
    preferred_time: str
    words: str
    entered_by: str = Field(description="sign-in name; empty: it came with a file, or from the retailer itself")
    entered_at: datetime
    batch: str | None = Field(description="the file that it came with")
    corrected_at: datetime | None = Field(description="when the retailer itself put it right")

    @staticmethod
    def resolve_entered_by(row: RetailerContact) -> str:
        return row.entered_by.username if row.entered_by else ""

    @staticmethod
    def resolve_batch(row: RetailerContact) -> str | None:
        return row.batch_id


def _retailer(request: HttpRequest, licence_no: str) -> Retailer:
    company = company_of(request)
    return retailer_with_licence(user_of(request), company, licence_no, on=clock.today(company))


@router.get("/retailers/{licence_no}/contact", response={200: ContactOut, **REFUSED})
@needs("contacts.read")
def contact(request: HttpRequest, response: HttpResponse, licence_no: str) -> Any:
    """Whom to call in a shop and how it likes to be reached: only to serve and call back this shop."""
    response["Cache-Control"] = "no-store"
    found = queries.contact_of(user_of(request), _retailer(request, licence_no), on=clock.today(company_of(request)))
    if found is None:
        raise queries.nothing_recorded()
    return found


@router.put("/retailers/{licence_no}/contact", response={204: None, **REFUSED})
@needs("contacts.write")
def enter_contact(request: HttpRequest, licence_no: str, payload: ContactIn) -> Any:
    """Enter the contact in place of what was there. The answer is empty: it is kept with the idempotency key."""
    on = clock.today(company_of(request))
    actions.enter(
        retailer=_retailer(request, licence_no), said=Said(**payload.model_dump()), by=user_of(request),
        at=clock.now(), on=on,
    )  # fmt: skip
    return Status(204, None)


@router.delete("/retailers/{licence_no}/contact", response={204: None, **REFUSED})
@needs("contacts.write")
def delete_contact(request: HttpRequest, licence_no: str) -> Any:
    """Delete the contact for good."""
    on = clock.today(company_of(request))
    actions.delete(retailer=_retailer(request, licence_no), by=user_of(request), at=clock.now(), on=on)
    return Status(204, None)


@router.get("/own/contact", response={200: ContactOut, **REFUSED}, tags=["retailers' own pages"])
@needs("own.contact")
def own_contact(request: HttpRequest, response: HttpResponse) -> Any:
    """What is recorded as the retailer's own contact."""
    response["Cache-Control"] = "no-store"
    return queries.own_contact(retailer_of(request))


@router.put("/own/contact", response={204: None, **REFUSED}, tags=["retailers' own pages"])
@needs("own.contact")
def correct_own_contact(request: HttpRequest, payload: ContactIn) -> Any:
    """Put it right; what it said before is gone."""
    caller = retailer_of(request)
    actions.correct(caller=caller, said=Said(**payload.model_dump()), at=clock.now(), on=clock.today(caller.company))
    return Status(204, None)


@router.delete("/own/contact", response={204: None, **REFUSED}, tags=["retailers' own pages"])
@needs("own.contact")
def delete_own_contact(request: HttpRequest) -> Any:
    """Delete it for good."""
    actions.delete_own(caller=retailer_of(request), at=clock.now())
    return Status(204, None)
