"""What scoring reads beside the pinned tables: whom a scheme judges, judgements, and parts of earlier months.

They are kept with the closing as plain rows, so that it can be computed again from what it pinned, whatever was written since.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from lianxin import __version__, core
from lianxin.appraisal.models import Closing, Judgement, SchemeVersion, ScorePart
from lianxin.appraisal.states import Step
from lianxin.core.scoring.curves import own_last
from lianxin.core.scoring.inputs import GROUPS, JUDGEMENTS, PREVIOUS_SCORES
from lianxin.core.scoring.scheme import Group, Scheme, lines
from lianxin.core.tables import Table
from lianxin.core.units import last_day
from lianxin.engine.lake import Lake
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.models import Company
from lianxin.people.states import Post

Rows = list[dict[str, Any]]
_CONTRACTS: Final[Mapping[str, Table]] = {table.name: table for table in (GROUPS, JUDGEMENTS, PREVIOUS_SCORES)}
NO_MARKET_TYPE: Final = "—"


@lru_cache(maxsize=1)
def code_version() -> str:
    """The release and a digest of the core's text: two closings with the same one were computed by the same formulas."""
    folder = Path(core.__file__).parent
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        sha.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{sha.hexdigest()[:12]}"


def digest_of(value: Any) -> str:
    """SHA-256 of a JSON-able value in canonical text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def groups(lake: Lake, versions: Mapping[str, int], company: Company, month: date, scheme: Scheme) -> Rows:
    """Whom the scheme judges: everyone who was customer manager on a day of the month, in the unit of the last such day.

    Parameters
    ----------
    versions : pinned versions of postings, units, territories, retailer_versions

    Returns
    -------
    rows of GROUPS, by employee number
        group_key : the unit, the company, or the market type of most of the retailers held at the month's end, as the scheme says
    """
    end = last_day(month)
    held = [
        row
        for row in lake.read("postings", versions.get("postings"), company.pk).to_pylist()
        if row["post"] == Post.CUSTOMER_MANAGER and _overlaps(row, month, end)
    ]
    newest = {row["person_id"]: row for row in sorted(held, key=lambda row: row["valid_from"])}
    names = {row["unit_id"]: row["unit"] for row in lake.read("units", versions.get("units"), company.pk).to_pylist()}
    types = _market_types(lake, versions, company, end) if scheme.group is Group.MARKET_TYPE else {}
    keys = {
        Group.UNIT: lambda row: names[row["unit_id"]],
        Group.COMPANY: lambda row: company.code,
        Group.MARKET_TYPE: lambda row: types.get(row["person_id"], NO_MARKET_TYPE),
    }
    return [
        {
            "company_id": company.pk,
            "month": month.isoformat(),
            "person_id": row["person_id"],
            "entity": row["employee_no"],
            "group_key": keys[scheme.group](row),
            "unit": names[row["unit_id"]],
        }
        for row in sorted(newest.values(), key=lambda row: row["employee_no"])
    ]


def judgements(company: Company, month: date) -> Rows:
    """Rows of JUDGEMENTS for a month."""
    found = Judgement.objects.filter(company=company, month=month).select_related("person")
    return [
        {
            "company_id": company.pk,
            "month": month.isoformat(),
            "entity": row.person.employee_no,
            "judgement": row.code,
            "value": row.value,
            "reason": row.reason,
        }
        for row in found.order_by("person__employee_no", "code")
    ]


def previous_scores(version: SchemeVersion, scheme: Scheme, month: date) -> Rows:
    """Rows of PREVIOUS_SCORES: earlier months under the same version, as last closed, for parts that compare with them."""
    codes = [part.code for _role, part in lines(scheme) if own_last(part.curve) is not None]
    if not codes:
        return []
    latest: dict[date, int] = {}
    released = Closing.objects.filter(scheme_version=version, month__lt=month, step=Step.RELEASED)
    for pk, closed in released.order_by("number").values_list("pk", "month"):
        latest[closed] = pk
    found = ScorePart.objects.filter(scorecard__closing_id__in=latest.values(), part__in=codes).select_related(
        "scorecard__person", "scorecard__closing"
    )
    return [
        {
            "company_id": row.scorecard.closing.company_id,
            "month": row.scorecard.closing.month.isoformat(),
            "entity": row.scorecard.person.employee_no,
            "part": row.part,
            "value": row.value,
            "points_milli": row.points_milli,
            "rank": row.rank,
        }
        for row in found.order_by("scorecard__closing__month", "scorecard__person__employee_no", "part")
    ]


def as_tables(inputs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, pa.Table]:
    """The rows kept with a closing as the tables that scoring reads; a table without rows is empty, not absent."""
    return {name: _as_table(contract, inputs.get(name, ())) for name, contract in _CONTRACTS.items()}


def _as_table(contract: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    read = [{**row, "month": date.fromisoformat(row["month"])} for row in rows]
    return pa.Table.from_pylist(read, schema=nullable_arrow_schema(contract))


def _overlaps(row: Mapping[str, Any], first: date, last: date) -> bool:
    return row["valid_from"] <= last and (row["valid_until"] is None or row["valid_until"] > first)


def _market_types(lake: Lake, versions: Mapping[str, int], company: Company, on: date) -> dict[int, str]:
    kinds = {
        row["retailer_id"]: row["market_type"] or NO_MARKET_TYPE
        for row in lake.read("retailer_versions", versions.get("retailer_versions"), company.pk).to_pylist()
        if _overlaps(row, on, on)
    }
    counts: dict[int, Counter[str]] = {}
    for row in lake.read("territories", versions.get("territories"), company.pk).to_pylist():
        if _overlaps(row, on, on):
            counts.setdefault(row["person_id"], Counter())[kinds.get(row["retailer_id"], NO_MARKET_TYPE)] += 1
    # The larger count first, then the name, so that equals are always settled the same way.
    return {person: min(found, key=lambda kind: (-found[kind], kind)) for person, found in counts.items()}
