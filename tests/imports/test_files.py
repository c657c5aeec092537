"""What comes as a file: encodings, compression, spreadsheets, heads; and what is refused whole."""

import gzip
import lzma
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import files, refused_file
from lianxin.foundation.models import AuditRow, ImportBatch
from lianxin.people.models import Unit
from tests.imports.conftest import Take, counts, reasons

pytestmark = pytest.mark.django_db

UNITS = "unit,parent,kind\n临江公司,,company\n城南市场部,临江公司,market_unit\n"
EXPECTED = [("临江公司", None, "company"), ("城南市场部", "临江公司", "market_unit")]


def stored() -> list[tuple[str, str | None, str]]:
    return sorted(Unit.objects.values_list("code", "parent__code", "kind"), key=lambda row: row[2])


def nothing_changed() -> bool:
    return not Unit.objects.exists() and not ImportBatch.objects.exists() and not AuditRow.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_comes_in_whatever_of_the_three_encodings_it_is_in(take: Take, encoding: str) -> None:
    result = take("units", UNITS.encode(encoding))
    assert (counts(result), stored()) == ((2, 2, 0, 0), EXPECTED)


@pytest.mark.parametrize(
    ("encoding", "text", "seen"),
    [
        ("utf-16", UNITS, "UTF-16"),
        ("cp1252", "unit,parent\n" + "Café de la Gare à côté,\nÉcole près du château,\n" * 20, ""),
        ("big5", "unit,parent\n" + "臨江縣菸草專賣局營業廳櫃檯,\n這個檔案是繁體中文寫成的資料,\n" * 20, "big5"),
    ],
)
def test_any_other_encoding_is_refused_and_named(take: Take, encoding: str, text: str, seen: str) -> None:
    with pytest.raises(Refused, match=f"neither UTF-8 nor GB18030; it looks like {seen}"):
        take("units", text.encode(encoding))
    assert nothing_changed()


@pytest.mark.parametrize(("compress", "ending"), [(gzip.compress, "gz"), (lzma.compress, "xz")])
def test_compressed_text_comes_in(take: Take, tmp_path: Path, compress: object, ending: str) -> None:
    path = tmp_path / f"units.csv.{ending}"
    path.write_bytes(compress(UNITS.encode("gb18030")))  # type: ignore[operator]
    assert counts(take("units", path)) == (2, 2, 0, 0)
    assert stored() == EXPECTED


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(take: Take, separator: str) -> None:
    assert counts(take("units", UNITS.replace(",", separator))) == (2, 2, 0, 0)
    assert stored() == EXPECTED


def test_a_separator_inside_the_names_does_not_mislead(take: Take) -> None:
    result = take("units", 'unit;"parent, or above; or none";kind\n城南;;office\n')
    assert (counts(result), stored()) == ((1, 1, 0, 0), [("城南", None, "office")])


