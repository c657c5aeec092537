from datetime import UTC, date, datetime

import pytest

from lianxin.appraisal import actions
from lianxin.appraisal.models import SchemeVersion
from lianxin.appraisal.presets import PRESETS
from lianxin.appraisal.queries import schemes as queries
from lianxin.core.scoring.notation import to_json
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import AuditRow, RoleGrant
from lianxin.foundation.states import Role
from tests.appraisal import world as worlds
from tests.appraisal.adopting import adopted, consulted
from tests.appraisal.world import AT, MONTH

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("J3")]


def adopt(world, version, **fields):
    given = {"valid_from": date(2021, 7, 1), "noticed_on": date(2021, 6, 20), "by": world.users["局长"], "at": AT}
    return actions.adopt(version=version, **{**given, **fields})


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_becomes_a_draft_that_can_be_adopted(world, preset):
    version = actions.install_preset(company=world.company, preset=preset, by=world.users["人事"], at=AT)
    actions.consult(version=version, on=date(2021, 6, 10), who="职代会", text="同意", by=world.users["人事"], at=AT)

    assert adopt(world, version).state == "adopted"
    assert queries.in_force(world.company, MONTH) == version


def test_a_scheme_whose_weights_do_not_sum_is_refused_with_its_faults(world):
    content = worlds.scheme()
    content["parts"][0]["points"] = 40

    with pytest.raises(Refused) as refused:
        actions.draft(company=world.company, content=content, by=world.users["人事"], at=AT)

    assert "90" in refused.value.message
    assert SchemeVersion.objects.count() == 0


def test_nobody_adopts_what_he_wrote_even_as_a_leader(world):
    version = consulted(world)
    RoleGrant.objects.create(user=world.users["人事"], company=world.company, role=Role.LEADER, granted_at=AT)
    world.users["人事"].__dict__.pop("_roles", None)

    with pytest.raises(Denied):
        adopt(world, version, by=world.users["人事"])
    with pytest.raises(Denied):
        adopt(world, version, by=world.users["南经理"])
    assert adopt(world, version).adopted_by == world.users["局长"]


def test_whoever_changed_a_draft_is_one_of_its_writers(world):
    leader = world.users["局长"]
    RoleGrant.objects.create(user=leader, company=world.company, role=Role.HR, granted_at=AT)
    version = actions.draft(company=world.company, content=worlds.scheme(), by=world.users["人事"], at=AT)
    actions.change_draft(version=version, content=worlds.scheme(minimum_scored_share=0.4), by=leader, at=AT)
    actions.consult(version=version, on=date(2021, 6, 10), who="职代会", text="同意", by=world.users["人事"], at=AT)

    with pytest.raises(Denied):
        adopt(world, version)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_from": date(2021, 7, 2)}, "valid_from"),
        ({"valid_from": date(2021, 6, 1)}, "valid_from"),
        ({"noticed_on": date(2021, 6, 9)}, "noticed_on"),
        ({"noticed_on": date(2022, 1, 6)}, "noticed_on"),
    ],
)
def test_a_scheme_takes_effect_only_after_consultation_and_notice(world, fields, field):
    version = consulted(world)

    with pytest.raises(Refused) as refused:
        adopt(world, version, **fields)

    assert refused.value.field == field
    version.refresh_from_db()
    assert version.state == "consulted"


def test_a_draft_cannot_be_adopted_and_adopted_content_cannot_change(world):
    draft = actions.draft(company=world.company, content=worlds.scheme(), by=world.users["人事"], at=AT)
    with pytest.raises(Refused):
        adopt(world, draft)
    version = adopted(world)
    with pytest.raises(Refused):
        actions.change_draft(version=version, content=worlds.scheme(), by=world.users["人事"], at=AT)
    with pytest.raises(Refused):
        actions.reopen(version=version, by=world.users["人事"], at=AT, reason="改一改")


@pytest.mark.parametrize(
    ("fields", "field"), [({"on": date(2022, 1, 6)}, "on"), ({"who": " "}, "who"), ({"text": ""}, "text")]
)
def test_a_consultation_is_recorded_whole(world, fields, field):
    version = actions.draft(company=world.company, content=worlds.scheme(), by=world.users["人事"], at=AT)
    given = {"on": date(2021, 6, 10), "who": "职代会", "text": "同意", "by": world.users["人事"], "at": AT}

    with pytest.raises(Refused) as refused:
        actions.consult(version=version, **{**given, **fields})

    assert refused.value.field == field


