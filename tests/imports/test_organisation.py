"""Units, people and territories: who is where, from when to when, and what cannot be."""

from datetime import date

import pytest

from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import running
from lianxin.foundation.models import AuditRow, BatchChange, Company, ImportBatch
from lianxin.foundation.states import BatchState
from lianxin.people.models import Person, Posting, Unit
from lianxin.retailers.checks import retailers_without_holder, territory_faults
from lianxin.retailers.models import Territory
from tests import factories
from tests.factories import AT
from tests.imports.conftest import Take, counts, reasons

pytestmark = pytest.mark.django_db

HEAD = "employee_no,name,post,unit,reports_to,from_date,until_date\n"
HELD = "employee_no,licence_no,from_date,until_date\n"


def postings() -> list[tuple[str, str, str, str | None, date, date | None]]:
    rows = Posting.objects.values_list(
        "person__employee_no", "post", "unit__code", "reports_to__employee_no", "valid_from", "valid_until"
    )
    return sorted(rows, key=lambda row: (row[0], row[4]))


def test_units_may_stand_below_their_children_and_circles_are_refused(take: Take) -> None:
    result = take(
        "units",
        "unit,parent,kind\n城南,县局,market_unit\n县局,公司,department\n公司,,company\nA,B,\nB,C,\nC,A,\nD,A,\nE,nowhere,\n",
    )
    assert counts(result) == (8, 3, 5, 0)
    assert reasons(result) == [
        (5, "parent", "B"),
        (6, "parent", "C"),
        (7, "parent", "A"),
        (8, "parent", "A"),
        (9, "parent", "nowhere"),
    ]
    assert dict(Unit.objects.values_list("code", "parent__code")) == {"城南": "县局", "县局": "公司", "公司": None}


def test_units_lie_at_most_six_levels_deep(take: Take) -> None:
    result = take("units", "unit,parent\n" + "".join(f"L{n},{f'L{n - 1}' if n > 1 else ''}\n" for n in range(1, 9)))
    assert (counts(result), reasons(result)) == ((8, 6, 2, 0), [(8, "parent", "L6"), (9, "parent", "L7")])


def test_a_unit_with_other_content_needs_a_correction(take: Take) -> None:
    take("units", "unit,parent,kind\n公司,,company\n城南,,market_unit\n")
    again = take("units", "unit,parent,kind\n公司,,company\n城南,公司,market_unit\n")
    assert counts(again) == (2, 0, 1, 1)
    assert "parent=—, kind=market_unit" in again.refused[0]["reason"]
    assert "parent=公司, kind=market_unit" in again.refused[0]["reason"]
    corrected = take("units", "unit,parent\n城南,公司\n", is_correction=True)
    assert counts(corrected) == (1, 1, 0, 0)
    assert Unit.objects.get(code="城南").parent == Unit.objects.get(code="公司")


def test_people_come_with_posts_superiors_and_units_not_seen_before(take: Take) -> None:
    result = take(
        "people",
        HEAD
        + "E2,李四,customer_manager,城南,E1,2020-01-01,2021-06-01\n"
        + "E2,李思,market_manager,城北,E1,2021-06-01,\n"
        + "E1,张三,leader,公司,,2019-01-01,\n"
        + "E3,王五,,,,2020-01-01,\n",
    )
    assert counts(result) == (4, 4, 0, 0)
    assert postings() == [
        ("E1", "leader", "公司", None, date(2019, 1, 1), None),
        ("E2", "customer_manager", "城南", "E1", date(2020, 1, 1), date(2021, 6, 1)),
        ("E2", "market_manager", "城北", "E1", date(2021, 6, 1), None),
    ]
    assert dict(Person.objects.values_list("employee_no", "name")) == {"E1": "张三", "E2": "李思", "E3": "王五"}
    assert "公司, 城南, 城北" in result.notes[0]
    assert set(Unit.objects.values_list("kind", "parent")) == {("market_unit", None)}


def test_a_file_of_units_may_say_more_about_units_made_by_the_way(take: Take) -> None:
    people = take("people", HEAD + "E1,张三,leader,公司,,2019-01-01,\n")
    units = take("units", "unit,parent,kind\n公司,,company\n")
    assert (counts(units), Unit.objects.get().kind) == ((1, 1, 0, 0), "company")
    with pytest.raises(Refused, match=units.batch_id):
        running.undo(company=Company.objects.get(), batch_id=people.batch_id, by=None, at=AT)


