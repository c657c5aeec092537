"""The system's forecast summed from lines to route, manager, unit and company, on the page, as a file and by API."""

import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxin.demand.models import Round
from lianxin.demand.queries.lines import all_lines, lines_of, sums_of
from lianxin.demand.queries.seen import NOTHING, Seen
from lianxin.demand.queries.sums import LEVELS, Asked, levels_offered, lines_behind, sums
from lianxin.demand.screens.file_words import codes_of_heads
from lianxin.engine.sources import from_rows
from lianxin.foundation import clock, facts
from lianxin.goods.models import ProductVersion
from lianxin.retailers.models import RetailerVersion
from tests.demand.conftest import ON, opened, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C1")]


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


@pytest.fixture
def round(office: SimpleNamespace, round: Round) -> Round:
    """Wang's first two shops lie on route 7, his third and Li's first on route 8, the others on none."""
    for place, route in enumerate(("7", "7", "8", "8")):
        RetailerVersion.objects.update_or_create(
            retailer=office.shops[place], valid_from=date(2020, 1, 1),
            defaults={"licence_no": office.shops[place].licence_no, "name": office.shops[place].name, "route": route},
        )  # fmt: skip
    return round


def whole(rows: list[dict[str, object]]) -> float:
    return sum(float(str(row["system_units"])) for row in rows)


def test_every_level_adds_up_to_the_lines(office: SimpleNamespace, round: Round) -> None:
    user = office.leader.user
    lines = sum(all_lines(round).column("mean_milli").to_pylist()) / 1000
    told = {level: sums(user, round, Asked(level=level), on=ON) for level in LEVELS}
    for level, rows in told.items():
        assert whole(rows) == pytest.approx(lines, abs=1e-3), level
        assert whole(sums(user, round, Asked(level=level, by_product=False), on=ON)) == pytest.approx(lines, abs=1e-3)
    assert [len(rows) for rows in told.values()] == [3, 6, 6, 9]
    assert {row["group"] for row in told["manager"]} == {str(office.wang.pk), str(office.li.pk)}
    assert {row["group"] for row in told["route"]} == {"7", "8", None}
    assert {row["n_lines"] for row in told["company"]} == {6}
    # a route crosses managers: its sum within one of them is that one's part
    part = sums(user, round, Asked(level="route", person_id=office.wang.pk, route="8", by_product=False), on=ON)
    assert [(row["group"], row["n_lines"]) for row in part] == [("8", 3)]
    behind = lines_behind(user, round, Asked(level="line", person_id=office.wang.pk, route="8"), on=ON)
    assert {row["retailer_id"] for row in behind} == {office.shops[2].pk}
    assert whole(behind) == pytest.approx(part[0]["system_units"], abs=1e-3)


def test_sums_have_ranges_of_their_own_kind_where_enough_of_them_are_known(
    office: SimpleNamespace, round: Round
) -> None:
    strayed = round.parameters["sums_strayed"]
    assert {row["step"] for row in strayed} == {1}
    told = {(row["level"], row["by_product"]) for row in strayed}
    for level in LEVELS:
        rows = sums(office.leader.user, round, Asked(level=level), on=ON)
        known = (level, True) in told
        for row in rows:
            assert (row["low_units"] is not None) == known
            if known:
                assert 0 <= row["low_units"] <= row["system_units"] <= row["high_units"]
    assert told
    page = client(office.leader.user).get(reverse("demand:sums", args=[round.pk])).content.decode()
    assert "Range, eight times in ten" in page


@pytest.mark.requirement("C2")
def test_lines_that_are_sums_have_the_range_of_the_same_sums(office: SimpleNamespace, round: Round) -> None:
    """A market or brand manager judges a sum beside its range, and it is the one that the page of sums tells."""
    round.parameters["sums_strayed"] = [
        {
            "level": level,
            "by_product": True,
            "step": 1,
            "size_units": size,
            "low_ratio": low,
            "high_ratio": 2 - low,
            "n": 20,
        }
        for level in ("company", "unit")
        for size, low in ((1.0, 0.2), (300.0, 0.7))
    ]
    round.save(update_fields=["parameters"])
    for who, level, group in ((office.brand, "company", None), (office.boss, "unit", str(office.south.pk))):
        told = {
            row["product_id"]: (row["low_units"], row["high_units"])
            for row in sums(office.leader.user, round, Asked(level=level), on=ON)
            if level == "company" or row["group"] == group
        }
        rows = lines_of(sheet(round, who)).rows(range(3))
        assert len(told) == 3
        for row in rows:
            assert (row["q10_milli"] / 1000, row["q90_milli"] / 1000) == pytest.approx(
                told[row["product_id"]], abs=1e-3
            )
            assert row["q10_milli"] < row["mean_milli"] < row["q90_milli"]
        page = client(who.user).get(reverse("demand:mine", args=[round.pk])).content.decode()
        assert "range not known" not in page
        api = client(who.user).get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
        assert {row["q90_units"] for row in api} == {row["q90_milli"] / 1000 for row in rows}
    # of two units together it is not kept how far they strayed
    both = sums_of(round, {office.south.pk, office.north.pk})
    assert set(both.table.column("q10_milli").to_pylist()) == {None}