def test_a_consultation_of_this_morning_does_not_lie_in_the_future(world):
    """At seven in Shanghai it is still yesterday by UTC."""
    version = actions.draft(company=world.company, content=worlds.scheme(), by=world.users["人事"], at=AT)
    morning, today = datetime(2022, 1, 5, 23, tzinfo=UTC), date(2022, 1, 6)
    actions.consult(version=version, on=today, who="职代会", text="同意", by=world.users["人事"], at=morning)

    assert adopt(world, version, valid_from=date(2022, 2, 1), noticed_on=today, at=morning).noticed_on == today


def test_a_version_sent_back_to_the_draft_must_be_consulted_on_again(world):
    version = actions.reopen(version=consulted(world), by=world.users["人事"], at=AT, reason="权重要改")

    assert (version.state, version.consulted_on, version.consulted_who) == ("draft", None, "")
    with pytest.raises(Refused):
        adopt(world, version)


def test_a_new_version_ends_the_one_before_it(world):
    first = adopted(world)
    second = adopted(world, worlds.scheme(minimum_scored_share=0.4), valid_from=date(2021, 10, 1))

    first.refresh_from_db()
    assert (first.valid_until, second.number) == (date(2021, 10, 1), 2)
    assert queries.in_force(world.company, date(2021, 9, 1)) == first
    assert queries.in_force(world.company, date(2021, 10, 1)) == second
    assert queries.in_force(world.company, date(2021, 6, 1)) is None


def test_a_version_cannot_start_in_a_month_that_was_scored_or_before_a_later_one(world):
    adopted(world)
    actions.close(company=world.company, month=MONTH, by=None, at=AT)
    with pytest.raises(Refused, match="2021-12"):
        adopted(world, valid_from=date(2021, 12, 1))
    adopted(world, valid_from=date(2022, 1, 1))
    with pytest.raises(Refused):
        adopted(world, valid_from=date(2022, 1, 1))


def test_two_schemes_in_force_need_a_name(world):
    first = adopted(world)
    second = adopted(world, {**worlds.scheme(), "code": "other"})

    with pytest.raises(Refused, match="--scheme"):
        queries.in_force(world.company, MONTH)
    assert queries.in_force(world.company, MONTH, "small") == first
    assert queries.in_force(world.company, MONTH, "other") == second
    with pytest.raises(Missing):
        queries.in_force(world.company, MONTH, "third")


def test_a_retired_scheme_judges_no_more(world):
    version = adopted(world)
    given = {"version": version, "by": world.users["局长"], "at": AT}
    with pytest.raises(Refused):
        actions.retire(**given, until=date(2021, 12, 1), reason="")
    with pytest.raises(Denied):
        actions.retire(**{**given, "by": world.users["人事"]}, until=date(2021, 12, 1), reason="换新办法")

    actions.retire(**given, until=date(2021, 12, 1), reason="换新办法")

    assert queries.in_force(world.company, date(2021, 11, 1)) is not None
    assert queries.in_force(world.company, MONTH) is None


def test_every_step_leaves_a_row_in_the_audit(world):
    adopted(world)

    verbs = list(AuditRow.objects.filter(company=world.company).order_by("number").values_list("verb", flat=True))
    assert verbs == ["schemes.draft", "schemes.consult", "schemes.adopt"]


def test_a_trial_says_who_would_have_gained_or_lost_and_changes_nothing(world):
    adopted(world)
    content = worlds.scheme()
    content["parts"][0]["points"], content["parts"][1]["points"] = 60, 20
    content["parts"][1]["curve"]["highest"] = 24
    draft = actions.draft(company=world.company, content=content, by=world.users["人事"], at=AT)

    trial = actions.run_trial(version=draft, by=world.users["人事"], at=AT)

    # December: E1 (72 + 24) / 80 as before; E2 (45 + 15) / 80 = 75 against 78.125; E3 80 / 80 as before.
    december = {row["entity"]: row for row in trial.rows if row["month"] == "2021-12-01"}
    assert {number: (row["before_milli"], row["after_milli"], row["outcome"]) for number, row in december.items()} == {
        "E1": (120_000, 120_000, "same"),
        "E2": (78_125, 75_000, "loses"),
        "E3": (100_000, 100_000, "same"),
    }
    assert trial.digest == actions.run_trial(version=draft, by=world.users["人事"], at=AT).digest
    with pytest.raises(Denied):
        actions.run_trial(version=draft, by=world.users["局长"], at=AT)


def test_a_preset_written_and_read_is_the_same():
    for make in PRESETS.values():
        assert to_json(queries.read_content(to_json(make()))) == to_json(make())
