"""三率一度: the company's four, each a figure that opens or the reason why there is none."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from lianxin.appraisal import actions, computing
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
    # Nobody made an agreement, and no survey was released: neither is zero, and neither opens.
    assert agreements == ("not_enough_data", None, "")
    assert satisfaction == ("not_enough_data", None, "")
    said = page.content.decode()
    assert NOTE_EN in said
    assert "not measured this month: no survey was released" in said
    assert "nothing to measure in this month" in said
    assert NOTE_EN in client.get(explained, headers={"accept-language": "en"}).content.decode()
    other = reverse("appraisal:value", args=[card.pk, "forecast_bias"])
    assert NOTE_EN not in client.get(other, headers={"accept-language": "en"}).content.decode()
    told = client.get("/api/v1/three-rates?month=" + f"{MONTH:%Y-%m}", headers={"accept-language": "en"}).json()
    assert (told["note"], told["closing"]) == (NOTE_EN, closing.pk)
    assert [one["indicator"] for one in told["members"]] == [
        "forecast_accuracy", "order_fill", "agreement_fulfilment", "satisfaction",
    ]  # fmt: skip
    assert "Σ scores of the valid sheets" in told["members"][3]["formula"]
    four = next(person["rates"] for person in told["persons"] if person["employee_no"] == "E1")
    assert (four[0]["value"], four[0]["answer"], four[0]["is_degree"]) == (pytest.approx(22 / 24), "value", False)
    assert (four[3]["value"], four[3]["reason"], four[3]["is_degree"]) == (None, "no_survey", True)
    assert client.get("/api/v1/three-rates?month=2030-01").status_code == 404
    # A manager sees his own row alone.
    client.force_login(world.users["王"])
    own_api = client.get("/api/v1/three-rates?month=" + f"{MONTH:%Y-%m}").json()
    assert [person["employee_no"] for person in own_api["persons"]] == ["E1"]
    own = client.get(reverse("appraisal:three_rates"))
    assert [row.cells[0].note for row in own.context["table"].rows] == ["E1"]


def asked(world, monkeypatch, months=(MONTH,), n=12):
    """A survey in which 12 retailers of 王 answer and 2 of 李: nine wholly satisfied, the others less and less."""
    rows, number = [], 0
    for month in months:
        for person, count in (("王", n), ("李", 2)):
            for place in range(count):
                number += 1
                rows += [
                    {
                        "company_id": world.company.pk, "survey_month": month, "sheet_id": number,
                        "person_id": world.people[person].pk, "dimension": dimension, "item": dimension, "scale": "five",
                        "answer_milli": max(5 - max(place - 8, 0), 1) * 1000,
                    }
                    for dimension in ("supply", "service")
                ]  # fmt: skip
    monkeypatch.setitem(
        facts._PUBLISHERS, "satisfaction_answers", lambda _company: from_rows("satisfaction_answers", rows)
    )


def test_satisfaction_stands_fourth_with_all_that_explains_it_and_opens_to_no_answer(
    world, scheme, monkeypatch, client
):
    asked(world, monkeypatch)
    closing = actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT).closing
    assert actions.verify(closing=closing, by=world.users["督察"], at=AT).is_same
    cards = {card.person.employee_no: card for card in Scorecard.objects.filter(closing=closing)}
    client.force_login(world.users["督察"])
    english = {"accept-language": "en"}
    page = client.get(reverse("appraisal:three_rates"), headers=english)
    mean = (9 * 100 + 80 + 60 + 40) / 12
    explained = reverse("appraisal:value", args=[cards["E1"].pk, "satisfaction"])
    assert shown(page, "E1")[3] == ("value", pytest.approx(mean), explained)
    degree = {row.cells[0].note: row.cells[5].figure for row in page.context["table"].rows}
    assert degree["E1"].text == "90.0 points"
    # Two answers say nothing of him, and the sum of them is told nowhere.
    assert (degree["E2"].value, degree["E2"].reason) == (None, "sample below the minimum")
    values = {
        (row["level"], row["entity"]): row for row in computing.recorded_values(closing, facts.the_lake()).to_pylist()
        if row["indicator"] == "satisfaction"
    }  # fmt: skip
    assert (values["manager", "E2"]["n"], values["manager", "E2"]["numerator"]) == (2, None)
    assert values["company", world.company.code]["n"] == 12
    opened = client.get(explained, headers=english).content.decode()
    assert "1,080" in opened
    assert "Points of the levels of satisfaction" in opened
    assert "points with 90 % confidence: 12 questionnaires" in opened
    assert NOTE_EN in opened
    rows = client.get(reverse("appraisal:rows", args=[cards["E1"].pk, "satisfaction"]), headers=english)
    assert [[cell.text for cell in row.cells[:3]] for row in rows.context["table"].rows] == [
        ["service", "90.0", "12"], ["supply", "90.0", "12"],
    ]  # fmt: skip
    few = client.get(reverse("appraisal:rows", args=[cards["E2"].pk, "satisfaction"]), headers=english)
    assert len(few.context["table"].rows) == 0
    told = client.get(f"/api/v1/scorecards/{cards['E1'].pk}/rows/satisfaction").json()
    assert (told["total"], {row["n"] for row in told["rows"]}) == (2, {12})
    api = client.get(f"/api/v1/three-rates?month={MONTH:%Y-%m}").json()
    four = {person["employee_no"]: person["rates"][3] for person in api["persons"]}
    assert (four["E1"]["value"], four["E1"]["numerator"], four["E1"]["denominator"], four["E1"]["n"]) == (
        pytest.approx(mean), pytest.approx(1080.0), 12.0, 12,
    )  # fmt: skip
    assert (four["E2"]["value"], four["E2"]["numerator"], four["E2"]["reason"]) == (None, None, "below_minimum")


def test_a_survey_holds_for_its_month_alone_unless_the_company_says_for_how_many(world, scheme, monkeypatch, client):
    asked(world, monkeypatch, months=(date(2021, 10, 1),))
    client.force_login(world.users["督察"])

    def degree():
        closing = actions.close(
            company=world.company, month=MONTH, by=world.users["督察"], at=AT, reason="再算"
        ).closing
        page = client.get(reverse("appraisal:three_rates"), headers={"accept-language": "en"})
        row = next(row for row in page.context["table"].rows if row.cells[0].note == "E1")
        card = Scorecard.objects.get(closing=closing, person=world.people["王"])
        return row.cells[5].figure, client.get(reverse("appraisal:value", args=[card.pk, "satisfaction"]))

    figure, opened = degree()
    assert (figure.value, figure.reason) == (None, "not measured this month: no survey was released")
    assert opened.status_code == 200
    DatedParameter.objects.create(
        company=world.company,
        name="satisfaction.months_held",
        value=3,
        valid_from=date(2019, 1, 1),
        source="公司规定",
        set_at=AT,
    )
    figure, _opened = degree()
    assert figure.value == pytest.approx(90.0)


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
    # without the orders of all three months nobody could say how long stock lasts
    world.add_lines("three", [world.line(f"m{month}", date(2021, month, 9), "C", "P1", 1) for month in (10, 11)])
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
