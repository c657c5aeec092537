"""What runs in the children of the rounds benchmark, with LIANXIN_HOME set and Django ready: an invented city and its week."""

import time
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.test import Client
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.actions import grant_role, open_account
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.goods.models import Product
from lianxin.retailers.models import Retailer
from lianxin.supply.actions import policies
from lianxin.supply.actions import rounds as actions
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round
from lianxin.supply.states import RoundState

WEEK: Final = date(2021, 12, 6)
# Four policies, so that products under each of them are shared out in the same round.
POLICIES: Final[dict[str, dict[str, Any]]] = {
    "level": {"rule": "uniform"},
    "by-tier": {"rule": "tier_quota", "weights": {str(tier): 1 + (tier - 1) / 10 for tier in range(1, 31)}},
    "weighted": {"rule": "weighted_uniform", "weights": {str(tier): 1 + (tier - 1) / 10 for tier in range(1, 31)}},
    "draw": {"rule": "lottery", "lot_units": 2},
}


def files(folder: str, products: int, seed: int = 1) -> dict[str, str]:
    """The files of the week: kind -> path. Every retailer asks for 0 to 19 of each product; there is 40 % of what is asked for."""
    company = Company.objects.get()
    licences = list(Retailer.objects.filter(company=company).order_by("pk").values_list("licence_no", flat=True))
    codes = list(
        Product.objects.filter(company=company).order_by("pk").values_list("product_code", flat=True)[:products]
    )
    wants = np.random.default_rng(seed).integers(0, 20, (len(codes), len(licences)))
    asked, given = Path(folder) / "requests.csv", Path(folder) / "supplies.csv"
    with asked.open("w", encoding="utf-8") as file:
        file.write("week,product_code,licence_no,wanted_units,cap_units\n")
        for code, row in zip(codes, wants.tolist(), strict=True):
            file.writelines(f"{WEEK},{code},{no},{units},15\n" for no, units in zip(licences, row, strict=True))
    supplies = [f"{WEEK},{code},{int(row.sum() * 0.4)}\n" for code, row in zip(codes, wants, strict=True)]
    given.write_text("week,product_code,supply_units\n" + "".join(supplies), "utf-8")
    return {"supply_requests": str(asked), "supplies": str(given)}


def take_in(kind: str, path: str) -> dict[str, Any]:
    """Import a file by the call that the command line makes."""
    company = Company.objects.get()
    started, used = time.perf_counter(), time.process_time()
    came = running.run(
        company=company, kind=kind, path=Path(path), by=None, at=clock.now(), mapping_name="", owner_name="bench"
    )
    told = {"seconds": time.perf_counter() - started, "busy": time.process_time() - used, "read": came.n_read}
    if came.n_accepted != came.n_read:
        raise AssertionError(f"the file did not come in whole: {came}")
    return told


def open_round() -> int:
    """A round of the week whose requests are closed, each product under one of four policies and another one beside it."""
    company, at = Company.objects.get(), clock.now()
    brand, _shown = open_account(
        company=company, username="rounds-brand", display_name="品牌", by=None, at=at, password="bench-only-7391"
    )
    leader, _shown = open_account(
        company=company, username="rounds-leader", display_name="领导", by=None, at=at, password="bench-only-7391"
    )
    grant_role(user=brand, role=Role.BRAND_MANAGER, company=company, by=None, at=at)
    grant_role(user=leader, role=Role.LEADER, company=company, by=None, at=at)
    made = []
    for code, definition in POLICIES.items():
        draft = policies.draft(
            company=company, code=code, title=code, sentence_zh=code, sentence_en=code, definition=definition,
            by=brand, at=at,
        )  # fmt: skip
        made.append(policies.publish(policy=draft, valid_from=date(2021, 1, 4), by=leader, at=at))
    supplied = Product.objects.filter(supply_amounts__week=WEEK).order_by("pk")
    choices = [Choice(product=product, policy=made[place % len(made)]) for place, product in enumerate(supplied)]
    opened = actions.open_round(company=company, week=WEEK, choices=choices, by=brand, at=at)
    return actions.close_requests(round=opened, by=brand, at=at).number


def click(number: int, runs: int) -> list[dict[str, Any]]:
    """Seconds from the click on Preview to the page, of the first click in a fresh process and of those after it.

    The whole way through the application: session, middleware, the action, the redirect, and the page drawn.
    """
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(User.objects.get(username="rounds-brand"))
    told = []
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        answer = client.post(reverse("supply:preview", args=[number]), follow=True)
        told.append({"seconds": time.perf_counter() - started, "busy": time.process_time() - used})
        found = Round.objects.get(number=number)
        if answer.status_code != 200 or found.state != RoundState.PREVIEWED or found.faults:
            raise AssertionError(f"the round was not previewed: {answer.status_code}, {found.state}, {found.faults}")
    return told


def more(number: int, shops: int) -> dict[str, Any]:
    """Seconds of the page that computes what it would pay to ask for more, for a sample of shops of one product."""
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(User.objects.get(username="rounds-brand"))
    started, used = time.perf_counter(), time.process_time()
    answer = client.get(reverse("supply:gaming", args=[number]), {"shops": str(shops)})
    told = {"seconds": time.perf_counter() - started, "busy": time.process_time() - used}
    if answer.status_code != 200:
        raise AssertionError(f"the page answered {answer.status_code}")
    return told


def lines_of(number: int) -> int:
    """How many lines the round has."""
    return Round.objects.get(number=number).n_lines
