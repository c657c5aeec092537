"""Key retailers of a month that had no valid visit: found beside the run of the rules, recorded row by row, asked about once."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.urls import reverse

from lianxin.core.units import month_plus
from lianxin.core.verifying.key_retailers import YES, Reached, by_manager, reached
from lianxin.foundation.models import Company
from lianxin.oversight import facts
from lianxin.oversight.models import KeyRetailerVerdict, ManagerVerdict, VerificationRun
from lianxin.oversight.states import Verdict
from lianxin.oversight.wording import Wording, wording
from lianxin.retailers.models import Retailer

INDICATOR: Final = "key_unvisited"
LINE: Final = "verifying.key_tier_from"
_SHOWN: Final = 20


def found(
    company: Company,
    month: date,
    evidence: facts.Evidence,
    answers: Mapping[str, Verdict],
    numbers: Mapping[str, Any],
    *,
    on: date,
) -> list[Reached]:
    """Whether each key retailer of the company had a valid visit in a month, as the visits were answered."""
    keys = facts.key_retailers(company, month, int(numbers[LINE]))
    ids = evidence.visits.column("visit_id").to_pylist()
    shops = evidence.visits.column("retailer_id").to_pylist()
    visits = [(int(shop), str(answers[pk])) for pk, shop in zip(ids, shops, strict=True) if pk in answers]
    return reached(keys, visits, is_over=on >= month_plus(month, 1))


def fingerprint(rows: Sequence[Reached]) -> str:
    """A digest of the answers; "" where the company has no key retailer."""
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest() if rows else ""


def estimates(run: VerificationRun, rows: Sequence[Reached]) -> list[ManagerVerdict]:
    """The number of key retailers without a valid visit of each manager that has any; from one on it is asked about."""
    return [
        ManagerVerdict(
            run=run,
            person_id=one.manager_id,
            indicator=INDICATOR,
            value=one.n_unvisited if one.n_told else None,
            n=one.n_told,
            answer="value" if one.n_told else "not_enough_data",
            is_suspected=one.n_unvisited > 0,
        )
        for one in by_manager(rows)
    ]


def record(run: VerificationRun, rows: Sequence[Reached]) -> None:
    """The rows behind the numbers."""
    KeyRetailerVerdict.objects.bulk_create(
        [
            KeyRetailerVerdict(
                run=run,
                person_id=row.manager_id,
                retailer_id=row.retailer_id,
                answer=row.answer,
                because=row.because,
                n_visits=row.n_visits,
                n_hollow=row.n_hollow,
            )
            for row in rows
        ],
        batch_size=1000,
    )


def question(month: date) -> Wording:
    """What a manager is asked about a month."""
    return wording("key_unvisited.question", month=f"{month:%Y-%m}")


def evidence(run: VerificationRun, row: ManagerVerdict, source: Wording, page: str) -> list[dict[str, str | Wording]]:
    """The number for the month, and the retailers."""
    items: list[dict[str, str | Wording]] = [
        {
            "title": wording("key_unvisited.title"),
            "text": wording("key_unvisited.text", n=int(row.value or 0), all=row.n),
            "source": source,
            "url": page,
        }
    ]
    rows = KeyRetailerVerdict.objects.filter(run=run, person_id=row.person_id, answer=YES).select_related("retailer")
    for one in rows.order_by("retailer__licence_no")[:_SHOWN]:
        items.append(
            {
                "title": _name(one.retailer),
                "text": wording(f"because.{one.because}"),
                "source": source,
                "url": reverse("retailers:file", args=[one.retailer_id]),
            }
        )
    return items


def _name(retailer: Retailer) -> str:
    return f"{retailer.name} {retailer.licence_no}"
