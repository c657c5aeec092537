"""Rounds and periods in words."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.core.units import month_plus
from lianxin.demand.models import Round
from lianxin.demand.queries.borrowed import Borrows, Lender
from lianxin.demand.queries.without import Without
from lianxin.demand.states import Period
from lianxin.foundation.models import Company
from lianxin.retailers.queries import shown
from lianxin.ui import formats


def unit_words(company: Company) -> str:
    """The order unit in the reader's language."""
    return company.order_unit if (get_language() or "zh").startswith("zh") else company.order_unit_en


def period_words(round: Round, step: int) -> str:
    """A period of a round in words: its month, or the Monday of its week. Steps below 1 are periods before."""
    if round.period == Period.MONTH:
        return formats.month(month_plus(round.first_period, step - 1))
    return formats.day(round.start_of(step))


def round_title(round: Round) -> str:
    """What a round is called: the periods that it forecasts."""
    first, last = period_words(round, 1), period_words(round, round.horizon)
    return first if first == last else f"{first} – {last}"


def without_words(one: Without) -> str:
    """Why a chosen product has no lines in a round."""
    if one.last_order is None:
        return _("nobody ordered it in the three years before")
    told = {"day": formats.day(one.last_order)}
    if one.why == "just_begun":
        return _("in the year before ordered only in a period that is not over yet (last on %(day)s)") % told
    return _("not ordered in the year before (last on %(day)s)") % told


def borrowed_badge(one: Lender) -> str:
    """That a line is borrowed, in two words."""
    return _("new, borrowed") if isinstance(one, Borrows) else _("new retailer, borrowed")


def borrowed_words(one: Lender) -> str:
    """From whom the lines of a product or retailer without orders are borrowed."""
    told = {"n": one.n_analogues, "name": shown(one.kind, one.name)}
    match one.kind:
        case "producer":
            return (
                _("Nobody has ordered it yet: borrowed from how %(n)d products of the producer %(name)s began") % told
            )
        case "price_class":
            return (
                _("Nobody has ordered it yet: borrowed from how %(n)d products of the price class %(name)s began")
                % told
            )
        case "trade_form":
            return _("Never ordered yet: borrowed from how %(n)d retailers of the trade form %(name)s began") % told
        case "market_type":
            return _("Never ordered yet: borrowed from how %(n)d retailers of the market type %(name)s began") % told
        case "everybody":
            return _("Never ordered yet: borrowed from how %(n)d retailers of all trade forms began") % told
