"""A round from requests to published shares: what it gives, what it refuses, and that it gives the same again."""

import hashlib
import re
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone, translation

from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.imports import running
from lianxin.foundation.imports.running import Result
from lianxin.foundation.models import AuditRow
from lianxin.supply.actions import choosing, sharing
from lianxin.supply.actions import policies as policy_actions
from lianxin.supply.actions import rounds as actions
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, RoundProduct, RoundSum, SupplyPolicy
from lianxin.supply.queries import lines, rounds
from lianxin.supply.states import GoodsClass, RoundState, SumKind, Variant
from lianxin.ui.formats import instant
from tests.factories import AT
from tests.imports.conftest import Take
from tests.supply.world import WEEK, World, published, requests_file, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1")]
ON = date(2022, 1, 5)
QUOTA = {"rule": "tier_quota", "weights": {"30": 3.0}}


def opened(
    world: World, take: Take, policy: SupplyPolicy, compared: SupplyPolicy | None = None, supply: int = 8
) -> Round:
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}, cap=6), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": supply}), mapping_name="linjiang")
    choice = Choice(product=world.products[0], policy=policy, compared_policy=compared)
    return actions.open_round(company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT)


def previewed(world: World, take: Take, policy: SupplyPolicy, compared: SupplyPolicy | None = None) -> Round:
    made = actions.close_requests(round=opened(world, take, policy, compared), by=world.brand, at=AT)
    return actions.preview(round=made, by=world.brand, at=AT)


def shares(round: Round) -> dict[str, int]:
    return {line.licence_no: line.share_units for line in lines.lines(round, lines.Asked())}


def test_a_round_is_previewed_committed_and_published(world: World, take: Take) -> None:
    policy = published(world, "tight-by-tier", QUOTA)
    made = previewed(world, take, policy)
    assert made.state == RoundState.PREVIEWED
    # Quotas of 2 and 0 take 6 of 8 units; one more for the three of tier 30 would take 9.
    assert shares(made) == {"L0": 0, "L1": 2, "L2": 0, "L3": 2, "L4": 0, "L5": 2}
    assert {row.tier: row.quota_units for row in rounds.sums(made, SumKind.TIER)} == {30: 2, 10: 0}
    first = made.digest
    again = actions.preview(round=made, by=world.brand, at=AT)
    assert again.digest == first
    committed = actions.commit(round=again, by=world.leader, at=AT, on=ON)
    assert (committed.state, committed.digest, committed.committed_by) == (RoundState.COMMITTED, first, world.leader)
    done = actions.publish(round=committed, by=world.leader, at=AT)
    assert done.state == RoundState.PUBLISHED
    assert list(rounds.published(world.company)) == [done]
    verbs = list(AuditRow.objects.filter(subject=f"supply_round:{done.number}").values_list("verb", flat=True))
    assert sorted(verbs) == sorted(
        ["supply.open", "supply.close_requests", "supply.preview", "supply.preview", "supply.commit", "supply.publish"]
    )
    assert [event.state for event in rounds.events_of(done)][-1] == "published"


def test_sums_and_comparison_tell_what_the_lines_hold(world: World, take: Take) -> None:
    made = previewed(
        world, take, published(world, "level", {"rule": "uniform"}), published(world, "asked", {"rule": "proportional"})
    )
    (total,) = rounds.sums(made, SumKind.PRODUCT)
    assert (total.share_units, total.wanted_units, total.takeable_units) == (8, 25, 22)
    by_tier = {row.tier: row for row in rounds.sums(made, SumKind.TIER)}
    by_person = {row.person: row.share_units for row in rounds.sums(made, SumKind.PERSON)}
    given = shares(made)
    assert by_tier[30].share_units == given["L1"] + given["L3"] + given["L5"]
    assert by_person == {
        world.south: given["L0"] + given["L1"] + given["L2"],
        world.north: given["L3"] + given["L4"] + given["L5"],
    }
    (beside,) = rounds.sums(made, SumKind.PRODUCT, variant=Variant.COMPARED)
    assert beside.share_units == 8
    assert made.summary["n_unequal"] == 0
    assert RoundSum.objects.filter(round=made, variant=Variant.COMPARED, kind=SumKind.TIER).count() == 2


