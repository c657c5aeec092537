"""Files of surveys: what comes in, what is refused as a whole, who may bring it, twice the same, corrected, undone."""

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.imports import kinds, mapping, running, stored
from lianxin.foundation.models import BatchChange, ImportBatch
from lianxin.foundation.states import BatchState, Role
from lianxin.people.models import Person, Posting
from lianxin.people.states import Post
from lianxin.voice import actions
from lianxin.voice.checks import tells_retailer
from lianxin.voice.facts import outcome, satisfaction_answers
from lianxin.voice.models import Answer, Release, Sheet, Survey
from tests import factories
from tests.factories import AT
from tests.voice.conftest import HEAD, MONTH, Staff, Take, released, sheets

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C5")]


def counts(result: running.Result) -> tuple[int, int, int, int]:
    assert result.n_read == result.n_accepted + result.n_refused + result.n_duplicate
    return result.n_read, result.n_accepted, result.n_refused, result.n_duplicate


def test_answers_come_in_once_are_corrected_and_go_out_whole(staff: Staff, take: Take) -> None:
    rows = sheets("E1", 1, [[5, 4], [3, 3]]) + sheets("E2", 3, [[2, 1]])
    assert counts(take(rows, is_trial=True)) == (6, 6, 0, 0)
    assert Survey.objects.count() == 0
    first = take(rows)
    assert counts(first) == (6, 6, 0, 0)
    assert first.notes == [
        "2021-12 S: of 3 questionnaires in the file 3 answer every dimension and count (service: 3, supply: 3)."
    ]
    survey = Survey.objects.get()
    assert (survey.month, survey.name, str(survey)) == (MONTH, "S", "2021-12 S")
    assert sorted(Sheet.objects.values_list("number", "person__employee_no")) == [
        ("Q1", "E1"),
        ("Q2", "E1"),
        ("Q3", "E2"),
    ]
    assert take(rows).earlier_batch_id == first.batch_id
    assert counts(take(rows + sheets("E2", 4, [[5, 5]]))) == (8, 2, 0, 6)
    other = "S,2021-12,E1,Q1,supply,enough,five,1\n"
    refused = take(other)
    assert counts(refused) == (1, 0, 1, 0)
    assert "Known already with other content" in refused.refused[0]["reason"]
    corrected = take(other, is_correction=True)
    assert counts(corrected) == (1, 1, 0, 0)
    answer = Answer.objects.get(sheet__number="Q1", item="enough")
    assert answer.answer_milli == 1000
    with pytest.raises(Refused, match=r"builds on it. Undo that one first"):
        running.undo(company=staff.company, batch_id=first.batch_id, by=None, at=AT)
    running.undo(company=staff.company, batch_id=corrected.batch_id, by=None, at=AT)
    answer.refresh_from_db()
    assert answer.answer_milli == 5000
    for batch in ImportBatch.objects.filter(state=BatchState.COMMITTED).order_by("-created_at", "-pk"):
        running.undo(company=staff.company, batch_id=batch.pk, by=None, at=AT)
    assert (Survey.objects.count(), Sheet.objects.count(), Answer.objects.count()) == (0, 0, 0)


def test_a_survey_counts_once_released_and_is_final_then(staff: Staff, take: Take) -> None:
    """Ten of 100 and 80 points; with one more of 20 and 20 the second version would tell that sheet by subtraction."""
    take(sheets("E1", 1, [[5, 4]] * 9))
    # until then it is added to and corrected, and counts nowhere
    take(sheets("E1", 10, [[4, 4]]))
    assert counts(take("S,2021-12,E1,Q10,supply,enough,five,5\n", is_correction=True)) == (1, 1, 0, 0)
    assert counts(take(sheets("E1", 12, [[5, 4]]))) == (2, 2, 0, 0)
    running.undo(company=staff.company, batch_id=ImportBatch.objects.latest("created_at", "pk").pk, by=None, at=AT)
    assert outcome(Survey.objects.get()).n == 10
    assert satisfaction_answers(staff.company).num_rows == 0
    released()
    assert satisfaction_answers(staff.company).num_rows == 20
    for rows, options in (
        (sheets("E1", 11, [[1, 1]]), {}),
        ("S,2021-12,E1,Q10,supply,enough,five,1\n", {"is_correction": True}),
    ):
        with pytest.raises(Refused, match=r"survey of 2021-12 was released.*by subtraction"):
            take(rows, **options)
        with pytest.raises(Refused, match="by subtraction"):
            take(rows, is_trial=True, **options)
    told = outcome(Survey.objects.get())
    assert (told.n, told.score) == (10, pytest.approx(90.0))
    # what it knows already changes nothing, and another month is another survey
    assert counts(take(sheets("E1", 1, [[5, 4]] * 2))) == (4, 0, 0, 4)
    assert counts(take(sheets("E1", 1, [[5, 4]], month="2021-11"))) == (2, 2, 0, 0)
    assert satisfaction_answers(staff.company).num_rows == 20


