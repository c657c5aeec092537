"""三率一度: the company's four, each a figure that opens or the reason why there is none."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from lianxin.appraisal import actions
from lianxin.appraisal.models import Scorecard
from lianxin.appraisal.screens.rates import note
from lianxin.core.forecasting.rates import NOTE_EN, NOTE_ZH, VARIANTS
from lianxin.engine import from_rows
from lianxin.foundation import facts
from lianxin.foundation.models import DatedParameter
from tests.appraisal.test_forecasts import publish_forecasts
from tests.appraisal.world import AT, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C5")]


def shown(page, number):
    """The four figures of one manager: what stands there, and where it opens."""
    rows = {row.cells[0].note: row.cells[2:] for row in page.context["table"].rows}
    return [(cell.figure.answer, cell.figure.value, cell.figure.explain_url) for cell in rows[number]]


def test_the_four_of_a_month_are_shown_with_their_explanations_and_reasons(world, scheme, monkeypatch, client):
    publish_forecasts(world, monkeypatch)
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    card = Scorecard.objects.get(closing=closing, person=world.people["王"])
    client.force_login(world.users["督察"])
    page = client.get(reverse("appraisal:three_rates"), headers={"accept-language": "en"})
    accuracy, _fill, agreements, satisfaction = shown(page, "E1")
    explained = reverse("appraisal:value", args=[card.pk, "forecast_accuracy"])
    assert accuracy == ("value", pytest.approx(22 / 24), explained)
    # Nobody made an agreement, and nobody measures satisfaction here: neither is zero, and neither opens.
    assert agreements == ("not_enough_data", None, "")
    assert satisfaction == ("not_enough_data", None, "")
    said = page.content.decode()
    assert NOTE_EN in said
    assert "nobody measures this here yet" in said
    assert "nothing to measure in this month" in said
    assert NOTE_EN in client.get(explained, headers={"accept-language": "en"}).content.decode()
    other = reverse("appraisal:value", args=[card.pk, "forecast_bias"])
    assert NOTE_EN not in client.get(other, headers={"accept-language": "en"}).content.decode()
    told = client.get("/api/v1/three-rates?month=" + f"{MONTH:%Y-%m}", headers={"accept-language": "en"}).json()
    assert (told["note"], told["closing"]) == (NOTE_EN, closing.pk)
    assert [one["indicator"] for one in told["members"]] == [
        "forecast_accuracy", "order_fill", "agreement_fulfilment", "satisfaction",
    ]  # fmt: skip
    assert told["members"][3]["formula"] == ""
    four = next(person["rates"] for person in told["persons"] if person["employee_no"] == "E1")
    assert (four[0]["value"], four[0]["answer"], four[0]["is_degree"]) == (pytest.approx(22 / 24), "value", False)
    assert (four[3]["value"], four[3]["reason"], four[3]["is_degree"]) == (None, "not_measured", True)
    assert client.get("/api/v1/three-rates?month=2030-01").status_code == 404
    # A manager sees his own row alone.
    client.force_login(world.users["王"])
    own_api = client.get("/api/v1/three-rates?month=" + f"{MONTH:%Y-%m}").json()
    assert [person["employee_no"] for person in own_api["persons"]] == ["E1"]
    own = client.get(reverse("appraisal:three_rates"))
    assert [row.cells[0].note for row in own.context["table"].rows] == ["E1"]


def test_the_company_s_own_four_take_the_place_of_the_shipped_ones(world, scheme, client):
    DatedParameter.objects.create(
        company=world.company, name="judging.three_rates_and_degree",
        value=["order_coverage", "repurchase", "sales_units", "satisfaction"], valid_from=date(2019, 1, 1), source="公司规定",
        set_at=AT,
    )  # fmt: skip
    client.force_login(world.users["督察"])
    empty = client.get(reverse("appraisal:three_rates"), headers={"accept-language": "en"})
    assert "No month is closed yet" in empty.content.decode()
    actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT)
    page = client.get(reverse("appraisal:three_rates"), headers={"accept-language": "en"})
    titles = [head.column.key for head in page.context["table"].heads]
    assert titles == ["name", "unit", "rate_1", "rate_2", "rate_3", "rate_4"]
    assert shown(page, "E1")[0][0] == "value"
    assert "forecast accuracy" not in page.content.decode().lower()


def test_the_note_is_the_core_s_in_both_languages():
    with translation.override("en"):
        assert note() == NOTE_EN
    with translation.override("zh-hans"):
        assert note() == NOTE_ZH


def test_products_selling_stands_where_the_company_names_it_and_opens_to_the_counts(world, scheme, monkeypatch, client):
    counted = [
        {
            "company_id": world.company.pk, "visit_id": f"v{shop}{product}", "person_id": world.people["王"].pk, "units": units,
            "retailer_id": world.shops[shop].pk, "product_id": world.products[product].pk,
            "counted_at": datetime(2021, 12, 20, tzinfo=UTC),
        }
        for shop, product, units in (("A", "P1", 1), ("B", "P1", 500), ("C", "P1", 1))
    ]  # fmt: skip
    monkeypatch.setitem(facts._PUBLISHERS, "stock_counts", lambda _company: from_rows("stock_counts", counted))
    told = {"judging.three_rates_and_degree": list(VARIANTS["b"]), "measuring.minimum.products_selling": 1}
    for name, value in told.items():
        DatedParameter.objects.create(
            company=world.company, name=name, value=value, valid_from=date(2019, 1, 1), source="公司规定", set_at=AT
        )
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    assert actions.verify(closing=closing, by=world.users["督察"], at=AT).is_same
    card = Scorecard.objects.get(closing=closing, person=world.people["王"])
    client.force_login(world.users["督察"])
    page = client.get(reverse("appraisal:three_rates"), headers={"accept-language": "en"})
    assert shown(page, "E1")[2] == (
        "value", 0.5, reverse("appraisal:value", args=[card.pk, "products_selling"]),
    )  # fmt: skip
    rows = client.get(reverse("appraisal:rows", args=[card.pk, "products_selling"]), headers={"accept-language": "en"})
    cells = {row.cells[0].note: [cell.text for cell in row.cells[3:]] for row in rows.context["table"].rows}
    assert set(cells) == {world.shops["A"].licence_no, world.shops["B"].licence_no}
    assert (cells[world.shops["A"].licence_no][-1], cells[world.shops["B"].licence_no][-1]) == ("yes", "no")
    assert client.get(reverse("appraisal:value", args=[card.pk, "products_selling"])).status_code == 200
