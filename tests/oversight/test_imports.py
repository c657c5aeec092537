"""Files of witnesses and checks: what comes in, what is refused and why, twice the same, undone."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.oversight.models import Check, Witness
from lianxin.visits.models import Visit
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
W = "witness_id,channel,retailer_id,seen_at,says,about_from,about_until\n"
C = "visit_id,channel,drawn_probability,confirmed\n"


@pytest.fixture
def take(company: Company, tmp_path: Path) -> Callable[..., Any]:
    def run(kind: str, text: str, **options: Any) -> Any:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        return running.run(company=company, kind=kind, path=path, by=None, at=AT, **options)

    return run


@pytest.fixture
def visit(company: Company) -> Visit:
    manager = factories.person(factories.unit(company))
    shop = factories.retailer(company, "L1", holder=manager)
    came = datetime(2021, 12, 3, 1, 0, tzinfo=UTC)
    return Visit.objects.create(
        id="v1",
        company=company,
        person=manager,
        retailer=shop,
        visit_date=came.date(),
        check_in_at=came,
        received_at=came,
    )


@pytest.mark.requirement("G5")
def test_witnesses_come_in_once_and_go_out_whole(company: Company, visit: Visit, take: Callable[..., Any]) -> None:
    text = (
        W + "w1,delivery,L1,2021-12-03T10:30:00+08:00,shop_closed,,\n"
        "w2,order_desk,L1,2021-12-07 09:00,says_not_visited,2021-12-01,2021-12-07\n"
        "w3,order_desk,L9,2021-12-07 09:00,says_visited,,\n"
        "w4,inspector,L1,2021-12-07,saw_manager,,\n"
        "w5,inspector,L1,2021-12-07 09:00,saw_manager,2021-12-07,\n"
        "w6,postman,L1,2021-12-07 09:00,saw_manager,,\n"
        "w7,inspector,L1,2021-12-07 09:00,saw_manager,2021-12-07,2021-12-01\n"
    )
    result = take("witnesses", text)
    assert (result.n_read, result.n_accepted, result.n_refused) == (7, 2, 5)
    assert [(row["line"], row["column"]) for row in result.refused] == [
        (4, "retailer_id"), (5, "seen_at"), (6, "about_until"), (7, "channel"), (8, "about_until"),
    ]  # fmt: skip
    first, second = Witness.objects.order_by("witness_id")
    assert first.seen_at == datetime(2021, 12, 3, 2, 30, tzinfo=UTC)
    assert second.seen_at == datetime(2021, 12, 7, 1, 0, tzinfo=UTC)  # told in the company's own time
    again = take("witnesses", W + "w1,delivery,L1,2021-12-03T02:30:00Z,shop_closed,,\n")
    assert again.n_duplicate == 1
    other = take("witnesses", W + "w1,delivery,L1,2021-12-03T02:30:00Z,shop_open,,\n")
    assert (other.n_refused, other.n_accepted) == (1, 0)
    mended = take("witnesses", W + "w1,delivery,L1,2021-12-03T02:30:00Z,shop_open,,\n", is_correction=True)
    assert Witness.objects.get(witness_id="w1").says == "shop_open"
    running.undo(company=company, batch_id=mended.batch_id, by=None, at=AT)
    assert Witness.objects.get(witness_id="w1").says == "shop_closed"
    running.undo(company=company, batch_id=result.batch_id, by=None, at=AT)
    assert Witness.objects.count() == 0


@pytest.mark.requirement("G2")
def test_checks_need_their_visit_and_their_chance(company: Company, visit: Visit, take: Callable[..., Any]) -> None:
    text = (
        C + "v1,phone,0.12,no\nv1,walk,12%,cannot_tell\nv1,spot,0,yes\n"
        "v2,phone,0.1,yes\nv1,phone,0.12,yes\nv1,walk,0.12,cannot_tell\n"
    )
    result = take("checks", text)
    assert (result.n_accepted, result.n_refused, result.n_duplicate) == (2, 3, 1)
    assert [(row["line"], row["column"]) for row in result.refused] == [
        (4, "drawn_probability"), (5, "visit_id"), (6, "visit_id"),
    ]  # fmt: skip
    assert sorted(Check.objects.values_list("channel", "drawn_probability", "confirmed", "state")) == [
        ("phone", 0.12, "no", "done"),
        ("walk", 0.12, "cannot_tell", "done"),
    ]
    running.undo(company=company, batch_id=result.batch_id, by=None, at=AT)
    assert Check.objects.count() == 0


@pytest.mark.requirement("G5")
def test_file_without_a_needed_column_changes_nothing(company: Company, take: Callable[..., Any]) -> None:
    with pytest.raises(Refused, match="says"):
        take("witnesses", "witness_id,channel,retailer_id,seen_at\nw1,delivery,L1,2021-12-03 10:30\n")
    assert Witness.objects.count() == 0