def test_who_sees_a_part_is_told_no_sum_of_the_whole(office: SimpleNamespace, round: Round) -> None:
    assert levels_offered(office.leader.user, office.company) == LEVELS
    assert levels_offered(office.boss.user, office.company) == ("unit", "manager", "route")
    assert levels_offered(office.wang.user, office.company) == ("manager", "route")
    for who, shown in ((office.boss, {str(office.wang.pk)}), (office.li, {str(office.li.pk)})):
        rows = sums(who.user, round, Asked(level="manager"), on=ON)
        assert {row["group"] for row in rows} == shown
    page = client(office.wang.user).get(reverse("demand:sums", args=[round.pk]) + "?level=company")
    # what is not offered is not answered: the page falls back to the first level that is
    assert [row.cells[0].text for row in page.context["table"].rows] == ["wang"] * 3
    refused = client(office.wang.user).get(f"/api/v1/forecast-rounds/{round.pk}/sums?level=company")
    assert refused.status_code == 422


def test_a_sum_drills_down_to_its_lines(office: SimpleNamespace, round: Round) -> None:
    browser, address = client(office.leader.user), reverse("demand:sums", args=[round.pk])
    steps = []
    query = "?by=together"
    for _level in range(4):
        page = browser.get(address + query)
        row = page.context["table"].rows[0]
        steps.append((row.cells[0].text, row.cells[1].text))
        query = row.cells[0].href
    lines = browser.get(address + query)
    # the largest at each level: a unit, its manager, and his shops that lie on no route
    assert [name for name, _units in steps[::3]] == [office.company.name, "no route"]
    assert steps[1][1] == steps[2][1]
    shown = [float(row.cells[2].text.replace(",", "")) for row in lines.context["table"].rows]
    assert shown
    assert sum(shown) == pytest.approx(float(steps[-1][1].replace(",", "")), abs=0.3)
    # lines of a whole company are not listed at once
    assert "Choose whose lines" in browser.get(address + "?level=line").content.decode()


