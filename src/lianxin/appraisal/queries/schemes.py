"""Reads about schemes: what is in force, what a document holds, and what a version changes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.appraisal.models import Scheme, SchemeVersion, Trial
from lianxin.appraisal.states import VersionState
from lianxin.appraisal.wording import sentences
from lianxin.core.errors import UnknownIndicator
from lianxin.core.measuring.registry import INDICATORS, indicator_of
from lianxin.core.scoring import scheme as core_scheme
from lianxin.core.scoring.difference import Change, difference
from lianxin.core.scoring.notation import UnreadableScheme, from_json
from lianxin.core.scoring.soundness import check
from lianxin.core.scoring.words import Fault
from lianxin.core.units import Direction
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.models import Company
from lianxin.people.models import Person

# A part may name an indicator that no room measures yet: it is then missing, and the scheme's rule for the missing applies.
_TOLD_ONLY = frozenset({"unknown_indicator"})


def directions(codes: list[str]) -> Mapping[str, Direction]:
    """The codes that somebody measures, with the direction of each; members of families included."""
    found = {code: indicator.direction for code, indicator in INDICATORS.items() if not indicator.family}
    for code in codes:
        try:
            found.setdefault(code, indicator_of(code).direction)
        except UnknownIndicator:
            continue
    return found


def faults_of(scheme: core_scheme.Scheme) -> tuple[list[Fault], list[Fault]]:
    """What forbids the scheme, and what is only to be told: parts whose indicator nobody measures yet."""
    codes = [part.indicator for _role, part in core_scheme.lines(scheme) if part.indicator]
    codes += [gate.indicator for gate in scheme.gates if gate.indicator]
    found = check(scheme, directions(codes))
    return [one for one in found if one.code not in _TOLD_ONLY], [one for one in found if one.code in _TOLD_ONLY]


def read_content(content: Any) -> core_scheme.Scheme:
    """The scheme that a document holds.

    Raises
    ------
    Refused : no scheme, or one with faults; every fault is a sentence of the message.
    """
    try:
        scheme = from_json(content)
    except UnreadableScheme as unreadable:
        raise Refused(sentences(unreadable.faults), field="content") from unreadable
    forbidding, _told = faults_of(scheme)
    if forbidding:
        raise Refused(sentences(forbidding), field="content")
    return scheme


def core_of(version: SchemeVersion) -> core_scheme.Scheme:
    """The version's content as the core knows it."""
    return from_json(version.content)


def versions(company: Company) -> QuerySet[SchemeVersion]:
    """Every version of the company, newest first."""
    return (
        SchemeVersion.objects.filter(scheme__company=company)
        .select_related("scheme", "drafted_by", "adopted_by", "based_on__scheme")
        .order_by("scheme__code", "-number")
    )


def version_of(company: Company, code: str, number: int | None = None) -> SchemeVersion:
    """A version by code and number, the newest without a number.

    Raises
    ------
    Missing : there is none.
    """
    found = versions(company).filter(scheme__code=code, **({} if number is None else {"number": number})).first()
    if found is None:
        name = code if number is None else f"{code} v{number}"
        known = ", ".join(Scheme.objects.filter(company=company).order_by("code").values_list("code", flat=True))
        raise Missing(
            _("There is no scheme “%(name)s”. There are: %(known)s.") % {"name": name, "known": known or _("none")},
            field="scheme",
        )
    return found


def version_by_pk(company: Company, pk: int) -> SchemeVersion:
    """A version of the company by its id.

    Raises
    ------
    Missing : there is none.
    """
    found = versions(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such version of a scheme."))
    return found


def adopted_in(company: Company, month: date) -> QuerySet[SchemeVersion]:
    """Versions in force in a month."""
    return versions(company).filter(
        Q(valid_until=None) | Q(valid_until__gt=month),
        state__in=[VersionState.ADOPTED, VersionState.RETIRED],
        valid_from__lte=month,
    )


def in_force(company: Company, month: date, code: str | None = None) -> SchemeVersion | None:
    """The version by which a month is judged; None when no scheme is in force.

    Parameters
    ----------
    code : of the scheme to use; needed only where several are in force

    Raises
    ------
    Missing : there is no scheme of that code.
    Refused : the named scheme is not in force in the month, or several are and none is named.
    """
    found = list(adopted_in(company, month).filter(**({"scheme__code": code} if code else {})))
    if code and not found:
        newest = version_of(company, code)
        raise Refused(
            _(
                "Scheme “%(code)s” has no version in force in %(month)s (its newest is “%(state)s”). "
                "Consult on it and adopt it first; a draft can only be tried."
            )
            % {"code": code, "month": f"{month:%Y-%m}", "state": newest.get_state_display()},
            field="scheme",
        )
    if len(found) > 1:
        raise Refused(
            _("Several schemes are in force in %(month)s: %(codes)s. Say which one with --scheme.")
            % {"month": f"{month:%Y-%m}", "codes": ", ".join(version.scheme.code for version in found)},
            field="scheme",
        )
    return found[0] if found else None


def compared_with(version: SchemeVersion) -> SchemeVersion | None:
    """What a version is set against: the version of its scheme in force, else the one it was made from, else the one before it."""
    others = version.scheme.versions.exclude(pk=version.pk).select_related("scheme")
    adopted = others.filter(state=VersionState.ADOPTED, number__lt=version.number).order_by("-valid_from").first()
    return adopted or version.based_on or others.filter(number__lt=version.number).order_by("-number").first()


def changes(old: SchemeVersion, new: SchemeVersion) -> list[Change]:
    """What the new version changes."""
    return difference(core_of(old), core_of(new))


def trials(version: SchemeVersion) -> QuerySet[Trial]:
    """Trials of a version, newest first, without their rows."""
    return version.trials.select_related("made_by").defer("rows", "by_person", "by_month").order_by("-made_at")


def trial_by_pk(company: Company, pk: int) -> Trial:
    """A trial of the company.

    Raises
    ------
    Missing : there is none.
    """
    found = Trial.objects.filter(version__scheme__company=company, pk=pk).select_related("version__scheme").first()
    if found is None:
        raise Missing(_("There is no such trial."))
    return found


def names_of(company: Company, numbers: list[str]) -> dict[str, str]:
    """Employee number -> name."""
    rows = Person.objects.filter(company=company, employee_no__in=numbers)
    return dict(rows.values_list("employee_no", "name"))
