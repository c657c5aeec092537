"""Rounds of checks: sealed, drawn, made, over; what those checked can see of it, and the chances."""

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from lianxin.core.verifying import drawing
from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import AuditRow
from lianxin.oversight.actions import checks as actions
from lianxin.oversight.actions import flags
from lianxin.oversight.models import Check, CheckRound
from lianxin.oversight.queries import checks as queries
from lianxin.oversight.states import CheckState, Confirmed, RoundState
from lianxin.retailers.models import Retailer, RetailerContact
from lianxin.visits.models import Policy, PolicyAsked, PolicyTold
from lianxin.visits.queries import visiting_policies as told

AT = datetime(2022, 1, 3, 8, 0, tzinfo=UTC)
ON = date(2022, 1, 3)
pytestmark = [pytest.mark.requirement("G2"), pytest.mark.usefixtures("english")]


def sealed(office: SimpleNamespace, **changes: object) -> CheckRound:
    told = {
        "visits_from": date(2021, 12, 1),
        "visits_until": date(2022, 1, 1),
        "wanted": {"walk": 10, "spot": 5, "phone": 20},
        "by": office.officer.user,
        "at": AT,
        "on": ON,
    }
    return actions.seal_round(company=office.company, **{**told, **changes})  # type: ignore[arg-type]


def drawn(office: SimpleNamespace) -> CheckRound:
    return actions.draw(round=sealed(office), by=office.officer.user, at=AT, on=ON)


@pytest.mark.django_db
def test_sealed_seed_decides_and_can_be_checked_afterwards(month_of_visits: SimpleNamespace) -> None:
    office = month_of_visits
    row = sealed(office)
    (told,) = AuditRow.objects.filter(verb="checks.seal")
    assert told.after["seed_hash"] == hashlib.sha256(row.seed.encode()).hexdigest() == row.seed_hash
    assert row.seed not in str(told.after)
    row = actions.draw(round=row, by=office.officer.user, at=AT, on=ON)
    found = Check.objects.filter(round=row)
    assert sorted(found.values_list("channel", flat=True)) == ["phone"] * 20 + ["spot"] * 5 + ["walk"] * 10
    # anybody who has seed, frame and chances draws the same again
    frame = queries.frame_of(office.company, row.visits_from, row.visits_until)
    assert actions.frame_digest(frame) == row.frame_digest
    again = actions.chosen(row.seed, frame, row.wanted, 0.25)
    assert sorted(again) == sorted(found.values_list("visit_id", "channel", "drawn_probability"))
    # 160 visits of equal risk: everyone had the same chance
    assert {round(check.drawn_probability, 6) for check in found.filter(channel="phone")} == {0.125}
    with pytest.raises(Refused, match="drawn already"):
        actions.draw(round=row, by=office.officer.user, at=AT, on=ON)
    assert list(audit.faults(office.company)) == []


@pytest.mark.django_db
def test_nobody_checks_his_own_or_his_own_peoples_visits(month_of_visits: SimpleNamespace) -> None:
    office = month_of_visits
    row = drawn(office)
    for check in Check.objects.filter(round=row).select_related("visit"):
        wanted = {"walk": {office.brand.user, office.boss.user, office.other_boss.user}}.get(
            check.channel, {office.officer.user, office.second.user}
        )
        assert check.checker in wanted
        own_boss = office.boss if check.visit.person_id == office.wang.pk else office.other_boss
        assert check.checker != own_boss.user
    walk = Check.objects.filter(round=row, channel="walk", visit__person=office.wang).first()
    assert walk is not None
    with pytest.raises(Denied, match="party"):
        actions.hand_over(check=walk, to=office.boss.user, by=office.officer.user, at=AT)
    with pytest.raises(Denied, match="does not make"):
        actions.hand_over(check=walk, to=office.officer.user, by=office.officer.user, at=AT)
    for asker in (office.wang, office.li, office.leader):
        with pytest.raises(Denied):
            queries.checks_to_make(asker.user, office.company)


