"""New retailers in a round: their lines are borrowed from retailers of their trade form, say so, and are held against no person."""

import io
from datetime import date, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxin.core.units import month_plus
from lianxin.demand.actions import closing, entering, judging
from lianxin.demand.checks import Number
from lianxin.demand.models import Round
from lianxin.demand.queries.borrowed import n_newcomers_without, newcomers_of
from lianxin.demand.queries.lines import all_lines, lines_of
from lianxin.demand.queries.sums import Asked, sums
from lianxin.demand.screens.file_words import codes_of_heads
from lianxin.demand.states import JudgedKind, Way
from lianxin.foundation.facts import the_lake
from lianxin.retailers.models import RetailerVersion
from lianxin.retailers.states import Status
from tests import factories
from tests.demand.conftest import AT, DEADLINE, FIRST, ON, opened, orders, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C1")]
LATELY = date(2021, 12, 1)


@pytest.fixture
def opening_shops(office: SimpleNamespace) -> SimpleNamespace:
    """The office, with ten kiosks that began in the summer, and three that have not: two kiosks and one whose form is not known.

    All ten took the first product, four of them the second, two the third.
    """
    kiosks = [
        factories.retailer(
            office.company, f"K{n}", holder=office.wang, trade_form="convenience", valid_from=date(2021, 5, 1)
        )
        for n in range(10)
    ]
    for n, kiosk in enumerate(kiosks):
        taken = [goods.pk for goods, most in zip(office.goods, (10, 4, 2), strict=True) if n < most]
        orders(office.company, [kiosk.pk], taken, [month_plus(FIRST, -6 + n % 4)], f"k{n}", seed=n)
    fields = {"holder": office.wang, "valid_from": LATELY}
    office.new = [factories.retailer(office.company, f"N{n}", trade_form="convenience", **fields) for n in range(2)]
    office.unknown = factories.retailer(office.company, "N2", holder=office.li, valid_from=LATELY)
    return office


@pytest.fixture
def round(opening_shops: SimpleNamespace) -> Round:
    return opened(opening_shops)


def of_new(office: SimpleNamespace, round: Round) -> pa.Table:
    rows = all_lines(round)
    new = pa.array([one.pk for one in (*office.new, office.unknown)], pa.int64())
    return rows.filter(pc.is_in(rows.column("retailer_id"), new))