def test_what_cannot_be_of_people_is_refused_by_row(take: Take) -> None:
    result = take(
        "people",
        HEAD
        + "E1,张三,leader,公司,,2019-01-01,\n"  # 2
        + "E2,李四,customer_manager,城南,E1,2021-02-30,\n"
        + "E3,王五,customer_manager,城南,E9,2020-01-01,\n"  # 4: no such superior
        + "E4,赵六,customer_manager,城南,E3,2020-01-01,\n"  # 5: E3 was refused
        + "E5,钱七,king,城南,,2020-01-01,\n"
        + "E6,孙八,trainer,,,2020-01-01,\n"
        + "E7,周九,trainer,公司,,2020-01-01,2020-01-01\n"
        + "E1,张三,leader,城北,,2020-01-01,\n"  # 9: two posts on one day
        + "E8,吴十,trainer,公司,E8,2020-01-01,\n"
        + "E1,张三,trainer,公司,,2019-01-01,\n"  # 11: another content
        + "E1,张三,leader,公司,,2019-01-01,\n",
    )
    assert counts(result) == (11, 1, 9, 1)
    assert reasons(result) == [
        (3, "from_date", "2021-02-30"),
        (4, "reports_to", "E9"),
        (5, "reports_to", "E3"),
        (6, "post", "king"),
        (7, "unit", ""),
        (8, "until_date", "2020-01-01"),
        (9, "from_date", "2020-01-01"),
        (10, "reports_to", "E8"),
        (11, "from_date", "2019-01-01"),
    ]
    assert list(Person.objects.values_list("employee_no", flat=True)) == ["E1"]


def test_a_correction_ends_a_post_and_the_next_one_follows_in_the_same_file(take: Take) -> None:
    take("people", HEAD + "E1,张三,customer_manager,城南,,2019-01-01,\n")
    moved = HEAD + "E1,张三,market_manager,城北,,2021-01-01,\nE1,张三,customer_manager,城南,,2019-01-01,2021-01-01\n"
    refused = take("people", moved)
    assert (counts(refused), [row[0] for row in reasons(refused)]) == ((2, 0, 2, 0), [2, 3])
    corrected = take("people", moved, is_correction=True)
    assert counts(corrected) == (2, 2, 0, 0)
    assert [(post, until) for _no, post, _unit, _to, _from, until in postings()] == [
        ("customer_manager", date(2021, 1, 1)),
        ("market_manager", None),
    ]
    running.undo(company=Company.objects.get(), batch_id=corrected.batch_id, by=None, at=AT)
    assert postings() == [("E1", "customer_manager", "城南", None, date(2019, 1, 1), None)]


@pytest.fixture
def patch(company: Company) -> None:
    unit = factories.unit(company)
    factories.person(unit, employee_no="E1")
    factories.person(unit, employee_no="E2", valid_from=date(2021, 1, 1))
    for licence in ("L1", "L2", "L3"):
        factories.retailer(company, licence)


def held() -> list[tuple[str, str, date, date | None]]:
    rows = Territory.objects.values_list("retailer__licence_no", "person__employee_no", "valid_from", "valid_until")
    return sorted(rows, key=lambda row: (row[0], row[2]))


@pytest.mark.usefixtures("patch")
def test_territories_come_in_and_overlaps_name_the_other_holder(take: Take) -> None:
    result = take(
        "territories",
        HELD
        + "E1,L1,2020-01-01,2021-03-01\n"
        + "E2,L1,2021-02-01,\n"
        + "E1,L2,2020-01-01,\n"
        + "E2,L2,2020-01-01,\n"
        + "E9,L3,2020-01-01,\n"
        + "E1,L9,2020-01-01,\n"
        + "E1,L3,2020-01-01,2019-12-31\n"
        + "E1,L2,2020-01-01,\n",
    )
    assert counts(result) == (8, 2, 5, 1)
    assert reasons(result) == [
        (3, "from_date", "2021-02-01"),
        (5, "from_date", "2020-01-01"),
        (6, "employee_no", "E9"),
        (7, "licence_no", "L9"),
        (8, "until_date", "2019-12-31"),
    ]
    assert "E1 holds it from 2020-01-01 until before 2021-03-01" in result.refused[0]["reason"]
    assert held() == [("L1", "E1", date(2020, 1, 1), date(2021, 3, 1)), ("L2", "E1", date(2020, 1, 1), None)]


@pytest.mark.usefixtures("patch")
def test_gaps_and_holders_without_a_post_are_told(take: Take, company: Company) -> None:
    result = take("territories", HELD + "E1,L1,2020-01-01,2020-06-01\nE2,L1,2020-09-01,\nE1,L2,2020-01-01,\n")
    assert counts(result) == (3, 3, 0, 0)
    gap = "Nobody holds retailer L1 from 2020-06-01 until before 2020-09-01."
    assert result.notes == [
        gap,
        "E2 holds retailers from 2020-09-01 on, but has no post as customer manager on that day.",
    ]
    assert list(territory_faults(company)) == [gap]
    assert retailers_without_holder(company, on=date(2020, 7, 1)) == ["L1", "L3"]


