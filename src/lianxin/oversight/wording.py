"""What rules say in questions, kept as a key with facts, so that each reader has it in the language of his own page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lianxin.core.verifying.rules import RULES
from lianxin.oversight.states import Because
from lianxin.ui import formats
from lianxin.visits.states import RecordKind

# A key is for ever: questions keep it. The words behind it may be put better, so long as they need no other facts.
SENTENCES: Mapping[str, str | Promise] = {
    "ghost_share.question": _("Some visits of %(month)s look hollow to the rules. How were they made?"),
    "copied_share.question": _("Some notes of %(month)s repeat the words of earlier ones. How did that come about?"),
    "visit.question": _("How was the visit to %(shop)s on %(day)s made?"),
    "estimate.title": _("Estimate for the month"),
    "estimate.text": _("%(value)s of %(n)d visits (between %(low)s and %(high)s)"),
    "run.source": _("rule set %(rules)s, run %(run)d of %(month)s"),
    "key_unvisited.question": _("Some key retailers had no valid visit in %(month)s. Why was that?"),
    "key_unvisited.title": _("Key retailers without a valid visit"),
    "key_unvisited.text": _("%(n)d of %(all)d of which it can be told"),
    "copied_forecasts.question": _("Many of your forecasts repeat what was there before. How did they come about?"),
    "copied_forecasts.history": _("Repeats what was ordered before"),
    "copied_forecasts.system": _("Repeats the system's number"),
    "copied_forecasts.text": _(
        "%(share)s of %(n)d forecasts, where chance alone gives %(chance)s; "
        "%(evidence)d of them although evidence lay there"
    ),
    "copied_forecasts.line": _("entered %(units)s, the period before %(before)s, came %(came)s"),
    "copied_forecasts.row": _("entered %(units)s, the same as: %(same)s; came: %(came)s"),
    "copied_forecasts.as.naive": _("the last period"),
    "copied_forecasts.as.average": _("the moving average"),
    "copied_forecasts.as.seasonal_naive": _("the same period a year before"),
    "copied_forecasts.as.system": _("the system's number"),
    "copied_forecasts.unknown": _("not known"),
    "judging.source": _("forecasts judged, number %(n)d"),
    "copied_records.question": _("Records of %(month)s repeat the words of earlier ones. How did that come about?"),
    "copied_records.text": _("%(share)s of the own words stand in the record of %(name)s of %(day)s"),
    "claims.question": _("Records of %(month)s claim more than was recorded. How did that come about?"),
    "claims.text": _("The record says: %(words)s. Recorded by the system: %(found)d"),
    "record.title": "%(kind)s %(day)s",
    "records.source": _("records as handed in"),
    "favour.others": _(
        "Retailers that you hold were given more than comparable ones of others. How did that come about?"
    ),
    "favour.within": _("The same few of your retailers were given more again and again. How did that come about?"),
    "favour.title": _("Unusual allocation, to be looked into"),
    "favour.text": _("%(units)s units more than comparison, q = %(q)s, over %(lines)s lines of rounds %(rounds)s"),
    "favour.source": _("test %(n)s for favour, digest %(digest)s"),
    "rules.broken": "%(rules)s",
    **{f"because.{code}": label for code, label in Because.choices},
    **{f"record.{code}": label for code, label in RecordKind.choices},
}
# Names of rules stand in the core in both languages; they are no texts of gettext.
_RULE = "rule."


@dataclass(frozen=True)
class Wording:
    """One sentence, yet to be said in a language.

    key : of SENTENCES, or `rule.<code>`
    facts : what stands in it: plain text, whole numbers, other wordings, lists of them
    """

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in the language of now."""
        return _said(self.key, self.facts)


def wording(key: str, **facts: Any) -> Wording:
    """The sentence of a key with its facts."""
    return Wording(key, facts)


def rules(codes: list[str]) -> Wording:
    """The names of several rules of verification, one after the other."""
    return wording("rules.broken", rules=[wording(f"{_RULE}{code}") for code in codes])


def kept(words: str | Wording) -> dict[str, Any] | None:
    """What is kept of a wording to say it again; None of plain text, which is what somebody wrote."""
    return {"key": words.key, "facts": {name: _kept(fact) for name, fact in words.facts.items()}} if isinstance(
        words, Wording
    ) else None  # fmt: skip


def said_again(stored: Mapping[str, Any] | None, text: str) -> str:
    """A kept wording in the language of now; `text` where nothing was kept, or this release no longer knows the key."""
    if not stored:
        return text
    try:
        return _said(stored["key"], stored["facts"])
    except (KeyError, TypeError, ValueError):
        return text


def is_chinese() -> bool:
    """Whether the page speaks Chinese."""
    return (get_language() or "").startswith("zh")


def _kept(fact: Any) -> Any:
    if isinstance(fact, list):
        return [_kept(one) for one in fact]
    return kept(fact) if isinstance(fact, Wording) else fact


def _said(key: str, facts: Mapping[str, Any]) -> str:
    if key.startswith(_RULE):
        rule = RULES.get(key.removeprefix(_RULE))
        if rule is None:
            return key.removeprefix(_RULE)
        return rule.title_zh if is_chinese() else rule.title_en
    said = {name: _month(fact) if name == "month" else _fact(fact) for name, fact in facts.items()}
    return str(SENTENCES[key]) % said


def _month(fact: str) -> str:
    """A month kept as `2021-12`, as pages write it."""
    return formats.month(date.fromisoformat(f"{fact}-01"))


def _fact(fact: Any) -> Any:
    if isinstance(fact, list):
        return ("；" if is_chinese() else "; ").join(str(_fact(one)) for one in fact)
    if isinstance(fact, Mapping):
        return _said(fact["key"], fact["facts"])
    return str(fact) if isinstance(fact, Wording) else fact
