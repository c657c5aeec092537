"""The pages, files and API of forecast rounds, as their people use them; and that nothing leaks before closing."""

import io
import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from lianxin.demand.actions import closing, entering
from lianxin.demand.checks import Number, reason_title
from lianxin.demand.models import Entry, Hint, Round
from lianxin.demand.queries import entries
from lianxin.demand.queries.desks import desk_of
from lianxin.demand.screens.file_words import HEADS, codes_of_heads
from lianxin.demand.states import Way
from lianxin.foundation import clock, jobs
from lianxin.foundation.models import Job
from tests.demand.conftest import AT, FIRST, ON, opened, sheet

pytestmark = pytest.mark.django_db
SECRET = 76_543


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


@pytest.fixture
def live(office: SimpleNamespace) -> Round:
    """A round that is open now, by the real clock."""
    return opened(office, deadline=clock.now() + timedelta(days=1))


@pytest.mark.requirement("C2")
def test_a_manager_types_numbers_and_sees_what_is_left(office: SimpleNamespace, live: Round) -> None:
    browser = client(office.wang.user)
    page = browser.get(reverse("demand:mine", args=[live.pk])).content.decode()
    assert page.count('<tr class="lx-line') == 9
    assert "9</span> to do" in page
    assert "short in 12 periods" in page
    assert '<span class="lx-unit">cartons</span>' in page
    enter = reverse("demand:enter", args=[live.pk])
    said = browser.post(enter, {"n_0": "50", "r_0": "festival"}, headers={"accept": "application/json"})
    assert said.json() == {"refused": "", "saved": [0], "wrong": [], "to_do": 8, "entered": 1, "accepted": 0}
    wrong = browser.post(enter, {"n_1": "5"}, headers={"accept": "application/json"})
    assert wrong.status_code == 422
    assert wrong.json()["wrong"] == [[1, "Say why you change the system's number."]]
    # without scripts the whole page is sent, and what was typed stays where it cannot be taken
    back = browser.post(enter, {"n_0": "50", "r_0": "festival", "n_2": "many", "n_3": "7", "r_3": "road"})
    assert back.status_code == 422
    text = back.content.decode()
    assert 'value="many"' in text
    assert "cannot be taken. Write a whole number" in text
    assert set(entries.current(sheet(live, office.wang))) == {0, 3}
    assert browser.post(enter, {"n_5": "3", "r_5": "road"}).status_code == 302


@pytest.mark.requirement("C2")
def test_bulk_acceptance_follows_the_filters_and_submission_can_be_taken_back(
    office: SimpleNamespace, live: Round
) -> None:
    browser = client(office.wang.user)
    product = f"?product={office.goods[0].pk}"
    browser.post(reverse("demand:accept", args=[live.pk]) + product)
    assert sheet(live, office.wang).n_accepted == 3
    shown = browser.get(reverse("demand:mine", args=[live.pk]) + "?state=to_do").content.decode()
    assert shown.count('<tr class="lx-line') == 6
    assert (
        browser.get(reverse("demand:mine", args=[live.pk]) + "?shop=wang1&order=shop")
        .content.decode()
        .count('<tr class="lx-line')
        == 3
    )
    assert (
        browser.get(reverse("demand:mine", args=[live.pk]) + "?note=capped")
        .content.decode()
        .count('<tr class="lx-line')
        == 1
    )
    browser.post(reverse("demand:submit", args=[live.pk]))
    assert sheet(live, office.wang).state == "submitted"
    page = browser.get(reverse("demand:mine", args=[live.pk])).content.decode()
    assert "lx-lineunits" not in page
    browser.post(reverse("demand:take_back", args=[live.pk]))
    assert sheet(live, office.wang).state == "open"


