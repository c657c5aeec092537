from datetime import date

import pytest
from django.urls import reverse

from lianxin.appraisal import actions
from lianxin.appraisal.models import Closing, Scorecard
from lianxin.core.paying.rule import PayRule
from tests.appraisal.world import AT, MONTH

pytestmark = pytest.mark.django_db


def panel(client, key):
    return client.get(reverse("web:panel", args=[key]), {"month": "2021-12"}, headers={"HX-Request": "true"})


def test_the_home_page_shows_ones_own_result_or_those_of_ones_people(world, scheme, client):
    actions.close(company=world.company, month=MONTH, by=None, at=AT)

    client.force_login(world.users["王"])
    own = panel(client, "results").content.decode()
    client.force_login(world.users["北经理"])
    team = panel(client, "results").content.decode()

    assert reverse("appraisal:scorecard", args=[Scorecard.objects.get(person__employee_no="E1").pk]) in own
    assert "120.0" in own
    assert "赵" in team
    assert "王" not in team
    client.force_login(world.users["管理员"])
    assert panel(client, "results").status_code == 404


def test_the_home_page_says_what_waits_for_a_decision(world, scheme, client):
    client.force_login(world.users["南经理"])
    assert reverse("appraisal:judgements") in panel(client, "appraisal_waiting").content.decode()
    closing = actions.close(company=world.company, month=MONTH, by=None, at=AT).closing
    client.force_login(world.users["局长"])
    assert panel(client, "appraisal_waiting").content == b""
    actions.propose_pay(closing=closing, pool_fen=100, rule=PayRule(), by=world.users["人事"], at=AT)
    assert reverse("appraisal:pay") in panel(client, "appraisal_waiting").content.decode()
    card = Scorecard.objects.get(person__employee_no="E1")
    request = actions.ask_review(scorecard=card, text="请核对", by=world.users["王"], at=AT)
    client.force_login(world.users["督察"])
    assert reverse("appraisal:review", args=[request.pk]) in panel(client, "appraisal_waiting").content.decode()


def test_a_month_that_is_not_closed_shows_nothing_but_says_so(world, scheme, client):
    client.force_login(world.users["王"])

    assert Closing.objects.filter(month=date(2021, 12, 1)).count() == 0
    assert panel(client, "results").status_code == 200
