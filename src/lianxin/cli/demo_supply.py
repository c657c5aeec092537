"""Allocation in a demonstration: policies, a round from its files to the retailers, a change by hand, a test for favour.

Everything goes through the actions of the room, by the people who would do it, and is done once.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from lianxin.cli.demo_day import Cast, Tell
from lianxin.core.allocating.favour import NEED
from lianxin.foundation import clock
from lianxin.foundation.models import Company
from lianxin.people.states import Post
from lianxin.supply.actions import changes, favour, policies, rounds
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, SupplyPolicy
from lianxin.supply.queries import lines
from lianxin.supply.queries import policies as policy_queries
from lianxin.supply.queries import rounds as round_queries

# A tier takes a tenth more than the one below it: written down here, because no company's own weights are known.
WEIGHTS: Final = {str(tier): round(0.5 + tier / 10, 1) for tier in range(1, 31)}
FROM: Final = date(2019, 1, 7)
POLICIES: Final[Sequence[dict[str, Any]]] = (
    {
        "code": "tight-by-tier",
        "title": "紧俏货源按档位定额",
        "sentence_zh": "同一档位的客户定额相同，档位高的不低于档位低的；每户得到需求量、合理定量和本档定额中最小的一个。",
        "sentence_en": "Every tier has one quota, never smaller for a higher tier; a shop gets the least of what it asks for, its "
        "reasonable quantity and the quota of its tier.",
        "definition": {"rule": "tier_quota", "weights": WEIGHTS},
    },
    {
        "code": "level-by-tier",
        "title": "按档位加权的统一水平",
        "sentence_zh": "货源先补足分得最少的客户，档位高的按权重多一些；多报需求不会多得。",
        "sentence_en": "Whoever has least for its tier is filled up first; asking for more than one needs brings nothing.",
        "definition": {"rule": "weighted_uniform", "weights": WEIGHTS},
    },
    {
        "code": "level",
        "title": "统一水平",
        "sentence_zh": "每户得到同样的数量，需求少的按需求；多报需求不会多得。",
        "sentence_en": "Everybody gets the same number, who asks for less gets that; asking for more brings nothing.",
        "definition": {"rule": "uniform"},
    },
)
CHANGE_WORDS: Final = "演示：送货途中有一条受潮，本轮已无货可补。"
CHANGE_EVIDENCE: Final = "演示：送货单，存配送中心。"


def published(company: Company, cast: Cast) -> dict[str, SupplyPolicy]:
    """The policies of a demonstration, drafted by the brand manager and published by the leader; by code."""
    at = clock.now()
    there = {row.code: row for row in policy_queries.ever_published(company)}
    for told in POLICIES:
        if told["code"] not in there:
            drafted = policies.draft(company=company, by=cast.user(Post.BRAND_MANAGER), at=at, **told)
            there[drafted.code] = policies.publish(policy=drafted, valid_from=FROM, by=cast.user(Post.LEADER), at=at)
    return there


def share_out(company: Company, cast: Cast, *, chosen: str, compared: str, invented_note: str, tell: Tell) -> str:
    """The newest week of which a supply is known, shared out and published, unless it is already."""
    by_code = published(company, cast)
    weeks = round_queries.weeks_to_share(company)
    if not weeks:
        return _("there already")
    at, brand, leader = clock.now(), cast.user(Post.BRAND_MANAGER), cast.user(Post.LEADER)
    choices = [
        Choice(product=product, policy=by_code[chosen], compared_policy=by_code[compared])
        for product in round_queries.products_to_share(company, weeks[0])
    ]
    made = rounds.open_round(
        company=company, week=weeks[0], choices=choices, by=brand, at=at, invented_note=invented_note
    )
    tell(0.2, _("requests"))
    made = rounds.close_requests(round=made, by=brand, at=at)
    made = rounds.preview(round=made, by=brand, at=at)
    tell(0.7, _("shares"))
    made = rounds.commit(round=made, by=leader, at=at, on=clock.today(company))
    made = rounds.publish(round=made, by=leader, at=at)
    return _("%(n)s lines") % {"n": f"{made.n_lines:,}"}


def change_by_hand(company: Company, cast: Cast) -> str:
    """A change that waits for a second person: one unit less for the retailer that got most."""
    made = round_queries.published(company).first()
    if made is None or made.changes.exists():
        return _("there already")
    (line,) = lines.lines(made, lines.Asked(), sort_by="share_units", descending=True, limit=1)
    changes.propose(
        round=made, product_id=line.product_id, retailer_id=line.retailer_id, after_units=line.share_units - 1,
        reason="damaged_goods", words=CHANGE_WORDS, evidence=CHANGE_EVIDENCE, by=cast.user(Post.BRAND_MANAGER),
        at=clock.now(), on=clock.today(company),
    )  # fmt: skip
    return _("one waits for a second person")


def test_imported(company: Company, cast: Cast) -> str:
    """A test for favour over the rounds that came with files, unless there is one."""
    imported: Sequence[Round] = list(round_queries.standing(company).filter(batch__isnull=False))
    if not imported or company.favour_runs.exists():
        return _("there already")
    run = favour.test(
        company=company, numbers=[row.number for row in imported], by=cast.user(Post.SUPERVISION_OFFICER),
        at=clock.now(), on=clock.today(company), alike=NEED,
    )  # fmt: skip
    return _("%(n)s lines") % {"n": f"{run.n_lines:,}"}
