"""Files of order lines, whatever their format, into the lake; refused by row; corrected; undone."""

import gzip
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from django.utils import translation

from lianxin.core.tables import ORDER_LINES
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import kinds, running
from lianxin.foundation.models import AuditRow, Company, ImportBatch
from lianxin.foundation.states import BatchState
from lianxin.orders import actions, queries
from lianxin.retailers.models import Retailer
from tests.factories import AT
from tests.imports.conftest import Take, counts, reasons
from tests.orders.conftest import HEAD, lake, lines

pytestmark = pytest.mark.django_db

TWO = HEAD + '1,2021-12-01,L1,P1,12,10,10,8,"1,234.50"\n2,2021-11-30,L2,P2,,,-3,,-30\n'
EXPECTED = [("1", date(2021, 12, 1), 10, 123450), ("2", date(2021, 11, 30), -3, -3000)]


def test_lines_come_in_with_what_was_asked_allowed_ordered_and_supplied(take: Take, shop: Company) -> None:
    result = take("orders", TWO)
    assert (counts(result), lines(shop)) == ((2, 2, 0, 0), EXPECTED)
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.n_accepted, batch.notes["months"]) == (
        BatchState.COMMITTED, 2, ["2021-11-01", "2021-12-01"],
    )  # fmt: skip
    assert list(AuditRow.objects.values_list("verb", "subject")) == [("imports.run", f"batch:{batch.pk}")]
    first = lake().read(ORDER_LINES.name).to_pylist()
    assert {(row["line_id"], row["wanted_units"], row["cap_units"], row["supplied_units"]) for row in first} == {
        ("1", 12, 10, 8),
        ("2", None, None, None),
    }


def spreadsheet(path: Path) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(1, 0, HEAD.strip().split(","))
        sheet.write_row(2, 0, [1, date(2021, 12, 1), "L1", "P1", 12, 10, 10, 8, 1234.5])
        sheet.write_row(4, 0, [3, "2021-12-01", "L9", "P1", 1, 1, 1, 1, 1])
        sheet.write_row(5, 0, [2, "2021/11/30", "L2", "P2", "", "", -3, "", -30])
    return path


def test_lines_come_from_a_spreadsheet_with_its_row_numbers(take: Take, shop: Company, tmp_path: Path) -> None:
    result = take("orders", spreadsheet(tmp_path / "x.xlsx"))
    assert (counts(result), reasons(result), lines(shop)) == ((3, 2, 1, 0), [(5, "licence_no", "L9")], EXPECTED)


def test_lines_come_from_parquet(take: Take, shop: Company, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(
        pa.table(
            {
                "line_id": [1, 2], "order_date": [date(2021, 12, 1), date(2021, 11, 30)], "licence_no": ["L1", "L2"],
                "product_code": ["P1", "P2"], "ordered_units": [10, -3], "amount": [1234.5, -30.0],
            }
        ),
        path,
    )  # fmt: skip
    assert (counts(take("orders", path)), lines(shop)) == ((2, 2, 0, 0), EXPECTED)


def test_a_file_that_is_broken_inside_is_told_in_the_reader_s_language(
    take: Take, shop: Company, tmp_path: Path
) -> None:
    """Its end, which says what it holds, can be read; the cells cannot."""
    path = tmp_path / "x.parquet"
    given = {"line_id": [1], "order_date": [date(2021, 12, 1)], "licence_no": ["L1"], "product_code": ["P1"]}
    pq.write_table(pa.table({**given, "ordered_units": [10]}), path, compression="snappy")
    whole = bytearray(path.read_bytes())
    whole[4:60] = b"\xff" * 56
    path.write_bytes(whole)
    with (
        translation.override("zh-hans"),
        pytest.raises(Refused, match=r"x\.parquet 无法读取，读取程序返回（原文为英文）") as refused,
    ):
        take("orders", path)
    assert "cannot be read" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_lines_come_compressed_in_either_encoding_with_chinese_headers(
    take: Take, shop: Company, tmp_path: Path, encoding: str
) -> None:
    text = "\n,,\n订单行号,订货日期,许可证号,商品编码,商品名称,订购量,金额\n1,2021年12月1日,L1,P1,临江渡,10,1234.50\n"
    text += "2,2021-11-30,L2,P2,青禾谣,-3,-30.00\n3,2021-02-30,L2,P2,青禾谣,1,1\n"
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(text.encode(encoding)))
    result = take("orders", path, mapping_name="linjiang")
    assert (counts(result), lines(shop)) == ((3, 2, 1, 0), EXPECTED)
    assert (reasons(result), result.ignored) == ([(6, "order_date", "2021-02-30")], ["商品名称"])
    assert (
        Path(result.refused_file)
        .read_text("utf-8-sig")
        .splitlines()[1]
        .startswith("3,2021-02-30,L2,P2,青禾谣,1,1,6,order_date,")
    )


