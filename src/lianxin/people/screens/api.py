from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from lianxin.foundation import clock
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.people import queries

router = Router(tags=["people"])


class PostingOut(Schema):
    employee_no: str
    name: str
    post: str
    unit: str
    reports_to: str | None
    valid_from: date
    valid_until: date | None


@router.get("/people", response=list[PostingOut], summary="Posts held on a day (today by default)")
@needs("people.read")
def people(request: HttpRequest, on: date | None = None, post: str = "", search: str = "") -> list[dict[str, Any]]:
    company = company_of(request)
    rows = queries.postings_listed(
        request.user, company, on=on or clock.today(company), post=post, search=search
    ).order_by("person__employee_no")
    return [
        {
            "employee_no": row.person.employee_no,
            "name": row.person.name,
            "post": row.post,
            "unit": row.unit.code,
            "reports_to": row.reports_to.employee_no if row.reports_to else None,
            "valid_from": row.valid_from,
            "valid_until": row.valid_until,
        }
        for row in rows
    ]
