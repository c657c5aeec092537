"""Opening hours: how they are written, that they are dated as all master data, and where they are shown."""

from datetime import date

import pytest
from django.test import Client

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.retailers import checks
from lianxin.retailers.models import RetailerVersion
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("07:30-22:00", "07:30-22:00"),
        ("7:30 – 12:00； 14：00～22:00", "07:30-12:00;14:00-22:00"),
        ("7:30至22:00", "07:30-22:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("10:00-14:00;18:00-02:00", "10:00-14:00;18:00-02:00"),
        ("", ""),
    ],
)
def test_hours_are_kept_in_one_form(written: str, kept: str) -> None:
    assert checks.opening_hours(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "全天", "7-22", "07:30", "07:30-25:00", "07:60-12:00", "08:00-08:00", "14:00-22:00;07:30-12:00",
        "07:00-12:00;11:00-15:00", "18:00-02:00;03:00-04:00", "10:00-14:00;18:00-11:00",
        ";".join(f"{hour:02}:00-{hour:02}:30" for hour in range(6, 12)),
    ],
)  # fmt: skip
def test_what_is_no_opening_hours_is_refused(written: str) -> None:
    with pytest.raises(Refused) as refused:
        checks.opening_hours(written)
    assert refused.value.field == "opening_hours"


def test_the_file_the_history_and_the_api_show_them(company: Company) -> None:
    shop = factories.retailer(company, "A1", opening_hours="07:30-22:00", address="沿江路 1 号")
    RetailerVersion.objects.create(
        retailer=shop, valid_from=date(2021, 3, 1), licence_no="A1", name=shop.name, address="沿江路 1 号",
        opening_hours="08:00-12:00;14:00-21:30",
    )  # fmt: skip
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.user(company, Role.LEADER))
    page = client.get(f"/retailers/{shop.pk}/")
    assert dict(page.context["facts"])["Opening hours"] == "08:00–12:00, 14:00–21:30"
    assert next(change.fields for change in page.context["history"]) == [
        ("Opening hours", "07:30–22:00", "08:00–12:00, 14:00–21:30")
    ]
    told = client.get("/api/v1/retailers/A1").json()
    assert (told["opening_hours"], told["address"]) == ("08:00-12:00;14:00-21:30", "沿江路 1 号")
    assert [one["value"] for one in told["opening_hours_history"]] == ["07:30-22:00", "08:00-12:00;14:00-21:30"]