def test_a_draw_is_sealed_before_requests_close_and_told_with_the_preview(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "draw", {"rule": "lottery", "lot_units": 2}))
    sealed = AuditRow.objects.get(verb="supply.open").after
    assert sealed["seed_hash"] == hashlib.sha256(made.seed.encode()).hexdigest()
    given = shares(made)
    # Anyone can repeat the draw: by SHA-256 of seed, week, product and licence, two units each until the supply ends.
    left, expected = 8, dict.fromkeys(given, 0)
    most = {"L0": 5, "L1": 5, "L2": 0, "L3": 4, "L4": 2, "L5": 6}
    order = sorted(given, key=lambda no: hashlib.sha256(f"{made.seed}|{WEEK}|P1|{no}".encode()).hexdigest())
    for licence in order:
        expected[licence] = min(2, most[licence], left)
        left -= expected[licence]
    assert given == expected
    with pytest.raises(Refused, match="The draw of this product was seen"):
        choosing.choose(
            round=made,
            product_id=world.products[0].pk,
            policy=published(world, "level", {"rule": "uniform"}),
            by=world.brand,
            at=AT,
        )


def announced(world: World, take: Take, closes: datetime) -> Round:
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2]}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    choice = Choice(product=world.products[0], policy=published(world, "draw", {"rule": "lottery"}))
    return actions.open_round(
        company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT, requests_close_at=closes
    )


def test_requests_that_come_after_the_announced_time_are_refused(world: World, take: Take, tmp_path: Path) -> None:
    closes = AT + timedelta(hours=3)
    made = announced(world, take, closes)
    assert AuditRow.objects.get(verb="supply.open").after["requests_close_at"] == closes.isoformat()
    late = tmp_path / "late.csv"
    late.write_text("\n".join([requests_file({"P1": []}), f"{WEEK},P1,L5,3,"]), "utf-8")

    def come(at: datetime) -> Result:
        return running.run(
            company=world.company, kind="supply_requests", path=late, by=None, at=at, mapping_name="linjiang"
        )

    told = come(closes)
    when = f"{closes.astimezone(world.company.zone):%Y-%m-%d %H:%M}"
    assert (told.n_accepted, [row["reason"] for row in told.refused]) == (
        0, [f"Requests for round {made.number} closed on {when}, as announced."]
    )  # fmt: skip
    assert come(closes - timedelta(seconds=1)).n_accepted == 1
    closed = actions.close_requests(round=made, by=world.brand, at=closes)
    assert (closed.requests_close_at, rounds.closed_at(closed)) == (closes, closes)


def test_closing_before_the_announced_time_needs_a_reason_that_is_kept(world: World, take: Take) -> None:
    closes = AT + timedelta(hours=3)
    made = announced(world, take, closes)
    early = AT + timedelta(hours=1)
    with pytest.raises(Refused, match="Say why they close earlier"):
        actions.close_requests(round=made, by=world.brand, at=early, words=" ")
    closed = actions.close_requests(round=made, by=world.brand, at=early, words="Everybody has answered.")
    assert (closed.requests_close_at, rounds.closed_at(closed)) == (closes, early)
    assert rounds.events_of(closed)[-1].words == "Everybody has answered."
    kept = AuditRow.objects.get(verb="supply.close_requests")
    assert (kept.reason, kept.after["announced"]) == ("Everybody has answered.", closes.isoformat())
    later = AT + timedelta(hours=9)
    with pytest.raises(Refused, match="Announce anew"):
        actions.reopen(round=closed, words="One was forgotten.", requests_close_at=early, by=world.brand, at=early)
    again = actions.reopen(
        round=closed, words="One was forgotten.", requests_close_at=later, by=world.brand, at=early, is_public=True
    )
    assert (again.requests_close_at, rounds.closed_at(again)) == (later, None)
    (told,) = rounds.reopenings(again)
    assert (told.at, told.words, told.before, told.now) == (early, "One was forgotten.", closes, later)
    assert AuditRow.objects.get(verb="supply.reopen").after["requests_closed_before"] == closes.isoformat()
    public = Client().get(f"/open/supply/{world.company.code}/{made.number}/?lang=en").content.decode()
    assert "One was forgotten." in public
    with timezone.override(world.company.zone):
        assert str(instant(closes)) in public
        assert str(instant(later)) in public


def test_requests_do_not_close_before_they_open(world: World, take: Take) -> None:
    with pytest.raises(Refused, match="still to come"):
        announced(world, take, AT)