def test_sums_go_out_as_a_file_and_by_api(office: SimpleNamespace, round: Round) -> None:
    browser = client(office.leader.user)
    answer = browser.get(reverse("demand:sums", args=[round.pk]) + "?level=unit&export=xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    rows = sheet.get_sheet_by_index(0).to_python()
    assert {row[0] for row in rows[1:]} >= {office.south.code, office.north.code}
    told = browser.get(f"/api/v1/forecast-rounds/{round.pk}/sums?level=manager&together=true").json()
    assert {(row["group"], row["product_code"], row["n_lines"]) for row in told} == {("wang", None, 9), ("li", None, 9)}
    assert told[0]["period_start"] == "2022-01-01"
    by_product = browser.get(f"/api/v1/forecast-rounds/{round.pk}/sums").json()
    assert {(row["level"], row["group"]) for row in by_product} == {("company", None)}
    assert {row["product_code"] for row in by_product} == {"P0", "P1", "P2"}


@pytest.mark.requirement("C6")
def test_beside_a_sum_stands_what_was_seen_in_its_shops(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five shops of the first product with a price against the guide, a sixth price of another unit; counts in four, two empty."""
    at = datetime(2021, 12, 28, 4, tzinfo=UTC)
    first, second, _third = office.goods
    ProductVersion.objects.filter(product=first).update(guide_retail_price_fen=30_000)
    holders = [office.wang] * 3 + [office.li] * 3
    prices = {0: 27_000, 1: 28_500, 2: 24_000, 3: 30_000, 4: 33_000, 5: 3_000}
    counts = {0: 0, 1: 4, 3: 0, 4: 9}

    def rows(column: str, seen_at: str, told: dict[int, int], product: Any) -> list[dict[str, Any]]:
        return [
            {
                "company_id": office.company.pk, "visit_id": f"{column}{shop}{product.pk}", column: number, seen_at: at,
                "person_id": holders[shop].pk, "retailer_id": office.shops[shop].pk, "product_id": product.pk,
            }
            for shop, number in told.items()
        ]  # fmt: skip

    seen = [*rows("price_fen", "seen_at", prices, first), *rows("price_fen", "seen_at", {0: 9_000}, second)]
    counted = rows("units", "counted_at", counts, first)
    monkeypatch.setitem(facts._PUBLISHERS, "retail_prices", lambda _company: from_rows("retail_prices", seen))
    monkeypatch.setitem(facts._PUBLISHERS, "stock_counts", lambda _company: from_rows("stock_counts", counted))
    round = opened(office, deadline=clock.now() + timedelta(days=1))

    def beside(user: Any, level: str) -> dict[tuple[str | None, int], Seen]:
        told = sums(user, round, Asked(level=level), on=ON)
        return {(row["group"], row["product_id"]): row["seen"] for row in told if row["seen"] != NOTHING}

    assert beside(office.leader.user, "company") == {(None, first.pk): Seen(4, 2, 5, pytest.approx(-0.05))}
    units = {
        (str(office.south.pk), first.pk): Seen(2, 1, 3, None),
        (str(office.north.pk), first.pk): Seen(2, 1, 2, None),
    }
    assert beside(office.leader.user, "unit") == units
    # whoever leads one unit reads of its shops alone
    assert beside(office.boss.user, "unit") == {(str(office.south.pk), first.pk): Seen(2, 1, 3, None)}
    assert set(beside(office.leader.user, "manager")) == {(str(one.pk), first.pk) for one in (office.wang, office.li)}
    together = sums(office.leader.user, round, Asked(level="company", by_product=False), on=ON)
    assert [row["seen"] for row in together] == [None]

    names = ("n_shops_counted", "n_shops_empty", "n_shops_priced", "price_change")
    leader = client(office.leader.user)
    address = reverse("demand:sums", args=[round.pk])
    drawn = [[cell.text for cell in row.cells] for row in leader.get(address).context["table"].rows]
    assert [row[-4:] for row in drawn if row[1] == first.name] == [["4", "2", "5", "−5.0%"]]
    assert [row[-4:] for row in drawn if row[1] == second.name] == [["0", "", "0", ""]]
    told = leader.get(f"/api/v1/forecast-rounds/{round.pk}/sums").json()
    found = {row["product_code"]: tuple(row[name] for name in names) for row in told}
    assert found == {"P0": (4, 2, 5, pytest.approx(-0.05)), "P1": (0, None, 0, None), "P2": (0, None, 0, None)}
    of_units = leader.get(address + "?level=unit").context["table"].rows
    assert {cell.note for row in of_units if row.cells[1].text == first.name for cell in row.cells[-1:]} == {
        "too few shops"
    }

    # and beside the lines of those who forecast sums: the brand manager of the company, a market manager of the unit
    for author, sentences, figures in (
        (
            office.brand,
            [
                "4 shops were counted; in 2 none was left.",
                "The middle price of 5 shops is −5.0% against the guide price.",
            ],
            (4, 2, 5, pytest.approx(-0.05)),
        ),
        (
            office.boss,
            ["2 shops were counted; in 1 none was left.", "Prices were seen in 3 shops: too few for a middle price."],
            (2, 1, 3, None),
        ),
    ):
        browser = client(author.user)
        number = lines_of(sheet(round, author)).by_key[-1, first.pk, 1]
        line = browser.get(reverse("demand:line", args=[round.pk, number])).content.decode()
        assert [sentence for sentence in sentences if sentence not in line] == []
        mine = browser.get(reverse("demand:mine", args=[round.pk])).content.decode()
        assert f"none left in {figures[1]} of {figures[0]} shops" in mine
        assert ("middle price −5.0% against the guide" in mine) == (author is office.brand)
        lines = browser.get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
        assert tuple(lines[number][name] for name in names) == figures
        file = browser.get(reverse("demand:sheet_file", args=[round.pk]))
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file.streaming_content)))  # type: ignore[attr-defined]
        heads, *cells = book.get_sheet_by_index(0).to_python()
        columns = [codes_of_heads()[words] for words in heads]
        of_first = next(row for row in cells if row[columns.index("product_code")] == "P0")
        assert tuple(of_first[columns.index(name)] for name in names[:3]) == figures[:3]
    # where nothing was seen the columns wait to be chosen
    unseen = leader.get(f"{address}?product={second.pk}").context["table"]
    assert {column.key: is_shown for column, is_shown in unseen.chooser if column.key in names} == dict.fromkeys(
        names, False
    )
    own = client(office.wang.user).get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    assert {row[name] for row in own for name in names} == {None}
