"""What is said of chance beside a figure: an interval, or why there is none."""

from django.utils.translation import gettext as _

from lianxin.appraisal.models import Scorecard
from lianxin.appraisal.queries.schemes import core_of
from lianxin.appraisal.wording import said
from lianxin.core.scoring.scheme import lines
from lianxin.core.scoring.uncertainty import Basis, Interval, Spread, basis_of
from lianxin.ui import formats


def interval_words(indicator: str | None, interval: Interval | None, *, has_value: bool) -> str:
    """The uncertainty of a value in one or two sentences; "" where there is no value."""
    if not has_value:
        return ""
    basis = basis_of(indicator)
    if basis is Basis.JUDGED:
        return _("A judgement: chance cannot be computed.")
    if basis is Basis.WHOLE:
        return _("Counted whole: no estimate, so no uncertainty.")
    if interval is None:
        return ""
    if basis is Basis.SAMPLED:
        return _(
            "From %(low)s to %(high)s points with 90 %% confidence: %(n)s questionnaires came from a sample of the retailers, "
            "and how far they differ tells how far chance carries their mean (Wilson)."
        ) % {
            "low": formats.number(interval.low, 1),
            "high": formats.number(interval.high, 1),
            "n": formats.number(interval.n),
        }
    ends = {"low": formats.share(interval.low), "high": formats.share(interval.high), "n": formats.number(interval.n)}
    if basis is Basis.DRAWN:
        return _(
            "From %(low)s to %(high)s with 90 %% confidence (Wilson): %(n)s cases were drawn; weighted, they count as "
            "%(effective)s."
        ) % {**ends, "effective": formats.number(interval.effective, 1)}
    return (
        _(
            "All %(n)s cases of the month were counted. Of what is usual here so many tell, with 90 %% confidence (Wilson): "
            "from %(low)s to %(high)s."
        )
        % ends
    )


def spread_words(card: Scorecard, found: Spread) -> str:
    """What ± of a total means and which parts are in it."""
    assert card.closing.scheme_version is not None
    titles = {part.code: said(part.title) for _role, part in lines(core_of(card.closing.scheme_version))}

    def named(codes: tuple[str, ...]) -> str:
        return _(", ").join(titles.get(code, code) for code in codes)

    told = []
    if found.half_milli is not None:
        told.append(
            _(
                "± %(half)s points with 90 %% confidence: what chance can do in the parts of counted cases (%(parts)s), "
                "each through its curve, taken as independent."
            )
            % {"half": formats.number(found.half_milli / 1000, 1), "parts": named(found.known)}
        )
    if found.whole:
        told.append(_("Counted whole, without uncertainty: %(parts)s.") % {"parts": named(found.whole)})
    if found.other:
        told.append(_("Compared with others or judged, so not computed: %(parts)s.") % {"parts": named(found.other)})
    return " ".join(told)
