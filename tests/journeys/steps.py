"""What several journeys do alike: open an account, look at figures, read files, follow a job."""

import csv
import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

from playwright.sync_api import Download, Locator, Page, expect

from tests.journeys.conftest import Visitor, Visits

# Longer than any job takes on two busy cores: what is waited for is its end, not its speed.
JOB_TIME = 240_000
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def account_for(visit: Visits, who: str, employee_no: str) -> None:
    """The administrator opens an account for a person, who signs in once and chooses a password of their own."""
    if who in visit.states:
        return
    administrator = visit("admin", language="en")
    administrator.go("/system/users/new")
    page = administrator.page
    label = page.locator("select[name=person] option", has_text=employee_no).inner_text()
    page.select_option("select[name=person]", label=label)
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"One-time password of {employee_no}")
    once = page.locator("main code").inner_text()
    page.get_by_role("link", name="I have written it down").click()
    expect(page.locator("main")).to_contain_text("has a one-time password")

    person = visit.stranger(language="en")
    person.sign_in(employee_no, once)
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Choose a password of your own")
    chosen = f"own-{employee_no}-jUst-f0r-this-run"
    for field in person.page.locator("main input[type=password]").all():
        is_old = "old" in (field.get_attribute("name") or "")
        field.fill(once if is_old else chosen)
    person.page.get_by_role("button", name="Change password").click()
    person.page.wait_for_load_state("load")
    visit.site.names[who] = employee_no
    visit.passwords[who] = chosen
    assert administrator.faults == []
    assert person.faults == []


def explain(visitor: Visitor, figure: Locator) -> Locator:
    """Open the explanation of a figure; the panel that shows it."""
    figure.click()
    panel = visitor.page.locator("lx-panel dialog")
    expect(panel.locator("h2.lx-paneltitle")).to_be_visible()
    return panel


def follow_job(page: Page) -> None:
    """Watch the progress of a job until it says that it is done."""
    state = page.locator("section.lx-progress .lx-progresshead")
    expect(state).to_contain_text(re.compile(r"done|failed|cancelled"), timeout=JOB_TIME)
    assert "done" in state.inner_text(), page.locator("main").inner_text()


def download(page: Page, kind: str) -> Download:
    """Take the table of a page away as a file."""
    page.locator("details.lx-drop:has(> summary[aria-label=Export]) > summary").first.click()
    with page.expect_download() as waited:
        page.locator(f".lx-dropitem[href*='export={kind}']").first.click()
    return waited.value


def csv_rows(got: Download) -> list[list[str]]:
    return list(csv.reader(io.StringIO(got.path().read_bytes().decode("utf-8-sig"))))


def xlsx_rows(got: Download) -> list[list[str]]:
    """The cells of the first sheet as text, read from the parts of the file itself."""
    with zipfile.ZipFile(got.path()) as packed:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in packed.namelist():
            root = ElementTree.fromstring(packed.read("xl/sharedStrings.xml"))
            shared = ["".join(text.text or "" for text in entry.iter(SHEET + "t")) for entry in root.iter(SHEET + "si")]
        sheet = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    return [[_cell(cell, shared) for cell in row.iter(SHEET + "c")] for row in sheet.iter(SHEET + "row")]


def _cell(cell: Any, shared: list[str]) -> str:
    kind, value = cell.get("t"), cell.find(SHEET + "v")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(SHEET + "t"))
    text = "" if value is None else value.text or ""
    return shared[int(text)] if kind == "s" else text


def names_on_page(page: Page) -> list[str]:
    """The heads of the rows of the main table, without their notes."""
    heads = page.locator("section.lx-tablebox tbody th.lx-rowhead")
    return [head.inner_text().split("\n")[0].strip() for head in heads.all()]
