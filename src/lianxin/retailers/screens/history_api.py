"""Everything that happened with a retailer, by the API."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.retailers.queries import happenings, retailer_with_licence
from lianxin.retailers.screens.history_pages import asked_span

router = Router(tags=["retailers"])


class HappeningOut(Schema):
    at: datetime
    is_day: bool = Field(description="only the day is known")
    kind: str
    words: str
    who: str


class HistoryOut(Schema):
    first: date
    last: date
    total: int
    rows: list[HappeningOut]


class HistoryIn(Schema):
    first: date | None = Field(None, description="the first day known of the retailer by default")
    last: date | None = Field(None, description="today by default")
    kind: list[str] = []
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


@router.get("/retailers/{licence_no}/history", response={200: HistoryOut, **REFUSED})
@needs("retailers.read")
def history(request: HttpRequest, licence_no: str, asked: Query[HistoryIn]) -> Any:
    """Visits, promises, requests, policies told, checks, allocations and changes of master data, the newest first."""
    company, user = company_of(request), user_of(request)
    retailer = retailer_with_licence(user, company, licence_no, on=clock.today(company))
    known = [kind for kind, _title in happenings.kinds()]
    for kind in asked.kind:
        if kind not in known:
            raise Refused(
                _("There is no kind “%(kind)s”. Kinds: %(known)s.") % {"kind": kind, "known": ", ".join(known)},
                field="kind",
            )
    span = asked_span(retailer, asked.first, asked.last)
    if span.first > span.last:
        raise Refused(_("The first day is after the last."), field="first")
    rows = happenings.of_retailer(user, retailer, span, asked=asked.kind)
    shown = rows[asked.offset : asked.offset + asked.limit]
    return {"first": span.first, "last": span.last, "total": len(rows), "rows": shown}
