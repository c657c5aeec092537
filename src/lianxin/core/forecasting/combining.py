"""One forecast of several authors': by published weights, or by weights learned from what came of earlier rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import ParameterWrong
from lianxin.core.forecasting.adding_value import actual_of
from lianxin.core.forecasting.judging_contracts import MILLI, STAIR
from lianxin.core.parameters import value_of

AUTHORS: Final = ("system", "customer_manager", "market_manager", "brand_manager")
PARTS: Final = 1000
_KEY: Final = ("round_id", "period_start", "level", "entity_id", "product_id")


@dataclass(frozen=True)
class Preset:
    """Weights as a source publishes them."""

    code: str
    weights: Mapping[str, int]
    source: str
    evidence: str
    title_zh: str
    title_en: str


PRESETS: Final = {
    preset.code: preset
    for preset in (
        Preset(
            "exam",
            {
                "brand_manager": 6,
                "marketing_director": 5,
                "service_head": 4,
                "market_manager": 3,
                "customer_manager": 3,
            },
            "trade sources 1.4: 业务经理 6, 营销中心主任 5, 客户服务部部长 4, 市场经理 3, 客户经理 3, in the exam of the trade; "
            "the brand manager stands for 业务经理, which is our reading",
            "S",
            "考试教材权重 6/5/4/3/3",
            "Weights of the exam, 6/5/4/3/3",
        ),
        Preset(
            "equal",
            dict.fromkeys(AUTHORS, 1),
            "Equal weights are hard to beat (Genre et al. 2013, of professional forecasters)",
            "I",
            "等权",
            "Equal weights",
        ),
    )
}


@dataclass(frozen=True)
class Weights:
    """Weights that sum to a thousand, and who was asked for but has none because nobody of that role forecasts here."""

    parts: Mapping[str, int]
    missing: tuple[str, ...]


def weights_of(parameters: Mapping[str, Any]) -> dict[str, int]:
    """The published weights of a company, author → whole number.

    Raises
    ------
    ParameterWrong : a part of judging.weights is not author=number with a number above 0, or an author stands twice.
    """
    told: dict[str, int] = {}
    for part in value_of(parameters, "judging.weights"):
        author, _sign, number = str(part).partition("=")
        if not author or not number.isdigit() or not int(number) or author in told:
            raise ParameterWrong(
                f"Parameter judging.weights has the part {part!r}; write each author once, like market_manager=3."
            )
        told[author] = int(number)
    return told


def renormalised(weights: Mapping[str, int], present: Sequence[str]) -> Weights:
    """The weights of those who forecast, made to sum to a thousand; the rest by name.

    Invariants
    ----------
    The parts sum to 1000 unless nobody is present; those lost by rounding go to the largest remainders, ties to the author's name.
    """
    there = {author: weights[author] for author in sorted(weights) if author in present}
    missing = tuple(author for author in weights if author not in present)
    total = sum(there.values())
    if not total:
        return Weights({}, missing)
    parts = {author: weight * PARTS // total for author, weight in there.items()}
    rest = sorted(there, key=lambda author: (-(there[author] * PARTS % total), author))
    for author in rest[: PARTS - sum(parts.values())]:
        parts[author] += 1
    return Weights(parts, missing)


def combined(judged: TableExpression, weights: Mapping[str, int]) -> TableExpression:
    """The weighted mean of the authors who spoke on each number.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`
    weights : author → whole number above 0; authors who are no step of the stair count as missing everywhere

    Returns
    -------
    the key of `judged` (round_id, period_start, level, entity_id, product_id) and
        units_milli : int64, Σ w·f ÷ Σ w over the authors who spoke, half up
        n_authors : int64, how many spoke; missing : string, those of `weights` who did not, comma between, "" for none
        Rows on which nobody with a weight spoke are left out.

    Invariants
    ----------
    The combined number lies between the least and the largest one it is made of.
    """
    rows = with_combined(judged, weights)
    rows = rows.filter(rows.combined_milli.notnull())
    return rows.select(*_KEY, units_milli=rows.combined_milli, n_authors=rows.n_authors, missing=rows.missing)


def combined_by_round(judged: TableExpression, weights: Mapping[str, Mapping[str, int]]) -> TableExpression:
    """As `combined`, each round by its own weights: those that were in force when it closed, whatever was published later.

    Parameters
    ----------
    weights : round_id → author → whole number above 0; rounds that are not named are left out
    """
    alike: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for round_id, told in sorted(weights.items()):
        alike.setdefault(tuple(sorted(told.items())), []).append(round_id)
    parts = [combined(judged.filter(judged.round_id.isin(ids)), dict(told)) for told, ids in alike.items()]
    if not parts:
        return combined(judged.filter(ibis.literal(False)), {})
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def with_combined(judged: TableExpression, weights: Mapping[str, int]) -> TableExpression:
    """The rows of `judged` with `combined_milli` anew (null where nobody with a weight spoke), `n_authors` and `missing`."""
    zero, none = ibis.literal(0, "int64"), ibis.literal("")
    total, summed, n_authors, missing = zero, zero, zero, none
    for author in sorted(weights):
        if author not in STAIR:
            missing = _and(missing, ibis.literal(True), author)
            continue
        said = judged[f"{author}_milli"]
        spoke = said.notnull()
        total = total + ibis.ifelse(spoke, weights[author], 0)
        summed = summed + ibis.ifelse(spoke, said.fill_null(0) * weights[author], 0)
        n_authors = n_authors + spoke.cast("int64")
        missing = _and(missing, ~spoke, author)
    rows = judged.mutate(_total=total.nullif(0), _summed=summed, n_authors=n_authors.cast("int64"), missing=missing)
    return rows.mutate(
        combined_milli=((rows._summed * 2 + rows._total) / (rows._total * 2)).floor().cast("int64")
    ).drop("_total", "_summed")


def _and(told: Any, condition: Any, word: str) -> Any:
    """The text, with the word after a comma where the condition holds."""
    with_word = ibis.ifelse(told == "", ibis.literal(word), told + ibis.literal(f",{word}"))
    return ibis.ifelse(condition, with_word, told)


def squared_errors(judged: TableExpression, authors: Sequence[str], parameters: Mapping[str, Any]) -> TableExpression:
    """Squared errors of the authors over numbers on which all of them spoke and whose outcome is known.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES` of rounds that were over before the one to be combined: whoever hands in later ones sees ahead

    Returns
    -------
    one row per (level, author), sorted: n, n_periods : int64; squares : int64, Σ (F − A)² in hundredths of a unit squared
    """
    came = judged[f"{actual_of(parameters)}_units"]
    spoke = came.notnull()
    for author in authors:
        spoke = spoke & judged[f"{author}_milli"].notnull()
    both = judged.filter(spoke)
    parts = []
    for author in authors:
        off = ((both[f"{author}_milli"] - both[f"{actual_of(parameters)}_units"] * MILLI) / 10).round().cast("int64")
        parts.append(
            both.mutate(_square=off * off)
            .group_by("level")
            .agg(
                n=ibis._.count().cast("int64"),
                n_periods=ibis._.period_no.nunique().cast("int64"),
                squares=ibis._._square.sum().cast("int64"),
            )
            .mutate(author=ibis.literal(author))
        )
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.select("level", "author", "n", "n_periods", "squares").order_by("level", "author")


def learned_weights(squares: Mapping[str, int], n_periods: int, parameters: Mapping[str, Any]) -> dict[str, int]:
    """Weights by past accuracy, drawn towards equal ones as far as the past is short.

    Parameters
    ----------
    squares : author → Σ (F − A)² over the same numbers; n_periods : in how many periods those lie

    Returns
    -------
    author → parts of a thousand, each at least one; equal ones where the past says nothing

    Source
    ------
    Bates & Granger 1969 (inverse mean squared error); Stock & Watson 2004 (shrinking towards equal weights).
    """
    authors = sorted(squares)
    if not authors:
        return {}
    equal = 1 / len(authors)
    # An author without any error would take all: half a square keeps the others in.
    inverse = {author: 1 / (squares[author] + 0.5) for author in authors}
    total = sum(inverse.values())
    pull = int(value_of(parameters, "judging.equal_periods"))
    trust = n_periods / (n_periods + pull) if n_periods else 0.0
    raw = {author: max(1, round(PARTS * (trust * inverse[author] / total + (1 - trust) * equal))) for author in authors}
    return dict(renormalised(raw, authors).parts)


def spread(total: int, shares: Sequence[int]) -> list[int]:
    """A sum spread over lines in proportion to their shares, whole numbers that sum to it exactly.

    Parameters
    ----------
    total : int, thousandths of a unit, not below 0; shares : what each line weighs, such as the system's forecasts, not below 0

    Returns
    -------
    one number per share; without any share above 0 all lines weigh the same; ties of remainders go to the earlier line
    """
    if not shares:
        return []
    weighs = list(shares) if sum(shares) else [1] * len(shares)
    whole = sum(weighs)
    parts = [total * share // whole for share in weighs]
    rest = sorted(range(len(weighs)), key=lambda at: (-(total * weighs[at] % whole), at))
    for at in rest[: total - sum(parts)]:
        parts[at] += 1
    return parts
