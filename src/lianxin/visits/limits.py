"""The company's promise limits and words for the field, read from its dated parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.people.states import Post


@dataclass(frozen=True, slots=True)
class PromiseLimit:
    """A kind of promise. `leave_of` is the post whose leave it needs, "" when the manager may promise it alone."""

    code: str
    name: str
    leave_of: str


def promise_limits(parameters: Mapping[str, Any]) -> list[PromiseLimit]:
    """The kinds of promises, as `field.promise_limits` says: texts "code:name:post".

    A post that is unknown is a misspelling, and asking the leader errs on the safe side.
    """
    found = []
    for text in value_of(parameters, "field.promise_limits") or ():
        code, _sep, rest = str(text).partition(":")
        name, _sep, post = rest.rpartition(":")
        if not _sep:
            name, post = rest, ""
        post = post.strip()
        known = post if post in ("", *Post.values) else Post.LEADER.value
        found.append(PromiseLimit(code.strip(), name.strip() or code.strip(), known))
    return found


@dataclass(frozen=True, slots=True)
class Length:
    """How many minutes a visit usually takes: at least and at most."""

    least: float
    most: float

    def answer(self, minutes: float) -> str:
        """`shorter`, `longer` or `usual`."""
        if minutes < self.least:
            return "shorter"
        return "longer" if minutes > self.most else "usual"


def usual_length(parameters: Mapping[str, Any]) -> Length:
    """The usual length of a visit. It never lies beyond the lines at which verification would ask: a phone warns before that."""
    asked_below = float(value_of(parameters, "verifying.too_short_seconds")) / 60
    asked_above = float(value_of(parameters, "verifying.too_long_minutes"))
    least = max(float(value_of(parameters, "field.visit_least_minutes")), asked_below)
    most = min(float(value_of(parameters, "field.visit_most_minutes")), asked_above)
    return Length(least, max(least, most))


def topics(parameters: Mapping[str, Any]) -> list[str]:
    """The topics of retailers' requests."""
    return [str(topic) for topic in value_of(parameters, "field.request_topics") or ()]


def consent_purpose(parameters: Mapping[str, Any]) -> str:
    """What a person reads before he consents to positions: the company's own words, else ours."""
    return str(value_of(parameters, "field.consent_purpose") or "") or _(
        "Your position is taken at check-in and at check-out only, in working hours only, to answer whether the visit was at "
        "the shop. It is deleted after %(days)s days; the answer stays. It is never proof by itself. You may refuse or withdraw "
        "at any time without any disadvantage: visits count without it."
    ) % {"days": value_of(parameters, "field.position_days")}
