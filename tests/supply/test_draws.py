"""Nobody sees a draw before it is chosen, nobody leaves it once it was seen, and the seed is told only where it was used."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.test import Client

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import AuditRow
from lianxin.supply.actions import choosing, sharing
from lianxin.supply.actions import rounds as actions
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, RoundProduct, SupplyPolicy
from lianxin.supply.queries import lines, rounds
from lianxin.supply.states import RoundState, Variant
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.test_api import call
from tests.supply.test_pages import page
from tests.supply.world import WEEK, World, published, requests_file, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1")]
DRAW: Mapping[str, object] = {"rule": "lottery", "lot_units": 2}


@pytest.fixture
def draw(world: World) -> SupplyPolicy:
    return published(world, "draw", dict(DRAW))


@pytest.fixture
def level(world: World) -> SupplyPolicy:
    return published(world, "level", {"rule": "uniform"})


def closed(world: World, take: Take, policies: list[SupplyPolicy], compared: SupplyPolicy | None = None) -> Round:
    """A round of as many products as policies, its requests closed."""
    asked = {f"P{n}": [5, 5, 0, 4, 2, 9] for n, _policy in enumerate(policies, 1)}
    take("supply_requests", requests_file(asked, cap=6), mapping_name="linjiang")
    take("supplies", supplies_file(dict.fromkeys(asked, 8)), mapping_name="linjiang")
    choices = [
        Choice(product=product, policy=policy, compared_policy=compared)
        for product, policy in zip(world.products, policies, strict=False)
    ]
    made = actions.open_round(company=world.company, week=WEEK, choices=choices, by=world.brand, at=AT)
    return actions.close_requests(round=made, by=world.brand, at=AT)


def choose(world: World, round: Round, product: int, policy: SupplyPolicy) -> Round:
    return choosing.choose(round=round, product_id=world.products[product].pk, policy=policy, by=world.brand, at=AT)


def drawn_by(seed: str, round: Round, product: int = 0) -> list[str]:
    """The licence numbers in the order in which a seed draws them."""
    licences = {line.licence_no for line in lines.lines(round, lines.Asked())}
    return sorted(licences, key=lambda no: hashlib.sha256(f"{seed}|{WEEK}|P{product + 1}|{no}".encode()).hexdigest())


def test_a_draw_stays_when_another_product_brings_the_round_back(
    world: World, take: Take, draw: SupplyPolicy, level: SupplyPolicy
) -> None:
    made = actions.preview(round=closed(world, take, [draw, level]), by=world.brand, at=AT)
    back = choose(world, made, 1, published(world, "asked", {"rule": "proportional"}))
    assert back.state == RoundState.REQUESTS_IN
    with pytest.raises(Refused, match="The draw of this product was seen"):
        choose(world, back, 0, level)
    # The same draw may be chosen once more; the product it brought back gets none.
    assert choose(world, back, 0, draw).state == RoundState.REQUESTS_IN
    with pytest.raises(Refused, match="no other product can be drawn"):
        choose(world, back, 1, draw)
    again = actions.preview(round=back, by=world.brand, at=AT)
    with pytest.raises(Refused, match="The draw of this product was seen"):
        choose(world, again, 0, level)


def test_a_draw_that_nobody_saw_may_be_left(world: World, take: Take, draw: SupplyPolicy, level: SupplyPolicy) -> None:
    made = closed(world, take, [draw])
    choose(world, made, 0, level)
    seen = actions.preview(round=made, by=world.brand, at=AT)
    assert (seen.seed_told_at, rounds.seed_told(seen)) == (None, "")
    # Nothing was computed with the seed so far: the draw may still be chosen, and then stays.
    again = actions.preview(round=choose(world, seen, 0, draw), by=world.brand, at=AT)
    assert (again.seed_told_at, rounds.seed_told(again)) == (AT, again.seed)
    assert RoundProduct.objects.get(round=again).draw_seen_at == AT
    assert AuditRow.objects.filter(verb="supply.preview").latest("pk").after["drawn"] == ["P1"]


def test_a_compared_draw_tells_nothing_of_the_round_s_own(
    world: World, take: Take, draw: SupplyPolicy, level: SupplyPolicy
) -> None:
    made = actions.preview(round=closed(world, take, [level], compared=draw), by=world.brand, at=AT)
    shown = sharing.share(made, Variant.COMPARED).lines
    codes = {retailer.pk: retailer.licence_no for retailer in world.retailers}
    given = {codes[row["retailer_id"]]: row["share_units"] for row in shown.to_pylist()}

    def expected(seed: str) -> dict[str, int]:
        left, found = 8, {}
        most = {"L0": 5, "L1": 5, "L2": 0, "L3": 4, "L4": 2, "L5": 6}
        for licence in drawn_by(seed, made):
            found[licence] = min(2, most[licence], left)
            left -= found[licence]
        return found

    assert given == expected(f"what-if-{made.number}")
    Round.objects.filter(pk=made.pk).update(seed="0" * 64)
    made.refresh_from_db()
    assert sharing.share(made, Variant.COMPARED).lines.equals(shown)
    assert not RoundProduct.objects.exclude(draw_seen_at=None).exists()
    assert "another seed than the round's" in page(world.brand, "supply:round", made.number)


def test_the_seed_is_told_only_where_a_preview_was_drawn_with_it(
    world: World, take: Take, draw: SupplyPolicy, level: SupplyPolicy
) -> None:
    made = actions.preview(round=closed(world, take, [level]), by=world.brand, at=AT)
    assert call(world.brand, "GET", f"/rounds/{made.number}")["seed"] == ""
    told = page(world.brand, "supply:round", made.number)
    assert (made.seed in told, "nothing is drawn" in told) == (False, True)
    choose(world, made, 0, draw)
    told = page(world.brand, "supply:round", made.number)
    assert (made.seed in told, "told with the preview" in told) == (False, True)
    actions.preview(round=made, by=world.brand, at=AT)
    assert call(world.brand, "GET", f"/rounds/{made.number}")["seed"] == made.seed
    assert made.seed in page(world.brand, "supply:round", made.number)


def test_requests_stay_closed_once_a_preview_was_seen(
    world: World, take: Take, draw: SupplyPolicy, level: SupplyPolicy
) -> None:
    made = actions.preview(round=closed(world, take, [level]), by=world.brand, at=AT)
    back = choose(world, made, 0, draw)
    with pytest.raises(Refused, match="its requests stay closed"):
        actions.reopen(
            round=back, words="One more shop.", requests_close_at=AT + timedelta(hours=1), by=world.brand, at=AT
        )


def test_a_policy_that_changes_while_a_preview_is_made_asks_for_another(
    world: World, take: Take, draw: SupplyPolicy, level: SupplyPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = closed(world, take, [draw])
    share = sharing.share

    def slow(round: Round, variant: Variant) -> sharing.Shared:
        found = share(round, variant)
        choose(world, round, 0, level)
        return found

    monkeypatch.setattr(sharing, "share", slow)
    with pytest.raises(Refused, match="changed meanwhile"):
        actions.preview(round=made, by=world.brand, at=AT)
    assert not RoundProduct.objects.exclude(draw_seen_at=None).exists()


@pytest.mark.requirement("D2")
@pytest.mark.parametrize("is_seen", [True, False])
def test_a_draw_that_is_made_anew_is_seen_outside(world: World, take: Take, draw: SupplyPolicy, is_seen: bool) -> None:
    first = closed(world, take, [draw])
    if is_seen:
        actions.preview(round=first, by=world.brand, at=AT)
    name = world.products[0].name
    actions.withdraw(round=first, words="The file was wrong.", by=world.brand, at=AT, is_public=True)
    choices = [Choice(product=world.products[0], policy=draw)]
    second = actions.open_round(company=world.company, week=WEEK, choices=choices, by=world.brand, at=AT)
    base = f"/open/supply/{world.company.code}/"
    listed = Client().get(base + "?lang=en").content.decode()
    assert (f"{base}{first.number}/" in listed, "Withdrawn" in listed) == (True, True)
    assert "已作废" in Client().get(base + "?lang=zh-hans").content.decode()
    told = Client().get(f"{base}{first.number}/?lang=en").content.decode()
    assert first.seed_hash in told
    assert first.seed not in told
    assert "The file was wrong." in told
    assert name not in told
    assert 'class="lx-ownfacts"' not in told
    assert ("Its draw had been seen" in told, "No draw had been seen" in told) == (is_seen, not is_seen)
    assert Client().get(f"{base}{first.number}/rows.csv").status_code == 404
    anew = Client().get(f"{base}{second.number}/?lang=en").content.decode()
    assert f"Round {first.number} of the same week was withdrawn before this one." in anew
    assert ("Its draw had been seen" in anew) == is_seen
    assert second.seed_hash in anew


@pytest.mark.requirement("D2")
def test_a_reason_that_names_goods_is_not_told_outside(world: World, take: Take, draw: SupplyPolicy) -> None:
    made = closed(world, take, [draw])
    name = world.products[0].name
    actions.withdraw(round=made, words=f"{name} is short.", by=world.brand, at=AT, is_public=True)
    told = Client().get(f"/open/supply/{world.company.code}/{made.number}/?lang=en").content.decode()
    assert (name in told, "is short" in told, "This round was withdrawn on" in told) == (False, False, True)
