"""What this room keeps about a person, for the page on which people see everything that is kept about them."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.models import Company, User
from lianxin.oversight import permissions, queries
from lianxin.oversight.models import Flag
from lianxin.oversight.queries import checks, claims, likeness, verdicts
from lianxin.oversight.states import FlagState
from lianxin.people import queries as people
from lianxin.supply.models import FavourFinding
from lianxin.ui.slots import Panel, register_panel
from lianxin.visits.models import Record

KEPT = "kept_about_person"


def _kept(request: HttpRequest, subject: object) -> str:
    """About whoever asks; the slot's subject is that person's own page."""
    person = people.person_of(user_of(request))
    if person is None:
        return ""
    return render_to_string("oversight/kept.html", {"kept": verdicts.kept_about(person), "person": person}, request)


def _alike(request: HttpRequest, record: Record) -> str:
    """That a record repeats an earlier one, for who may see both; nothing where it does not."""
    if not likeness.known_for([record.pk]):
        return ""
    return render_to_string("oversight/record_alike.html", {"record": record}, request)


def _claims(request: HttpRequest, record: Record) -> str:
    """What a record claims beside what was found; nothing where it claims nothing."""
    rows = claims.of_record(record)
    if not rows:
        return ""
    words = {"yes": _("not borne out"), "no": _("borne out"), "cannot_tell": _("cannot tell")}
    told = [{"row": row, "words": words[row.answer], "is_asked": row.answer == "yes"} for row in rows]
    return render_to_string("oversight/record_claims.html", {"claims": told}, request)


def _cares_for_reviews(user: User, company: Company) -> bool:
    """Who reviews, who oversees reviews, and who gives posts."""
    return any(access.may(user, verb, company) for verb in ("checks.read", "users.write"))


def _sees_home(request: HttpRequest) -> bool:
    """An administrator sees no questions; he is told where somebody with another post is needed, and nothing else."""
    company, user = company_of(request), user_of(request)
    if access.may(user, "flags.read", company):
        return True
    return access.may(user, "users.write", company) and (
        permissions.without_reviewer(company, on=clock.today(company)).exists()
    )


def _home(request: HttpRequest, month: date) -> str:
    """What of supervision waits for whoever asks."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    waiting = permissions.without_reviewer(company, on=on) if _cares_for_reviews(user, company) else Flag.objects.none()
    n_free = n_left = 0
    for flag in waiting:
        free = permissions.free_reviewers(flag, on=on)
        n_free, n_left = n_free + (user in free), n_left + (not free)
    with_nobody = f"{reverse('oversight:flags')}?review=nobody"
    lines = [
        (queries.flags_waiting_for(user, company, on=on), _("questions wait for you"), reverse("oversight:flags")),
        (
            queries.flags_unheard(user, company, on=on),
            _("questions were not answered in time; a reviewer notes how the person was asked and goes on"),
            f"{reverse('oversight:flags')}?state={FlagState.OPENED}",
        ),
        (n_free, _("questions are with no reviewer; you may take them up"), with_nobody),
        (
            n_left,
            _(
                "questions have nobody left to review them: the post of supervision officer is needed by somebody without "
                "an interest"
            ),
            with_nobody if access.may(user, "flags.read", company) else reverse("web:users"),
        ),
        (checks.waiting_for(user, company), _("checks are yours to make"), reverse("oversight:my_checks")),
    ]
    context = {"lines": [(n, words, url, False) for n, words, url in lines if n]}
    return render_to_string("oversight/home.html", context, request)


def _favour(request: HttpRequest, row: FavourFinding) -> str:
    """The question that was opened about a finding, for whoever may read it, the person asked too; or the button that opens it."""
    if not row.is_asked:
        return ""
    company, user = company_of(request), user_of(request)
    flag = queries.flag_about(company, f"favour_run:{row.run.number}:{row.pk}")
    if flag is None:
        if not access.may(user, "flags.open", company):
            return ""
    elif not queries.flags_visible(user, company, on=clock.today(company)).filter(pk=flag.pk).exists():
        return ""
    return render_to_string("oversight/favour_ask.html", {"row": row, "flag": flag}, request)


def _ask_copied(request: HttpRequest, judging: Any) -> str:
    """The button that opens the questions of a judging of forecasts."""
    return render_to_string("oversight/ask_copied.html", {}, request) if judging is not None else ""


def register() -> None:
    register_panel(
        "copied_forecasts",
        Panel(
            key="ask",
            title=_("Questions"),
            render=_ask_copied,
            allowed=lambda request: access.may(request.user, "verification.run", company_of(request)),
        ),
    )
    register_panel(
        "supply_finding",
        Panel(
            key="question",
            title=_("Question to the manager"),
            render=_favour,
            allowed=lambda request: access.may(request.user, "flags.read", company_of(request)),
        ),
    )
    register_panel(
        "home",
        Panel(
            key="supervision",
            title=_("Supervision"),
            render=_home,
            order=28,
            allowed=_sees_home,
        ),
    )
    register_panel(
        "record",
        Panel(
            key="likeness",
            title=_("Alike to an earlier record"),
            render=_alike,
            allowed=lambda request: access.may(request.user, "verification.read", company_of(request)),
        ),
    )
    register_panel(
        "record",
        Panel(
            key="claims",
            title=_("Claimed and found"),
            render=_claims,
            order=20,
            allowed=lambda request: access.may(request.user, "verification.read", company_of(request)),
        ),
    )
    register_panel(
        KEPT,
        Panel(
            key="supervision",
            title=_("Verification, checks and questions"),
            render=_kept,
            order=60,
            allowed=lambda request: access.may(request.user, "verification.read", company_of(request)),
        ),
    )
