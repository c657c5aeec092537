"""The system's forecast summed from lines to route, manager, unit and company, on the page, as a file and by API."""

import io
from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxin.demand.models import Round
from lianxin.demand.queries.lines import all_lines, lines_of, sums_of
from lianxin.demand.queries.sums import LEVELS, Asked, levels_offered, lines_behind, sums
from lianxin.retailers.models import RetailerVersion
from tests.demand.conftest import ON, sheet

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