@pytest.mark.django_db
@pytest.mark.requirement("G8")
def test_a_round_leaves_somebody_who_may_review(month_of_visits: SimpleNamespace) -> None:
    """Two officers share the checks by person: of each person's month one stays free, whatever the checks find."""
    office = month_of_visits
    for number in range(2):
        row = sealed(office)
        CheckRound.objects.filter(pk=row.pk).update(seed=f"seed {number}")
        row = actions.draw(round=row, by=office.officer.user, at=AT, on=ON)
        by_office = Check.objects.filter(company=office.company).exclude(channel="walk")
        officers = {
            (person, checker) for person, checker in by_office.values_list("visit__person_id", "checker__username")
        }
        # the second round too, though it begins to count anew
        assert officers == {(office.li.pk, "officer"), (office.wang.pk, "second")}, number
        # who reviews nothing has the fewest: walk-arounds are shared out evenly as far as interests allow
        walks = Counter(Check.objects.filter(round=row, channel="walk").values_list("checker__username", flat=True))
        assert max(walks.values()) - min(walks.values()) <= 2, walks
    flag = flags.open(
        company=office.company, person=office.li, rule="ghost_share", subject=f"ghost_share:{office.li.pk}:2021-12",
        question="?", evidence=[{"title": "x"}], by=None, at=AT, on=ON,
    )  # fmt: skip
    for check in Check.objects.filter(visit__person=office.li).select_related("checker"):
        assert check.checker is not None
        actions.record(check=check, confirmed=Confirmed.YES, answers={}, words="", by=check.checker, at=AT)
    flags.answer(flag=flag, words="我去了。", by=office.li.user, at=AT, on=ON)
    flags.take_up(flag=flag, by=office.second.user, at=AT, on=ON)