def test_a_mapping_may_turn_cases_into_units(take: Take, shop: Company, tmp_path: Path) -> None:
    (tmp_path / "cases.toml").write_text(
        '[orders.columns]\nordered_units = "数量"\n[orders.factors.ordered_units]\ncolumn = "单位"\n"条" = 1\n"件" = 50\n',
        "utf-8",
    )
    text = "line_id,order_date,licence_no,product_code,数量,单位,amount\n"
    text += (
        "1,2021-12-01,L1,P1,2,件,1\n2,2021-12-01,L1,P1,3,条,1\n3,2021-12-01,L1,P1,3,包,1\n4,2021-12-01,L9,P1,3,条,1\n"
    )
    result = take("orders", text, mapping_name=str(tmp_path / "cases.toml"))
    assert (counts(result), reasons(result)) == ((4, 2, 2, 0), [(4, "ordered_units", "3"), (5, "licence_no", "L9")])
    assert [(line, units) for line, _day, units, _fen in lines(shop)] == [("1", 100), ("2", 3)]
    told = Path(result.refused_file).read_text("utf-8-sig").splitlines()
    assert [row.split(",")[:9] for row in told[1:]] == [
        ["3", "2021-12-01", "L1", "P1", "3", "包", "1", "4", "ordered_units"],
        ["4", "2021-12-01", "L9", "P1", "3", "条", "1", "5", "licence_no"],
    ]


def test_bad_rows_are_refused_with_line_column_value_and_reason(take: Take, shop: Company) -> None:
    result = take(
        "orders",
        HEAD
        + "1,2021-02-30,L1,P1,,,1,,1\n"
        + "2,2021-12-01,L9,P1,,,1,,1\n"
        + "3,2021-12-01,L1,P9,,,1,,1\n"
        + '4,2021-12-01,L1,P1,,,"1,23",,1\n'
        + "5,2021-12-01,L1,P1,,,1.5,,1\n"
        + "6,2021-12-01,L1,P1,,,1,,1.234\n"
        + "7,2021-12-01,L1,P1,,,,,1\n"
        + ",2021-12-01,L1,P1,,,1,,1\n"
        + "9,2021-12-01,L1,P1,,,1,,1\n"
        + "9,2021-12-01,L1,P1,,,1,,1\n"
        + "9,2021-12-01,L1,P1,,,2,,1\n"
        + "10,2021-12-01,L1,P1,,,1,,1,1,1\n"
        + '11,2021-12-01,L1,P1,,,"1,000",,"¥1,000.00"\n',
    )
    assert counts(result) == (13, 2, 10, 1)
    assert [row[:2] for row in reasons(result)] == [
        (2, "order_date"), (3, "licence_no"), (4, "product_code"), (5, "ordered_units"), (6, "ordered_units"),
        (7, "amount"), (8, "ordered_units"), (9, "line_id"), (12, "line_id"), (13, ""),
    ]  # fmt: skip
    assert "ordered_units=1" in result.refused[8]["reason"]
    assert "ordered_units=2" in result.refused[8]["value"]
    assert not [row for row in result.refused if len(row["reason"]) < 20]
    assert [line for line, *_rest in lines(shop)] == ["11", "9"]


def test_line_numbers_hold_with_blank_lines_and_line_breaks_inside_cells(take: Take, shop: Company) -> None:
    text = "remark,line_id,order_date,licence_no,product_code,ordered_units\n"
    text += '"two\nlines",1,2021-12-01,L1,P1,1\n\nx,2,2021-12-01,L9,P1,1\n'
    result = take("orders", text)
    assert (counts(result), reasons(result)) == ((2, 1, 1, 0), [(5, "licence_no", "L9")])


@pytest.mark.usefixtures("shop")
def test_a_missing_key_column_stops_the_whole_file(take: Take) -> None:
    with pytest.raises(Refused, match=r"lacks the column “ordered_units”.*“line_id”, “order_date”"):
        take("orders", "line_id,order_date,licence_no,product_code\n1,2021-12-01,L1,P1\n")
    assert (ImportBatch.objects.count(), lake().version(ORDER_LINES.name)) == (0, 0)


def test_a_known_line_is_a_duplicate_or_refused_with_both_contents_or_corrected(take: Take, shop: Company) -> None:
    first = take("orders", TWO)
    again = take("orders", TWO.replace("-30\n", "-30.00\n"))
    assert (counts(again), again.batch_id) == ((2, 0, 0, 2), "")
    changed = HEAD + "1,2021-12-01,L1,P1,12,10,9,8,1000\n"
    refused = take("orders", changed)
    assert (counts(refused), refused.refused[0]["column"]) == ((1, 0, 1, 0), "line_id")
    assert "ordered_units=9" in refused.refused[0]["value"]
    assert "ordered_units=10" in refused.refused[0]["reason"]
    corrected = take("orders", changed, is_correction=True)
    assert (counts(corrected), lines(shop)[0]) == ((1, 1, 0, 0), ("1", date(2021, 12, 1), 9, 100000))
    assert ImportBatch.objects.get(pk=corrected.batch_id).notes["months"] == ["2021-11-01", "2021-12-01"]
    with pytest.raises(Refused, match=corrected.batch_id):
        running.undo(company=shop, batch_id=first.batch_id, by=None, at=AT)
    running.undo(company=shop, batch_id=corrected.batch_id, by=None, at=AT)
    assert lines(shop) == EXPECTED


