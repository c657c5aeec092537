"""What was done in a visit, in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import parameters as dated
from lianxin.foundation.models import Company
from lianxin.ui.formats import money, number
from lianxin.visits.limits import usual_length
from lianxin.visits.models import Visit, VisitAction
from lianxin.visits.queries import visiting as queries
from lianxin.visits.states import ActionKind, FixSource, VisitMark, VisitState

FOUND = {
    "fake": gettext_lazy("fake cigarettes"),
    "illegal_channel": gettext_lazy("goods from illegal channels"),
    "no_minors_sign": gettext_lazy("no sign against sale to minors"),
    "none": gettext_lazy("nothing found"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """An action of a visit: its title, when, and what came of it, line by line and as it was recorded (`body`)."""

    kind: str
    title: str
    at: Any
    skipped_because: str
    lines: list[str]
    body: dict[str, Any]


def done_in(visit: Visit) -> list[Done]:
    """The actions of a visit in their order."""
    actions = list(visit.actions.order_by("place"))
    stock = [line["product_id"] for action in actions for line in action.body.get("lines") or ()]
    asked = [each["question_id"] for action in actions for each in action.body.get("answers") or ()]
    products, questions = queries.product_names(stock), queries.question_texts(asked)
    talking = visit.theme.talking_points if visit.theme else []
    return [
        Done(
            action.kind,
            str(ActionKind(action.kind).label),
            action.done_at,
            action.skipped_because,
            _lines(action, visit.company, products, questions, talking),
            action.body,
        )
        for action in actions
    ]


def _lines(
    action: VisitAction, company: Company, products: Mapping[int, str], questions: Mapping[int, str], talking: list[str]
) -> list[str]:
    body = action.body
    match action.kind:
        case ActionKind.STOCK_COUNT:
            gone = _("product no longer known")
            return [
                f"{products.get(line['product_id'], gone)}: {line['units']} {company.order_unit}"
                f"{_price(line, company)}{_short(line)}"
                for line in body.get("lines") or ()
            ]
        case ActionKind.PRICE_TAGS if body:
            return [
                _("%(ordered)s products ordered lately, %(shown)s on display, %(labelled)s with a price tag")
                % {"ordered": body["ordered"], "shown": body["on_display"], "labelled": body["labelled"]}
            ]
        case ActionKind.MARKET_ORDER:
            found = ", ".join(str(FOUND.get(code, code)) for code in body.get("found") or ())
            return [text for text in (found, body.get("words", "")) if text]
        case ActionKind.QUESTIONS:
            return [
                f"{questions.get(each['question_id'], _('question no longer known'))} {answer_words(each.get('value'))}"
                for each in body.get("answers") or ()
            ]
        case ActionKind.THEME:
            told = [talking[n] for n in body.get("points_told") or () if n < len(talking)]
            return told or (
                [_("%(n)s points told") % {"n": len(body["points_told"])}] if body.get("points_told") else []
            )
        case ActionKind.DISPLAY:
            n = len(body.get("photo_ids") or ())
            return [text for text in (_("%(n)s photographs") % {"n": n} if n else "", body.get("words", "")) if text]
    return []


def _price(line: Mapping[str, Any], company: Company) -> str:
    fen = line.get("price_fen")
    if not isinstance(fen, int):
        return ""
    words = _("sold at %(price)s") % {"price": money(Decimal(fen) / 100, company.currency)}
    return f" · {words}"


def _short(line: Mapping[str, Any]) -> str:
    since = line.get("short_since")
    return f" · {_('could not be had since %(day)s') % {'day': since}}" if since else ""


def answer_words(value: Any) -> str:
    """An answer to a question of the day."""
    if value is None or value == "":
        return _("not answered")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def length(visit: Visit) -> str:
    """How long a visit took and whether that is usual, by the numbers of its day; "" where it has no end of its own."""
    if visit.check_out_at is None or visit.state == VisitState.CLOSED_BY_ITSELF:
        return ""
    minutes = (visit.check_out_at - visit.check_in_at).total_seconds() / 60
    usual = usual_length(dated.in_force(visit.company, on=visit.visit_date))
    answer = usual.answer(minutes)
    # Whole minutes that do not contradict the answer.
    whole = math.ceil(minutes) if answer == "longer" else math.floor(minutes)
    told = {"n": number(whole), "least": number(usual.least), "most": number(usual.most)}
    match answer:
        case "shorter":
            return _("%(n)s minutes, shorter than usual (%(least)s to %(most)s minutes)") % told
        case "longer":
            return _("%(n)s minutes, longer than usual (%(least)s to %(most)s minutes)") % told
    return _("%(n)s minutes, as usual (%(least)s to %(most)s minutes)") % told


def marks(visit: Visit) -> str:
    """The marks of a visit in words; "" for none."""
    return "；".join(str(VisitMark(mark).label) for mark in visit.marks if mark in VisitMark.values)


def fix_words(position: Any) -> str:
    """How good a fix was: where from, how accurate, how old. Not where."""
    parts = [str(FixSource(position.source).label)]
    if position.accuracy_metres is not None:
        parts.append(_("accurate to %(n)s m") % {"n": round(position.accuracy_metres)})
    if position.fix_age_seconds is not None:
        parts.append(_("%(n)s seconds old") % {"n": round(position.fix_age_seconds)})
    return " · ".join(parts)