def test_a_spreadsheet_comes_in_with_its_row_numbers_and_numbers_as_text(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "units.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("部门")
        sheet.write_row(2, 1, ["unit", "parent", "kind"])
        sheet.write_row(3, 1, [1001, "", "company"])
        sheet.write_row(5, 1, ["城南", 1001, "kiosk"])
        sheet.write_row(6, 1, ["城北", 1001, "market_unit"])
        book.add_worksheet("说明").write(0, 0, "read me")
    result = take("units", path)
    assert counts(result) == (3, 2, 1, 0)
    assert reasons(result) == [(6, "kind", "kiosk")]
    assert stored() == [("1001", None, "company"), ("城北", "1001", "market_unit")]
    assert "说明" in result.notes[0]


def test_a_formula_counts_as_what_it_showed_and_is_not_run(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "units.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["unit"])
        sheet.write_formula(1, 0, '=WEBSERVICE("http://example.invalid/")', None, "城南")
    take("units", path)
    assert [code for code, _parent, _kind in stored()] == ["城南"]


def test_parquet_comes_in(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "units.parquet"
    pq.write_table(pa.table({"unit": ["A", "B", None], "parent": [None, "A", "A"]}), path)
    result = take("units", path)
    assert (counts(result), reasons(result)) == ((3, 2, 1, 0), [(3, "unit", "")])


def merged(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "部门一览")
        sheet.write_row(1, 0, ["unit", "parent", "kind"])
        sheet.write_row(2, 0, ["城南", "", ""])


def test_a_merged_head_is_refused_with_its_row_and_columns(take: Take, tmp_path: Path) -> None:
    merged(tmp_path / "merged.xlsx")
    with pytest.raises(Refused, match=r"Row 1, .* has merged cells \(columns 1 to 3\)"):
        take("units", tmp_path / "merged.xlsx")
    assert nothing_changed()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        ("\n\n , ,\n", "has no head"),
        ("name,above\n城南,\n", r"lacks the column “unit”. Columns found: “name”, “above”"),
        ("unit,,kind\n城南,x,office\n", "Column 2 has no name in row 1"),
        ("unit,kind,unit\n城南,office,城北\n", "Two columns have the same name “unit”: 1 and 3"),
        ('unit,kind\n城南,office\n"城北,office\n', "cannot be read from line 3 on"),
        (b"%PDF-1.7 ...", "is not a kind of file"),
        (b"\x1f\x8b\x08\x00damaged", "damaged or cut short"),
        (b"PK\x03\x04damaged", "damaged or has a password"),
        (b"PAR1damaged", "Parquet file is damaged"),
        (b"unit\n\x00\x01\x02\x03\n", "neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_cannot_be_read_stops_whole(take: Take, content: str | bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        take("units", content)
    assert nothing_changed()


def test_a_missing_file_is_told(take: Take, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no file"):
        take("units", tmp_path / "nowhere.csv")


def test_an_archive_is_not_a_spreadsheet(take: Take, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../../etc/units.csv", UNITS)
    with pytest.raises(Refused, match="is an archive, not a spreadsheet"):
        take("units", tmp_path / "x.zip")


def test_a_file_made_to_be_huge_is_refused(take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "RATIO_FROM", 1 << 20)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"unit\n" + b"0" * (8 << 20)))
    with pytest.raises(Refused, match="grows beyond what is read"):
        take("units", tmp_path / "bomb.csv.gz")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (8 << 20))
    with pytest.raises(Refused, match="grows beyond what is read"):
        take("units", tmp_path / "bomb.xlsx")
    assert nothing_changed()


def test_leading_blank_rows_and_blank_rows_between_are_passed_over(take: Take) -> None:
    result = take("units", "\n,,\nunit,parent,kind\n\n城南,,\n,,\n城北,,kiosk\n")
    assert (counts(result), reasons(result)) == ((2, 1, 1, 0), [(7, "kind", "kiosk")])


def test_a_line_number_is_the_line_on_which_the_row_begins(take: Take) -> None:
    result = take("units", 'unit,kind\n"城\n南",office\n城北,kiosk\n')
    assert reasons(result) == [(4, "kind", "kiosk")]


def test_extra_columns_are_named_and_ignored(take: Take) -> None:
    result = take("units", "unit,remark,colour,remark\n城南,a,b,c\n")
    assert (counts(result), result.ignored) == ((1, 1, 0, 0), ["remark", "colour", "remark"])


def test_a_row_with_more_cells_than_the_head_is_refused(take: Take) -> None:
    result = take("units", "unit,kind\n城南,office,,\n城北, 东,office\n城西\n")
    assert (counts(result), reasons(result)) == ((3, 2, 1, 0), [(3, "", "")])


def test_refused_rows_are_written_with_place_and_reason_and_never_as_formulas(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "部门.csv"
    path.write_text(
        'unit,kind,remark\n城南,kiosk,"=HYPERLINK(""http://example.invalid"")"\n城北,office,-5\n城西,-,-5\n'
    )
    result = take("units", path)
    assert result.refused_file == str(tmp_path / "部门.csv.refused.csv")
    raw = Path(result.refused_file).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, *rows = raw.decode("utf-8-sig").splitlines()
    assert head == "unit,kind,remark,refused_line,refused_column,refused_value,refused_reason"
    assert rows[0].startswith('城南,kiosk,"\'=HYPERLINK(""http://example.invalid"")",2,kind,kiosk,')
    assert rows[1].startswith("城西,'-,-5,4,kind,'-,")


def test_refused_rows_can_be_mended_and_sent_again(take: Take) -> None:
    first = take("units", UNITS + "城北,临江公司,kiosk\n")
    mended = Path(first.refused_file).read_text("utf-8-sig").replace("城北,临江公司,kiosk", "城北,临江公司,office")
    second = take("units", mended)
    assert (counts(first), counts(second)) == ((3, 2, 1, 0), (1, 1, 0, 0))
    assert second.ignored == list(refused_file.OWN_COLUMNS)
