"""Roll-ups are made of the lines, and anew only where lines or master data changed."""

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction

from lianxin.cli.market import COMMANDS
from lianxin.core.units import month_plus
from lianxin.engine import from_rows
from lianxin.foundation import audit, clock, facts, jobs, startup
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports.kinds import tell_nobody
from lianxin.foundation.models import AuditRow, Job
from lianxin.foundation.states import JobState
from lianxin.market.actions import refresh_rollups
from lianxin.market.models import RollupMonth
from lianxin.market.queries import freshness
from lianxin.orders.actions import on_committed
from lianxin.people.models import Posting
from lianxin.retailers.models import Retailer, Territory
from tests import factories
from tests.market.store import ATTRIBUTES, NOW, Store

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B2")]
AT = factories.AT


def rows_of(store: Store, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    rows = facts.the_lake().read(table, company_id=store.company.pk).to_pylist()
    return sorted([tuple(row[name] for name in columns) for row in rows], key=repr)


def versions() -> dict[str, int]:
    lake = facts.the_lake()
    return {table: lake.version(table) for table in ("sales_monthly", "retailer_monthly")}


@pytest.mark.parametrize(
    ("table", "by", "measures"),
    [
        (
            "sales_monthly",
            ("retailer_id", "product_id", "person_id", "unit_id", *ATTRIBUTES, "price_class"),
            ("units", "amount_fen", "ordered_units", "cost_fen", "known_cost_amount_fen", "n_lines", "n_order_lines"),
        ),
        (
            "retailer_monthly",
            ("retailer_id", "person_id", "unit_id", *ATTRIBUTES, "price_class"),
            ("units", "amount_fen", "cost_fen", "n_lines", "n_order_lines", "n_products", "n_order_days"),
        ),
    ],
)
def test_rollups_hold_the_sums_of_the_lines(
    store: Store, table: str, by: tuple[str, ...], measures: tuple[str, ...]
) -> None:
    columns = ("month", *by, *measures)
    expected = sorted([tuple(row[name] for name in columns) for row in store.expected(by)], key=repr)
    assert rows_of(store, table, columns) == expected


def test_nothing_is_made_twice(store: Store) -> None:
    before = versions()
    assert refresh_rollups(company=store.company, by=None, at=AT) == []
    assert versions() == before


def test_new_lines_make_their_month_anew(store: Store) -> None:
    line = {**store.lines[0], "line_id": "X1", "order_date": date(2021, 11, 5), "order_month": date(2021, 11, 1)}
    facts.the_lake().append_batch(from_rows("order_lines", [{**line, "batch_id": "b2"}]), store.company.pk, "b2")
    assert refresh_rollups(company=store.company, by=None, at=AT) == [date(2021, 11, 1)]


def test_undone_lines_go_out_of_the_sums(store: Store) -> None:
    facts.the_lake().remove_batch("b1", store.company.pk)
    assert len(refresh_rollups(company=store.company, by=None, at=AT)) == 3
    assert rows_of(store, "sales_monthly", ("units",)) == []
    assert not RollupMonth.objects.exists()


def test_a_correction_makes_the_month_of_the_corrected_line_anew(store: Store) -> None:
    lake = facts.the_lake()
    old = {**store.lines[-1], "line_id": "Y1", "batch_id": "b2", "ordered_units": 8}
    new = {
        **old,
        "order_date": date(2021, 11, 30),
        "order_month": date(2021, 11, 1),
        "batch_id": "b3",
        "replaces_batch_id": "b2",
    }
    lake.append_batch(from_rows("order_lines", [old]), store.company.pk, "b2")
    assert refresh_rollups(company=store.company, by=None, at=AT) == [NOW]
    lake.append_batch(from_rows("order_lines", [new]), store.company.pk, "b3")
    assert refresh_rollups(company=store.company, by=None, at=AT) == [date(2021, 11, 1), NOW]
    units = sum(row[0] for row in rows_of(store, "sales_monthly", ("units",)))
    assert units == sum(line["ordered_units"] for line in store.lines) + 8


def test_changed_territory_makes_only_its_months_anew(store: Store) -> None:
    moved = Territory.objects.filter(retailer=store.retailers["A2"])
    moved.filter(valid_until=date(2021, 12, 15)).update(valid_until=date(2021, 12, 10))
    moved.filter(valid_from=date(2021, 12, 15)).update(valid_from=date(2021, 12, 10))
    assert refresh_rollups(company=store.company, by=None, at=AT) == [NOW]


def test_changed_name_makes_nothing_anew(store: Store) -> None:
    store.retailers["A1"].versions.update(name="新名字")
    assert refresh_rollups(company=store.company, by=None, at=AT) == []
    assert freshness.stale_months(store.company) == []


def test_changed_unit_of_a_person_makes_his_months_anew(store: Store) -> None:
    Posting.objects.filter(person=store.people["E3"]).update(unit=store.south)
    assert len(refresh_rollups(company=store.company, by=None, at=AT)) == 3


def test_asked_months_are_made_whatever_they_are(store: Store) -> None:
    assert refresh_rollups(company=store.company, by=None, at=AT, months=[NOW]) == [NOW]
    with pytest.raises(Refused, match="2030-01"):
        refresh_rollups(company=store.company, by=None, at=AT, months=[date(2030, 1, 1)])


def test_refresh_leaves_an_audit_row(store: Store) -> None:
    AuditRow.objects.filter(verb="market.refresh_rollups").delete()
    refresh_rollups(company=store.company, by=None, at=AT, months=freshness.months_of_lines(store.company))
    row = AuditRow.objects.get(verb="market.refresh_rollups")
    assert row.after == {"months": ["2020-12", "2021-11", "2021-12"], "gone": []}


def test_imported_lines_are_followed_by_their_sums(store: Store) -> None:
    RollupMonth.objects.all().delete()
    said = [hook(store.company, [NOW], tell_nobody) for hook in on_committed]
    assert "3" in said[0]


def test_job_refreshes_and_links_to_the_page(store: Store) -> None:
    RollupMonth.objects.filter(month=NOW).delete()
    job = jobs.enqueue(
        company=store.company, kind="market.rollups", title="Sums", arguments={}, by=None, at=clock.now()
    )
    jobs.run(job)
    assert (job.state, job.result["months"], job.result_url) == (JobState.DONE, ["2021-12-01"], "/market/")


@pytest.mark.django_db(transaction=True)
def test_import_of_master_data_queues_a_refresh(store: Store) -> None:
    with transaction.atomic():
        audit.record(
            company=store.company, by=None, verb="imports.run", subject="batch:x", after={"kind": "territories"}, at=AT
        )
    with transaction.atomic():
        audit.record(
            company=store.company, by=None, verb="imports.run", subject="batch:y", after={"kind": "targets"}, at=AT
        )
    assert [job.kind for job in Job.objects.all()] == ["market.rollups"]


def test_check_tells_stale_months(store: Store) -> None:
    _title, check = startup.CHECKS["rollups"]
    assert list(check(store.company)) == []
    RollupMonth.objects.filter(month=NOW).delete()
    assert ["lianxin rollups refresh" in finding.remedy for finding in check(store.company)] == [True]


def test_command_refreshes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lianxin.cli.market.require_ready", lambda: None)
    commands = {command.name: command for command in COMMANDS}
    ran = CliRunner().invoke(commands["rollups"], ["refresh", "--month", "2021-12"])
    assert (ran.exit_code, "2021-12" in ran.output) == (0, True)
    again = CliRunner().invoke(commands["rollups"], ["refresh"])
    assert again.exit_code == 0
    assert again.output != ran.output


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("by", ["unit", "manager", "retailer", "product"])
def test_command_writes_the_analysis(
    store: Store, tmp_path: Any, by: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lianxin.cli.market.require_ready", lambda: None)
    commands = {command.name: command for command in COMMANDS}
    out = tmp_path / f"out.{ending}"
    ran = CliRunner().invoke(commands["analysis"], ["2021-12", "--by", by, "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert out.stat().st_size > 0


def test_retailer_without_holder_is_in_the_sums_of_the_company(store: Store) -> None:
    free = factories.retailer(store.company, "Z9")
    assert Retailer.objects.filter(pk=free.pk).exists()
    line = {
        **store.lines[-1], "line_id": "Z1", "retailer_id": free.pk, "batch_id": "b3", "ordered_units": 4,
        "order_date": month_plus(NOW, 0),
    }  # fmt: skip
    facts.the_lake().append_batch(from_rows("order_lines", [line]), store.company.pk, "b3")
    refresh_rollups(company=store.company, by=None, at=AT)
    assert (None, 4) in rows_of(store, "sales_monthly", ("person_id", "units"))
