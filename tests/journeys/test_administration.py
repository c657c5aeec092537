"""An administrator: a faulty file comes in and goes out again; numbers have sources; programs have tokens."""

import csv
import io
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visits
from tests.journeys.steps import follow_job

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

HEAD = "line_id,order_date,licence_no,product_code,wanted_units,cap_units,ordered_units,supplied_units,amount\n"
GOOD = "JOURNEY-1,2021-12-30,990101000004,990301,2,1,1,1,271.50\n"
FAULTY = {
    3: ("JOURNEY-2,2021-12-30,999999999999,990301,2,1,1,1,271.50\n", "licence_no", "999999999999"),
    4: ("JOURNEY-3,2021-02-30,990101000004,990301,2,1,1,1,271.50\n", "order_date", "2021-02-30"),
    5: ('JOURNEY-4,2021-12-30,990101000004,990301,2,1,"1,2x",1,271.50\n', "ordered_units", "1,2x"),
}


@pytest.mark.requirement("B2")
def test_faulty_file_is_tried_taken_in_and_taken_out(visit: Visits, tmp_path: Path) -> None:
    # Given a file of four order lines, three of them faulty
    visitor = visit("admin", language="en")
    page = visitor.page
    file = tmp_path / "journey-orders.csv"
    file.write_text(HEAD + GOOD + "".join(line for line, _column, _value in FAULTY.values()), "utf-8")
    visitor.go("/orders/imports/new")
    page.select_option("select[name=kind]", label="Order lines")
    page.set_input_files("input[name=file]", str(file))
    # when it is tried
    page.get_by_role("button", name="Go on").click()
    follow_job(page)
    page.locator("a[href*='/orders/imports/results/']").first.click()
    # then every faulty row is named with line, column, value and reason, and nothing has come in
    expect(page.get_by_role("heading", level=1)).to_contain_text("What would come in from journey-orders.csv?")
    expect(page.locator("main")).to_contain_text("This was a dry run: nothing was changed.")
    shown = page.locator("section", has=page.get_by_role("heading", name="Refused rows")).locator("tbody tr")
    expect(shown).to_have_count(len(FAULTY))
    for row, (line, (_text, column, value)) in zip(shown.all(), FAULTY.items(), strict=True):
        words = row.inner_text()
        assert str(line) in words, words
        assert column in words, words
        assert value in words, words
        assert len(row.locator("td").last.inner_text()) > 20
    answer = page.context.request.get(
        visitor.site.url + str(page.locator("a[href$='refused.csv']").first.get_attribute("href"))
    )
    assert len(list(csv.reader(io.StringIO(answer.text().lstrip("\ufeff"))))) == 1 + len(FAULTY)

    # when it is taken in for real, then one row is there as a batch
    page.get_by_role("button", name="Take it in now").click()
    follow_job(page)
    page.locator("section.lx-progress a.btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What did journey-orders.csv bring?")
    batch = page.url
    # when the same file comes again, then it adds nothing
    visitor.go("/orders/imports/new")
    page.select_option("select[name=kind]", label="Order lines")
    page.set_input_files("input[name=file]", str(file))
    page.check("input[name=is_taken]")
    page.get_by_role("button", name="Go on").click()
    follow_job(page)
    page.locator("section.lx-progress a.btn-primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("adds nothing")
    # when it is undone, then the batch says so and by whom, and stays in the list
    page.goto(batch)
    page.get_by_role("button", name="Undo this import").click()
    follow_job(page)
    page.goto(batch)
    expect(page.locator("main")).to_contain_text(re.compile("Undone .* by"))
    visitor.go("/orders/imports/")
    expect(page.locator("section.lx-tablebox tbody")).to_contain_text("journey-orders.csv")
    assert visitor.faults == []


@pytest.mark.requirement("B2")
def test_number_is_set_with_its_source_and_the_chain_holds(visit: Visits) -> None:
    # Given the parameter of the large-retailer line
    visitor = visit("admin", language="en")
    page = visitor.page
    visitor.go("/system/parameters/measuring.large_retailer_units/")
    # when nonsense is given, then a sentence says what is wanted
    page.fill("[name=value]", "many")
    page.fill("[name=valid_from]", "2030-01-01")
    page.fill("[name=source]", "Decision 7 of the company, 20 December 2029")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main .lx-fault").first).to_be_visible()
    # when a number is given with its source, then it stands in the history, from its day on
    page.fill("[name=value]", "1200")
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main")).to_contain_text("Decision 7 of the company")
    expect(page.locator("main")).to_contain_text("1200")
    # then the audit tells it, and its chain of digests holds
    visitor.go("/system/audit/")
    expect(page.locator("section.lx-tablebox tbody tr").first).to_contain_text("parameters")
    page.get_by_role("button", name="Verify the chain").click()
    follow_job(page)
    # and the job is in the list of jobs
    visitor.go("/jobs/")
    expect(page.locator("section.lx-tablebox tbody tr").first).to_contain_text(re.compile("chain|audit", re.IGNORECASE))
    assert [fault for fault in visitor.faults if "422" not in fault] == []


@pytest.mark.requirement("B2")
def test_program_works_with_a_token_and_repeats_safely(visit: Visits) -> None:
    # Given an administrator who makes a token
    visitor = visit("admin", language="en")
    page = visitor.page
    visitor.go("/me/tokens/")
    page.fill("[name=name]", "nightly import")
    page.locator("main form button[type=submit]").last.click()
    token = page.locator("[role=status] code").inner_text()
    # when a program without cookies uses it
    program = visit.stranger().page.context.request
    carried = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    api = visitor.site.url + "/api/v1"
    assert program.get(f"{api}/me", headers=carried).json()["username"] == "admin"
    # when it asks for the same work twice under one key, then the work is done once and the answer is the same
    keyed = {**carried, "Idempotency-Key": str(uuid.uuid4())}
    first = program.post(f"{api}/audit/verify", headers=keyed)
    second = program.post(f"{api}/audit/verify", headers=keyed)
    assert first.status == second.status == 202, first.text()
    assert first.json() == second.json()
    # when the token is revoked, then it opens nothing any more
    visitor.go("/me/tokens/")
    page.get_by_role("button", name="Revoke nightly import").click()
    page.wait_for_load_state("load")
    assert program.get(f"{api}/me", headers=carried).status == 401
    assert visitor.faults == []
