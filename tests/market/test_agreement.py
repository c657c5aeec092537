"""The figures of the page are those of the closing: two ways to the same numbers."""

from typing import Any

import pytest

from lianxin.core.measuring import months_needed, plan
from lianxin.core.measuring.figures import CODES, answer_of
from lianxin.foundation import facts, parameters
from lianxin.foundation.states import Evidence
from lianxin.market.actions import refresh_rollups
from lianxin.market.queries import peers
from lianxin.market.queries.figures import grouped, holdings, parameters_of, sums_of
from lianxin.market.queries.questions import Question
from tests import factories
from tests.market.store import NOW, Store

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B2")]
TABLES = (
    "order_lines",
    "line_replacements",
    "retailer_versions",
    "territories",
    "postings",
    "units",
    "product_versions",
)


@pytest.fixture
def known(store: Store) -> Store:
    """With a key product, and peers of which two are enough."""
    for name, value in (("measuring.key_products", ["P1"]), ("measuring.peer_minimum", 1)):
        parameters.set_value(
            company=store.company, name=name, value=value, valid_from=factories.START, source="test",
            evidence=Evidence.COMPANY, by=None, at=factories.AT,
        )  # fmt: skip
    store.retailers["B1"].versions.update(trade_form="便利店")
    refresh_rollups(company=store.company, by=None, at=factories.AT)
    return store


def closed(store: Store) -> dict[tuple[str, str, str], dict[str, Any]]:
    """What a closing of the month would record, by level, entity and indicator."""
    company = store.company
    sources = facts.the_lake().sources(TABLES, company_id=company.pk, months=months_needed(NOW))
    steps = plan(NOW, parameters.in_force(company, on=NOW), company_id=company.pk, company_code=company.code)
    rows = facts.the_engine().run(steps, sources).to_pylist()
    return {(row["level"], row["entity"], row["indicator"]): row for row in rows}


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["value"], row["n"], row["reason"])


def test_page_and_closing_agree_at_every_level(known: Store) -> None:
    expected = closed(known)
    question = Question(months=(NOW,), persons=None)
    given = parameters_of(known.company, question)
    rows = holdings(known.company, question, given)
    numbers = {known.people[code].pk: code for code in known.people}
    sums: dict[tuple[str, str], dict[str, int]] = {("company", known.company.code): sums_of(rows)}
    sums |= {("manager", numbers[one.key]): one.sums for one in grouped(rows, "person_id")}
    sums |= {
        ("unit", {known.south.pk: "城南市场部", known.north.pk: "城北市场部"}[one.key]): one.sums
        for one in grouped(rows, "unit_id")
    }
    compared = 0
    for (level, entity), found in sums.items():
        for code in CODES:
            answer = answer_of(code, found, given)
            row = expected[(level, entity, code)]
            assert (answer.value, answer.n, answer.reason or None) == pytest.approx(told(row)), (level, entity, code)
            compared += 1
    assert compared == 6 * len(CODES)


def test_growth_against_peers_is_that_of_the_closing(known: Store) -> None:
    expected = closed(known)
    question = Question(months=(NOW,), persons=None)
    found = peers.peer_growth(known.company, question, parameters_of(known.company, question)).to_pylist()
    licences = {known.retailers[code].pk: code for code in known.retailers}
    told_by_page = {licences[row["retailer_id"]]: row["ratio"] for row in found}
    told_by_closing = {
        code: expected[("retailer", code, "peer_growth")]["value"]
        for code in known.retailers
        if ("retailer", code, "peer_growth") in expected
    }
    assert told_by_page == pytest.approx(told_by_closing)
    assert told_by_page["B1"] is not None