def test_another_policy_asks_for_another_preview(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    other = published(world, "tight-by-tier", QUOTA)
    changed = choosing.choose(
        round=made, product_id=world.products[0].pk, policy=other, goods_class=GoodsClass.NEW, by=world.brand, at=AT
    )
    assert (changed.state, changed.digest) == (RoundState.REQUESTS_IN, "")
    with pytest.raises(Refused, match="cannot become"):
        actions.commit(round=changed, by=world.leader, at=AT, on=ON)


def test_who_opened_a_round_does_not_commit_it(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    Round.objects.filter(pk=made.pk).update(opened_by=world.leader)
    made.refresh_from_db()
    with pytest.raises(Denied, match="Somebody else commits"):
        actions.commit(round=made, by=world.leader, at=AT, on=ON)
    with pytest.raises(Denied):
        actions.commit(round=made, by=world.brand, at=AT, on=ON)


def test_a_method_that_the_class_does_not_permit_is_not_committed(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "asked", {"rule": "proportional"}))
    with pytest.raises(Refused, match="does not permit this method"):
        actions.commit(round=made, by=world.leader, at=AT, on=ON)


def test_what_changed_since_the_preview_is_not_committed(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    made.products.update(supply_units=7)
    with pytest.raises(Refused, match="no longer what was previewed"):
        actions.commit(round=made, by=world.leader, at=AT, on=ON)
    assert Round.objects.get(pk=made.pk).state == RoundState.PREVIEWED


def test_faults_are_told_and_nothing_is_shared_out(world: World, take: Take) -> None:
    head = "week,product_code,licence_no,wanted_units,floor_units\n"
    take("supply_requests", head + f"{WEEK},P1,L0,5,5\n{WEEK},P1,L1,5,5\n")
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    choice = Choice(product=world.products[0], policy=published(world, "level", {"rule": "uniform"}))
    made = actions.open_round(company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT)
    made = actions.close_requests(round=made, by=world.brand, at=AT)
    told = actions.preview(round=made, by=world.brand, at=AT)
    assert (told.state, told.digest) == (RoundState.REQUESTS_IN, "")
    assert [(fault["reason"], fault["product_id"], fault["n"]) for fault in told.faults] == [
        ("floors_above_supply", "P1", 1)
    ]
    assert lines.count(told, lines.Asked()) == 0


def test_a_round_waits_for_requests_and_supply(world: World, take: Take) -> None:
    policy = published(world, "level", {"rule": "uniform"})
    choice = Choice(product=world.products[0], policy=policy)
    made = actions.open_round(company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT)
    with pytest.raises(Refused, match="There is no supply"):
        actions.close_requests(round=made, by=world.brand, at=AT)
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    with pytest.raises(Refused, match="No requests"):
        actions.close_requests(round=made, by=world.brand, at=AT)
    with pytest.raises(Refused, match="already"):
        actions.open_round(company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT)
    gone = actions.withdraw(round=made, words="Opened by mistake.", by=world.brand, at=AT)
    assert gone.state == RoundState.WITHDRAWN
    assert actions.open_round(company=world.company, week=WEEK, choices=[choice], by=world.brand, at=AT).number == 2


def test_requests_are_let_in_again_before_anybody_has_seen_a_result(world: World, take: Take) -> None:
    made = actions.close_requests(
        round=opened(world, take, published(world, "level", {"rule": "uniform"})), by=world.brand, at=AT
    )
    closes = AT + timedelta(hours=2)
    with pytest.raises(Refused, match="Say why"):
        actions.reopen(round=made, words=" ", requests_close_at=closes, by=world.brand, at=AT)
    with pytest.raises(Refused, match="Announce anew"):
        actions.reopen(round=made, words="A file was forgotten.", requests_close_at=None, by=world.brand, at=AT)
    again = actions.reopen(round=made, words="A file was forgotten.", requests_close_at=closes, by=world.brand, at=AT)
    assert (again.state, again.requests_version) == (RoundState.DRAFT, None)
    # no supply stands until requests close again; then it is the one told by then, and the one before is on record
    assert [row.supply_units for row in rounds.products_of(again)] == [None]
    assert AuditRow.objects.get(verb="supply.reopen").after["supplies_before"] == {"P1": 8}
    take("supplies", supplies_file({"P1": 5}), mapping_name="linjiang", is_correction=True)
    closed = actions.close_requests(round=again, by=world.brand, at=closes)
    assert [row.supply_units for row in rounds.products_of(closed)] == [5]


def test_an_upgrade_forgets_the_supply_of_rounds_that_were_opened_again(world: World, take: Take) -> None:
    made = opened(world, take, published(world, "level", {"rule": "uniform"}))
    other = actions.open_round(
        company=world.company, week=WEEK + timedelta(weeks=1),
        choices=[Choice(product=world.products[0], policy=published(world, "even", {"rule": "uniform"}))], by=world.brand, at=AT,
    )  # fmt: skip
    RoundProduct.objects.update(supply_units=8)
    Round.objects.filter(pk=other.pk).update(state=RoundState.WITHDRAWN)
    import_module("lianxin.supply.migrations.0007_supplies_of_open_rounds").forget(apps, None)
    assert dict(RoundProduct.objects.values_list("round_id", "supply_units")) == {made.pk: None, other.pk: 8}


@pytest.mark.parametrize(
    ("week", "match"), [(date(2021, 12, 7), "choose its Monday"), (date(2020, 12, 7), "not in force in the week")]
)
def test_a_round_is_of_a_week_in_which_its_policy_rules(world: World, week: date, match: str) -> None:
    choice = Choice(product=world.products[0], policy=published(world, "level", {"rule": "uniform"}))
    with pytest.raises(Refused, match=match):
        actions.open_round(company=world.company, week=week, choices=[choice], by=world.brand, at=AT)


def test_a_policy_is_published_by_another_person_and_followed_by_its_next_version(world: World) -> None:
    first = published(world, "level", {"rule": "uniform"})
    drafted = policy_actions.draft(
        company=world.company, code="level", title="x", sentence_zh="x", sentence_en="x",
        definition={"rule": "weighted_uniform", "weights": {"30": 2.0}}, by=world.brand, at=AT,
    )  # fmt: skip
    with pytest.raises(Refused, match="choose a Monday"):
        policy_actions.publish(policy=drafted, valid_from=date(2021, 12, 7), by=world.leader, at=AT)
    second = policy_actions.publish(policy=drafted, valid_from=date(2021, 12, 13), by=world.leader, at=AT)
    first.refresh_from_db()
    assert (second.number, first.valid_until) == (2, date(2021, 12, 13))
    with pytest.raises(Refused, match="Only a draft"):
        policy_actions.publish(policy=second, valid_from=date(2021, 12, 20), by=world.leader, at=AT)
    own = policy_actions.draft(
        company=world.company, code="own", title="x", sentence_zh="x", sentence_en="x", definition={"rule": "uniform"},
        by=world.brand, at=AT,
    )  # fmt: skip
    SupplyPolicy.objects.filter(pk=own.pk).update(drafted_by=world.leader)
    with pytest.raises(Denied, match="Somebody else publishes"):
        policy_actions.publish(policy=own, valid_from=WEEK, by=world.leader, at=AT)


@pytest.mark.parametrize(
    "definition",
    [
        {"rule": "first_come"},
        {"rule": "uniform", "seed": "x"},
        {"rule": "tier_quota", "weights": {"30": 1.0, "29": 2.0}},
        # Tiers that are not named weigh 1, more than these two.
        {"rule": "tier_quota", "weights": {"29": 0.2, "30": 0.5}},
        {"rule": "tier_quota", "attributes": ["colour"]},
        {"rule": "uniform", "only_selected": "often"},
    ],
)
def test_a_definition_that_is_none_is_refused(world: World, definition: dict[str, object]) -> None:
    with pytest.raises(Refused):
        policy_actions.draft(
            company=world.company, code="x", title="x", sentence_zh="x", sentence_en="x", definition=definition,
            by=world.brand, at=AT,
        )  # fmt: skip


def test_a_definition_is_refused_in_the_language_of_the_page(world: World) -> None:
    with translation.override("zh-hans"), pytest.raises(Refused) as refused:
        policy_actions.draft(
            company=world.company, code="x", title="x", sentence_zh="x", sentence_en="x",
            definition={"rule": "uniform", "weights": {"31": 2.0}}, by=world.brand, at=AT,
        )  # fmt: skip
    assert "weights（档位权重）里写了档位 '31'；档位只有 1 至 30。" in str(refused.value)
    assert not re.search("[A-Za-z]+ [a-z]+ [a-z]+", str(refused.value))


FALLING = {"rule": "tier_quota", "weights": {"30": 0.5}}


def test_a_draft_from_before_the_check_is_not_published(world: World) -> None:
    drafted = policy_actions.draft(
        company=world.company, code="x", title="x", sentence_zh="x", sentence_en="x", definition=QUOTA, by=world.brand,
        at=AT,
    )  # fmt: skip
    SupplyPolicy.objects.filter(pk=drafted.pk).update(definition=FALLING)
    with pytest.raises(Refused, match="tier 30 weighs less than tier 29"):
        policy_actions.publish(policy=drafted, valid_from=WEEK, by=world.leader, at=AT)


def test_a_policy_that_cannot_be_applied_is_told_in_a_sentence(world: World, take: Take) -> None:
    """Published before the check: the preview refuses it and the round stays where it is."""
    policy = published(world, "tight-by-tier", QUOTA)
    made = actions.close_requests(round=opened(world, take, policy), by=world.brand, at=AT)
    SupplyPolicy.objects.filter(pk=policy.pk).update(definition=FALLING)
    with pytest.raises(Refused, match=r"cannot be computed: .*tier 30 weighs less than tier 10"):
        actions.preview(round=made, by=world.brand, at=AT)
    assert Round.objects.get(pk=made.pk).state == RoundState.REQUESTS_IN


def test_the_same_inputs_give_the_same_digest_whatever_the_order_of_rows(world: World, take: Take) -> None:
    made = previewed(world, take, published(world, "level", {"rule": "uniform"}))
    assert sharing.share(made, Variant.CHOSEN).digest == made.digest