def test_the_same_file_adds_nothing_and_after_undo_it_comes_again(take: Take, shop: Company) -> None:
    first = take("orders", TWO)
    second = take("orders", TWO)
    assert (counts(second), second.batch_id, second.earlier_batch_id) == ((2, 0, 0, 2), "", first.batch_id)
    running.undo(company=shop, batch_id=first.batch_id, by=None, at=AT)
    assert (lines(shop), ImportBatch.objects.get().state) == ([], BatchState.UNDONE)
    third = take("orders", TWO)
    assert (counts(third), lines(shop)) == ((2, 2, 0, 0), EXPECTED)


def test_a_dry_run_of_lines_changes_nothing(take: Take, shop: Company) -> None:
    text = TWO + "3,2021-12-01,L9,P1,,,1,,1\n"
    tried = take("orders", text, is_trial=True)
    assert (counts(tried), lines(shop), ImportBatch.objects.count()) == ((3, 2, 1, 0), [], 0)
    assert lake().version(ORDER_LINES.name) == 0
    done = take("orders", text)
    assert (counts(done), done.refused) == (counts(tried), tried.refused)


def test_undo_of_retailers_waits_for_the_lines_that_name_them(take: Take, company: Company) -> None:
    retailers = take("retailers", "licence_no,name,from_date\nL1,店,2019-01-01\n")
    goods = take("goods", "product_code,name,from_date\nP1,烟,2019-01-01\n")
    orders = take("orders", HEAD + "1,2021-12-01,L1,P1,,,1,,1\n")
    for batch in (retailers, goods):
        with pytest.raises(Refused, match=orders.batch_id):
            running.undo(company=company, batch_id=batch.batch_id, by=None, at=AT)
    for batch in (orders, goods, retailers):
        running.undo(company=company, batch_id=batch.batch_id, by=None, at=AT)
    assert Retailer.objects.count() == 0


def test_what_follows_a_batch_is_told_its_months(take: Take, shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, list[date]]] = []

    def hook(company: Company, months: object, tell: kinds.Tell) -> str:
        told.append((company.code, list(months)))  # type: ignore[call-overload]
        return "renewed"

    monkeypatch.setattr(actions, "on_committed", [hook])
    result = take("orders", TWO)
    batch = ImportBatch.objects.get(pk=result.batch_id)
    assert kinds.kind_of("orders").follow_up(batch, kinds.tell_nobody) == ["renewed"]  # type: ignore[attr-defined]
    assert told == [("linjiang", [date(2021, 11, 1), date(2021, 12, 1)])]


def test_a_batch_prepared_and_in_the_lake_counts_one_that_is_not_is_given_up(take: Take, shop: Company) -> None:
    took = take("orders", TWO)
    ImportBatch.objects.update(state=BatchState.PREPARED)
    ImportBatch.objects.create(
        id="lost", company=shop, kind="orders", file_name="x.csv", content_hash="0", owner_name="x", created_at=AT
    )
    assert {batch.pk for batch in queries.unsettled(shop)} == {took.batch_id, "lost"}
    said = actions.reconcile(company=shop, at=AT)
    assert (len(said), queries.unsettled(shop)) == (2, [])
    assert dict(ImportBatch.objects.values_list("pk", "state")) == {
        took.batch_id: BatchState.COMMITTED,
        "lost": BatchState.ABANDONED,
    }
    lake().remove_batch(took.batch_id)
    actions.reconcile(company=shop, at=AT)
    assert ImportBatch.objects.get(pk=took.batch_id).state == BatchState.UNDONE
    verbs = list(AuditRow.objects.order_by("number").values_list("verb", flat=True))
    assert (verbs[0], sorted(verbs[1:3]), verbs[3]) == (
        "imports.run", ["imports.abandon", "imports.run"], "imports.undo",
    )  # fmt: skip


def test_nothing_is_reconciled_while_another_process_is_at_work(shop: Company) -> None:
    ImportBatch.objects.create(
        id="alive", company=shop, kind="orders", file_name="x.csv", content_hash="0", owner_name="x", created_at=AT
    )
    with actions.own_turn(shop):
        assert actions.reconcile(company=shop, at=AT) == []
    assert ImportBatch.objects.get().state == BatchState.PREPARED


def test_lines_that_the_database_does_not_know_are_found(take: Take, shop: Company) -> None:
    result = take("orders", TWO)
    ImportBatch.objects.all().delete()
    assert queries.batches_without_row(shop) == [result.batch_id]


def test_the_sample_of_the_portal_comes_in_where_its_stores_and_products_are_known(
    take: Take, iowa: Path, company: Company
) -> None:
    path = iowa / "raw_24col_sample_10k.csv.xz"
    stores = take("retailers", path, mapping_name="iowa-portal")
    goods = take("goods", path, mapping_name="iowa-portal")
    orders = take("orders", path, mapping_name="iowa-portal", refused_to=None)
    assert {result.n_read for result in (stores, goods, orders)} == {10_000}
    assert (orders.n_duplicate, orders.n_accepted + orders.n_refused) == (0, 10_000)
    assert orders.n_refused <= stores.n_refused + goods.n_refused