@pytest.mark.usefixtures("patch")
def test_a_handover_is_a_correction_of_the_end_and_a_new_row(take: Take, company: Company) -> None:
    take("territories", HELD + "E1,L1,2020-01-01,\n")
    handover = HELD + "E2,L1,2021-01-01,\nE1,L1,2020-01-01,2021-01-01\n"
    assert counts(take("territories", handover)) == (2, 0, 2, 0)
    assert counts(take("territories", handover, is_correction=True)) == (2, 2, 0, 0)
    assert held() == [
        ("L1", "E1", date(2020, 1, 1), date(2021, 1, 1)),
        ("L1", "E2", date(2021, 1, 1), None),
    ]
    assert list(territory_faults(company)) == []


@pytest.mark.usefixtures("patch")
def test_a_correction_may_not_make_two_holders(take: Take) -> None:
    take("territories", HELD + "E1,L1,2020-01-01,2021-01-01\nE2,L1,2021-01-01,\n")
    assert counts(take("territories", HELD + "E1,L1,2020-01-01,2021-02-01\n", is_correction=True)) == (1, 0, 1, 0)


def test_the_same_file_twice_adds_nothing_and_after_undo_it_comes_again(take: Take, company: Company) -> None:
    text = "unit,parent\n公司,\n城南,公司\n"
    first = take("units", text)
    second = take("units", text)
    assert (counts(second), second.batch_id, second.earlier_batch_id) == ((2, 0, 0, 2), "", first.batch_id)
    running.undo(company=company, batch_id=first.batch_id, by=None, at=AT)
    assert (Unit.objects.count(), BatchChange.objects.count()) == (0, 2)
    third = take("units", text)
    assert (counts(third), third.earlier_batch_id) == ((2, 2, 0, 0), "")
    assert list(ImportBatch.objects.order_by("created_at", "pk").values_list("state", flat=True)) == [
        BatchState.UNDONE,
        BatchState.COMMITTED,
    ]
    assert list(AuditRow.objects.order_by("number").values_list("verb", flat=True)) == [
        "imports.run",
        "imports.undo",
        "imports.run",
    ]


def test_a_file_with_refused_rows_comes_again_for_those_rows_only(take: Take) -> None:
    text = HELD + "E1,L1,2020-01-01,\n"
    assert counts(take("territories", text)) == (1, 0, 1, 0)
    company = Company.objects.get()
    factories.person(factories.unit(company), employee_no="E1")
    factories.retailer(company, "L1")
    assert counts(take("territories", text)) == (1, 1, 0, 0)


def test_a_dry_run_tells_the_same_and_changes_nothing(take: Take) -> None:
    text = "unit,kind\n公司,company\n城南,kiosk\n"
    tried = take("units", text, is_trial=True)
    assert (Unit.objects.count(), ImportBatch.objects.count(), AuditRow.objects.count()) == (0, 0, 0)
    done = take("units", text)
    assert (counts(tried), tried.refused) == (counts(done), done.refused)
    assert (tried.batch_id, done.batch_id) == ("", ImportBatch.objects.get().pk)


def test_undo_asks_for_the_batches_that_build_on_it(take: Take, company: Company) -> None:
    people = take("people", HEAD + "E1,张三,customer_manager,城南,,2019-01-01,\n")
    retailers = take("retailers", "licence_no,name,from_date\nL1,店,2019-01-01\n")
    territories = take("territories", HELD + "E1,L1,2020-01-01,\n")
    for batch in (people, retailers):
        with pytest.raises(Refused, match=territories.batch_id):
            running.undo(company=company, batch_id=batch.batch_id, by=None, at=AT)
    for batch in (territories, retailers, people):
        running.undo(company=company, batch_id=batch.batch_id, by=None, at=AT)
    assert (Person.objects.count(), Unit.objects.count(), Territory.objects.count()) == (0, 0, 0)
    with pytest.raises(Refused, match="was undone already"):
        running.undo(company=company, batch_id=people.batch_id, by=None, at=AT)


def test_undo_spares_persons_with_an_account(take: Take, company: Company) -> None:
    batch = take("people", HEAD + "E1,张三,customer_manager,城南,,2019-01-01,\n")
    Person.objects.update(user=factories.user(company))
    with pytest.raises(Refused, match="has an account"):
        running.undo(company=company, batch_id=batch.batch_id, by=None, at=AT)
    assert Person.objects.count() == 1