@pytest.mark.django_db
def test_check_is_recorded_by_its_checker_once_and_seen_when_the_round_is_over(
    month_of_visits: SimpleNamespace,
) -> None:
    office = month_of_visits
    row = drawn(office)
    check = Check.objects.filter(round=row, channel="phone", checker=office.officer.user).first()
    assert check is not None
    told = {"answers": {"came": "no", "what": ""}, "at": AT}
    with pytest.raises(Missing):
        queries.check_to_make(office.second.user, office.company, check.pk)
    with pytest.raises(Denied):
        actions.record(check=check, confirmed=Confirmed.NO, words="x", by=office.second.user, **told)
    with pytest.raises(Refused, match="what was seen or said"):
        actions.record(check=check, confirmed=Confirmed.NO, words=" ", by=office.officer.user, **told)
    actions.record(
        check=check, confirmed=Confirmed.NO, words="Nobody came in December.", by=office.officer.user, **told
    )
    with pytest.raises(Refused, match="answer already"):
        actions.give_up(check=check, words="No answer.", by=office.officer.user, at=AT)
    check.refresh_from_db()
    assert (check.state, check.confirmed, check.answers) == (CheckState.DONE, "no", {"came": "no"})
    other = Check.objects.filter(round=row, state=CheckState.ASSIGNED, checker=office.second.user).first()
    assert other is not None
    actions.give_up(check=other, words="The number is dead.", by=office.second.user, at=AT)
    assert list(queries.results_about(check.visit)) == []  # nobody learns what was drawn while the round runs
    with pytest.raises(Refused, match="in time until"):
        actions.end_round(round=row, by=office.officer.user, at=AT, on=row.due_on)
    row = actions.end_round(round=row, by=office.officer.user, at=AT, on=row.due_on + timedelta(days=1))
    assert row.state == RoundState.OVER
    # all that the draw asked about this visit, by whatever channel
    assert set(queries.results_about(check.visit)) == set(Check.objects.filter(round=row, visit=check.visit))
    assert set(Check.objects.filter(round=row).values_list("state", flat=True)) == {
        CheckState.DONE,
        CheckState.NOT_DONE,
    }
    assert AuditRow.objects.get(verb="checks.end").after == {"seed": row.seed, "n_not_made": 33}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visits_until": date(2021, 12, 1)}, "visits_until"),
        ({"wanted": {"phone": 0}}, "wanted"),
        ({"wanted": {"letter": 3}}, "wanted"),
        ({"due_on": date(2021, 12, 31)}, "due_on"),
    ],
)
def test_faulty_round_names_the_field(office: SimpleNamespace, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        sealed(office, **changes)
    assert refused.value.field == field
    row = sealed(office)
    with pytest.raises(Refused, match="no visits"):
        actions.draw(round=row, by=office.officer.user, at=AT, on=ON)
    with pytest.raises(Refused, match="when the visits have been made"):
        actions.draw(round=row, by=office.officer.user, at=AT, on=date(2021, 12, 31))


def one_draw(chance: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    return drawing.drawn(chance, dice.permutation(len(chance)), dice.random())


@settings(max_examples=60, deadline=None)
@given(
    risk=st.lists(st.floats(0, 1), min_size=1, max_size=60),
    n=st.integers(1, 70),
    least=st.floats(0.05, 1),
    seed=st.text(max_size=5),
)
def test_chances_sum_to_the_number_drawn(risk: list[float], n: int, least: float, seed: str) -> None:
    values = np.array(risk)
    chance = drawing.chances(values, n, least)
    assert ((chance > 0) & (chance <= 1)).all()
    assert chance.sum() == pytest.approx(min(n, len(risk)))
    assert (chance >= least * min(1, n / len(risk)) - 1e-9).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(chance[order]) >= -1e-9).all()
    picked = one_draw(chance, actions.dice_of(seed, "phone"))
    assert len(picked) == len(set(picked.tolist())) == min(n, len(risk))
    assert set(np.flatnonzero(chance >= 1).tolist()) <= set(picked.tolist())


def test_visits_are_drawn_with_their_chances() -> None:
    risk = np.array([0.05, 0.05, 0.9, 0.3, 0.1, 0.1, 0.6, 0.2])
    chance = drawing.chances(risk, 3, 0.25)
    rounds = 20_000
    dice = actions.dice_of("a known seed", "phone")
    counts = np.zeros(len(risk))
    for _round in range(rounds):
        counts[one_draw(chance, dice)] += 1
    # five standard errors
    assert (np.abs(counts / rounds - chance) < 5 * np.sqrt(chance * (1 - chance) / rounds) + 1e-9).all()


@pytest.mark.django_db
@pytest.mark.requirement("F8")
def test_check_asks_whether_a_policy_was_understood_and_shows_it_when_it_was_due(
    month_of_visits: SimpleNamespace,
) -> None:
    office = month_of_visits
    answers = [{"text": "One tag", "right": True}, {"text": "None", "right": False}]
    policies = [
        Policy.objects.create(
            company=office.company, title=f"Tags {n}", text="x", check_question=question, check_answers=answers,
            valid_from=date(2021, 12, 1), tell_until=date(2022, 1, 31), made_by=office.boss.user,
        )
        for n, question in enumerate(("How many tags?", "", "How many more?"))
    ]  # fmt: skip
    row = drawn(office)
    check = Check.objects.filter(round=row, channel="phone", checker=office.officer.user).order_by("pk")[0]
    shop = check.visit.retailer
    tellings = [
        PolicyTold.objects.create(
            id=f"told{n}", policy=policy, retailer=shop, person=check.visit.person, told_at=AT - timedelta(hours=n)
        )
        for n, policy in enumerate(policies)
    ]
    client = Client()
    client.force_login(office.officer.user)
    page = client.get(reverse("oversight:check", args=[check.pk]), headers={"accept-language": "en"}).content.decode()
    assert ("How many tags?" in page, "How many more?" in page) == (True, True)
    given = {"confirmed": "yes", "words": "", "policy_0": "1", "policy_1": "-"}
    refused = client.post(reverse("oversight:check_record", args=[check.pk]), {**given, "confirmed": "no"})
    assert (refused.status_code, PolicyAsked.objects.count()) == (422, 0)  # nothing half done
    assert client.post(reverse("oversight:check_record", args=[check.pk]), given).status_code == 302
    asked = PolicyAsked.objects.order_by("told_id")
    assert list(asked.values_list("told_id", "answer_index", "understood", "asked_by__username")) == [
        (tellings[0].pk, 1, False, office.officer.user.username),
        (tellings[2].pk, None, False, office.officer.user.username),
    ]
    held = Retailer.objects.filter(pk=shop.pk)
    assert row.due_on is not None
    assert (
        told.reach(policies[0], held, on=row.due_on).n_sample == 0
    )  # those checked learn nothing while the round runs
    found = told.reach(policies[0], held, on=row.due_on + timedelta(days=1))
    assert (found.n_told, found.n_asked, found.n_sample, found.n_sample_right) == (1, 0, 1, 0)
    other = Check.objects.filter(round=row, state=CheckState.ASSIGNED).exclude(checker=None).order_by("pk")[0]
    with translation.override("en"), pytest.raises(Refused, match="not to be asked"):
        actions.record(
            check=other, confirmed=Confirmed.YES, answers={}, words="", policies={tellings[0].pk: 0},
            by=other.checker, at=AT,
        )  # fmt: skip
    other.refresh_from_db()
    assert other.state == CheckState.ASSIGNED


@pytest.mark.django_db
@pytest.mark.requirement("B1")
def test_who_makes_a_call_sees_the_number_while_the_call_is_to_be_made(month_of_visits: SimpleNamespace) -> None:
    # given shops whose phones are recorded, one to be called and one to be gone to
    row = drawn(month_of_visits)
    call, walk = (Check.objects.filter(round=row, channel=channel).order_by("pk")[0] for channel in ("phone", "walk"))
    for shop in {call.visit.retailer, walk.visit.retailer}:
        RetailerContact.objects.create(company=row.company, retailer=shop, phone="10000000001", as_of=ON, entered_at=AT)

    def page(check: Check) -> str:
        client = Client()
        assert check.checker is not None
        client.force_login(check.checker)
        return client.get(reverse("oversight:check", args=[check.pk])).content.decode()

    # then only who calls sees the number
    assert "10000000001" in page(call)
    assert "10000000001" not in page(walk)
    # and no longer when the call is made
    actions.record(check=call, confirmed=Confirmed.YES, words="", answers={}, by=call.checker, at=AT)
    assert "10000000001" not in page(call)
