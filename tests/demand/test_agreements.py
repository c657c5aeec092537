"""Demand agreements: voluntary and revisable. Every version stays; the one that stood when its month began counts."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lianxin.core.units import first_day, month_plus
from lianxin.demand.actions import agreeing
from lianxin.demand.facts import published
from lianxin.demand.models import Agreement
from lianxin.foundation import clock
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.imports import running
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C5")]
AT = datetime(2022, 1, 20, 8, 0, tzinfo=UTC)
HEAD = "period,licence_no,product_code,agreed_units,agreed_at\n"
JANUARY = date(2022, 1, 1)


def take(office: SimpleNamespace, folder: Path, text: str, head: str = HEAD) -> running.Result:
    path = folder / f"agreements{len(list(folder.glob('*.csv')))}.csv"
    path.write_text(head + text, encoding="utf-8")
    return running.run(
        company=office.company, kind="agreements", path=path, by=None, at=AT, mapping_name="", owner_name="test",
        refused_to=folder / f"{path.stem}.refused", tell=lambda done, total: None,
    )  # fmt: skip


def counting(office: SimpleNamespace) -> dict[tuple[int, date], int]:
    rows = published.demand_agreements(office.company).to_pylist()
    return {(row["retailer_id"], row["month"]): row["agreed_units"] for row in rows}


def test_a_revision_before_the_month_counts_and_a_later_one_does_not(office: SimpleNamespace, tmp_path: Path) -> None:
    shops = [shop.pk for shop in office.shops]
    told = take(
        office,
        tmp_path,
        "2022-01,wang0,P0,20,2021-12-01T09:00\n"
        "2022-01,wang0,P0,15,2021-12-31T23:59\n"  # the last minute before the month, where the company is
        "2022-01,wang0,P0,99,2022-01-01T00:00\n"  # a minute later
        "2022-01,wang1,P0,30,2021-12-01T09:00\n"
        "2022-01,wang1,P0,0,2021-12-20T09:00\n",  # taken back
    )
    assert (told.n_accepted, told.n_refused) == (5, 0)
    assert Agreement.objects.count() == 5
    assert counting(office) == {(shops[0], JANUARY): 15}


def test_rows_that_cannot_be_are_refused_and_the_same_said_twice_is_one(
    office: SimpleNamespace, tmp_path: Path
) -> None:
    first = "2022-02,wang0,P0,20,2022-01-02T09:00\n"
    told = take(
        office,
        tmp_path,
        first
        + first
        + "2022-02,nobody,P0,20,2022-01-02T09:00\n"
        + "2022-02,wang0,P9,20,2022-01-02T09:00\n"
        + "2022-02,wang0,P0,20,2022-01-21T09:00\n"  # after the day on which the file came
        + "2022-02,wang0,P0,21,2022-01-02T09:00\n"  # two numbers at one instant
        + "2022-02,wang0,P0,-1,2022-01-03T09:00\n",
    )
    assert (told.n_accepted, told.n_duplicate, told.n_refused) == (1, 1, 5)
    # without its own instant a row holds from its coming in, and makes a version only where it differs
    short = "period,licence_no,product_code,agreed_units\n"
    told = take(office, tmp_path, "2022-02,wang0,P0,20\n2022-02,wang1,P0,7\n", short)
    assert (told.n_accepted, told.n_duplicate) == (1, 1)
    told = take(office, tmp_path, "2022-02,wang0,P0,22\n", short)
    assert told.n_accepted == 1
    assert list(
        Agreement.objects.filter(retailer=office.shops[0]).order_by("agreed_at").values_list("units", "agreed_at")
    )[-1] == (22, AT)


def test_an_import_is_taken_out_again(office: SimpleNamespace, tmp_path: Path) -> None:
    told = take(office, tmp_path, "2022-01,wang0,P0,20,2021-12-01T09:00\n")
    running.undo(company=office.company, batch_id=told.batch_id, by=None, at=AT)
    assert not Agreement.objects.exists()


def test_the_page_shows_every_version_of_one_s_own_retailers(office: SimpleNamespace, tmp_path: Path) -> None:
    take(
        office,
        tmp_path,
        "2022-01,wang0,P0,20,2021-12-01T09:00\n2022-01,wang0,P0,15,2021-12-30T09:00\n2022-01,wang0,P0,9,2022-01-05T09:00\n"
        "2022-01,wang1,P0,30,2021-12-01T09:00\n2022-01,wang1,P0,0,2021-12-02T09:00\n2022-01,li0,P0,40,2021-12-01T09:00\n",
    )

    def shown(user: object) -> dict[tuple[str, str], str]:
        browser = Client(headers={"accept-language": "en"})
        browser.force_login(user)  # type: ignore[arg-type]
        page = browser.get(reverse("demand:agreements") + "?month=2022-01")
        assert page.status_code == 200
        rows = [[str(cell.text) for cell in row.cells] for row in page.context["table"].rows]
        return {(row[0], row[2]): row[4] for row in rows}

    wang = {
        ("wang0", "20"): "Revised later",
        ("wang0", "15"): "Stands",
        ("wang0", "9"): "Too late for this month",
        ("wang1", "30"): "Revised later",
        ("wang1", "0"): "Withdrawn",
    }
    assert shown(office.wang.user) == wang
    assert shown(office.li.user) == {("li0", "40"): "Stands"}
    assert shown(office.leader.user) == {**wang, ("li0", "40"): "Stands"}


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def months(ahead: int) -> str:
    """A month from now on, by the real clock, as the form writes it."""
    return f"{month_plus(first_day(clock.now().date()), ahead):%Y-%m}"


def test_a_manager_writes_down_revises_and_takes_back_what_his_retailer_says(office: SimpleNamespace) -> None:
    browser, address = client(office.wang.user), reverse("demand:agree")
    asked = {"licence_no": "wang0", "product_code": "P0", "month": months(2), "units": "20"}
    assert browser.post(address, asked).status_code == 302
    assert browser.post(address, asked).status_code == 302
    assert browser.post(address, {**asked, "units": "15"}).status_code == 302
    versions = list(Agreement.objects.order_by("pk").values_list("units", "is_withdrawn", "entered_by__username"))
    assert versions == [(20, False, "wang"), (15, False, "wang")]
    page = browser.get(reverse("demand:agreements") + f"?month={months(2)}")
    shown = [[cell.text for cell in row.cells] for row in page.context["table"].rows]
    assert {row[4] for row in shown} == {"Stands", "Revised later"}
    revise = next(row.cells[2].href for row in page.context["table"].rows if row.cells[2].text == "15")
    assert 'value="15"' in browser.get(revise).content.decode()
    assert browser.post(address, {**asked, "units": "0"}).status_code == 302
    assert Agreement.objects.order_by("pk").last().is_withdrawn  # type: ignore[union-attr]
    nothing_left = browser.post(address, {**asked, "units": "0"})
    assert (nothing_left.status_code, Agreement.objects.count()) == (422, 3)
    assert "Nothing was agreed that could be taken back" in nothing_left.content.decode()


@pytest.mark.parametrize(
    ("who", "given", "words"),
    [
        ("wang", {"licence_no": "li0"}, ""),
        ("wang", {"month": "2021-01"}, "This month has begun"),
        ("wang", {"month": "next"}, "Write the month as"),
        ("wang", {"product_code": "P9"}, ""),
        ("wang", {"units": "-1"}, ""),
    ],
)
def test_what_cannot_be_agreed_is_told(office: SimpleNamespace, who: str, given: dict[str, str], words: str) -> None:
    asked = {"licence_no": "wang0", "product_code": "P0", "month": months(1), "units": "20", **given}
    page = client(getattr(office, who).user).post(reverse("demand:agree"), asked)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not Agreement.objects.exists()


def test_months_too_far_ahead_and_others_retailers_are_refused(office: SimpleNamespace) -> None:
    on = AT.date()

    def write(by: object, month: date, shop: int = 0) -> Agreement:
        return agreeing.write_down(
            retailer=office.shops[shop], product=office.goods[0], month=month, units=3, by=by, at=AT, on=on  # type: ignore[arg-type]
        )  # fmt: skip

    with pytest.raises(Refused, match="at most 12 months"):
        write(office.wang.user, date(2023, 2, 1))
    assert write(office.wang.user, date(2023, 1, 1)).entered_by == office.wang.user
    with pytest.raises(Denied, match="your own retailers"):
        write(office.li.user, date(2022, 2, 1))
    with pytest.raises(Denied):
        write(office.brand.user, date(2022, 2, 1))
    # a market manager writes for his unit, an administrator for the company
    assert write(office.boss.user, date(2022, 2, 1)).units == 3
    with pytest.raises(Denied):
        write(office.boss.user, date(2022, 2, 1), shop=3)
    assert write(office.administrator, date(2022, 2, 1), shop=3).entered_by == office.administrator
    # the last second before the month counts, the first of it does not
    with pytest.raises(Refused, match="has begun"):
        agreeing.write_down(
            retailer=office.shops[0], product=office.goods[0], month=date(2022, 2, 1), units=4, by=office.wang.user,
            at=datetime(2022, 1, 31, 16, 0, tzinfo=UTC), on=on,
        )  # fmt: skip


def test_a_retailer_agrees_changes_and_takes_back_by_itself(office: SimpleNamespace) -> None:
    browser = Client(headers={"accept-language": "en"})
    browser.cookies[settings.RETAILER_COOKIE] = factories.retailer_session(office.shops[0])
    address = reverse("own_demand:agreements")
    assert "Nothing agreed yet" in browser.get(address).content.decode()
    asked = {"product": str(office.goods[1].pk), "month": months(1), "units": "12"}
    assert browser.post(address, asked).status_code == 302
    assert browser.post(address, {**asked, "units": "9"}).status_code == 302
    page = browser.get(address).content.decode()
    assert "entered by you" in page
    assert "12" in page.split("before", 1)[1]
    newest = Agreement.objects.order_by("-pk").first()
    assert newest is not None
    assert (newest.retailer_id, newest.units, newest.by_retailer, newest.entered_by) == (
        office.shops[0].pk,
        9,
        True,
        None,
    )
    assert browser.post(address, {**asked, "units": "0"}).status_code == 302
    assert "taken back" in browser.get(address).content.decode()
    assert browser.post(address, {**asked, "month": "2021-01"}).status_code == 422
    # its manager sees who said it; another retailer sees nothing of it
    table = client(office.wang.user).get(reverse("demand:agreements") + f"?month={months(1)}").context["table"]
    assert {row.cells[5].text for row in table.rows} == {"the retailer itself"}
    other = Client(headers={"accept-language": "en"})
    other.cookies[settings.RETAILER_COOKIE] = factories.retailer_session(office.shops[1])
    assert "Nothing agreed yet" in other.get(address).content.decode()
    home = browser.get(reverse("own:home")).content.decode()
    assert "What you agreed to take" in home


def test_agreements_are_written_by_api(office: SimpleNamespace) -> None:
    def post(user: object, body: dict[str, object]) -> SimpleNamespace:
        answer = client(user).post("/api/v1/demand-agreements", json.dumps(body), content_type="application/json")
        return SimpleNamespace(status=answer.status_code, told=answer.json())

    asked: dict[str, object] = {"licence_no": "wang0", "product_code": "P0", "month": months(1), "units": 5}
    made = post(office.wang.user, asked)
    assert made.status == 201
    assert (made.told["units"], made.told["counts"], made.told["licence_no"]) == (5, True, "wang0")
    assert post(office.li.user, asked).status == 404
    assert post(office.brand.user, asked).status == 403
    assert post(office.wang.user, {**asked, "month": "2021-01"}).status == 422
    assert post(office.wang.user, {**asked, "units": 0}).told["is_withdrawn"] is True