def browser(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def test_a_new_retailer_has_a_line_for_what_three_in_ten_of_its_trade_form_took(
    opening_shops: SimpleNamespace, round: Round
) -> None:
    rows = of_new(opening_shops, round).to_pylist()
    first, second = (one.pk for one in opening_shops.goods[:2])
    shops = [*(one.pk for one in opening_shops.new), opening_shops.unknown.pk]
    assert {(row["retailer_id"], row["product_id"]) for row in rows} == {
        (shop, goods) for shop in shops for goods in (first, second)
    }
    assert {row["back_1"] for row in rows} == {0}
    assert all(row["mean_milli"] > 0 for row in rows)
    told = [(one.kind, one.name, one.n_analogues, set(one.retailer_ids)) for one in newcomers_of(round)]
    assert told == [
        ("trade_form", "convenience", 10, set(shops[:2])),
        ("everybody", "", 10, {shops[2]}),
    ]
    # Six of the ten took none of the second product: half of them, and so the middle of the range, is nothing.
    (middle,) = {row["q50_milli"] for row in rows if row["product_id"] == second}
    assert middle == 0
    held = {row["person_id"] for row in rows if row["retailer_id"] == shops[2]}
    assert held == {opening_shops.li.pk}


def test_who_is_closed_held_by_nobody_long_on_the_list_or_has_ordered_gets_no_lines(
    opening_shops: SimpleNamespace,
) -> None:
    office = opening_shops
    form = {"trade_form": "convenience"}
    held = {"holder": office.wang, **form}
    refused = [
        factories.retailer(office.company, "R0", valid_from=LATELY, status=Status.CLOSED, **held),
        factories.retailer(office.company, "R1", valid_from=LATELY, status=Status.SUSPENDED, **held),
        factories.retailer(office.company, "R2", valid_from=LATELY, **form),
        factories.retailer(office.company, "R3", valid_from=FIRST - timedelta(days=364), **held),
        # On the list since its own first day: how old it is nobody knows.
        factories.retailer(office.company, "R4", **held),
        factories.retailer(office.company, "R5", valid_from=FIRST + timedelta(days=1), **held),
    ]
    young = factories.retailer(office.company, "Y0", valid_from=FIRST - timedelta(days=363), **held)
    other = factories.product(office.company, "X0", valid_from=date(2020, 1, 1))
    ordered = factories.retailer(office.company, "R6", valid_from=LATELY, **held)
    orders(office.company, [ordered.pk], [other.pk], [LATELY], "x")
    lines = set(all_lines(opened(office)).column("retailer_id").to_pylist())
    assert lines.isdisjoint({one.pk for one in (*refused, ordered)})
    assert young.pk in lines


def test_who_came_with_a_large_batch_is_not_about_to_begin(opening_shops: SimpleNamespace) -> None:
    """Eleven on one day are more than one in twenty of the nineteen that stood there: a second list, not eleven openings."""
    office = opening_shops
    fields = {"holder": office.wang, "trade_form": "convenience", "valid_from": date(2021, 12, 15)}
    batch = [factories.retailer(office.company, f"B{n}", **fields) for n in range(11)]
    round = opened(office)
    lines = set(all_lines(round).column("retailer_id").to_pylist())
    assert lines.isdisjoint({one.pk for one in batch})
    assert lines >= {one.pk for one in office.new}
    page = browser(office.wang.user).get(reverse("demand:round", args=[round.pk])).content.decode()
    assert "11 retailers that never ordered came to the list with a large batch and have no lines" in page
    (one,) = browser(office.wang.user).get("/api/v1/forecast-rounds").json()
    assert (one["n_retailers_listed_together"], one["n_new_retailers_without_lines"]) == (11, 0)


def test_the_day_of_opening_decides_where_it_is_recorded(opening_shops: SimpleNamespace) -> None:
    office = opening_shops
    form = {"holder": office.wang, "trade_form": "convenience"}
    batch = [factories.retailer(office.company, f"B{n}", valid_from=date(2021, 12, 15), **form) for n in range(11)]
    first = factories.retailer(office.company, "F0", opened_on=LATELY, **form)
    batch[0].versions.update(opened_on=FIRST - timedelta(days=363))
    batch[1].versions.update(opened_on=FIRST - timedelta(days=364))
    office.new[0].versions.update(opened_on=date(2009, 3, 1))
    office.new[1].versions.update(opened_on=FIRST + timedelta(days=1))
    lines = set(all_lines(opened(office)).column("retailer_id").to_pylist())
    assert {first.pk, batch[0].pk, office.unknown.pk} <= lines
    assert lines.isdisjoint({office.new[0].pk, office.new[1].pk, *(one.pk for one in batch[1:])})


def test_first_orders_of_old_shops_that_were_listed_late_lend_nothing(opening_shops: SimpleNamespace) -> None:
    """With an eleventh the kiosks of May are a large batch, and what they ordered in the half-year after it shows no beginning."""
    office = opening_shops
    form = {"holder": office.wang, "trade_form": "convenience"}
    factories.retailer(office.company, "K10", valid_from=date(2021, 5, 1), **form)
    round = opened(office)
    assert (newcomers_of(round), n_newcomers_without(round)) == ([], 3)
    # opened in May, they began; opened in the year before, they had begun
    kiosks = RetailerVersion.objects.filter(licence_no__startswith="K")
    for opened_on, n in ((date(2021, 5, 1), 2), (date(2020, 5, 1), 0)):
        kiosks.update(opened_on=opened_on)
        Round.objects.all().delete()
        assert len(newcomers_of(opened(office))) == n


def test_where_too_few_began_the_round_says_how_many_have_no_lines(office: SimpleNamespace) -> None:
    factories.retailer(office.company, "N0", holder=office.wang, trade_form="convenience", valid_from=LATELY)
    round = opened(office)
    assert (newcomers_of(round), n_newcomers_without(round)) == ([], 1)
    wang = browser(office.wang.user)
    page = wang.get(reverse("demand:round", args=[round.pk])).content.decode()
    assert "1 new retailer has no lines: too few began before" in page
    (one,) = wang.get("/api/v1/forecast-rounds").json()
    assert (one["new_retailers"], one["n_new_retailers_without_lines"]) == ([], 1)


def test_a_round_without_new_retailers_says_nothing_of_them(office: SimpleNamespace) -> None:
    page = browser(office.wang.user).get(reverse("demand:round", args=[opened(office).pk])).content.decode()
    assert "New retailers" not in page


def test_wherever_such_a_line_stands_it_says_so(opening_shops: SimpleNamespace, round: Round) -> None:
    told = "borrowed from how 10 retailers of the trade form convenience store began"
    wang = browser(opening_shops.wang.user)
    page = wang.get(reverse("demand:round", args=[round.pk])).content.decode()
    assert told in page
    assert "borrowed from how 10 retailers of all trade forms began" in page
    mine = wang.get(reverse("demand:mine", args=[round.pk])).content.decode()
    assert mine.count(told) == 4
    assert "new retailer, borrowed" in mine
    lines = lines_of(sheet(round, opening_shops.wang))
    number = lines.by_key[opening_shops.new[0].pk, opening_shops.goods[1].pk, 1]
    line = wang.get(reverse("demand:line", args=[round.pk, number])).content.decode()
    assert told in line
    assert "40.0% of these retailers took some of this product in this period after their first order" in line
    assert "Untouched or accepted, the line counts for nobody" in line
    rows = wang.get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    found = {
        (row["licence_no"], row["borrowed_kind"], row["borrowed_from"], row["n_analogues"])
        for row in rows
        if row["licence_no"][0] in "N0"
    }
    assert found == {(f"N{n}", "trade_form", "convenience", 10) for n in range(2)}
    assert {row["borrowed_kind"] for row in rows if row["licence_no"][0] != "N"} == {None}
    (one,) = wang.get("/api/v1/forecast-rounds").json()
    assert one["new_retailers"] == [
        {"kind": "trade_form", "name": "convenience", "n_analogues": 10, "n_retailers": 2, "n_products": 2},
        {"kind": "everybody", "name": "", "n_analogues": 10, "n_retailers": 1, "n_products": 2},
    ]


def test_the_file_of_a_sheet_says_it_too(opening_shops: SimpleNamespace, round: Round) -> None:
    file = browser(opening_shops.wang.user).get(reverse("demand:sheet_file", args=[round.pk]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file.streaming_content)))  # type: ignore[attr-defined]
    head, *rows = book.get_sheet_by_index(0).to_python()
    head = [codes_of_heads()[words] for words in head]
    told = {(row[head.index("licence_no")], row[head.index("borrowed")]) for row in rows}
    words = "Never ordered yet: borrowed from how 10 retailers of the trade form convenience store began"
    assert {one for one in told if one[1]} == {("N0", words), ("N1", words)}


