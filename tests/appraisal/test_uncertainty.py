"""A scorecard says what chance can do: in the panel of a part, beside the total, and by the API."""

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.appraisal import actions
from lianxin.appraisal.models import Scorecard
from lianxin.appraisal.queries.uncertainty import interval_of_value, spread_of
from lianxin.core.scoring.curves import LinearFromTarget, RatioToTarget
from lianxin.core.scoring.notation import to_json
from lianxin.core.scoring.scheme import Group, Part, Scheme
from lianxin.core.scoring.uncertainty import interval_of
from lianxin.core.scoring.words import Words
from lianxin.core.units import Direction
from tests.appraisal import world as worlds
from tests.appraisal.adopting import adopted
from tests.appraisal.test_fieldwork import field_month
from tests.appraisal.world import AT, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J4")]


def chance_scheme():
    """Sales 50, verified visits 30, discrepancy rate 20 (one point off for every point of the rate)."""
    parts = (
        Part(
            code="sales", title=Words("销量", "Sales"), points_milli=50_000, curve=RatioToTarget(cap=1.2),
            indicator="sales_units",
        ),
        Part(
            code="verified", title=Words("核验", "Verified"), points_milli=30_000, curve=RatioToTarget(target=1.0),
            indicator="verified_visits",
        ),
        Part(
            code="checks", title=Words("核查", "Checks"), points_milli=20_000, better=Direction.LOWER,
            curve=LinearFromTarget(target=0.0, unit=0.01, less_milli=1000), indicator="discrepancy_rate",
        ),
    )  # fmt: skip
    return to_json(Scheme(code="chance", version=1, title=Words("机会", "Chance"), group=Group.COMPANY, parts=parts))


def closed_by_chance():
    world = worlds.make()
    field_month(world)
    adopted(world, chance_scheme(), valid_from=date(2021, 7, 1))
    actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT)
    return world


@pytest.fixture
def closed(kept):
    return kept(closed_by_chance)


@pytest.fixture
def card(closed):
    return Scorecard.objects.get(person=closed.people["王"])


@pytest.fixture
def client_of(world):
    client = Client(headers={"accept-language": "en"})
    client.force_login(world.users["督察"])
    return client


def panel(client, name, card, *more):
    return client.get(reverse(f"appraisal:{name}", args=[card.pk, *more])).context["explanation"].uncertainty


def test_drawn_checks_count_as_fewer_because_their_chances_differ(card):
    found = interval_of_value(card, "discrepancy_rate", 2 / 30, 30.0, 8)
    # Weights 2 and seven times 4: (2 + 28)² ÷ (4 + 7 · 16) = 900 ÷ 116.
    assert (found.n, found.effective) == (8, pytest.approx(900 / 116))
    assert (found.low, found.high) == (pytest.approx(interval_of(2 / 30, 8, 900 / 116).low), pytest.approx(found.high))


def test_a_part_says_its_interval_or_that_it_was_counted_whole(card, client_of):
    assert panel(client_of, "part", card, "sales") == "Counted whole: no estimate, so no uncertainty."
    few = interval_of(21 / 22, 22)
    said = panel(client_of, "part", card, "verified")
    assert said.startswith("All 22 cases of the month were counted.")
    assert f"from {few.low:.1%} to {few.high:.1%}" in said
    assert "8 cases were drawn; weighted, they count as 7.8" in panel(client_of, "part", card, "checks")
    assert panel(client_of, "value", card, "sales_amount").startswith("Counted whole")
    assert panel(client_of, "value", card, "order_coverage").startswith("All 2 cases")
    assert panel(client_of, "value", card, "plan_adherence") == ""


def test_the_total_has_its_plus_minus_and_says_what_is_in_it(card, client_of):
    found = spread_of(card)
    assert (found.known, found.whole, found.other) == (("verified", "checks"), ("sales",), ())
    verified, checks = interval_of(21 / 22, 22), interval_of(2 / 30, 8, 900 / 116)
    down = ((21 / 22 - verified.low) * 30_000) ** 2 + (min(20_000, checks.high * 100_000) - 20 / 3 * 1000) ** 2
    assert found.half_milli == pytest.approx(down**0.5, abs=3)
    page = client_of.get(reverse("appraisal:scorecard", args=[card.pk])).content.decode()
    assert f"± {found.half_milli / 1000:.1f}" in page
    said = panel(client_of, "total", card)
    assert said.startswith(f"± {found.half_milli / 1000:.1f} points with 90 % confidence")
    assert "(Verified, Checks)" in said
    assert "Counted whole, without uncertainty: Sales." in said


def test_the_api_tells_it_too(card, client_of):
    told = json.loads(client_of.get(f"/api/v1/scorecards/{card.pk}").content)
    assert told["plus_minus_milli"] == spread_of(card).half_milli
    part = json.loads(client_of.get(f"/api/v1/scorecards/{card.pk}/parts/verified").content)
    few = interval_of(21 / 22, 22)
    assert (part["low"], part["high"]) == (pytest.approx(few.low), pytest.approx(few.high))
    whole = json.loads(client_of.get(f"/api/v1/scorecards/{card.pk}/parts/sales").content)
    assert (whole["low"], whole["high"], whole["uncertainty"][:13]) == (None, None, "Counted whole")


def test_a_scheme_of_sums_alone_has_none(world, scheme, client_of):
    actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT)
    card = Scorecard.objects.get(person=world.people["王"])
    assert spread_of(card).half_milli is None
    page = client_of.get(reverse("appraisal:scorecard", args=[card.pk])).content.decode()
    assert "±" not in page
    assert panel(client_of, "total", card) == "Counted whole, without uncertainty: Sales, Change."
