"""Hints and festivals enter the system's forecast, the one without them is kept, and both are held against what came."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.demand.actions import closing, hinting, judging
from lianxin.demand.facts import published
from lianxin.demand.models import Hint, Round
from lianxin.demand.queries import evidence, judged
from lianxin.demand.queries.lines import all_lines
from lianxin.demand.queries.plain import plain_of
from lianxin.demand.states import HintKind
from lianxin.foundation import parameters
from lianxin.foundation.states import Evidence
from lianxin.people.models import Person
from tests.demand.conftest import AT, FIRST, ON, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C6")]
HALF = date(2022, 1, 16)
Key = tuple[int, int, int]


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def events(office: SimpleNamespace, *chosen: str) -> None:
    sets(office, "demand.events_in_forecast", list(chosen))


def sets(office: SimpleNamespace, name: str, value: object) -> None:
    parameters.set_value(
        company=office.company, name=name, value=value, valid_from=date(2021, 1, 1), source="试验",
        evidence=Evidence.COMPANY, by=office.administrator, at=AT,
    )  # fmt: skip


def say(
    office: SimpleNamespace, by: Person, kind: HintKind, *, first: date = FIRST, until: date = HALF, at: datetime = AT,
    words: str = "x", **place: object,
) -> Hint:  # fmt: skip
    return hinting.say(
        kind=kind, words=words, place=hinting.Place(**place), product=None, valid_from=first, valid_until=until,  # type: ignore[arg-type]
        change_share=None, by=by.user, at=at, on=at.date(),  # type: ignore[arg-type]
    )  # fmt: skip


def means(round: Round) -> dict[Key, int]:
    rows = all_lines(round).select(["retailer_id", "product_id", "step", "mean_milli"]).to_pylist()
    return {(row["retailer_id"], row["product_id"], row["step"]): row["mean_milli"] for row in rows}


def without(round: Round) -> dict[Key, int]:
    rows = plain_of(round).to_pylist()
    return {(row["retailer_id"], row["product_id"], row["step"]): row["plain_milli"] for row in rows}


def again(office: SimpleNamespace, round: Round) -> Round:
    """The same round prepared anew, with what is known now."""
    round.delete()
    return opened(office)


def test_a_closed_shop_counts_for_the_days_on_which_it_is_open(office: SimpleNamespace) -> None:
    events(office, "hints")
    before = means(opened(office))
    round = Round.objects.get()
    assert without(round) == {}
    shop = office.shops[0]
    hint = say(office, office.wang, HintKind.CLOSED, retailer=shop)
    round = again(office, round)
    moved = without(round)
    assert {key[0] for key in moved} == {shop.pk}
    assert moved == {key: units for key, units in before.items() if key[0] == shop.pk}
    for key, units in means(round).items():
        assert units == (pytest.approx(before[key] * 16 / 31, abs=1) if key in moved else before[key])
    assert round.parameters["events_handed"] == [
        {"id": f"hint:{hint.pk}", "kind": "closed", "name": "closed:x", "from": "2022-01-01", "until": "2022-01-16"}
    ]
    page = client(office.wang.user).get(reverse("demand:round", args=[round.pk])).content.decode()
    assert reverse("demand:hint", args=[hint.pk]) in page
    # who may not read the hint reads nothing of it here either
    others = client(office.li.user).get(reverse("demand:round", args=[round.pk])).content.decode()
    assert "Given to the system" not in others


def test_a_unit_closed_moves_the_lines_of_its_shops_alone(office: SimpleNamespace) -> None:
    events(office, "hints")
    say(office, office.boss, HintKind.CLOSED, unit=office.south)
    assert {key[0] for key in without(opened(office))} == {shop.pk for shop in office.shops[:3]}


def test_what_is_said_later_or_was_withdrawn_is_not_known(office: SimpleNamespace) -> None:
    events(office, "hints")
    say(office, office.wang, HintKind.CLOSED, retailer=office.shops[0], at=AT + timedelta(hours=1))
    gone = say(office, office.wang, HintKind.CLOSED, retailer=office.shops[1])
    hinting.withdraw(hint=gone, by=office.wang.user, at=AT)
    round = opened(office)
    assert round.parameters["events_handed"] == []
    assert without(round) == {}


def test_an_empty_shelf_of_the_past_is_not_taken_for_low_demand(office: SimpleNamespace) -> None:
    events(office, "hints")
    shop = office.shops[0]
    hint = say(office, office.wang, HintKind.SHORTAGE, retailer=shop, first=date(2021, 10, 1), until=date(2022, 1, 1))
    round = opened(office)
    assert [one["kind"] for one in round.parameters["events_handed"]] == ["shortage"]
    assert {key[0] for key in without(round)} == {shop.pk}
    # it touches no period of the round, and concerns the lines of its place all the same
    closing.close(round=round, by=None, at=round.deadline_at)
    rows = published.forecast_without(office.company).to_pylist()
    assert {(row["event_id"], row["kind"]) for row in rows} == {(f"hint:{hint.pk}", "shortage")}


def test_what_a_visit_found_short_reaches_the_forecast_with_its_evidence(office: SimpleNamespace) -> None:
    events(office, "hints")
    # Not the first product, which this shop never got as much of as it wanted: nothing of it is taken for its demand anyway.
    shop, product = office.shops[0], office.goods[1]
    (hint,) = hinting.seen_short(
        person=office.wang, retailer=shop, since={product.pk: date(2021, 10, 1)}, visit_id="v-1", on=date(2021, 12, 31),
        by=office.wang.user, at=AT,
    )  # fmt: skip
    round = opened(office)
    (handed,) = round.parameters["events_handed"]
    assert (handed["id"], handed["kind"], handed["from"], handed["until"]) == (
        f"hint:{hint.pk}", "shortage", "2021-10-01", "2022-01-01",
    )  # fmt: skip
    # hidden for this product of this shop alone
    assert {key[:2] for key in without(round)} == {(shop.pk, product.pk)}
    page = client(office.wang.user).get(reverse("demand:hint", args=[hint.pk]))
    assert page.context["visit_url"] == reverse("visits:visit", args=["v-1"])
    (api,) = client(office.wang.user).get("/api/v1/forecast-hints").json()
    assert (api["kind"], api["product_code"], api["visit_id"]) == ("shortage", product.product_code, "v-1")
    # whoever may not read the visit is offered no way to it
    assert not evidence.may_see_visit(office.li.user, hint, on=ON)


def test_a_hint_tells_of_its_visit_only_to_who_may_read_it(office: SimpleNamespace) -> None:
    """The shop is Li's, so he reads the hint; Wang was there for him, and his visits are not Li's to read."""
    (hint,) = hinting.seen_short(
        person=office.wang, retailer=office.shops[3], since={office.goods[0].pk: date(2021, 12, 1)}, visit_id="v-of-wang",
        on=date(2021, 12, 31), by=office.wang.user, at=AT,
    )  # fmt: skip

    def told(who: Person | SimpleNamespace) -> list[tuple[int, str]]:
        answer = client(who.user).get("/api/v1/forecast-hints")
        assert ("v-of-wang" in answer.content.decode()) == any(row["visit_id"] for row in answer.json())
        return [(row["id"], row["visit_id"]) for row in answer.json()]

    assert told(office.li) == told(office.other_boss) == [(hint.pk, "")]
    assert told(office.wang) == told(office.boss) == told(office.leader) == [(hint.pk, "v-of-wang")]
    # A post that reads no visits is told of none, whatever hints it reads.
    (row,) = evidence.with_visits_told(Hint.objects.all(), office.administrator, office.company, on=ON)
    assert row.visit_told == ""
    taken_back = client(office.wang.user).post(f"/api/v1/forecast-hints/{hint.pk}/withdraw").json()
    assert (taken_back["visit_id"], taken_back["withdrawn_at"] is not None) == ("v-of-wang", True)


Days = tuple[date, date]


def short(office: SimpleNamespace, since: date, on: date) -> list[Days]:
    """The days of the hints that a visit makes which finds the first shop without its first product."""
    made = hinting.seen_short(
        person=office.wang, retailer=office.shops[0], since={office.goods[0].pk: since}, visit_id=f"v-{on}", on=on,
        by=office.wang.user, at=AT,
    )  # fmt: skip
    return [(hint.valid_from, hint.valid_until) for hint in made]


def test_days_of_an_empty_shelf_count_once_however_many_visits_find_it(office: SimpleNamespace) -> None:
    tenth = date(2021, 11, 10)
    assert short(office, tenth, date(2021, 11, 20)) == [(tenth, date(2021, 11, 21))]
    # The next visit finds it empty still, since the same day; a second one of that day has nothing to add.
    assert short(office, tenth, date(2021, 12, 1)) == [(date(2021, 11, 21), date(2021, 12, 2))]
    assert short(office, date(2021, 11, 15), date(2021, 12, 1)) == []
    # A visit that comes in late tells of days before; one that spans what is known tells of both sides.
    assert short(office, date(2021, 11, 5), date(2021, 11, 12)) == [(date(2021, 11, 5), tenth)]
    assert short(office, date(2021, 11, 1), date(2021, 12, 3)) == [
        (date(2021, 11, 1), date(2021, 11, 5)), (date(2021, 12, 2), date(2021, 12, 4)),
    ]  # fmt: skip
    days = [hint.valid_until - hint.valid_from for hint in Hint.objects.all()]
    assert sum(days, timedelta()) == date(2021, 12, 4) - date(2021, 11, 1)


def test_only_standing_shortages_of_the_shop_and_product_cover_days(office: SimpleNamespace) -> None:
    first, until = date(2021, 11, 1), date(2021, 11, 11)
    whole = [(first, until)]
    say(office, office.wang, HintKind.CLOSED, retailer=office.shops[0], first=first, until=until)
    say(office, office.wang, HintKind.SHORTAGE, retailer=office.shops[1], first=first, until=until)
    gone = say(office, office.wang, HintKind.SHORTAGE, retailer=office.shops[0], first=first, until=until)
    hinting.withdraw(hint=gone, by=office.wang.user, at=AT)
    Hint.objects.create(
        company=office.company, kind=HintKind.SHORTAGE, words="x", retailer=office.shops[0], product=office.goods[1],
        valid_from=first, valid_until=until, made_by=office.wang, made_at=AT,
    )  # fmt: skip
    assert short(office, first, date(2021, 11, 10)) == whole
    # One said of every product of the shop covers this one too.
    Hint.objects.filter(product=office.goods[0]).delete()
    say(office, office.wang, HintKind.SHORTAGE, retailer=office.shops[0], first=first, until=date(2021, 11, 8))
    assert short(office, first, date(2021, 11, 10)) == [(date(2021, 11, 8), until)]


def test_festivals_enter_by_name_and_a_company_may_leave_them_out(office: SimpleNamespace) -> None:
    events(office)
    round = opened(office)
    before = means(round)
    assert round.parameters["events_handed"] == []
    events(office, "festivals")
    round = again(office, round)
    ahead = [one["name"] for one in round.parameters["events_handed"] if one["from"] >= "2022-01-01"]
    assert "New Year's Day" in ahead
    assert set(without(round)) <= set(before)
    assert all(before[key] == units for key, units in without(round).items())
    # a hint of the same festival says nothing twice
    events(office, "hints", "festivals")
    say(office, office.boss, HintKind.FESTIVAL, words="元旦", first=date(2021, 12, 31), unit=office.south)
    round = again(office, round)
    assert not [one for one in round.parameters["events_handed"] if one["id"].startswith("hint:")]


def test_each_hint_is_held_against_what_came_with_it_and_without(office: SimpleNamespace) -> None:
    events(office, "hints")
    december = date(2021, 12, 1)
    at = datetime(2021, 11, 30, 8, tzinfo=AT.tzinfo)
    hint = say(
        office, office.wang, HintKind.CLOSED, retailer=office.shops[0], first=december, until=date(2022, 1, 1), at=at
    )
    round = opened(office, first=december, at=at, on=december, deadline=at + timedelta(days=2))
    closing.close(round=round, by=None, at=round.deadline_at)
    made = judging.judge(company=office.company, by=office.leader.user, at=AT, on=ON)
    (row,) = judged.events(office.wang.user, made, on=ON)
    # the shop sold as ever: who called it closed for the month took the whole of it away
    assert (row["event_id"], row["kind"], row["n"], row["n_known"], row["n_harmed"]) == (
        f"hint:{hint.pk}", "closed", 3, 3, 3,
    )  # fmt: skip
    assert row["with_milli"] == 0
    assert row["error_with"] == row["actual"]
    assert row["error_without"] < row["error_with"]
    told = {(one["kind"], one["use"]): one for one in judged.information(made)}
    assert told["closed", "in_system"]["n"] == told["all", "in_system"]["n"] == 3
    assert told["closed", "in_system"]["why"] == "few_lines"
    # somebody else's hint is nobody's to read
    assert judged.events(office.li.user, made, on=ON) == []
    address = reverse("demand:hint", args=[hint.pk])
    page = client(office.wang.user).get(address)
    assert "needs 20" in page.content.decode()
    sets(office, "demand.hint_minimum", 3)
    (shown,) = client(office.wang.user).get(address).context["table"].rows
    assert shown.cells[1].figure.value == pytest.approx((row["error_without"] - row["error_with"]) / row["actual"])
    helped = client(office.wang.user).get(reverse("demand:helped"))
    assert [one.cells[0].text for one in helped.context["each"].rows] == ["x"]
    (api,) = client(office.wang.user).get("/api/v1/forecast-hints/judged").json()
    assert (api["event_id"], api["first_period"], api["with_units"]) == (f"hint:{hint.pk}", "2021-12-01", 0)
    assert client(office.li.user).get("/api/v1/forecast-hints/judged").json() == []