def test_a_survey_taken_out_after_its_release_counts_nowhere_and_does_not_come_back(staff: Staff, take: Take) -> None:
    rows = sheets("E1", 1, [[5, 4]] * 10)
    first, second = take(rows), take(sheets("E1", 11, [[1, 1]]))
    released()
    assert satisfaction_answers(staff.company).num_rows == 22
    # without the one sheet the rest would tell it
    running.undo(company=staff.company, batch_id=second.batch_id, by=None, at=AT)
    assert satisfaction_answers(staff.company).num_rows == 0
    running.undo(company=staff.company, batch_id=first.batch_id, by=None, at=AT)
    assert not Survey.objects.exists()
    with pytest.raises(Refused, match="nothing comes in for its month again"):
        take(rows + sheets("E1", 11, [[5, 4]]))


def test_nobody_with_an_interest_releases_a_survey(staff: Staff, take: Take) -> None:
    take(sheets("E1", 1, [[5, 4]]))
    survey, officer = Survey.objects.get(), staff.users[Role.SUPERVISION_OFFICER]
    told = {"survey": survey, "at": AT, "on": MONTH}
    with pytest.raises(Denied):
        actions.release(by=staff.users[Role.LEADER], **told)
    posting = Posting.objects.get(person=staff.wang)
    posting.reports_to = Person.objects.get(user=officer)
    posting.save()
    with pytest.raises(Denied, match="somebody who reports to you"):
        actions.release(by=officer, **told)
    assert not Release.objects.exists()
    actions.release(by=staff.users[Role.ADMINISTRATOR], **told)
    assert Release.objects.get().released_by == staff.users[Role.ADMINISTRATOR]


