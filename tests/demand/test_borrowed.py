"""New products in a round: their lines are borrowed from products of their producer, and say so wherever they stand."""

from datetime import date, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from django.test import Client
from django.urls import reverse

from lianxin.core.units import month_plus
from lianxin.demand.actions import closing, judging
from lianxin.demand.models import Round
from lianxin.demand.queries.borrowed import borrowed_products
from lianxin.demand.queries.lines import all_lines, lines_of
from lianxin.demand.queries.sums import Asked, sums
from lianxin.demand.queries.without import without_lines
from lianxin.foundation.facts import the_lake
from tests import factories
from tests.demand.conftest import AT, DEADLINE, FIRST, ON, opened, orders, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C1")]
PRODUCER = "鄂中卷烟厂"


@pytest.fixture
def launched(office: SimpleNamespace) -> SimpleNamespace:
    """The office, with ten products of a producer that began in the autumn, and a new one of it among those chosen."""
    shops = [shop.pk for shop in office.shops]
    for number in range(10):
        made = factories.product(
            office.company, f"L{number}", producer=PRODUCER, price_class="7", valid_from=date(2020, 1, 1)
        )
        begun = month_plus(FIRST, -2 - number % 5)
        orders(office.company, shops[: 1 + number % 6], [made.pk], [begun], f"l{number}", seed=number)
    office.new = factories.product(
        office.company, "N0", name="新品", producer=PRODUCER, price_class="7", valid_from=date(2020, 1, 1)
    )
    office.lone = factories.product(office.company, "N1", name="孤品", producer="他厂", valid_from=date(2020, 1, 1))
    office.goods.extend([office.new, office.lone])
    return office


@pytest.fixture
def round(launched: SimpleNamespace) -> Round:
    return opened(launched)


def of_new(office: SimpleNamespace, round: Round) -> pa.Table:
    rows = all_lines(round)
    return rows.filter(pc.equal(rows.column("product_id"), office.new.pk))


def browser(office: SimpleNamespace, user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def test_a_new_product_has_a_line_for_each_shop_that_orders_of_its_producer(
    launched: SimpleNamespace, round: Round
) -> None:
    rows = of_new(launched, round)
    assert set(rows.column("retailer_id").to_pylist()) == {shop.pk for shop in launched.shops}
    assert set(rows.column("back_1").to_pylist()) == {0}
    assert pc.min(rows.column("mean_milli")).as_py() > 0
    (told,) = borrowed_products(round)
    assert (told.product_code, told.kind, told.name, told.n_analogues) == ("N0", "producer", PRODUCER, 10)
    # One class is too small to borrow from: as before, it is named with its reason.
    assert [(one.product_code, one.why) for one in without_lines(round)] == [("N1", "never")]


def test_wherever_a_borrowed_line_stands_it_says_so(launched: SimpleNamespace, round: Round) -> None:
    told = f"borrowed from how 10 products of the producer {PRODUCER} began"
    wang = browser(launched, launched.wang.user)
    assert told in wang.get(reverse("demand:round", args=[round.pk])).content.decode()
    assert wang.get(reverse("demand:mine", args=[round.pk])).content.decode().count(told) == 3
    lines = lines_of(sheet(round, launched.wang))
    number = lines.by_key[launched.shops[0].pk, launched.new.pk, 1]
    page = wang.get(reverse("demand:line", args=[round.pk, number])).content.decode()
    assert told in page
    assert "Untouched or accepted, the line counts for nobody" in page
    rows = wang.get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    found = {row["product_code"]: (row["borrowed_from"], row["n_analogues"]) for row in rows}
    assert found == {"N0": (PRODUCER, 10), **{f"P{n}": (None, None) for n in range(3)}}
    (one,) = wang.get("/api/v1/forecast-rounds").json()
    assert one["borrowed"] == [{"product_code": "N0", "kind": "producer", "name": PRODUCER, "n_analogues": 10}]


def test_sums_hold_borrowed_lines_and_tell_no_range_that_was_never_measured(
    launched: SimpleNamespace, round: Round
) -> None:
    user = launched.leader.user
    rows = {row["product_id"]: row for row in sums(user, round, Asked(level="company"), on=ON)}
    new = rows[launched.new.pk]
    assert new["n_lines"] == 6
    assert new["system_units"] == pytest.approx(pc.sum(of_new(launched, round).column("mean_milli")).as_py() / 1000)
    assert (new["low_units"], new["high_units"]) == (None, None)
    assert rows[launched.goods[0].pk]["high_units"] is not None
    (whole,) = sums(user, round, Asked(level="company", by_product=False), on=ON)
    assert whole["system_units"] == pytest.approx(sum(row["system_units"] for row in rows.values()))


def test_untouched_borrowed_lines_are_judged_of_the_system_alone(launched: SimpleNamespace, round: Round) -> None:
    shops = [shop.pk for shop in launched.shops]
    goods = [one.pk for one in launched.goods if one != launched.lone]
    closing.close(round=round, by=None, at=DEADLINE)
    orders(launched.company, shops, goods, [FIRST], "b2", seed=9)
    later = AT + timedelta(days=40)
    made = judging.judge(company=launched.company, by=None, at=later, on=ON + timedelta(days=40))
    rows = made.judged.get(kind="accuracy", level="everybody").rows
    n = {row["author"]: row["n"] for row in rows if row["accuracy"] == "honest" and row["actual"] == "demand"}
    # Six shops of three products that sell, and of the new one; nobody spoke of it, and no history could.
    assert n == {"system": 24, "customer_manager": 18, "naive": 18, "seasonal_naive": 18}
    assert the_lake().read("forecast_lines", company_id=launched.company.pk).num_rows == 24
