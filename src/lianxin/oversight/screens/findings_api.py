"""What a verified month found beside its visits, by API: key retailers without a valid visit, counts that records claim."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from lianxin.foundation import clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing
from lianxin.foundation.gate import needs
from lianxin.oversight.models import KeyRetailerVerdict
from lianxin.oversight.queries import claims, verdicts
from lianxin.oversight.screens.verification import month_of
from lianxin.visits.queries import records

router = Router(tags=["verification"])


class KeyRetailerOut(Schema):
    employee_no: str
    licence_no: str
    answer: str
    because: str
    n_visits: int
    n_hollow: int

    @staticmethod
    def resolve_employee_no(row: KeyRetailerVerdict) -> str:
        return row.person.employee_no

    @staticmethod
    def resolve_licence_no(row: KeyRetailerVerdict) -> str:
        return row.retailer.licence_no


class ClaimOut(Schema):
    kind: str
    words: str
    claimed: int
    found: int
    answer: str


class ClaimsOut(Schema):
    employee_no: str
    kind: str
    period_start: date
    claims: list[ClaimOut]


@router.get("/verification/{month}/key-retailers", response=list[KeyRetailerOut])
@needs("verification.read")
def key_retailers(request: HttpRequest, month: str) -> Any:
    """Each key retailer of those whose verification you may read: yes means that it had no valid visit in the month."""
    company = company_of(request)
    run = verdicts.latest(company, month_of(month))
    if run is None:
        raise Missing(_("This month has not been verified."))
    return list(verdicts.key_verdicts(user_of(request), run, on=clock.today(company)))


@router.get("/verification/records/{record_id}/claims", response=ClaimsOut)
@needs("verification.read")
def claims_of_record(request: HttpRequest, record_id: str) -> Any:
    """The counts that a record claims beside what was recorded in its period; yes means that nothing bears the claim."""
    company = company_of(request)
    found = records.record_visible(user_of(request), company, record_id, on=clock.today(company))
    told = {"employee_no": found.person.employee_no, "kind": found.kind, "period_start": found.period_start}
    return {**told, "claims": claims.of_record(found)}
