"""Who repeats what was there before, of a half year that was judged: the parts of a test in which it is made once."""

from datetime import date
from types import SimpleNamespace

import pyarrow.compute as pc
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lianxin.core.forecasting.repeating import HISTORY, SYSTEM
from lianxin.demand.models import Judged, Judging
from lianxin.demand.queries import copies, judged
from lianxin.demand.states import JudgedKind
from lianxin.foundation.errors import Denied
from lianxin.foundation.facts import the_lake
from lianxin.oversight.actions import copied_forecasts
from lianxin.oversight.models import Flag
from tests.demand.conftest import AT, ON
from tests.reading import read_in_both

N_ROUNDS = 6


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def who_repeats_the_last_period_stands_out_from_who_does_not(past: SimpleNamespace) -> None:
    office = past
    told = {
        person.name: next(row for row in rows if row["kind"] == "history")
        for person, rows in judged.persons_judged(office.officer.user, office.judging, JudgedKind.COPYING, on=ON)
    }
    assert told["wang"]["n_repeated"] == N_ROUNDS * 9
    assert told["li"]["n_repeated"] < told["wang"]["n_repeated"]
    # a manager sees his own row alone, and another unit's market manager not his
    own = judged.persons_judged(office.wang.user, office.judging, JudgedKind.COPYING, on=ON)
    assert [person.name for person, _rows in own] == ["wang"]
    assert "wang" not in [
        person.name
        for person, _rows in judged.persons_judged(office.other_boss.user, office.judging, JudgedKind.COPYING, on=ON)
    ]
    with pytest.raises(Denied):
        judged.persons_judged(office.brand.user, office.judging, JudgedKind.COPYING, on=ON)


def _the_flag_shows_rows_of_both_questions(flag: Flag, office: SimpleNamespace) -> None:
    shown = [item["text"] for item in flag.evidence_said]
    assert any("the last period" in text for text in shown)
    rows = copies.lines_repeated(office.judging, office.wang, SYSTEM)
    lay = copies.lines_repeated(office.judging, office.wang, SYSTEM, with_evidence=True)
    assert sum("the same as: the system's number" in text for text in shown) == min(len(lay), 8)
    assert all(one.units == one.system for one in rows)


def the_rows_are_those_that_the_question_counts(past: SimpleNamespace) -> None:
    office = past
    told = dict(judged.persons_judged(office.officer.user, office.judging, JudgedKind.COPYING, on=ON))
    for person in (office.wang, office.li):
        for row in told[person]:
            lines = copies.lines_repeated(office.judging, person, row["kind"])
            assert len(lines) == row["n_repeated"]
            assert sum(one.n_evidence > 0 for one in lines) == row["n_with_evidence"]
            assert (
                len(copies.lines_repeated(office.judging, person, row["kind"], with_evidence=True))
                == row["n_with_evidence"]
            )
            for one in lines:
                assert one.sources
                assert all(getattr(one, source) == one.units for source in one.sources)
    history = copies.lines_repeated(office.judging, office.wang, HISTORY)
    assert len(history) == N_ROUNDS * 9
    assert {"naive" in one.sources for one in history} == {True}
    assert [one.period_start for one in history] == sorted((one.period_start for one in history), reverse=True)
    address = reverse("demand:copied_lines", args=[office.wang.pk])
    page = client(office.officer.user).get(address)
    assert page.context["table"].total == N_ROUNDS * 9
    assert "the last period" in page.content.decode()
    assert client(office.wang.user).get(address).status_code == 200
    # an address with a kind that there is not is answered in a sentence, above what shows unasked
    wrong = client(office.officer.user).get(f"{address}?kind=foo&evidence=foo")
    assert (wrong.status_code, wrong.context["table"].total) == (200, N_ROUNDS * 9)
    assert "there is no “foo” to choose" in wrong.content.decode()
    assert client(office.li.user).get(address).status_code == 404
    assert client(office.brand.user).get(address).status_code == 403
    api = (
        client(office.officer.user)
        .get(f"/api/v1/forecast-judging/copied/{office.wang.employee_no}?kind=history")
        .json()
    )
    assert [row["units"] for row in api] == [one.units for one in history]
    assert {row["came_units"] is None for row in api} == {False}
    with translation.override("en"):
        missing = client(office.officer.user).get(
            "/api/v1/forecast-judging/copied/nobody", headers={"accept-language": "zh-hans"}
        )
    assert (missing.status_code, "您可查看的范围内没有此人的评价。" in missing.content.decode()) == (404, True)


