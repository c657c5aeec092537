"""Forecasts in a closing: what rooms publish of them becomes figures that a scorecard opens to its lines."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.appraisal import actions
from lianxin.appraisal.models import Scorecard
from lianxin.appraisal.queries.evidence import values_of_person
from lianxin.core.units import month_plus
from lianxin.engine import from_rows
from lianxin.foundation import facts
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import DatedParameter
from tests.appraisal.world import AT, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J1", "C3", "C5")]


def publish_forecasts(world, monkeypatch):
    """王 forecasts A and B for eight months: the system says 10, 12 come, he says 11; 李 leaves everything to the system."""
    tag = {"company_id": world.company.pk}
    rows = {name: [] for name in ("forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_submissions")}
    for at in range(8):
        month = month_plus(MONTH, at - 7)
        due = datetime(month.year, month.month, 1, tzinfo=UTC)
        key = {**tag, "round_id": f"R{at}", "period_start": month}
        for shop, name in (("A", "王"), ("B", "王"), ("C", "李")):
            line = {"retailer_id": world.shops[shop].pk, "product_id": world.products["P1"].pk}
            person = world.people[name]
            rows["forecast_lines"].append(
                {
                    **key,
                    **line,
                    "period": "month",
                    "step": 1,
                    "person_id": person.pk,
                    "unit_id": person.pk,
                    "system_milli": 10_000,
                }
            )
            rows["forecast_outcomes"].append(
                {**tag, **line, "period": "month", "period_start": month, "ordered_units": 12, "n_capped": 0}
            )
            if name == "王":
                rows["forecast_versions"].append(
                    {
                        **key, "version_id": f"{at}{shop}", "level": "retailer", "entity_id": line["retailer_id"],
                        "product_id": line["product_id"], "author_role": "customer_manager", "author_id": person.pk,
                        "entered_at": due, "units_milli": 11_000, "base_milli": 10_000, "accepted": False,
                    }
                )  # fmt: skip
        rows["forecast_submissions"].append(
            {
                **key,
                "author_role": "customer_manager",
                "author_id": world.people["王"].pk,
                "due_at": due,
                "n_due": 2,
                "n_decided": 1,
            }
        )
    for name, told in rows.items():
        monkeypatch.setitem(facts._PUBLISHERS, name, lambda _company, name=name, told=told: from_rows(name, told))
    for name in ("forecast_accuracy", "forecast_accuracy.total", "forecast_bias", "forecast_value_added"):
        DatedParameter.objects.create(
            company=world.company,
            name=f"measuring.minimum.{name}",
            value=1,
            valid_from=date(2019, 1, 1),
            source="test",
            set_at=AT,
        )


def test_scorecard_opens_a_figure_of_forecasts_to_its_lines(world, scheme, monkeypatch):
    publish_forecasts(world, monkeypatch)
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    card = Scorecard.objects.get(closing=closing, person=world.people["王"])
    told = values_of_person(the_lake(), card)
    assert told["forecast_accuracy"]["value"] == pytest.approx(22 / 24)
    assert told["forecast_bias"]["value"] == pytest.approx(22 / 24 - 1)
    assert told["forecasts_in_time"]["value"] == 0.5
    # Eight months look back: the system is 2 short on every line, he 1.
    assert (told["forecast_value_added"]["value"], told["forecast_value_added"]["n"]) == (pytest.approx(16 / 192), 16)
    # History and the system's number are never so well known here that chance could be told.
    assert "copied_forecasts" not in told
    other = values_of_person(the_lake(), Scorecard.objects.get(closing=closing, person=world.people["李"]))
    assert other["forecast_accuracy"]["value"] == pytest.approx(10 / 12)
    assert "forecast_value_added" not in other
    assert actions.verify(closing=closing, by=world.users["督察"], at=AT).is_same
    client = Client()
    client.force_login(world.users["督察"])
    page = client.get(reverse("appraisal:rows", args=[card.pk, "forecast_value_added"])).content.decode()
    assert page.count("便民商店LA") >= 8
    assert page.count("便民商店LB") >= 8
    assert "便民商店LC" not in page
    assert client.get(reverse("appraisal:value", args=[card.pk, "forecast_accuracy"])).status_code == 200
    filled = client.get(reverse("appraisal:rows", args=[card.pk, "order_fill"]))
    assert filled.status_code == 200
    # his order lines are not what a figure of the company alone rests on
    assert client.get(reverse("appraisal:rows", args=[card.pk, "supplier_fulfilment"])).status_code == 404


def test_company_without_forecasts_closes_as_before(world, scheme):
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    card = Scorecard.objects.get(closing=closing, person=world.people["王"])
    told = values_of_person(the_lake(), card)
    assert not any(code.startswith(("forecast", "copied", "agreement", "order_fill")) for code in told)
