"""What visits recorded before steps were counted say after the upgrade: nothing asked is no nought."""

from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.apps import apps

from lianxin.foundation.models import Company, ImportBatch
from lianxin.visits.models import Visit, VisitAction
from tests import factories

AT = datetime(2022, 1, 4, 1, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G3")]


def test_earlier_visits_are_told_anew(company: Company) -> None:
    person = factories.person(factories.unit(company))
    shop = factories.retailer(company, holder=person)
    silent, telling = (
        ImportBatch.objects.create(
            id=f"b{n}", company=company, kind="visits", file_name="x", content_hash="x", created_at=AT
        )
        for n in (1, 2)
    )
    told = {
        "asked": (0, None), "unasked": (0, None), "answered": (2, None), "silent": (0, silent), "nought": (0, telling),
        "told": (3, telling),
    }  # fmt: skip
    for name, (answers, batch) in told.items():
        Visit.objects.create(
            id=name, company=company, person=person, retailer=shop, visit_date=date(2022, 1, 4), check_in_at=AT, received_at=AT,
            n_answers=answers, batch=batch,
        )  # fmt: skip
    steps = [
        ("asked", "questions", {"answers": []}),
        ("asked", "stock_count", {"lines": []}),
        ("unasked", "stock_count", {"lines": [{"product_id": 1, "units": 2}]}),
        ("unasked", "price_tags", {"ordered": 1, "on_display": 0, "labelled": 0}),
        ("unasked", "display", {"photo_ids": [], "words": "端架"}),
        ("unasked", "note", {}),
        ("answered", "questions", {"answers": [{"question_id": 1, "value": True}]}),
    ]
    for place, (visit, kind, body) in enumerate(steps):
        VisitAction.objects.create(visit_id=visit, place=place, kind=kind, body=body)
    import_module("lianxin.visits.migrations.0006_what_was_filled").tell(apps, None)
    assert {row.pk: (row.n_answers, row.n_filled) for row in Visit.objects.all()} == {
        "asked": (0, 0), "unasked": (None, 3), "answered": (2, 0), "silent": (None, None), "nought": (0, None), "told": (3, None),
    }  # fmt: skip
