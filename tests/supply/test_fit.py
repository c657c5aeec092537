"""Fit of a round with demand: unmet, taken, returned, sold out; what nobody knows is said to be unknown."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from lianxin.core.parameters import PARAMETERS
from lianxin.core.tables import ORDER_LINES
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import User
from lianxin.supply import facts
from lianxin.supply.models import Round
from lianxin.supply.queries import rounds
from lianxin.visits.models import Visit, VisitAction, VisitType
from lianxin.visits.states import ActionKind
from tests.imports.conftest import Take
from tests.supply.test_pages import page
from tests.supply.world import WEEK, World

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D4")]
NUMBERS = {name: declared.default for name, declared in PARAMETERS.items()}


@pytest.fixture
def imported(world: World, take: Take) -> Round:
    """L0 asked for 5 and got 3, L1 asked for 4 and got 4."""
    head = "week,product_code,licence_no,share_units,wanted_units,tier\n"
    take("allocations", head + f"{WEEK},P1,L0,3,5,10\n{WEEK},P1,L1,4,4,30\n")
    return rounds.standing(world.company).get()


def ordered(world: World, *lines: tuple[date, int, int]) -> None:
    """Order lines (day, number of the retailer, supplied units) of the first product."""
    rows = [
        {
            "company_id": world.company.pk, "line_id": str(n), "order_date": day, "order_month": day.replace(day=1),
            "retailer_id": world.retailers[retailer].pk, "product_id": world.products[0].pk, "ordered_units": units,
            "supplied_units": units, "batch_id": "b",
        }
        for n, (day, retailer, units) in enumerate(lines)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=nullable_arrow_schema(ORDER_LINES))
    the_lake().append_batch(table, world.company.pk, "b")


def whole(round: Round) -> dict[str, object]:
    return next(row for row in facts.fit_of(round, NUMBERS).groups.to_pylist() if row["level"] == "all")


def test_what_was_asked_and_not_given_is_unmet_and_the_rest_unknown(imported: Round) -> None:
    told = whole(imported)
    assert (told["wanted_units"], told["share_units"], told["unmet_units"]) == (9, 7, 2)
    assert (told["taken_units"], told["returned_units"], told["left_units"], told["n_known"]) == (None, None, None, 0)


def test_orders_of_the_week_tell_what_was_taken_and_returned(world: World, imported: Round) -> None:
    # Of the week after only the return belongs to the round.
    ordered(world, (date(2021, 12, 7), 0, 3), (date(2021, 12, 8), 1, 1), (date(2021, 12, 14), 1, -1))
    told = whole(imported)
    assert (told["taken_units"], told["declined_units"], told["returned_units"], told["n_known"]) == (4, 3, 1, 2)


def test_orders_of_other_goods_make_the_week_known(world: World, imported: Round) -> None:
    ordered(world, (date(2021, 12, 7), 5, 0))
    told = whole(imported)
    assert (told["taken_units"], told["declined_units"]) == (0, 7)


def test_counts_in_shops_tell_what_is_left(world: World, imported: Round) -> None:
    kind = VisitType.objects.create(company=world.company, code="x", name="x", actions=[], valid_from=date(2021, 1, 1))
    visit = Visit.objects.create(
        id="v", company=world.company, person=world.south, retailer=world.retailers[0], visit_date=date(2021, 12, 10),
        check_in_at=datetime(2021, 12, 10, 2, tzinfo=UTC), received_at=datetime(2021, 12, 10, 3, tzinfo=UTC), visit_type=kind,
    )  # fmt: skip
    body = {"lines": [{"product_id": world.products[0].pk, "units": 2}]}
    VisitAction.objects.create(visit=visit, place=1, kind=ActionKind.STOCK_COUNT, body=body)
    told = whole(imported)
    assert (told["n_counted"], told["n_sold_out"], told["left_units"]) == (1, 0, 2)


def test_the_page_says_what_is_known_and_what_is_not(world: World, imported: Round) -> None:
    User.objects.update(language="en")
    world.leader.refresh_from_db()
    told = page(world.leader, "supply:fit", imported.number)
    assert "How well did round 1 meet the need?" in told
    assert "2 cartons" in told
    assert "this was not recorded" in told
    assert "not enough data (n = 0, needs 20)" in told
    page(world.south_user, "supply:fit", imported.number, status=403)


def test_a_file_without_requests_still_tells_what_was_taken_and_left(world: World, take: Take) -> None:
    take("allocations", f"week,product_code,licence_no,share_units\n{WEEK},P1,L0,3\n{WEEK},P1,L1,4\n")
    made = rounds.standing(world.company).get()
    ordered(world, (date(2021, 12, 7), 0, 3), (date(2021, 12, 8), 1, 1))
    told = whole(made)
    assert (told["share_units"], told["taken_units"], told["declined_units"], told["returned_units"]) == (7, 4, 3, 0)
    assert (told["n_wanted"], told["wanted_units"], told["unmet_units"]) == (0, None, None)
