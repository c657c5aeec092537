"""A policy: written by an office, told in shops, with those missing by name and what was understood."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.visits.actions import policies as actions
from lianxin.visits.models import Policy
from lianxin.visits.queries import visiting_policies as queries
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F8")]
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def test_a_policy_names_who_was_told_and_who_is_missing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    person = factories.person(
        factories.unit(company), name="王小明", user=factories.user(company, Role.CUSTOMER_MANAGER)
    )
    other = factories.person(factories.unit(company, "城北市场部"), name="周一帆")
    told, missing = factories.retailer(company, holder=person), factories.retailer(company, holder=person)
    theirs = factories.retailer(company, holder=other)
    writer, reader, trainer = Client(), Client(), Client()
    writer.force_login(factories.user(company, Role.BRAND_MANAGER))
    assert person.user is not None
    reader.force_login(person.user)
    trainer.force_login(factories.user(company, Role.TRAINER))
    form = {"title": "明码标价", "text": "一品一签", "check_question": "少一签怎么办?", "check_answers": "*补签\n不用管",
            "valid_from": "2026-11-01",
            "tell_until": "2026-12-01"}  # fmt: skip
    for wrong in ({"check_answers": "补签\n不用管"}, {"tell_until": "2026-10-01"}, {"text": ""}):
        assert writer.post(reverse("visits:policy_new"), {**form, **wrong}).status_code == 422
    assert writer.post(reverse("visits:policy_new"), form).status_code == 302
    assert reader.post(reverse("visits:policy_new"), form).status_code == 403
    policy = Policy.objects.get()
    assert policy.check_answers == [{"text": "补签", "right": True}, {"text": "不用管", "right": False}]
    telling = actions.tell(
        told_id=uuid7(), policy_id=policy.pk, person=person, retailer_id=told.pk, answer_index=1,
        told_at=NOW, by=person.user, at=NOW,
    )  # fmt: skip
    officer = factories.user(company, Role.SUPERVISION_OFFICER)
    today = clock.today(company)
    with pytest.raises(Denied):
        actions.ask(told=telling, answer_index=0, shown_on=today, by=person.user, at=NOW)
    for wrong_index in (2, -1):
        with pytest.raises(Refused):
            actions.ask(told=telling, answer_index=wrong_index, shown_on=today, by=officer, at=NOW)
    assert queries.to_ask(told, on=today) == [telling]
    actions.ask(told=telling, answer_index=0, shown_on=today, by=officer, at=NOW)
    assert queries.to_ask(told, on=today) == []
    with pytest.raises(Refused):
        actions.ask(told=telling, answer_index=None, shown_on=today, by=officer, at=NOW)

    url = reverse("visits:policy", args=[policy.pk])
    page, gaps = reader.get(url).content.decode(), reader.get(url, {"show": "missing"}).content.decode()

    assert (told.name in page, missing.name in page) == (True, False)
    assert (told.name in gaps, missing.name in gaps, theirs.name in gaps) == (False, True, False)
    assert "2 户中已宣传 1 户" in page
    assert ("0.0%" in page, "100.0%" in page) == (True, True)
    assert theirs.name in writer.get(url, {"show": "missing"}).content.decode()
    assert "一品一签" in trainer.get(url).content.decode()
    assert policy.title in trainer.get(reverse("visits:policies")).content.decode()
