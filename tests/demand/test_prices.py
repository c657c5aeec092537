"""What visits saw of retail prices: beside the line with its day, guide and source; evidence of closed rounds; never a number."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxin.demand.actions import closing, entering, judging
from lianxin.demand.checks import Number
from lianxin.demand.facts import published as publishers
from lianxin.demand.models import Round, SurveyedPrice
from lianxin.demand.queries import judged
from lianxin.demand.queries.copies import lines_repeated
from lianxin.demand.queries.desks import desk_of
from lianxin.demand.queries.lines import whole_units
from lianxin.demand.queries.prices import Sign, sign_of
from lianxin.demand.screens.file_words import codes_of_heads
from lianxin.demand.screens.sheet_rows import views
from lianxin.demand.states import Way
from lianxin.engine.sources import from_rows
from lianxin.foundation import clock, facts
from lianxin.foundation.facts import the_lake
from lianxin.foundation.imports import running
from lianxin.goods.models import ProductVersion
from lianxin.visits.models import Visit
from tests.demand.conftest import AT, ON, opened, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C6")]
SEEN = datetime(2021, 12, 28, 17, tzinfo=UTC)  # the 29th in the company's time zone


def seen(office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, *told: tuple[str, int, int, int, datetime]) -> None:
    """What visits saw: (visit, shop's place, product's place, fen, when); wang's shops are the first three."""
    rows = [
        {
            "company_id": office.company.pk, "visit_id": visit, "price_fen": fen, "seen_at": at,
            "person_id": (office.wang if shop < 3 else office.li).pk, "retailer_id": office.shops[shop].pk,
            "product_id": office.goods[product].pk,
        }
        for visit, shop, product, fen, at in told
    ]  # fmt: skip
    monkeypatch.setitem(facts._PUBLISHERS, "retail_prices", lambda _company: from_rows("retail_prices", rows))


@pytest.fixture
def guided(office: SimpleNamespace) -> SimpleNamespace:
    """Guide prices: of the first product 300.00, since the day after the visit 250.00; of the second 200.00; none of the third."""
    first, second, _third = office.goods
    ProductVersion.objects.filter(product=first).update(guide_retail_price_fen=30_000)
    ProductVersion.objects.filter(product=second).update(guide_retail_price_fen=20_000)
    ProductVersion.objects.create(product=first, valid_from=date(2021, 12, 30), name="x", guide_retail_price_fen=25_000)
    return office


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def line_of(round: Round, office: SimpleNamespace, shop: int, product: int) -> int:
    own = sheet(round, office.wang if shop < 3 else office.li)
    return int(desk_of(own).lines.by_key[office.shops[shop].pk, office.goods[product].pk, 1])


@pytest.mark.parametrize(
    ("fen", "guide", "sign"),
    [
        (28_501, 30_000, Sign.AT), (28_500, 30_000, Sign.BELOW), (31_499, 30_000, Sign.AT), (31_500, 30_000, Sign.ABOVE),
        (15_000, 30_000, Sign.BELOW), (14_999, 30_000, Sign.UNLIKELY), (60_000, 30_000, Sign.ABOVE),
        (60_001, 30_000, Sign.UNLIKELY), (100, None, Sign.NO_GUIDE), (100, 0, Sign.NO_GUIDE),
    ],
)  # fmt: skip
def test_a_price_is_a_sign_from_a_distance_and_another_unit_s_from_afar(
    fen: int, guide: int | None, sign: Sign
) -> None:
    assert sign_of(fen, guide, 0.05) == sign


