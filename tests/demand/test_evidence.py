"""What lay before the authors: counts as they were published when the round opened, hints, and lines that a cap cut."""

import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxin.demand.actions import closing, hinting
from lianxin.demand.facts import published as publishers
from lianxin.demand.queries import entries
from lianxin.demand.queries.desks import desk_of
from lianxin.demand.screens.file_words import codes_of_heads
from lianxin.demand.screens.sheet_rows import views
from lianxin.demand.states import HintKind
from lianxin.engine.sources import from_rows
from lianxin.foundation import clock, facts
from lianxin.foundation.facts import the_lake
from tests.demand.conftest import AT, ON, opened, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C6")]


def counted(office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, *counts: tuple[str, int, int, datetime]) -> None:
    """What visits counted: (visit, shop's place, units, when)."""
    rows = [
        {
            "company_id": office.company.pk, "visit_id": visit, "person_id": office.wang.pk, "units": units, "counted_at": at,
            "retailer_id": office.shops[shop].pk, "product_id": office.goods[0].pk,
        }
        for visit, shop, units, at in counts
    ]  # fmt: skip
    monkeypatch.setitem(facts._PUBLISHERS, "stock_counts", lambda _company: from_rows("stock_counts", rows))


def test_opening_publishes_the_counts_and_a_later_one_lay_before_nobody(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = datetime(2021, 12, 20, tzinfo=UTC), datetime(2021, 12, 28, tzinfo=UTC)
    long_ago, after = datetime(2021, 10, 1, tzinfo=UTC), datetime(2022, 1, 1, 1, tzinfo=UTC)
    before = [("v1", 0, 4, old), ("v2", 0, 7, new), ("v3", 1, 5, long_ago), ("v4", 2, 6, after)]
    counted(office, monkeypatch, *before)
    round = opened(office)
    counted(office, monkeypatch, *before, ("v5", 0, 1, new + timedelta(hours=5)))
    facts.publish(office.company, the_lake(), only="stock_counts")
    desk = desk_of(sheet(round, office.wang))
    shown = {desk.lines.row(number)["retailer_id"]: count.units for number, count in desk.counts.items()}
    # the newest of those known when it opened; none that is too old, or of the period itself
    assert shown == {office.shops[0].pk: 7}
    closing.close(round=round, by=None, at=round.deadline_at)
    rows = publishers.forecast_evidence(office.company).to_pylist()
    assert [
        (row["evidence_id"], row["retailer_id"], row["product_id"], row["known_at"], row["person_id"])
        for row in rows
        if row["kind"] == "stock_count"
    ] == [("stock:v2", office.shops[0].pk, office.goods[0].pk, new, office.wang.pk)]


def test_the_window_of_counts_begins_and_ends_with_days_where_the_company_is(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty-five days before the first of January, in Shanghai: a day of UTC would begin and end eight hours late."""
    begins, ends = (datetime(2021, 11, 26, 16, tzinfo=UTC), datetime(2021, 12, 31, 16, tzinfo=UTC))
    counted(
        office, monkeypatch, ("v1", 0, 4, begins), ("v2", 1, 5, begins - timedelta(minutes=1)), ("v3", 1, 6, ends),
        ("v4", 2, 7, ends), ("v5", 2, 8, ends - timedelta(minutes=1)),
    )  # fmt: skip
    desk = desk_of(sheet(opened(office), office.wang))
    shown = {desk.lines.row(number)["retailer_id"]: count.units for number, count in desk.counts.items()}
    assert shown == {office.shops[0].pk: 4, office.shops[2].pk: 8}


def test_a_shop_that_holds_more_than_a_period_s_need_is_suggested_less(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2021, 12, 28, tzinfo=UTC)
    counted(office, monkeypatch, ("v1", 0, 25, at), ("v2", 1, 1, at), ("v3", 2, 900, at))
    round = opened(office)
    desk = desk_of(sheet(round, office.wang))
    shown = {
        view.row["retailer_id"]: (view.row["mean_milli"], view.suggested)
        for view in views(desk, range(len(desk.lines)), {}, {})
        if view.row["product_id"] == office.goods[0].pk
    }
    mean, suggested = shown[office.shops[0].pk]
    assert 12_500 < mean < 25_000
    assert suggested == (2 * mean - 25_000 + 500) // 1000
    assert shown[office.shops[1].pk][1] is None
    assert shown[office.shops[2].pk][1] == 0


def test_page_file_and_api_tell_a_count_by_its_day_in_the_shop(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # half past midnight in the company's zone is the day before in that of the store
    counted(office, monkeypatch, ("v1", 0, 7, datetime(2021, 12, 28, 16, 30, tzinfo=UTC)))
    round = opened(office, deadline=clock.now() + timedelta(days=1))
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(office.wang.user)
    number = next(iter(desk_of(sheet(round, office.wang)).counts))

    assert "7 in stock on 12-29" in browser.get(reverse("demand:mine", args=[round.pk])).content.decode()

    file = browser.get(reverse("demand:sheet_file", args=[round.pk]))
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file))).get_sheet_by_index(0).to_python()
    head = [codes_of_heads()[words] for words in head]
    places = [head.index(name) for name in ("stock_units", "stock_counted_on")]
    told = [[row[place] for place in places] for row in rows]
    assert told[number] == [7, date(2021, 12, 29)]
    assert told.count(["", ""]) == len(told) - 1

    lines = browser.get(f"/api/v1/forecast-rounds/{round.pk}/lines").json()
    told_by_api = [(line["stock_units"], line["stock_counted_on"], line["stock_evidence"]) for line in lines]
    assert told_by_api[number] == (7, "2021-12-29", "stock:v1")
    assert told_by_api.count((None, None, "")) == len(lines) - 1


@pytest.mark.requirement("C4")
def test_a_closed_round_keeps_the_hints_of_its_deadline(office: SimpleNamespace) -> None:
    """Neither taking one's hints back afterwards nor saying them late changes what lay before the authors."""
    round = opened(office)

    def said(words: str, at: datetime) -> hinting.Hint:
        return hinting.say(
            kind=HintKind.SHORTAGE, words=words, valid_from=date(2022, 1, 5), valid_until=date(2022, 1, 9), change_share=None,
            by=office.wang.user, at=at, on=ON, product=office.goods[0], place=hinting.Place(retailer=office.shops[1]),
        )  # fmt: skip

    kept, early = said("taken back afterwards", AT), said("taken back before", AT)
    hinting.withdraw(hint=early, by=office.wang.user, at=AT + timedelta(hours=1))
    own = sheet(round, office.wang)
    shown = {hint.words for hints in desk_of(own).hints.values() for hint in hints}
    assert shown == {"taken back afterwards"}
    closing.close(round=round, by=None, at=round.deadline_at)
    late = said("said afterwards", round.deadline_at + timedelta(hours=1))
    hinting.withdraw(hint=kept, by=office.wang.user, at=round.deadline_at + timedelta(days=1))
    told = {row["evidence_id"]: row["known_at"] for row in publishers.forecast_evidence(office.company).to_pylist()}
    assert told[f"hint:{kept.pk}"] == AT
    assert f"hint:{early.pk}" not in told
    assert f"hint:{late.pk}" not in told
    own = sheet(round, office.wang)
    assert {hint.words for hints in desk_of(own).hints.values() for hint in hints} == shown


def test_hints_and_cut_lines_are_told_of_the_lines_that_they_concern(office: SimpleNamespace) -> None:
    # a cap that cut another shop's order half a year before lays nothing beside its line now
    day = date(2021, 6, 20)
    cut = {
        "company_id": office.company.pk, "line_id": "cut", "order_date": day, "order_month": day.replace(day=1),
        "retailer_id": office.shops[4].pk, "product_id": office.goods[1].pk, "wanted_units": 9, "cap_units": 2,
        "ordered_units": 2, "supplied_units": 2, "amount_fen": 200, "batch_id": "cut",
    }  # fmt: skip
    the_lake().append_batch(from_rows("order_lines", [cut]), office.company.pk, "cut")
    round = opened(office)

    def said(words: str, until: date, **about: object) -> str:
        made = hinting.say(
            kind=HintKind.ROAD, words=words, valid_from=date(2022, 1, 5), valid_until=until, change_share=None,
            by=office.boss.user, at=AT, on=ON, product=about.get("product"),  # type: ignore[arg-type]
            place=hinting.Place(unit=about.get("unit"), retailer=about.get("retailer")),  # type: ignore[arg-type]
        )  # fmt: skip
        return f"hint:{made.pk}"

    whole = said("whole unit", date(2022, 1, 9), unit=office.south)
    one = said("one shop, one product", date(2022, 2, 9), retailer=office.shops[1], product=office.goods[2])
    gone = said("taken back", date(2022, 1, 9), unit=office.south)
    hinting.withdraw(hint=hinting.Hint.objects.get(words="taken back"), by=office.boss.user, at=AT)
    closing.close(round=round, by=None, at=round.deadline_at)
    lines: dict[str, set[tuple[int, int]]] = {}
    for row in publishers.forecast_evidence(office.company).to_pylist():
        lines.setdefault(row["evidence_id"], set()).add((row["retailer_id"], row["product_id"]))
    own = {(shop.pk, one.pk) for shop in office.shops[:3] for one in office.goods}
    assert lines[whole] == own
    assert lines[one] == {(office.shops[1].pk, office.goods[2].pk)}
    assert gone not in lines
    # the cap cut the first shop's first product in every month before
    (short,) = [key for key in lines if key.startswith("short:")]
    assert short == f"short:{round.pk}:{office.shops[0].pk}:{office.goods[0].pk}:1"


@pytest.mark.requirement("C6")
def test_a_suggestion_names_what_it_was_made_from_and_later_typing_does_not_take_that_away(
    office: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(office, monkeypatch, ("v1", 0, 900, datetime(2021, 12, 28, tzinfo=UTC)))
    round = opened(office, deadline=clock.now() + timedelta(days=1))
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(office.wang.user)
    own = sheet(round, office.wang)
    ((number, count),) = desk_of(own).counts.items()
    page = browser.get(reverse("demand:mine", args=[round.pk])).content.decode()
    assert 'data-lx-suggest="0" data-reason="overstock" data-evidence="stock:v1"' in page

    enter = reverse("demand:enter", args=[round.pk])

    def said(**fields: str) -> tuple[int, str, str, list[str]]:
        browser.post(enter, {f"{name}_{number}": value for name, value in fields.items()})
        entry = entries.current(own, [number])[number]
        return entry.units, entry.reason, entry.evidence, entry.rests_on

    # the suggestion is taken on the sheet, its evidence told in the opened line, and the number typed over on the sheet
    assert said(n="0", r="overstock", e=count.evidence_id) == (0, "overstock", "", ["stock:v1"])
    assert said(n="0", r="overstock", v="店主也这么说", e="stock:v1") == (0, "overstock", "店主也这么说", ["stock:v1"])
    assert said(n="2", r="overstock") == (2, "overstock", "店主也这么说", ["stock:v1"])
    n = entries.versions(own, number).count()
    assert said(n="2", r="overstock") == (2, "overstock", "店主也这么说", ["stock:v1"])
    assert entries.versions(own, number).count() == n
    # what was submitted shows the suggestion and offers none
    browser.post(reverse("demand:submit", args=[round.pk]))
    shown = browser.get(reverse("demand:mine", args=[round.pk])).content.decode()
    assert "data-lx-suggest" not in shown
    assert "with it 0" in shown
    browser.post(reverse("demand:take_back", args=[round.pk]))
    # and in the opened line it can be taken back
    assert said(n="2", r="overstock", v="") == (2, "overstock", "", [])
