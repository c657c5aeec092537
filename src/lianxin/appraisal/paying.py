"""Pay computed from a closing: who shares, for how many days, by which rule. Nothing here writes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.appraisal.models import Closing, Scorecard
from lianxin.appraisal.wording import said
from lianxin.core.paying.inputs import CALENDAR, PAID_PEOPLE, POOLS
from lianxin.core.paying.pay import days_in_post, fault_sentence, pay, pay_faults
from lianxin.core.paying.rule import Coefficient, Days, PayRule, WithoutScore, check
from lianxin.core.scoring.words import Words
from lianxin.core.tables import Table
from lianxin.core.units import last_day
from lianxin.engine import Engine, Source
from lianxin.engine.lake import Lake
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import CalendarDay, Company
from lianxin.people.states import Post

POOL: Final = "company"
FRIDAY: Final = 4


def rule_as_json(rule: PayRule) -> dict[str, Any]:
    """The rule as it is kept with a pay run."""
    return asdict(rule)


def rule_of(document: Mapping[str, Any]) -> PayRule:
    """The rule that a document holds; what is left out has its default.

    Raises
    ------
    Refused : a field is unknown or of another kind, or the rule makes no sense.
    """
    try:
        rule = PayRule(
            days=Days(document.get("days", Days.CALENDAR)),
            coefficients=tuple(
                Coefficient(str(item["key"]), int(item["milli"])) for item in document.get("coefficients", ())
            ),
            blocked=WithoutScore(document.get("blocked", WithoutScore.EXCLUDE)),
            not_enough=WithoutScore(document.get("not_enough", WithoutScore.EXCLUDE)),
            floor_fen=int(document.get("floor_fen", 0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(
            _("The rule of the pay run cannot be read: %(error)s.") % {"error": error}, field="rule"
        ) from error
    unknown = set(document) - set(rule_as_json(rule))
    if unknown:
        raise Refused(_("The rule has no field %(names)s.") % {"names": ", ".join(sorted(unknown))}, field="rule")
    faults = check(rule)
    if faults:
        raise Refused(" ".join(said(Words(fault.words.zh, fault.words.en)) for fault in faults), field="rule")
    return rule


def calendar(company: Company, month: date) -> pa.Table:
    """Every day of a month and whether the company works on it."""
    changed = dict(
        CalendarDay.objects.filter(company=company, date__range=(month, last_day(month))).values_list(
            "date", "is_working"
        )
    )
    days = [month + timedelta(days=step) for step in range((last_day(month) - month).days + 1)]
    return _table(
        CALENDAR,
        [
            {
                "company_id": company.pk,
                "month": month,
                "day": day,
                "is_working": changed.get(day, day.weekday() <= FRIDAY),
            }
            for day in days
        ],
    )


def pay_lines(closing: Closing, pool_fen: int, rule: PayRule, engine: Engine, lake: Lake) -> pa.Table:
    """What everybody gets, under the contract PAY, by employee number; the amounts sum to the pool.

    Raises
    ------
    Refused : the pool is not above zero, nothing was scored, or the pool cannot be divided; the sentence says which.
    """
    company, month = closing.company, closing.month
    if pool_fen <= 0:
        raise Refused(_("The pool must be above zero."), field="pool")
    cards = list(Scorecard.objects.filter(closing=closing).select_related("person"))
    if not cards:
        raise Refused(
            _(
                "Nothing was scored in %(month)s, so there is nothing to pay by. Adopt a scheme and close the month again."
            )
            % {"month": f"{month:%Y-%m}"},
            field="month",
        )
    days = calendar(company, month)
    sources: dict[str, Source] = {
        "postings": lake.files("postings", closing.pinned.get("postings"), company.pk),
        "calendar": days,
    }
    posted = engine.run(days_in_post(rule, Post.CUSTOMER_MANAGER.value), sources)
    counted = {row["entity"]: row["days"] for row in posted.to_pylist()}
    working = sum(days.column("is_working").to_pylist())
    length = working if rule.days is Days.WORKING else days.num_rows
    people = [
        {
            "company_id": company.pk,
            "month": month,
            "entity": card.person.employee_no,
            "pool": POOL,
            "total_milli": card.total_milli,
            "answer": card.answer,
            "coefficient_key": card.band or None,
            "days": counted.get(card.person.employee_no, 0),
            "month_days": length,
        }
        for card in cards
    ]
    pools = [{"company_id": company.pk, "month": month, "pool": POOL, "pool_fen": pool_fen}]
    tables: dict[str, Source] = {"paid_people": _table(PAID_PEOPLE, people), "pools": _table(POOLS, pools)}
    answers = engine.run_many({"faults": pay_faults(rule), "pay": pay(rule)}, tables)
    for fault in answers["faults"].to_pylist():
        sentence = fault_sentence(fault)
        raise Refused(said(Words(sentence.zh, sentence.en)), field="pool")
    return answers["pay"].sort_by("entity")


def _table(contract: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=nullable_arrow_schema(contract))