def test_the_newest_price_lies_beside_the_line_with_the_guide_of_its_day(
    guided: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago, after = datetime(2021, 10, 1, tzinfo=UTC), datetime(2022, 1, 1, 1, tzinfo=UTC)
    before = [
        ("v1", 0, 0, 29_000, SEEN - timedelta(days=3)), ("v2", 0, 0, 27_000, SEEN), ("v3", 1, 0, 30_000, long_ago),
        ("v4", 2, 0, 30_000, after), ("v5", 1, 2, 9_900, SEEN),
    ]  # fmt: skip
    seen(guided, monkeypatch, *before)
    round = opened(guided)
    # what is published after the round opened lay before nobody
    seen(guided, monkeypatch, *before, ("v6", 0, 0, 30_000, SEEN + timedelta(hours=5)))
    facts.publish(guided.company, the_lake(), only="retail_prices")
    desk = desk_of(sheet(round, guided.wang))
    assert {number: (one.fen, one.seen_on, one.guide_fen, one.sign.value) for number, one in desk.prices.items()} == {
        line_of(round, guided, 0, 0): (27_000, date(2021, 12, 29), 30_000, "below"),
        line_of(round, guided, 1, 2): (9_900, date(2021, 12, 29), None, "no_guide"),
    }
    # a price makes no number
    assert {view.suggested for view in views(desk, range(len(desk.lines)), {}, {})} == {None}
    # sums have none, and the other manager's shops were not seen
    assert desk_of(sheet(round, guided.brand)).prices == desk_of(sheet(round, guided.li)).prices == {}


def test_a_round_opened_before_prices_were_collected_has_none(
    guided: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(guided, monkeypatch, ("v1", 0, 0, 27_000, SEEN))
    round = opened(guided)
    del round.parameters["retail_prices_version"]
    round.save()
    assert desk_of(sheet(round, guided.wang)).prices == {}


def visited(office: SimpleNamespace, visit_id: str, person: Any) -> None:
    Visit.objects.create(
        id=visit_id, company=office.company, person=person, retailer=office.shops[0], state="done", visit_date=date(2021, 12, 29),
        check_in_at=SEEN, check_out_at=SEEN + timedelta(minutes=9), received_at=SEEN,
    )  # fmt: skip


def test_page_file_and_api_tell_price_day_and_source(guided: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(guided, monkeypatch, ("v1", 0, 0, 27_000, SEEN), ("v2", 1, 0, 70_000, SEEN), ("v3", 2, 1, 22_000, SEEN))
    visited(guided, "v1", guided.wang)
    round = opened(guided, deadline=clock.now() + timedelta(days=1))
    browser = client(guided.wang.user)
    number = line_of(round, guided, 0, 0)

    shown = browser.get(reverse("demand:mine", args=[round.pk]) + "?note=price").content.decode()
    assert shown.count('<tr class="lx-line') == 3
    assert "¥270.00 on 12-29 (−10%)" in shown
    assert "¥700.00 on 12-29<" in shown

    page = browser.get(reverse("demand:line", args=[round.pk, number])).content.decode()
    assert "sold at ¥270.00 on 2021-12-29, −10.0% against the guide price ¥300.00" in page
    assert "often a sign that more is on the market than sells" in page
    assert f'<a href="{reverse("visits:visit", args=["v1"])}">wang</a>' in page
    assert 'value="price:v1"' in page
    odd = browser.get(reverse("demand:line", args=[round.pk, line_of(round, guided, 1, 0)])).content.decode()
    assert "may be the price of a pack or a case" in odd
    above = browser.get(reverse("demand:line", args=[round.pk, line_of(round, guided, 2, 1)])).content.decode()
    assert "often a sign that it is short" in above

    file = browser.get(reverse("demand:sheet_file", args=[round.pk]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file))).get_sheet_by_index(0).to_python()
    head = [codes_of_heads()[words] for words in rows[0]]
    told = {
        (row[head.index("licence_no")], row[head.index("product_code")]): [
            row[head.index(name)] for name in ("retail_price", "guide_price", "price_seen_on", "price_seen_by")
        ]
        for row in rows[1:]
    }
    assert told[guided.shops[0].licence_no, "P0"] == [270, 300, date(2021, 12, 29), "wang"]
    assert told[guided.shops[0].licence_no, "P1"] == ["", "", "", ""]

    lines = browser.get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    price = {name: value for name, value in lines[number].items() if "price" in name}
    assert price == {
        "retail_price_fen": 27_000, "guide_price_fen": 30_000, "price_sign": "below", "price_seen_on": "2021-12-29",
        "price_seen_by": "wang", "price_source": "", "price_evidence": "price:v1", "n_shops_priced": None,
        "price_change": None,
    }  # fmt: skip
    other = next(one for one in lines if one["product_code"] == "P2")
    assert [other["retail_price_fen"], other["price_sign"], other["price_evidence"]] == [None, None, ""]


def test_a_visit_of_somebody_else_is_named_and_does_not_open(
    guided: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shop was li's when li saw the price; it is wang's line now, and li's visits are not his to read."""
    rows = [
        {
            "company_id": guided.company.pk, "visit_id": "v9", "price_fen": 27_000, "seen_at": SEEN, "person_id": guided.li.pk,
            "retailer_id": guided.shops[0].pk, "product_id": guided.goods[0].pk,
        }
    ]  # fmt: skip
    monkeypatch.setitem(facts._PUBLISHERS, "retail_prices", lambda _company: from_rows("retail_prices", rows))
    visited(guided, "v9", guided.li)
    round = opened(guided, deadline=clock.now() + timedelta(days=1))
    address = reverse("demand:line", args=[round.pk, line_of(round, guided, 0, 0)])
    page = client(guided.wang.user).get(address).content.decode()
    assert "seen in a visit by li" in page
    assert reverse("visits:visit", args=["v9"]) not in page
    # and li, who saw it, reads nothing of the shop on a sheet of his own
    mine = client(guided.li.user).get(reverse("demand:mine", args=[round.pk])).content.decode()
    assert "270.00" not in mine
    assert {
        one["retail_price_fen"]
        for one in client(guided.li.user).get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    } == {None}


HEAD = "licence_no,product_code,day,price,source\n"


def survey(office: SimpleNamespace, folder: Path, rows: str, **options: Any) -> running.Result:
    path = folder / f"prices{len(list(folder.iterdir()))}.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return running.run(company=office.company, kind="retail_prices", path=path, by=None, at=AT, **options)


def test_prices_of_a_survey_come_in_are_corrected_and_go_out(office: SimpleNamespace, tmp_path: Path) -> None:
    (shop, other), folder = (one.licence_no for one in office.shops[:2]), tmp_path / "in"
    folder.mkdir()
    rows = f"{shop},P0,2021-12-20,280.00,December\n{other},P0,2021-12-20,31.5,December\n"
    assert survey(office, folder, rows, is_trial=True).n_accepted == 2
    assert not SurveyedPrice.objects.exists()
    first = survey(office, folder, rows)
    again = survey(office, folder, rows + f"{shop},P1,2021-12-20,200,December\n")
    assert (again.n_accepted, again.n_duplicate) == (1, 2)
    wrong = (
        f"XX,P0,2021-12-20,280,December\n{shop},PX,2021-12-20,280,December\n{shop},P0,2022-03-01,280,December\n"
        f"{shop},P2,2021-12-20,0,December\n{shop},P2,2021-12-20,-3,December\n{shop},P2,2021-12-20,280,\n"
        f"{shop},P0,2021-12-20,290,December\n{shop},P2,2021-12-21,5,Other\n{shop},P2,2021-12-21,6,Other\n"
    )
    refused = survey(office, folder, wrong)
    assert [(row["line"], row["column"]) for row in refused.refused] == [
        (2, "licence_no"), (3, "product_code"), (4, "day"), (5, "price"), (6, "price"), (7, "source"), (8, "price"), (10, "price"),
    ]  # fmt: skip
    assert "280.00" in refused.refused[6]["reason"]
    corrected = survey(office, folder, f"{shop},P0,2021-12-20,290,December\n", is_correction=True)
    price = SurveyedPrice.objects.get(retailer=office.shops[0], product=office.goods[0])
    assert (corrected.n_accepted, price.price_fen, str(price)) == (1, 29_000, "December 2021-12-20")
    for result in (corrected, refused, again, first):
        running.undo(company=office.company, batch_id=result.batch_id, by=None, at=AT)
    assert not SurveyedPrice.objects.exists()


def test_a_survey_s_price_stands_beside_the_line_with_its_source(
    guided: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shops = [one.licence_no for one in guided.shops]
    # the visits were on the 29th in the company's zone
    seen(guided, monkeypatch, ("v1", 0, 0, 27_000, SEEN), ("v2", 1, 0, 26_000, SEEN), ("v3", 2, 1, 22_000, SEEN))
    visited(guided, "v1", guided.wang)
    at = AT + timedelta(days=5)
    told = [
        (shops[0], "P0", "2021-12-29", "280"), (shops[1], "P0", "2021-12-30", "240"), (shops[1], "P0", "2021-12-30", "245"),
        (shops[2], "P0", "2021-12-31", "300"), (shops[0], "P2", "2021-11-20", "90"), (shops[2], "P1", "2021-12-28", "210"),
    ]  # fmt: skip
    path = tmp_path / "prices.csv"
    path.write_text(HEAD + "".join(f"{','.join(row)},S{n}\n" for n, row in enumerate(told)))
    assert running.run(company=guided.company, kind="retail_prices", path=path, by=None, at=at).n_accepted == 6
    round = opened(guided, deadline=clock.now() + timedelta(days=1))
    desk = desk_of(sheet(round, guided.wang))
    found = {number: (one.fen, one.seen_on.day, one.source, one.sign.value) for number, one in desk.prices.items()}
    assert found == {
        # of one day the visit's; the newer of a visit's and a survey's; of two surveys of a day the lower; none that is too old
        line_of(round, guided, 0, 0): (27_000, 29, "", "below"),
        line_of(round, guided, 1, 0): (24_000, 30, "S1", "at"),
        line_of(round, guided, 2, 0): (30_000, 31, "S3", "above"),
        line_of(round, guided, 2, 1): (22_000, 29, "", "above"),
    }
    assert {view.suggested for view in views(desk, range(len(desk.lines)), {}, {})} == {None}
    browser, number = client(guided.wang.user), line_of(round, guided, 2, 0)
    price = SurveyedPrice.objects.get(source="S3")
    page = browser.get(reverse("demand:line", args=[round.pk, number])).content.decode()
    assert (
        "sold at ¥300.00 on 2021-12-31, +20.0% against the guide price ¥250.00 · found in the survey of prices S3"
        in page
    )
    assert f'value="surveyed:{price.pk}"' in page
    lines = browser.get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    keys = ("retail_price_fen", "price_seen_by", "price_source", "price_evidence")
    assert [lines[number][key] for key in keys] == [30_000, None, "S3", f"surveyed:{price.pk}"]
    assert [lines[line_of(round, guided, 0, 0)][key] for key in keys] == [27_000, "wang", "", "price:v1"]
    file = browser.get(reverse("demand:sheet_file", args=[round.pk]))
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file))).get_sheet_by_index(0).to_python()
    head = [codes_of_heads()[words] for words in head]
    sources = {
        row[head.index("licence_no")]: row[head.index("price_source")]
        for row in rows
        if row[head.index("product_code")] == "P0"
    }
    assert sources == {shops[0]: "", shops[1]: "S1", shops[2]: "S3"}
    # a number may rest on it, and it is evidence of the closed round, of no person
    entering.enter(
        sheet=sheet(round, guided.wang), way=Way.API, by=guided.wang.user, at=AT, on=ON,
        numbers=[Number(line_no=number, units=1, reason="shortage", rests_on=(f"surveyed:{price.pk}",))],
    )  # fmt: skip
    closing.close(round=round, by=None, at=round.deadline_at)
    rows = [row for row in publishers.forecast_evidence(guided.company).to_pylist() if row["kind"] == "retail_price"]
    assert {(row["evidence_id"], row["person_id"]) for row in rows} >= {
        ("price:v1", guided.wang.pk), (f"surveyed:{price.pk}", None),
    }  # fmt: skip


def test_whether_prices_helped_is_told_and_nobody_is_asked_because_of_one(
    guided: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    december, at = date(2021, 12, 1), datetime(2021, 11, 30, 8, tzinfo=UTC)
    seen(guided, monkeypatch, *((f"v{shop}", shop, 1, 17_000, datetime(2021, 11, 20, tzinfo=UTC)) for shop in range(3)))
    round = opened(guided, first=december, at=at, on=december, deadline=at + timedelta(days=2))
    own = sheet(round, guided.wang)
    first, second = (line_of(round, guided, shop, 1) for shop in (0, 1))
    system = int(whole_units(desk_of(own).lines.row(first)["mean_milli"]))
    numbers = [
        Number(line_no=first, units=system, reason="customers", rests_on=("price:v0",)),
        Number(line_no=second, units=0, reason="overstock", rests_on=("price:v1",)),
    ]
    entering.enter(
        sheet=own, numbers=numbers, way=Way.API, by=guided.wang.user, at=at + timedelta(hours=1), on=december
    )
    closing.close(round=round, by=None, at=round.deadline_at)
    told = [row for row in publishers.forecast_evidence(guided.company).to_pylist() if row["kind"] == "retail_price"]
    assert [(row["evidence_id"], row["retailer_id"], row["person_id"]) for row in told] == [
        (f"price:v{shop}", guided.shops[shop].pk, guided.wang.pk) for shop in range(3)
    ]
    made = judging.judge(company=guided.company, by=guided.leader.user, at=AT, on=ON)
    rows = {(row["kind"], row["use"]): row for row in judged.information(made)}
    assert rows["retail_price", "used"]["n"] == 2
    assert rows["retail_price", "passed_over"]["n"] == 1
    # to take the second shop's all away was wrong, whatever it rested on
    assert rows["retail_price", "used"]["n_harmed"] >= 1
    assert rows["retail_price", "passed_over"]["gained"] == 0
    page = client(guided.wang.user).get(reverse("demand:helped")).content.decode()
    assert page.count("Retail prices seen") == 2
    # the first number is the system's own, given although the price lay there: of what lay there, no price is counted
    (repeated,) = [one for one in lines_repeated(made, guided.wang, "system") if one.retailer_id == guided.shops[0].pk]
    assert repeated.n_evidence == 0
