"""Forecasts of an earlier system taken in from a file, for past rounds alone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from lianxin.demand.actions import closing, opening
from lianxin.demand.facts import published
from lianxin.demand.models import Entry, Round
from lianxin.demand.queries import entries
from lianxin.demand.states import Period
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from tests.demand.conftest import AT, ON, opened, sheet
from tests.demand.test_evidence import counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
HEAD = "period_start,step,licence_no,product_code,author_employee_no,units,reason,entered_at\n"
MONTH = date(2021, 12, 1)


@pytest.fixture
def earlier(office: SimpleNamespace) -> Round:
    made = opening.open_round(
        company=office.company, period=Period.MONTH, first_period=MONTH, horizon=1, product_ids=[one.pk for one in office.goods],
        deadline_at=datetime(2021, 12, 1, tzinfo=office.company.zone), by=None, at=AT, on=ON, is_imported=True,
    )  # fmt: skip
    return opening.prepare(round=made, at=AT, on=ON)


def take(office: SimpleNamespace, folder: Path, text: str) -> running.Result:
    path = folder / f"forecasts{len(list(folder.iterdir()))}.csv"
    path.write_text(HEAD + text, encoding="utf-8")
    return running.run(
        company=office.company, kind="forecasts", path=path, by=None, at=AT, mapping_name="", owner_name="test",
        refused_to=folder / f"{path.stem}.refused.csv", tell=lambda done, total: None,
    )  # fmt: skip


@pytest.mark.requirement("C2")
def test_a_file_gives_versions_with_their_time_and_refuses_the_rest(
    office: SimpleNamespace, earlier: Round, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    opened(office)  # an open round of January beside it
    rows = [
        "2021-12-01,1,wang0,P0,wang,12,customers,2021-11-25T08:00",
        "2021-12-01,1,wang0,P0,wang,14,festival,2021-11-26T08:00",
        "2021-12-01,1,,P0,brand,99,,2021-11-26T08:00",
        "2021-12-01,1,li0,P0,wang,1,,2021-11-26T08:00",  # not his
        "2021-12-01,1,wang0,P9,wang,1,,2021-11-26T08:00",  # no such product
        "2021-12-01,1,wang0,P0,wang,1,,2021-12-01T00:00",  # too late
        "2021-11-01,1,wang0,P0,wang,1,,2021-10-26T08:00",  # no such round
        "2022-01-01,1,wang0,P0,wang,1,,2021-12-26T08:00",  # an open round: its authors enter themselves
        "2021-12-01,1,wang0,P0,wang,1,,soon",
    ]
    told = take(office, folder, "\n".join(rows) + "\n")
    assert (told.n_accepted, told.n_refused) == (3, 6)
    own = sheet(earlier, office.wang)
    ((number, entry),) = entries.current(own).items()
    assert (entry.units, entry.reason, entry.way) == (14, "festival", "imported")
    assert entries.versions(own, number).count() == 2
    assert own.n_entered == 1
    again = take(office, folder, rows[0] + "\n\n" + rows[2] + "\n")
    assert (again.n_accepted, again.n_duplicate) == (0, 2)
    closing.close(round=earlier, by=None, at=AT)
    late = take(office, folder, "2021-12-01,1,wang1,P0,wang,14,,2021-11-26T08:00\n")
    assert late.n_refused == 1


def test_a_file_is_taken_out_again_as_it_came(office: SimpleNamespace, earlier: Round, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    told = take(office, folder, "2021-12-01,1,wang0,P0,wang,12,customers,2021-11-25T08:00\n")
    running.undo(company=office.company, batch_id=told.batch_id, by=None, at=AT + timedelta(hours=1))
    assert not Entry.objects.exists()
    assert sheet(earlier, office.wang).n_entered == 0


def test_of_a_closed_round_no_file_is_taken_out(office: SimpleNamespace, earlier: Round, tmp_path: Path) -> None:
    """By its numbers people are judged: whoever brought them may not choose later that they were never said."""
    folder = tmp_path / "files"
    folder.mkdir()
    told = take(office, folder, "2021-12-01,1,wang0,P0,wang,12,customers,2021-11-25T08:00\n")
    closing.close(round=earlier, by=None, at=AT)
    with pytest.raises(Refused, match="has closed"):
        running.undo(company=office.company, batch_id=told.batch_id, by=None, at=AT + timedelta(hours=1))
    assert Entry.objects.count() == 1


@pytest.mark.requirement("C2")
def test_the_version_given_last_counts_in_whatever_order_a_file_tells_them(
    office: SimpleNamespace, earlier: Round, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    rows = [
        "2021-12-01,1,wang0,P0,wang,14,festival,2021-11-26T08:00",
        "2021-12-01,1,wang0,P0,wang,12,customers,2021-11-25T08:00",
        "2021-12-01,1,wang0,P0,wang,99,customers,2021-11-26T08:00",  # at the same instant as the first: nobody can say which counts
    ]
    told = take(office, folder, "\n".join(rows) + "\n")
    assert (told.n_accepted, told.n_refused) == (2, 1)
    own = sheet(earlier, office.wang)
    ((number, entry),) = entries.current(own).items()
    assert entry.units == 14
    assert [one.units for one in entries.versions(own, number)] == [14, 12]
    closing.close(round=earlier, by=None, at=AT)
    judged = max(
        (
            row
            for row in published.forecast_versions(office.company).to_pylist()
            if row["author_role"] == "customer_manager"
        ),
        key=lambda row: row["entered_at"],
    )
    assert judged["units_milli"] == 14_000


@pytest.mark.requirement("C2")
def test_a_file_says_month_or_week_where_both_begin_on_a_day(office: SimpleNamespace, tmp_path: Path) -> None:
    folder, monday = tmp_path / "files", date(2021, 11, 1)
    folder.mkdir()
    month, week = (
        opening.prepare(
            round=opening.open_round(
                company=office.company, period=period, first_period=monday, horizon=1, product_ids=[office.goods[0].pk],
                deadline_at=datetime(2021, 11, 1, tzinfo=office.company.zone), by=None, at=AT, on=ON, is_imported=True,
            ),
            at=AT,
            on=ON,
        )
        for period in (Period.MONTH, Period.WEEK)
    )  # fmt: skip
    row = "2021-11-01,1,wang0,P0,wang,{},customers,2021-10-25T08:00"
    told = take(office, folder, row.format(12) + "\n")
    assert (told.n_accepted, told.n_refused) == (0, 1)
    path = folder / "both.csv"
    path.write_text(
        f"{HEAD.strip()},period\n{row.format(12)},month\n{row.format(3)},周\n{row.format(4)},year\n", encoding="utf-8"
    )
    told = running.run(
        company=office.company, kind="forecasts", path=path, by=None, at=AT, mapping_name="", owner_name="test",
        refused_to=folder / "both.refused.csv", tell=lambda done, total: None,
    )  # fmt: skip
    assert (told.n_accepted, told.n_refused) == (2, 1)
    assert [next(iter(entries.current(sheet(one, office.wang)).values())).units for one in (month, week)] == [12, 3]


@pytest.mark.requirement("C6")
def test_a_number_may_rest_on_the_count_that_lay_beside_its_line(
    office: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    counted(office, monkeypatch, ("v1", 0, 25, datetime(2021, 11, 20, tzinfo=UTC)))
    made = opening.open_round(
        company=office.company, period=Period.MONTH, first_period=MONTH, horizon=1, product_ids=[one.pk for one in office.goods],
        deadline_at=datetime(2021, 12, 1, tzinfo=office.company.zone), by=None, at=AT, on=ON, is_imported=True,
    )  # fmt: skip
    round = opening.prepare(round=made, at=AT, on=ON)
    head = HEAD.strip() + ",counted_in\n"
    path = folder / "forecasts.csv"
    path.write_text(
        head
        + "2021-12-01,1,wang0,P0,wang,12,overstock,2021-11-25T08:00,v1\n"
        + "2021-12-01,1,wang0,P1,wang,12,overstock,2021-11-25T08:00,v1\n"
        + "2021-12-01,1,wang1,P0,wang,13,overstock,2021-11-25T08:00,\n",
        encoding="utf-8",
    )
    told = running.run(
        company=office.company, kind="forecasts", path=path, by=None, at=AT, mapping_name="", owner_name="test",
        refused_to=folder / "refused.csv", tell=lambda done, total: None,
    )  # fmt: skip
    assert [(row["line"], row["column"]) for row in told.refused] == [(3, "counted_in")]
    found = {entry.units: entry.rests_on for entry in entries.current(sheet(round, office.wang)).values()}
    assert found == {12: ["stock:v1"], 13: []}
