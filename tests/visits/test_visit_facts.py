"""What field work publishes to the lake holds no position."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lianxin.core.tables import TABLES
from lianxin.core.tables.field import DISPLAYS, PRICE_TAGS, PROMISES, VISITS
from lianxin.engine.lake import Lake
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation import facts as published
from lianxin.foundation.models import Company
from lianxin.visits import facts
from lianxin.visits.models import Photo, Position, Promise, Visit, VisitAction
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1", "F3")]
AT = datetime(2022, 1, 4, 1, 0, tzinfo=UTC)


def test_visits_promises_tags_and_displays_are_published_under_their_contracts(company: Company) -> None:
    other = factories.company("other")
    for owner in (company, other):
        person = factories.person(factories.unit(owner))
        retailer = factories.retailer(owner, holder=person)
        visit = Visit.objects.create(
            id=f"v-{owner.code}", company=owner, person=person, retailer=retailer, visit_date=date(2022, 1, 4), check_in_at=AT,
            check_out_at=AT + timedelta(minutes=9), received_at=AT, place_answer="confirmed", distance_metres=41.5, n_answers=2,
            state="done",
        )  # fmt: skip
        Position.objects.create(visit=visit, moment="check_in", latitude=31.123456, longitude=118.4, taken_at=AT)
        tags = {"ordered": 9, "on_display": 8, "labelled": 7}
        VisitAction.objects.create(visit=visit, place=0, kind="price_tags", body=tags)
        VisitAction.objects.create(visit=visit, place=1, kind="price_tags", body={}, skipped_because="没带表")
        first = None
        for n in range(3):
            photo = Photo.objects.create(
                id=f"{owner.code}{n}", company=owner, person=person, visit_id_said=visit.pk, action_kind="display", taken_at=AT,
                received_at=AT, sha256="x", near_hash="", n_bytes=1, width=1, height=1, seen_before=first,
            )  # fmt: skip
            first = first or photo
        Promise.objects.create(
            id=f"p-{owner.code}",
            company=owner,
            retailer=retailer,
            owner=person,
            text="x",
            made_at=AT,
            due_on=date(2022, 1, 6),
        )

    found = {name: published.publishers()[name](company) for name in ("visits", "promises", "price_tags", "displays")}

    for contract in (VISITS, PROMISES, PRICE_TAGS, DISPLAYS):
        assert found[contract.name].schema == nullable_arrow_schema(contract)
        assert contract.name in TABLES
    assert "latitude" not in VISITS.columns
    assert [list(found[name].drop_columns(["company_id", "person_id", "retailer_id"]).to_pylist()) for name in found] == [
        [{"visit_id": "v-linjiang", "visit_date": date(2022, 1, 4), "check_in_at": AT, "check_out_at": AT + timedelta(minutes=9),
          "minutes": 9.0, "planned": False, "place_answer": "confirmed", "distance_metres": 41.5, "n_answers": 2,
          "held_at_visit": True, "closed_by_itself": False}],
        [{"promise_id": "p-linjiang", "made_at": AT, "due_date": date(2022, 1, 6), "state": "open", "settled_at": None}],
        [{"visit_id": "v-linjiang", "visit_date": date(2022, 1, 4), "ordered": 9, "on_display": 8, "labelled": 7}],
        [{"visit_id": "v-linjiang", "visit_date": date(2022, 1, 4), "n_photos": 3, "n_new": 1}],
    ]  # fmt: skip
    lake = published.the_lake()
    assert isinstance(lake, Lake)
    assert set(published.publish(company, lake, only="visits")) == {"visits"}
    assert facts.visits(company).num_rows == 1
