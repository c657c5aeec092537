"""Contacts in files of retailers: overwritten by what is newer, undone exactly, never repeated where a row is refused."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from lianxin.foundation import clock
from lianxin.foundation.imports import running
from lianxin.foundation.models import AuditRow, BatchChange, Company, ImportBatch
from lianxin.foundation.states import Role
from lianxin.retailers.actions import contacts
from lianxin.retailers.models import Retailer, RetailerContact
from tests import factories
from tests.factories import AT
from tests.imports.conftest import Take, counts, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]
HEAD = "licence_no,name,from_date,contact_name,contact_phone,contact_way\n"


def fields(shop: Retailer) -> tuple[str, str, str] | None:
    row = RetailerContact.objects.filter(retailer=shop).first()
    return None if row is None else (row.name, row.phone, row.way)


def nowhere(text: str) -> None:
    """No audit row holds the text."""
    for row in AuditRow.objects.all():
        assert text not in str((row.before, row.after, row.subject, row.reason))


def test_a_file_brings_contacts_and_undo_brings_back_what_was_there(take: Take, company: Company) -> None:
    first = take("retailers", HEAD + "L1,便民店,2020-01-01,王老板,10000000001,电话\nL2,烟酒店,2020-01-01,,,\n")
    second = take("retailers", HEAD + "L1,便民店,2020-05-01,李老板,10000000002,\nL2,烟酒店,2020-05-01,赵老板,,wechat\n")
    one, two = Retailer.objects.order_by("licence_no")
    assert (fields(one), fields(two)) == (("李老板", "10000000002", "phone"), ("赵老板", "", "wechat"))
    assert RetailerContact.objects.get(retailer=one).batch_id == second.batch_id
    assert second.notes == ["2 contacts were entered or replaced."]
    running.undo(company=company, batch_id=second.batch_id, by=None, at=AT)
    assert (fields(one), fields(two)) == (("王老板", "10000000001", "phone"), None)
    assert RetailerContact.objects.get(retailer=one).batch_id == first.batch_id
    # and what is undone is not remembered
    assert "1000000000" not in str(list(BatchChange.objects.values_list("before", "after")))
    running.undo(company=company, batch_id=first.batch_id, by=None, at=AT)
    assert (Retailer.objects.count(), RetailerContact.objects.count()) == (0, 0)
    nowhere("1000000000")


def test_what_a_person_entered_since_is_neither_overwritten_by_an_older_file_nor_undone(
    take: Take, company: Company
) -> None:  # fmt: skip
    take("retailers", "licence_no,name,from_date\nL1,便民店,2020-01-01\n")
    brought = take("retailers", HEAD + "L1,便民超市,2020-02-01,王老板,10000000001,phone\n")
    shop = Retailer.objects.get()
    said = contacts.Said(name="王老板", phone="10000000007", way="wechat")
    leader = factories.user(company, Role.LEADER)
    contacts.enter(retailer=shop, said=said, by=leader, at=clock.now(), on=clock.today(company))
    # when a file comes that tells of an older day
    late = take("retailers", HEAD + "L1,便民大超市,2020-03-01,王老板,10000000003,\n")
    # then the version comes in and the contact stays
    assert counts(late) == (1, 1, 0, 0)
    assert late.notes == ["1 contact was left as it is: what is recorded is newer than the file."]
    running.undo(company=company, batch_id=late.batch_id, by=None, at=AT)
    running.undo(company=company, batch_id=brought.batch_id, by=None, at=AT)
    assert fields(shop) == ("王老板", "10000000007", "wechat")


def test_another_contact_of_the_same_day_needs_a_correction_and_neither_is_repeated(take: Take, tmp_path: Path) -> None:
    take("retailers", HEAD + "L1,便民店,2020-01-01,王老板,10000000001,\nL2,烟酒店,2020-01-01,,,\n")
    again = HEAD + "L1,便民店,2020-01-01,王老板,10000000002,\nL2,烟酒店,2020-01-01,赵老板,,\n"
    result = take("retailers", again)
    # then what was empty is filled and what says otherwise is refused without saying either
    assert counts(result) == (2, 1, 1, 0)
    assert reasons(result) == [(2, "contact_phone", "")]
    assert "1000000000" not in str(result.as_json())
    assert "1000000000" not in Path(result.refused_file).read_text("utf-8-sig")
    corrected = take("retailers", again, is_correction=True)
    assert counts(corrected) == (2, 1, 0, 1)
    assert fields(Retailer.objects.get(licence_no="L1")) == ("王老板", "10000000002", "")


def test_refused_rows_are_written_without_their_contact(take: Take) -> None:
    result = take(
        "retailers", HEAD + "L1,便民店,2020-01-01,王老板,我的号码是138,\nL2,店,2020-13-01,赵老板,10000000005,\n"
    )
    assert counts(result) == (2, 0, 2, 0)
    assert reasons(result) == [(2, "contact_phone", ""), (3, "from_date", "2020-13-01")]
    with Path(result.refused_file).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["licence_no"], row["contact_name"], row["contact_phone"]) for row in rows] == [
        ("L1", "", ""),
        ("L2", "", ""),
    ]


def test_a_closed_shop_gets_no_contact_from_a_file(take: Take) -> None:
    head = "licence_no,name,status,from_date,contact_name,contact_phone\n"
    take(
        "retailers",
        head + "L1,便民店,active,2020-01-01,王老板,10000000001\nL1,便民店,closed,2020-06-01,王老板,10000000001\n",
    )
    assert RetailerContact.objects.count() == 0


def test_what_files_replaced_is_forgotten_after_its_days_and_undo_leaves_the_contact(
    take: Take, company: Company
) -> None:  # fmt: skip
    take("retailers", HEAD + "L1,便民店,2020-01-01,王老板,10000000001,phone\n")
    second = take("retailers", HEAD + "L1,便民店,2020-05-01,李老板,10000000002,phone\n")
    first = ImportBatch.objects.exclude(pk=second.batch_id).get()
    ImportBatch.objects.update(created_at=clock.now() - timedelta(days=31))
    assert contacts.forget(company=company, by=None, at=clock.now()) == 0
    assert "10000000001" not in str(list(BatchChange.objects.values_list("before", "after")))
    running.undo(company=company, batch_id=second.batch_id, by=None, at=AT)
    shop = Retailer.objects.get()
    assert fields(shop) == ("李老板", "10000000002", "phone")
    assert list(shop.versions.values_list("valid_from", flat=True)) == [date(2020, 1, 1)]
    # and what a file made still goes with the file
    running.undo(company=company, batch_id=first.pk, by=None, at=AT)
    assert (Retailer.objects.count(), RetailerContact.objects.count()) == (0, 0)