def test_a_killed_import_leaves_the_old_state(staff: Staff, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    take(sheets("E1", 1, [[5, 4]]))

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_record", die)
    with pytest.raises(KeyboardInterrupt):
        take(sheets("E1", 2, [[1, 1]]))
    monkeypatch.undo()
    assert (Sheet.objects.count(), Answer.objects.count(), ImportBatch.objects.count()) == (1, 2, 1)
    assert counts(take(sheets("E1", 2, [[1, 1]]))) == (2, 2, 0, 0)


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ("T,2021-12,E1,Q9,supply,enough,five,4", "survey", "A month has one survey"),
        ("S,2021-12,E9,Q9,supply,enough,five,4", "employee_no", "no employee with this number"),
        ("S,2021-12,M1,Q9,supply,enough,five,4", "employee_no", "held no post of a customer manager"),
        ("S,2018-12,E1,Q9,supply,enough,five,4", "employee_no", "held no post of a customer manager"),
        ("S,2021-12,E2,Q1,supply,other,five,4", "sheet", "about another manager already"),
        ("S,2021-12,E1,Q9,service,enough,five,4", "dimension", "belongs to the dimension “supply”"),
        ("S,2021-12,E1,Q9,supply,enough,five,", "answer", "No answer stands in this row"),
        ("S,2021-12,E1,Q9,supply,enough,five,6", "answer", "5 is the best"),
        ("S,2021-12,E1,Q9,supply,enough,five,4.5", "answer", "5 is the best"),
        ("S,2021-12,E1,Q9,supply,enough,five,0", "answer", "5 is the best"),
        ("S,2021-12,E1,Q9,supply,enough,hundred,101", "answer", "from 0 to 100"),
        ("S,2021-12,E1,Q9,supply,enough,hundred,80.25", "answer", "one decimal place"),
        ("S,2021-12,E1,Q9,supply,enough,hundred,满意", "answer", "one of five levels"),
        ("S,2021-12,E1,Q9,supply,enough,five,fine", "answer", "not a number"),
        ("S,2021-12,E1,Q9,supply,enough,seven,4", "scale", "must be one of"),
        ('S,2021-12,E1,Q9,"supply, goods",enough,five,4', "dimension", "has no comma"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_alone(
    staff: Staff, take: Take, row: str, column: str, sentence: str
) -> None:
    take(sheets("E1", 1, [[5, 4]]))
    result = take(f"{row}\nS,2021-12,E1,Q8,supply,enough,hundred,90\n")
    assert counts(result) == (2, 1, 1, 0)
    assert (result.refused[0]["line"], result.refused[0]["column"]) == (2, column)
    assert sentence in result.refused[0]["reason"]


def test_words_numbers_and_an_item_without_a_name_are_read(staff: Staff, take: Take) -> None:
    take(
        "S,2021年12月,E1,1,货源供应,,五级,非常满意\nS,2021-12-20,E1,1,客户服务,走访,5,不满意\nS,2021-12,E1,1,市场管理,,百分制,83.5\n"
    )
    told = Answer.objects.order_by("dimension").values_list("dimension", "item", "scale", "answer_milli")
    assert list(told) == [
        ("客户服务", "走访", "five", 2000), ("市场管理", "市场管理", "hundred", 83500), ("货源供应", "货源供应", "five", 5000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "column",
    ["licence_no", "许可证号", "专卖证编号", "retailer", "Retailer Name", "shop_id", "客户编码", "零售户",
     "零售客户名称", "店铺名称", "店名", "联系人", "负责人姓名", "联系电话", "手机号", "详细地址",
     "customerId", "经度", "来自IP", "微信号", "受访者姓名"],
)  # fmt: skip
def test_a_file_that_names_the_retailer_is_refused_whole(staff: Staff, take: Take, column: str) -> None:
    head = HEAD.replace("sheet,", f"sheet,{column},")
    with pytest.raises(Refused, match="Answers must not lead back to the retailer") as refused:
        take("S,2021-12,E1,Q1,x,supply,enough,five,4\n", head=head)
    assert f"“{column}”" in refused.value.message
    assert (Survey.objects.count(), ImportBatch.objects.count(), BatchChange.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    "column",
    ["客户经理工号", "客户经理", "客户经理姓名", "问卷编号", "客户服务", "您对零售客户座谈会满意吗", "对电话订货的满意程度",
     "sheet", "employee_no", "dimension", "序号", "答题时长", "How satisfied is your shop with our supply?"],
)  # fmt: skip
def test_columns_that_tell_of_no_retailer_pass(column: str) -> None:
    assert not tells_retailer(column)


def test_a_licence_or_name_under_another_head_is_found_by_its_value(staff: Staff, take: Take) -> None:
    with pytest.raises(Refused, match="“sheet” holds licence numbers") as refused:
        take(sheets("E1", 1, [[5, 4]]).replace("Q1", "420100000003"))
    assert "420100000003" not in refused.value.message
    with pytest.raises(Refused, match="“remark” holds licence numbers or names"):
        take("S,2021-12,E1,Q1,福来便民商店第2分店,supply,enough,five,4\n", head=HEAD.replace("sheet,", "sheet,remark,"))
    # A row that is refused for something else does not hide it.
    with pytest.raises(Refused, match="“sheet” holds licence numbers"):
        take("S,2021-12,E9,420100000003,supply,enough,five,9\n")
    # A short number of one questionnaire may be a shop's too; a column of them is a register.
    for number in range(30, 36):
        factories.retailer(staff.company, str(number), name=f"店{number}")
    assert counts(take("".join(f"S,2021-12,E1,{n},supply,enough,five,4\n" for n in range(35, 50))))[1] == 15
    with pytest.raises(Refused, match="“sheet” holds licence numbers"):
        take("".join(f"S,2021-12,E1,{n},service,visits,five,4\n" for n in range(30, 36)))


def test_five_levels_called_points_of_a_hundred_are_refused_whole(staff: Staff, take: Take) -> None:
    with pytest.raises(Refused, match="write “five”"):
        take(sheets("E1", 1, [[5, 4], [3, 1]]).replace("five", "hundred"))
    with pytest.raises(Refused, match="lacks the column “answer”"):
        take("S,2021-12,E1,Q1,supply,enough,five\n", head=HEAD.replace(",answer", ""))


def test_only_an_office_outside_the_line_brings_reads_and_takes_out(staff: Staff, take: Take) -> None:
    rows = sheets("E1", 1, [[5, 4]])
    officer = staff.users[Role.SUPERVISION_OFFICER]
    for role in set(staff.users) - {Role.SUPERVISION_OFFICER, Role.ADMINISTRATOR}:
        with pytest.raises(Denied):
            take(rows, by=staff.users[role])
    batch = ImportBatch.objects.get(pk=take(rows, by=officer).batch_id)
    kind = kinds.kind_of("satisfaction")
    for role in set(staff.users) - {Role.SUPERVISION_OFFICER, Role.ADMINISTRATOR}:
        with pytest.raises(Denied):
            kind.require_reading(staff.users[role], staff.company)
        with pytest.raises(Denied):
            running.undo(company=staff.company, batch_id=batch.pk, by=staff.users[role], at=AT)
    running.undo(company=staff.company, batch_id=batch.pk, by=officer, at=AT)
    assert counts(take(rows, by=staff.users[Role.ADMINISTRATOR]))[1] == 2
    # Another role does not help who is in the line besides.
    for role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER):
        both = factories.user(staff.company, role, Role.SUPERVISION_OFFICER, Role.ADMINISTRATOR)
        with pytest.raises(Denied, match="neither visit retailers nor lead those who do"):
            take(rows, by=both)
        assert kind not in kinds.kinds_for(both, staff.company)
    assert [one.name for one in kinds.kinds_for(officer, staff.company)] == ["satisfaction"]
    with pytest.raises(Denied):
        running.run(company=staff.company, kind="people", path=Path("x.csv"), by=officer, at=AT)


def test_nobody_brings_or_takes_out_what_is_about_himself_or_his_own_people(staff: Staff, take: Take) -> None:
    officer = staff.users[Role.SUPERVISION_OFFICER]
    own = Posting.objects.get(person__user=officer)
    # He was a manager when the survey was held, and has the office's post since.
    own.post = Post.CUSTOMER_MANAGER
    own.save()
    with pytest.raises(Denied, match="Somebody of the office without an interest"):
        take(sheets("S1", 1, [[5, 5]]), by=officer)
    with pytest.raises(Denied, match="held a post in the line"):
        take(sheets("E1", 1, [[1, 1]]), by=officer)
    own.post = Post.SUPERVISION_OFFICER
    own.save()
    # Somebody assessed reports to him.
    Posting.objects.filter(person=staff.li).update(reports_to=own.person)
    with pytest.raises(Denied, match="who reports to you"):
        take(sheets("E2", 1, [[5, 5]]), by=officer)
    taken = take(sheets("E1", 1, [[5, 5]]), by=officer)
    others = take(sheets("E2", 2, [[5, 5]]), by=None)
    with pytest.raises(Denied, match="who reports to you"):
        running.undo(company=staff.company, batch_id=others.batch_id, by=officer, at=AT)
    running.undo(company=staff.company, batch_id=others.batch_id, by=staff.users[Role.ADMINISTRATOR], at=AT)
    running.undo(company=staff.company, batch_id=taken.batch_id, by=officer, at=AT)
    assert Answer.objects.count() == 0


def test_a_file_with_a_column_for_each_question_is_read_by_a_mapping(staff: Staff, take: Take, tmp_path: Path) -> None:
    text = """
title = "问卷平台导出"
[satisfaction.columns]
sheet = "序号"
employee_no = "客户经理工号"
[satisfaction.constants]
survey = "S"
month = "2021-12"
scale = "five"
[[satisfaction.rows]]
constants = { dimension = "supply", item = "enough" }
columns = { answer = "货源是否满意" }
[[satisfaction.rows]]
constants = { dimension = "service", item = "visits" }
columns = { answer = "走访是否满意" }
"""
    path = tmp_path / "wide.toml"
    path.write_text(text, encoding="utf-8")
    head = "序号,客户经理工号,货源是否满意,走访是否满意,答题时长\n"
    result = take("1,E1,满意,一般,30\n2,E1,非常满意,,31\n3,E2,,,29\n", head=head, mapping_name=str(path))
    assert counts(result) == (3, 2, 1, 0)
    told = Answer.objects.order_by("sheet__number", "item").values_list("sheet__number", "item", "answer_milli")
    assert list(told) == [("1", "enough", 4000), ("1", "visits", 3000), ("2", "enough", 5000)]
    assert result.notes == [
        "2021-12 S: of 2 questionnaires in the file 1 answer every dimension and count (service: 1, supply: 2)."
    ]
    assert counts(take("1,E1,满意,一般,30\n2,E1,非常满意,,31\n", head=head, mapping_name=str(path)))[3] == 2
    with pytest.raises(Refused, match="lacks the column “走访是否满意”"):
        take("1,E1,满意\n", head="序号,客户经理工号,货源是否满意\n", mapping_name=str(path))
    # A stored mapping is checked for columns of ours here too.
    with pytest.raises(Refused, match="speaks of “reply”"):
        stored._check(mapping.parse(text.replace("columns = { answer", "columns = { reply"), "wide"))


def test_the_lake_gets_no_number_of_the_office_and_no_retailer(staff: Staff, take: Take) -> None:
    take(sheets("E1", 1, [[5, 4]]))
    released()
    table = satisfaction_answers(staff.company)
    assert set(table.column_names) == {
        "company_id", "survey_month", "sheet_id", "person_id", "dimension", "item", "scale", "answer_milli",
    }  # fmt: skip
    assert "Q1" not in str(table.to_pydict())
    assert table.num_rows == 2


@pytest.mark.parametrize(("scale", "milli"), [("five", 2500), ("five", 6000), ("hundred", 100_001), ("hundred", -1)])
def test_the_database_keeps_no_answer_off_its_scale(staff: Staff, scale: str, milli: int) -> None:
    survey = Survey.objects.create(company=staff.company, month=MONTH, name="S")
    sheet = Sheet.objects.create(survey=survey, number="1", person=staff.wang)
    assert str(sheet) == "1"
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(sheet=sheet, dimension="d", item="i", scale=scale, answer_milli=milli)
    assert str(Answer(item="i")) == "i"
