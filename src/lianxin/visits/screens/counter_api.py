"""What visits saw at a retailer's counter and when it likes to be visited, by the API."""

from datetime import date, time
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from lianxin.foundation import clock
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.retailers.queries import retailer_with_licence
from lianxin.visits.queries import happenings
from lianxin.visits.queries.plan_inputs import hours_in_force
from lianxin.visits.states import ActionKind

router = Router(tags=["visits"])


class HoursOut(Schema):
    good_from: time | None
    good_until: time | None
    busy_from: time | None
    busy_until: time | None


class TagsOut(Schema):
    visit_id: str
    seen_on: date
    ordered: int
    on_display: int
    labelled: int


class DisplayOut(Schema):
    visit_id: str
    seen_on: date
    words: str
    n_photos: int


class OrderOut(Schema):
    visit_id: str
    seen_on: date
    found: list[str]
    words: str


class CounterOut(Schema):
    """Null where nobody has looked or nothing is known."""

    hours: HoursOut | None
    price_tags: TagsOut | None
    display: DisplayOut | None
    market_order: OrderOut | None


@router.get("/retailers/{licence_no}/counter", response={200: CounterOut, **REFUSED})
@needs("visits.read")
def counter(request: HttpRequest, licence_no: str) -> Any:
    """Display, price tags and market order as the newest visits saw that looked; good and busy hours."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    retailer = retailer_with_licence(user, company, licence_no, on=on)
    state = happenings.counter_state(user, retailer, on=on)
    told: dict[str, Any] = {
        kind.value: {"visit_id": one.visit_id, "seen_on": one.seen_on, "words": "", **one.body}
        for kind, one in state.items()
    }
    if ActionKind.DISPLAY in state:
        told["display"]["n_photos"] = len(state[ActionKind.DISPLAY].body.get("photo_ids") or ())
    hours = hours_in_force([retailer.pk], on=on).get(retailer.pk)
    return {"price_tags": None, "display": None, "market_order": None, **told, "hours": hours}