def what_did_not_come_yet_is_not_known(past: SimpleNamespace) -> None:
    """Lines whose period has no orders yet say so; nothing ordered would be a 0."""
    office = past
    shown = copies.lines_repeated(office.judging, office.wang, HISTORY, limit=1)[0]
    assert shown.came is not None
    versions = dict(office.judging.evidence)
    kept = the_lake().read("forecast_outcomes", company_id=office.company.pk)
    early = kept.filter(pc.less(kept.column("period_start"), shown.period_start))
    the_lake().publish("forecast_outcomes", early, office.company.pk)
    office.judging.evidence = {**versions, "forecast_outcomes": the_lake().version("forecast_outcomes")}
    row = copies.lines_repeated(office.judging, office.wang, HISTORY, limit=1)[0]
    office.judging.evidence = versions
    assert (row.period_start, row.came) == (shown.period_start, None)


def flags_ask_the_copier_alone(past: SimpleNamespace) -> None:
    office = past
    # Of half a year nobody repeats enough to be asked; one row says so here.
    row = Judged.objects.get(judging=office.judging, kind=JudgedKind.COPYING, level="manager", entity_id=office.wang.pk)
    repeats = {"answer": "yes", "share": 0.9, "chance": 0.2, "n_told": 60, "n_with_evidence": 30}
    row.rows = [one | repeats for one in row.rows]
    row.save()
    asked = {
        person.name
        for person, rows in judged.persons_judged(office.officer.user, office.judging, JudgedKind.COPYING, on=ON)
        if any(row["answer"] == "yes" for row in rows)
    }
    made = copied_forecasts.ask(company=office.company, by=office.officer.user, at=AT, on=ON)
    assert {flag.person.name for flag in made} == asked == {"wang"}
    read_in_both(made[0], office.officer.user)
    # whoever is to be asked gets the rows, and is asked once
    _the_flag_shows_rows_of_both_questions(made[0], office)
    assert copied_forecasts.ask(company=office.company, by=office.officer.user, at=AT, on=ON) == []
    with pytest.raises(Denied):
        copied_forecasts.ask(company=office.company, by=office.leader.user, at=AT, on=ON)
    _a_later_judging_asks_about_new_numbers_alone(office)


def _a_later_judging_asks_about_new_numbers_alone(office: SimpleNamespace) -> None:
    """A judging a month later in which nothing was entered since asks nobody; one with half a year of numbers since does."""
    first = office.judging
    rows = Judged.objects.get(judging=first, kind=JudgedKind.COPYING, level="manager", entity_id=office.wang.pk).rows
    later = Judging.objects.get(pk=first.pk)
    later.pk, later.number, later.known_until = None, first.number + 1, date(2022, 2, 1)
    later.save()
    Judged.objects.create(judging=later, kind=JudgedKind.COPYING, level="manager", entity_id=office.wang.pk, rows=rows)

    def asked() -> list[str]:
        made = copied_forecasts.ask(company=office.company, by=office.officer.user, at=AT, on=ON)
        return [flag.person.name for flag in made]

    assert asked() == []
    until = first.known_until
    Judging.objects.filter(pk=first.pk).update(known_until=date(2021, 7, 1))
    assert asked() == ["wang"]
    Judging.objects.filter(pk=first.pk).update(known_until=until)
    later.delete()
