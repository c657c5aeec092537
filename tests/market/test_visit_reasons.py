"""What was counted in a shop is held against what it buys: a plan's reason that needs roll-ups and visits together."""

from datetime import date

import pytest

from lianxin.visits.models import Visit, VisitAction
from lianxin.visits.queries.plan_reasons import reasons_of
from tests import factories
from tests.market.store import NOW, Store, attributed

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


def test_a_nearly_empty_shelf_is_a_reason_to_go(store: Store) -> None:
    on = date(2022, 1, 5)
    line = next(
        line
        for line in map(attributed, store.lines)
        if line["month"] == NOW and line["person_id"] and line["units"] > 0
    )
    person = next(one for one in store.people.values() if one.pk == line["person_id"])
    visit = Visit.objects.create(
        id="v1", company=store.company, person=person, retailer_id=line["retailer_id"], state="done",
        visit_date=date(2022, 1, 4), check_in_at=factories.AT, received_at=factories.AT,
    )  # fmt: skip
    counted = VisitAction.objects.create(
        visit=visit, place=0, kind="stock_count", body={"lines": [{"product_id": line["product_id"], "units": 0}]}
    )
    (reason,) = [
        one
        for one in reasons_of(store.company, [line["retailer_id"]], on=on, until=on)[line["retailer_id"]]
        if one["code"] == "stock_out_risk"
    ]
    assert (reason["present"], reason["evidence"]["subject"]) == (0.0, str(line["product_id"]))
    counted.delete()
    told = reasons_of(store.company, [line["retailer_id"]], on=on, until=on)[line["retailer_id"]]
    assert "stock_out_risk" not in {one["code"] for one in told}
