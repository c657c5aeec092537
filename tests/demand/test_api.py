"""What pages tell of rounds, sums, agreements and festivals, by API: the same reads and actions."""

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from lianxin.demand.actions import entering
from lianxin.demand.checks import Number
from lianxin.demand.models import Agreement, Round
from lianxin.demand.queries.lines import all_lines
from lianxin.demand.states import Way
from lianxin.foundation import clock, jobs
from lianxin.foundation.models import Job
from tests.demand.conftest import AT, FIRST, ON, opened, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ROUNDS = "/api/v1/forecast-rounds"


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def post(user: object, path: str, body: object = None) -> SimpleNamespace:
    answer = client(user).post(path, json.dumps(body or {}), content_type="application/json")
    return SimpleNamespace(status=answer.status_code, told=answer.json())


@pytest.mark.requirement("C2")
def test_a_round_is_opened_and_prepared_by_api(office: SimpleNamespace) -> None:
    asked = {
        "first_period": str(FIRST), "product_codes": ["P0", "P2"],
        "deadline_at": (clock.now() + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    assert post(office.boss.user, ROUNDS, asked).status == 403
    assert post(office.leader.user, ROUNDS, {**asked, "period": "year"}).status == 422
    assert post(office.leader.user, ROUNDS, {**asked, "product_codes": ["P9"]}).status == 422
    assert not Round.objects.exists()
    opened_now = post(office.leader.user, ROUNDS, asked)
    assert opened_now.status == 202
    round = Round.objects.get(pk=opened_now.told["round"])
    assert round.state == "preparing"
    # it is under way already
    assert post(office.leader.user, f"{ROUNDS}/{round.pk}/prepare").status == 422
    assert jobs.run(Job.objects.get(pk=opened_now.told["job"])).state == "done"
    round.refresh_from_db()
    assert round.state == "open"
    assert round.product_ids == [office.goods[0].pk, office.goods[2].pk]
    again = post(office.leader.user, f"{ROUNDS}/{round.pk}/prepare")
    assert again.status == 202
    assert jobs.run(Job.objects.get(pk=again.told["job"])).state == "failed"


@pytest.mark.requirement("C2")
def test_a_sum_of_ones_own_spreads_by_the_systems_shares(office: SimpleNamespace) -> None:
    round = opened(office)
    rows = all_lines(round).to_pylist()
    system = sum(row["mean_milli"] for row in rows if row["product_id"] == office.goods[1].pk)
    address = f"{ROUNDS}/{round.pk}/spread?product_code=P1"
    told = client(office.brand.user).get(address).json()
    assert told["system_units"] == told["total_units"] == (system + 500) // 1000
    assert told["own_units"] is None
    assert sum(part["units"] for part in told["parts"]) == told["total_units"]
    assert {part["person"] for part in told["parts"]} == {"wang", "li"}
    own = sheet(round, office.brand)
    place = next(
        n
        for n in range(3)
        if client(office.brand.user).get(f"{ROUNDS}/{round.pk}/lines").json()[n]["product_code"] == "P1"
    )
    entering.enter(
        sheet=own, numbers=[Number(line_no=place, units=77, reason="festival")], way=Way.API, by=office.brand.user, at=AT, on=ON
    )  # fmt: skip
    assert client(office.brand.user).get(address).json()["total_units"] == 77
    assert sum(part["units"] for part in client(office.brand.user).get(address + "&units=101").json()["parts"]) == 101
    assert client(office.brand.user).get(address + "&units=-1").status_code == 422
    # a market manager's sum consists of his unit; a manager has no sums, a leader no sheet
    assert {part["person"] for part in client(office.boss.user).get(address).json()["parts"]} == {"wang"}
    assert client(office.wang.user).get(address).status_code == 404
    assert client(office.leader.user).get(address).status_code == 403


@pytest.mark.requirement("C5")
def test_agreements_are_told_with_every_version_within_the_scope(office: SimpleNamespace) -> None:
    for shop, units, at in (
        (0, 10, AT - timedelta(days=9)),
        (0, 12, AT - timedelta(days=5)),
        (3, 7, AT - timedelta(days=5)),
    ):
        Agreement.objects.create(
            company=office.company,
            retailer=office.shops[shop],
            product=office.goods[0],
            month=FIRST,
            units=units,
            agreed_at=at,
        )
    rows = client(office.leader.user).get("/api/v1/demand-agreements?month=2022-01").json()
    assert [(row["licence_no"], row["units"], row["counts"]) for row in rows] == [
        ("li0", 7, True), ("wang0", 10, False), ("wang0", 12, True),
    ]  # fmt: skip
    own = client(office.li.user).get("/api/v1/demand-agreements?month=2022-01").json()
    assert [row["licence_no"] for row in own] == ["li0"]
    assert client(office.leader.user).get("/api/v1/demand-agreements?month=january").status_code == 422


@pytest.mark.requirement("C6")
def test_festivals_come_from_the_calendar_of_the_companys_country(office: SimpleNamespace) -> None:
    told = client(office.wang.user).get("/api/v1/festivals?first=2022-01-15&until=2022-03-01").json()
    assert [row["name"] for row in told] == ["Chinese New Year (Spring Festival)"]
    assert date.fromisoformat(told[0]["first"]) <= date(2022, 2, 1) <= date.fromisoformat(told[0]["last"])
    assert client(office.wang.user).get("/api/v1/festivals?first=2022-03-01&until=2022-01-01").status_code == 422


@pytest.mark.requirement("C3")
def test_before_any_judging_there_is_nothing_to_tell(office: SimpleNamespace) -> None:
    for path in ("managers", "sums", "copied"):
        assert client(office.officer.user).get(f"/api/v1/forecast-judging/{path}").status_code == 404
    weights = client(office.wang.user).get("/api/v1/forecast-weights").json()
    assert weights["published"] == {"brand_manager": 6, "market_manager": 3, "customer_manager": 3}
    assert (weights["valid_from"], weights["learned"]) == (None, {})
    assert post(office.wang.user, "/api/v1/forecast-judging").status == 403
    started = post(office.leader.user, "/api/v1/forecast-judging")
    assert started.status == 202
    assert jobs.run(Job.objects.get(pk=started.told["job"])).state == "failed"


@pytest.mark.requirement("C2")
def test_lines_that_no_sheet_has_are_refused_however_large_their_number(office: SimpleNamespace) -> None:
    round = opened(office, deadline=clock.now() + timedelta(days=2))
    user = office.wang.user
    for number in (-1, 9, 10**30):
        assert post(user, f"{ROUNDS}/{round.pk}/accept", {"line_nos": [0, number]}).status == 422
        entered = post(
            user, f"{ROUNDS}/{round.pk}/enter", {"numbers": [{"line_no": number, "units": 3, "reason": "road"}]}
        )
        assert entered.status == 422
    assert client(user).get(f"{ROUNDS}/{round.pk}/lines?after={10**30}").json() == []
    own = sheet(round, office.wang)
    assert (own.n_entered, own.n_accepted) == (0, 0)
