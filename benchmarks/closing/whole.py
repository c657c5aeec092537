"""A whole closing in an installation: what stands around the computation. Runs in a child with LIANXIN_HOME set."""

import time
from datetime import date

from lianxin.appraisal import actions
from lianxin.appraisal.models import Closing
from lianxin.appraisal.paying import pay_lines
from lianxin.core.paying.rule import PayRule
from lianxin.core.units import month_plus
from lianxin.foundation import clock
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role

MONTH = date(2021, 12, 1)
SINCE = date(2021, 1, 1)
POOL_FEN = 100_000_00


def closed(preset: str) -> dict[str, float]:
    """Seconds of each step of closing December by a scheme, in a process that has closed November before."""
    company = Company.objects.get()
    _adopted(company, preset)
    actions.close(company=company, month=month_plus(MONTH, -1), by=None, at=clock.now())
    closing = actions.close(company=company, month=MONTH, by=None, at=clock.now()).closing
    return {
        **closing.timings,
        "paying": _paid(closing),
        "scorecards": closing.n_scorecards,
        "values": closing.n_indicator_values,
    }


def _adopted(company: Company, preset: str) -> None:
    at = clock.now()
    leader = User.objects.filter(company=company, grants__role=Role.LEADER).earliest("pk")
    version = actions.install_preset(company=company, preset=preset, by=None, at=at)
    actions.consult(
        version=version, on=SINCE, who="Benchmark", text="Nobody was asked: nobody is real.", by=None, at=at
    )
    actions.adopt(version=version, valid_from=SINCE, noticed_on=SINCE, by=leader, at=at)


def _paid(closing: Closing) -> float:
    started = time.perf_counter()
    lines = pay_lines(closing, POOL_FEN, PayRule(), the_engine(), the_lake())
    seconds = time.perf_counter() - started
    if sum(amount or 0 for amount in lines["amount_fen"].to_pylist()) != POOL_FEN:
        raise AssertionError("the pay does not sum to the pool")
    return seconds