def test_sums_of_which_such_lines_make_more_than_a_tenth_tell_no_range(
    opening_shops: SimpleNamespace, round: Round
) -> None:
    user, rows = opening_shops.leader.user, {}
    for level in ("company", "manager"):
        for row in sums(user, round, Asked(level=level), on=ON):
            rows[level, row["group"], row["product_id"]] = row
    first, third = opening_shops.goods[0].pk, opening_shops.goods[2].pk
    company = rows["company", None, first]
    every = all_lines(round)
    mine = every.filter(pc.equal(every.column("product_id"), first))
    new = of_new(opening_shops, round)
    part = pc.sum(new.filter(pc.equal(new.column("product_id"), first)).column("mean_milli")).as_py()
    whole = pc.sum(mine.column("mean_milli")).as_py()
    assert company["system_units"] == pytest.approx(whole / 1000)
    assert part > 0.1 * whole
    assert company["high_units"] is None
    # Of the third product no new retailer has a line.
    assert rows["company", None, third]["high_units"] is not None
    of_sums = lines_of(sheet(round, opening_shops.brand))
    known = {row["product_id"]: row["q90_milli"] for row in of_sums.table.to_pylist()}
    assert (known[first], known[third] is None) == (None, False)


@pytest.mark.requirement("C3")
@pytest.mark.requirement("C4")
def test_such_lines_untouched_or_accepted_are_judged_of_the_system_alone(
    opening_shops: SimpleNamespace, round: Round
) -> None:
    office = opening_shops
    wang = sheet(round, office.wang)
    lines = lines_of(wang)
    first, second = office.goods[0].pk, office.goods[1].pk
    accepted, said = (lines.by_key[office.new[0].pk, goods, 1] for goods in (first, second))
    entering.accept(sheet=wang, lines=[accepted], by=office.wang.user, at=AT)
    numbers = [Number(line_no=said, units=5, reason="customers")]
    entering.enter(sheet=wang, numbers=numbers, way=Way.PAGE, by=office.wang.user, at=AT, on=ON)
    closing.close(round=round, by=None, at=DEADLINE)
    shops = [shop.pk for shop in office.shops]
    orders(office.company, [*shops, *(one.pk for one in office.new)], [one.pk for one in office.goods], [FIRST], "b2")
    made = judging.judge(company=office.company, by=None, at=AT + timedelta(days=40), on=ON + timedelta(days=40))

    told = made.judged.get(kind=JudgedKind.ACCURACY, level="everybody").rows
    n = {row["author"]: row["n"] for row in told if row["accuracy"] == "honest" and row["actual"] == "demand"}
    n_lines = the_lake().read("forecast_lines", company_id=office.company.pk).num_rows
    assert n["system"] == n_lines
    # Six lines are borrowed: of one its manager said a number of his own, and none has a history.
    assert n["customer_manager"] == n_lines - 5
    assert n["naive"] == n["seasonal_naive"] == n_lines - 6