@pytest.mark.requirement("C2")
def test_sheets_turn_page_by_page_without_losing_a_line(
    office: SimpleNamespace, live: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lianxin.demand.screens.sheet_filters.PAGE", 4)
    browser, url, seen = client(office.wang.user), reverse("demand:mine", args=[live.pk]), []
    query = ""
    for _turn in range(3):
        page = browser.get(url + query)
        seen += [row["line_no"] for row in _rows(page.content.decode())]
        query = page.context["next_url"]
    assert seen == list(range(9))
    assert query == ""
    last = browser.get(url + "?after=7")
    assert [row["line_no"] for row in _rows(browser.get(url + last.context["previous_url"]).content.decode())] == [
        4,
        5,
        6,
        7,
    ]


def _rows(page: str) -> list[dict[str, int]]:
    return [{"line_no": int(part.split('"')[0])} for part in page.split('data-line="')[1:]]


@pytest.mark.requirement("C2")
def test_a_sheet_goes_out_and_comes_back_as_a_file(office: SimpleNamespace, live: Round) -> None:
    browser = client(office.wang.user)
    file = browser.get(reverse("demand:sheet_file", args=[live.pk]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(file.streaming_content)))  # type: ignore[attr-defined]
    rows = book.get_sheet_by_index(0).to_python()
    # the heads are words of the reader's language, and a file of programs may have their codes
    head, lines = [codes_of_heads()[words] for words in rows[0]], rows[1:]
    assert rows[0][:3] == ["First day of the period", "Licence", "Retailer"]
    assert len(lines) == 9
    place = head.index("units")
    lines[0][place], lines[0][head.index("reason")] = 44, "festival"
    lines[1][place] = 99_999  # a change without a reason
    lines[2][place], lines[2][head.index("licence_no")] = 3, "li0"  # somebody else's shop
    lines[3][place], lines[3][head.index("reason")] = "lots", "road"
    lines[4][place], lines[4][head.index("period_start")] = 4, "some day"
    lines[5][place], lines[5][head.index("period_start")] = 5, "2022-05-01"  # no period of the round
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        written = made.add_worksheet()
        for number, row in enumerate([head, *lines]):
            written.write_row(
                number,
                0,
                [str(cell) if cell is not None and not isinstance(cell, int | float) else cell for cell in row],
            )
    upload = SimpleUploadedFile("sheet.xlsx", out.getvalue())
    answer = browser.post(reverse("demand:sheet_upload", args=[live.pk]), {"file": upload})
    assert answer.status_code == 422
    assert (answer.context["n_read"], answer.context["n_new"], answer.context["n_refused"]) == (6, 1, 5)
    told = {row.cells[0].text: (row.cells[1].text, row.cells[2].text) for row in answer.context["table"].rows}
    assert told["5"] == ("My forecast", "lots")
    assert told["6"] == ("First day of the period", "some day")
    assert told["7"] == ("First day of the period", "2022-05-01")
    assert {entry.units for entry in entries.current(sheet(live, office.wang)).values()} == {44}
    text = answer.content.decode()
    assert "no such line" in text
    assert "why you change" in text


@pytest.mark.requirement("C2")
def test_no_page_file_or_api_tells_another_author_s_number_before_closing(office: SimpleNamespace, live: Round) -> None:
    # a number that stands nowhere else, entered by a manager and by a market manager
    for person in (office.wang, office.boss):
        entering.enter(
            sheet=sheet(live, person), numbers=[Number(line_no=0, units=SECRET, reason="road", words="only I know")], way=Way.PAGE,
            by=person.user, at=clock.now(), on=clock.today(office.company),
        )  # fmt: skip
    pages = [reverse("demand:rounds"), reverse("demand:round", args=[live.pk]), reverse("demand:stair"), "/"]
    for person in (office.wang, office.li, office.boss, office.brand):
        pages.append(reverse("demand:sheet", args=[live.pk, person.pk]))
    pages += [f"{reverse('demand:round', args=[live.pk])}?export={kind}" for kind in ("csv", "xlsx")]
    pages += [reverse("demand:mine", args=[live.pk]), reverse("demand:sheet_file", args=[live.pk]), "/system/audit/"]
    pages += [
        f"/api/v1/forecast-rounds/{live.pk}/{name}"
        for name in ("authors", "lines", "lines?employee_no=wang", "lines?employee_no=boss")
    ]
    product = lines_product(live, office)
    strangers = [one.user for one in (office.li, office.brand, office.officer, office.leader, office.other_boss)]
    strangers.append(office.administrator)
    pages.append(reverse("demand:spread", args=[live.pk, product, 1]))
    for user in (
        office.li.user,
        office.brand.user,
        office.officer.user,
        office.leader.user,
        office.administrator,
        office.other_boss.user,
    ):
        browser = client(user)
        for url in pages:
            told = _text(browser.get(url))
            assert str(SECRET) not in told, (user, url)
            assert f"{SECRET:,}" not in told, (user, url)
            assert "only I know" not in told, (user, url)
    own = _text(client(office.wang.user).get(f"/api/v1/forecast-rounds/{live.pk}/lines"))
    assert str(SECRET) in own


def lines_product(round: Round, office: SimpleNamespace) -> int:
    return int(
        Entry.objects.filter(sheet__round=round, sheet__person=office.boss).values_list("product_id", flat=True)[0]
    )


def _text(answer: object) -> str:
    raw = b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content  # type: ignore[attr-defined]
    if raw[:2] == b"PK":
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return json.dumps([book.get_sheet_by_name(name).to_python() for name in book.sheet_names], default=str)
    return str(raw.decode("utf-8", "replace"))


@pytest.mark.requirement("C2")
def test_after_closing_those_above_see_the_numbers_beside_the_system_s(office: SimpleNamespace, round: Round) -> None:
    entering.enter(
        sheet=sheet(round, office.wang), numbers=[Number(line_no=0, units=SECRET, reason="road", words="桥断了")], way=Way.PAGE,
        by=office.wang.user, at=AT, on=ON,
    )  # fmt: skip
    closing.close(round=round, by=None, at=round.deadline_at)
    url = reverse("demand:sheet", args=[round.pk, office.wang.pk])
    page = client(office.boss.user).get(url).content.decode()
    assert f"{SECRET:,}" in page
    assert "桥断了" in page
    assert client(office.other_boss.user).get(url).status_code == 404
    assert str(SECRET) in _text(client(office.leader.user).get(f"{url}?export=csv"))
    assert client(office.leader.user).get(reverse("demand:round", args=[round.pk])).status_code == 200


@pytest.mark.requirement("C2")
def test_a_sum_spreads_over_those_below_by_the_system_s_shares(office: SimpleNamespace, live: Round) -> None:
    page = client(office.brand.user).get(reverse("demand:spread", args=[live.pk, office.goods[0].pk, 1]) + "?units=101")
    rows = [[str(cell.text) for cell in row.cells] for row in page.context["table"].rows]
    parts = [int(row[5]) for row in rows]
    assert sum(parts) == 101
    assert {row[0] for row in rows} == {"wang", "li"}
    assert (
        client(office.wang.user).get(reverse("demand:spread", args=[live.pk, office.goods[0].pk, 1])).status_code == 404
    )


def test_a_round_is_opened_by_a_job(office: SimpleNamespace) -> None:
    browser = client(office.administrator)
    assert browser.get(reverse("demand:open")).status_code == 200
    deadline = clock.today(office.company) + timedelta(days=2)
    given = {
        "period": "month", "first_period": str(FIRST), "horizon": "1", "deadline_on": str(deadline),
        "deadline_hour": "18:00", "products": [str(one.pk) for one in office.goods],
    }  # fmt: skip
    assert browser.post(reverse("demand:open"), {**given, "products": []}).status_code == 422
    assert browser.post(reverse("demand:open"), {**given, "first_period": "2022-01-03"}).status_code == 422
    answer = browser.post(reverse("demand:open"), given)
    job = Job.objects.get()
    assert answer["Location"] == reverse("web:job", args=[job.pk])
    done = jobs.run(job)
    assert done.state == "done", done.error
    round = Round.objects.get()
    assert (round.state, round.deadline_at.astimezone(office.company.zone).hour) == ("open", 18)
    home = client(office.wang.user).get(reverse("web:panel", args=["forecasts"])).content.decode()
    assert "forecasts are not entered yet" in home
    assert browser.get(reverse("demand:mine", args=[round.pk])).status_code == 403


@pytest.mark.requirement("C6")
def test_a_hint_stands_beside_the_lines_that_it_concerns(office: SimpleNamespace, live: Round) -> None:
    browser = client(office.wang.user)
    given = {
        "kind": "road",
        "words": "桥在修",
        "valid_from": "2022-01-01",
        "valid_until": "2022-02-01",
        "change": "-50",
    }
    assert browser.post(reverse("demand:say_hint"), {**given, "licence_no": "li0"}).status_code == 422
    backwards = {**given, "licence_no": "wang0", "valid_until": "2021-01-01"}
    assert browser.post(reverse("demand:say_hint"), backwards).status_code == 422
    assert browser.post(reverse("demand:say_hint"), {**given, "licence_no": "wang0"}).status_code == 302
    hint = Hint.objects.get()
    page = browser.get(reverse("demand:mine", args=[live.pk]) + "?note=hint").content.decode()
    assert page.count('<tr class="lx-line') == 3
    assert "data-lx-suggest" in page
    assert client(office.li.user).get(reverse("demand:hint", args=[hint.pk])).status_code == 404
    assert client(office.boss.user).get(reverse("demand:hint", args=[hint.pk])).status_code == 200
    client(office.boss.user).post(reverse("demand:withdraw_hint", args=[hint.pk]))
    assert Hint.objects.get().withdrawn_at is None
    browser.post(reverse("demand:withdraw_hint", args=[hint.pk]))
    assert "data-lx-suggest" not in browser.get(reverse("demand:mine", args=[live.pk])).content.decode()
    assert "Spring Festival" in client(office.boss.user).get(reverse("demand:hints")).content.decode()


@pytest.mark.requirement("C2")
def test_the_api_enters_accepts_submits_and_closes(office: SimpleNamespace, live: Round) -> None:
    browser = client(office.wang.user)
    base = f"/api/v1/forecast-rounds/{live.pk}"

    def post(path: str, body: object = None) -> SimpleNamespace:
        answer = browser.post(f"{base}/{path}", json.dumps(body or {}), content_type="application/json")
        return SimpleNamespace(status=answer.status_code, told=answer.json())

    assert [row["id"] for row in browser.get("/api/v1/forecast-rounds").json()] == [live.pk]
    refused = post("enter", {"numbers": [{"line_no": 0, "units": 1}, {"line_no": 1, "units": 1, "reason": "road"}]})
    assert refused.status == 422
    assert not Entry.objects.exists()
    entered = post("enter", {"numbers": [{"line_no": 0, "units": 1, "reason": "road", "evidence": "/market/"}]})
    assert entered.told["n_entered"] == 1
    assert post("accept", {"line_nos": [0, 1, 2]}).told["n_accepted"] == 2
    assert post("submit").told["state"] == "submitted"
    assert post("take-back").told["state"] == "open"
    assert post("close").status == 403
    lines = browser.get(f"{base}/lines?limit=2").json()
    assert [line["state"] for line in lines] == ["entered", "accepted"]
    assert browser.get(f"{base}/lines?after=7").json()[0]["line_no"] == 8
    leader = client(office.leader.user).post(f"{base}/close", "{}", content_type="application/json")
    assert leader.status_code == 422


@pytest.mark.requirement("C2")
def test_a_file_that_lacks_columns_keeps_what_was_said_and_says_which_it_needs(
    office: SimpleNamespace, live: Round
) -> None:
    browser = client(office.wang.user)
    own = sheet(live, office.wang)
    told = {"n_0": "50", "r_0": "other", "w_0": "新开工地", "v_0": "见走访", "e_0": "stock:v1"}
    browser.post(reverse("demand:enter", args=[live.pk]), told)
    row = desk_of(own).lines.row(0)
    licence = desk_of(own).names.retailers([row["retailer_id"]])[row["retailer_id"]][0]
    code = desk_of(own).names.product_code(row["product_id"])

    def bring(head: str, line: str) -> Any:
        file = SimpleUploadedFile("sheet.csv", f"{head}\n{line}\n".encode("utf-8-sig"))
        return browser.post(reverse("demand:sheet_upload", args=[live.pk]), {"file": file})

    # the heads may be words of any language, or codes
    same = bring("预测期首日,许可证号,品规编码,我的预测", f"{row['period_start']},{licence},{code},50")
    assert (same.status_code, same.context["n_new"], same.context["n_same"]) == (200, 0, 1)
    changed = bring("period_start,licence_no,product_code,units", f"{row['period_start']},{licence},{code},51")
    assert (changed.status_code, changed.context["n_new"]) == (422, 0)
    assert "Say why you change" in changed.content.decode()
    with translation.override("zh-hans"):
        why_words = reason_title("festival")
    why = bring(
        "period_start,licence_no,product_code,units,理由", f"{row['period_start']},{licence},{code},51,{why_words}"
    )
    assert (why.status_code, why.context["n_new"]) == (200, 1)
    entry = entries.current(own, [0])[0]
    assert (entry.units, entry.reason, entry.evidence, entry.rests_on) == (51, "festival", "见走访", ["stock:v1"])

    fake = SimpleUploadedFile("sheet.xlsx", b"\x89PNG no workbook")
    refused = browser.post(reverse("demand:sheet_upload", args=[live.pk]), {"file": fake}).content.decode()
    assert "This is no XLSX workbook" in refused
    lacking = bring("period_start,units", f"{row['period_start']},51").content.decode()
    assert "The file lacks the column(s) Licence, Product code. Take the lines away again" in lacking


def test_no_two_columns_of_the_file_have_one_head() -> None:
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            assert len({str(words) for words in HEADS.values()}) == len(HEADS), language


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_of_a_round_proposes_days_that_a_browser_shows(office: SimpleNamespace, language: str) -> None:
    browser = client(office.leader.user)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = browser.get(reverse("demand:open")).content.decode()
    assert re.search(r'<input type="date" name="first_period" value="\d{4}-\d\d-\d\d"', page)
    assert re.search(r'<input type="time" name="deadline_hour" value="18:00"', page)
