"""A forecast round, a sheet and a hint that addresses speak of, made when an address is walked."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from lianxin.demand.models import Attachment, Hint, Round, Sheet
from tests.factories import AT


def _round(world: Any) -> Round:
    made, _created = Round.objects.get_or_create(
        company=world.company, first_period=date(2022, 2, 1),
        defaults={
            "period": "month", "product_ids": [world.product.pk], "history_until": date(2022, 1, 31), "opened_at": AT,
            "deadline_at": AT + timedelta(days=3650), "state": "open",
        },
    )  # fmt: skip
    Sheet.objects.get_or_create(
        round=made, person=world.manager, defaults={"post": "customer_manager", "unit": world.unit, "n_lines": 0}
    )
    return made


def round(world: Any) -> Mapping[str, Any]:
    return {"pk": _round(world).pk}


def sheet(world: Any) -> Mapping[str, Any]:
    return {"pk": _round(world).pk, "person_id": world.manager.pk}


def spread(world: Any) -> Mapping[str, Any]:
    return {"pk": _round(world).pk, "product_id": world.product.pk}


def hint(world: Any) -> Mapping[str, Any]:
    made = Hint.objects.create(
        company=world.company, kind="road", words="x", retailer=world.retailer, valid_from=date(2022, 2, 1),
        valid_until=date(2022, 3, 1), made_by=world.manager, made_at=AT,
    )  # fmt: skip
    return {"pk": made.pk}


def person(world: Any) -> Mapping[str, Any]:
    return {"person_id": world.manager.pk}


def employee(world: Any) -> Mapping[str, Any]:
    return {"employee_no": world.manager.employee_no}


def attachment(world: Any) -> Mapping[str, Any]:
    round = _round(world)
    made, _created = Attachment.objects.get_or_create(
        sheet=round.sheets.get(person=world.manager), line_no=0, sha256="0" * 64,
        defaults={"name": "x.pdf", "media_type": "application/pdf", "n_bytes": 1, "path": "forecasts/x.pdf", "added_at": AT},
    )  # fmt: skip
    return {"pk": round.pk, "attachment_id": made.pk}


_OF_ROUND = (
    "round",
    "prepare",
    "close",
    "mine",
    "enter",
    "accept",
    "submit",
    "take_back",
    "sheet_file",
    "sheet_upload",
    "line",
    "sums",
    "combined",
)
ARGUMENTS = {
    **{f"demand:{name}": round for name in _OF_ROUND},
    **{
        f"GET /api/v1/forecast-rounds/{{pk}}/{name}": round
        for name in ("authors", "lines", "sums", "combined", "spread")
    },
    **{
        f"POST /api/v1/forecast-rounds/{{pk}}/{name}": round
        for name in ("enter", "accept", "submit", "take-back", "close", "prepare")
    },
    "POST /api/v1/forecast-hints/{pk}/withdraw": hint,
    "demand:attach": round,
    "demand:attachment": attachment,
    "demand:remove_attachment": attachment,
    "GET /api/v1/forecast-rounds/{pk}/evidence": round,
    "POST /api/v1/forecast-rounds/{pk}/evidence": round,
    "GET /api/v1/forecast-rounds/{pk}/evidence/{attachment_id}": attachment,
    "POST /api/v1/forecast-rounds/{pk}/evidence/{attachment_id}/remove": attachment,
    "demand:sheet": sheet,
    "demand:spread": spread,
    "demand:copied_lines": person,
    "GET /api/v1/forecast-judging/copied/{employee_no}": employee,
    "demand:hint": hint,
    "demand:withdraw_hint": hint,
}
