"""Whose steps helped, how right everybody was, and who only copied."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianxin.demand.models import Judging
from lianxin.demand.queries import judged
from lianxin.demand.screens import judged_rows, queueing
from lianxin.demand.screens.judged_parts import actual_filter, nothing
from lianxin.demand.states import JudgedKind
from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.gate import needs
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty, Explanation, Fact, Figure
from lianxin.ui.responses import explanation_page, list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table


@needs("forecasts.read")
def stair(request: HttpRequest) -> HttpResponseBase:
    """The stair of all managers together, and each manager's own step."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    judging = judged.newest(company)
    together = judged.together(user, judging, JudgedKind.STAIR, on=on) if judging else []
    table = Table(
        name="stair",
        title=_("All managers together"),
        default_sort="name",
        columns=[
            *judged_rows.stair_columns(Column(key="name", title=_("Step"), sort_by="place")),
        ],
        source=ListSource(judged_rows.stair_rows(together, words=judged_rows.step_words), key="place"),
        empty=nothing(),
    )
    persons = judged.persons_judged(user, judging, JudgedKind.STAIR, on=on) if judging else []
    own = Table(
        name="stair_persons",
        title=_("Each manager's changes against the system"),
        prefix="p_",
        # By name: intervals overlap, and this is no ranking.
        default_sort="name",
        columns=[
            Column(
                key="name",
                title=_("Customer manager"),
                href=lambda r: reverse("demand:judged_person", args=[r["person_id"]]),
            ),
            *judged_rows.stair_columns(Column(key="name", title=_("Step")))[1:],
        ],
        source=ListSource(_persons(persons), key="person_id"),
        empty=Empty(title=_("Nobody to show"), text=_("Nothing is told of a manager whom you may see.")),
    )
    context = {
        "judging": judging,
        "sentence": judged_rows.verdict_sentence(together) if judging else "",
        "persons": own.page(request.GET),
        "may_run": access.may(user, "rounds.run", company),
        "may_copied": access.may(user, judged.COPIED, company),
    }
    return list_page(request, "demand/stair.html", table, context=context)


def _persons(persons: list[tuple[Any, list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    found = []
    for person, rows in persons:
        for row in judged_rows.stair_rows(rows, words=lambda _row, name=person.name: name):
            if (row["step"], row["against"]) == ("customer_manager", "system"):
                found.append({**row, "person_id": person.pk})
    return found


@needs("forecasts.read")
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """One manager: by product group, by size and sign of the change, and every accuracy beside each other."""
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    judging = _newest(request)
    whose, rows = judged.of_person(user, judging, JudgedKind.STAIR, person_id, on=on)
    own = [row for row in rows if (row["step"], row["against"]) == ("customer_manager", "system")]
    groups = sorted({row["product_group"] for row in own})
    by_group = [
        one
        for group in groups
        for one in judged_rows.stair_rows(
            own,
            group=group,
            words=lambda row: row["product_group"] if row["product_group"] != judged_rows.ALL else _("All products"),
        )
    ]
    by_size = [
        one
        for code, words in judged_rows.ADJUSTMENTS.items()
        for one in judged_rows.stair_rows(own, adjustment=code, words=lambda _row, words=words: str(words))
    ]
    _whose, told = judged.of_person(user, judging, JudgedKind.ACCURACY, person_id, on=on)
    filters = actual_filter(request, judging)
    accuracy = Table(
        name="accuracies",
        title=_("How right, told in every way"),
        default_sort="title",
        columns=judged_rows.accuracy_columns(),
        source=ListSource(judged_rows.accuracy_rows(told, filters.text("actual"), judged_rows.least_lines(judging)), key="place"),
        page_size=100,
        note=_("The first is the honest one. The flattering ones beside it let errors cancel: what one shop has too much makes up "
               "for what another lacks, though nobody can sell it there."),
    )  # fmt: skip
    entered = Table(
        name="accuracies_entered",
        title=_("On the lines with an own number alone"),
        prefix="n_",
        default_sort="title",
        columns=judged_rows.accuracy_columns(),
        source=ListSource(
            judged_rows.accuracy_rows(
                judged.of_entered(user, judging, person_id, on=on),
                filters.text("actual"),
                judged_rows.least_lines(judging),
            ),
            key="place",
        ),
        page_size=100,
        exports=(),
        note=_("Among all lines a lean drowns in those left to the system; here it shows."),
    )
    context = {
        "person": whose,
        "entered": entered.page(request.GET),
        "judging": judging,
        "sentence": judged_rows.verdict_sentence(rows),
        "steps": _plain(
            "steps",
            _("Every step against the others"),
            judged_rows.stair_rows(rows, words=judged_rows.step_words),
            request,
        ),
        "groups": _plain("groups", _("By product group"), _numbered(by_group), request),
        "sizes": _plain("sizes", _("By size and sign of the change"), _numbered(by_size), request),
        "crumbs": [Crumb(title=_("Whose steps helped"), url=reverse("demand:stair"))],
    }
    return list_page(request, "demand/judged_person.html", accuracy, filters=filters, context=context)


@needs("forecasts.read")
def explain_accuracy(request: HttpRequest) -> HttpResponse:
    """What stands behind the accuracy of all managers together."""
    company, user = company_of(request), user_of(request)
    judging = _newest(request)
    rows = judged.together(user, judging, JudgedKind.ACCURACY, on=clock.today(company))
    actual = actual_filter(request, judging).text("actual")
    asked = str(request.GET.get("accuracy", "honest"))
    author = str(request.GET.get("author", "customer_manager"))
    one = next(
        (row for row in rows if row["accuracy"] == asked and row["author"] == author and row["actual"] == actual),
        None,
    )
    if one is None:
        raise Missing(_("Nothing is told of this."))
    (shown,) = judged_rows.accuracy_rows([one], actual)
    return explanation_page(
        request,
        Explanation(
            title=shown["title"],
            subject=shown["author"],
            figure=shown["value"],
            formula=shown["formula"],
            source=_("Forecasts and order lines of closed rounds"),
            version=f"{judging.code_version} · {judging.number}",
            numerator=Fact(title=_("Numerator"), text=_number(shown["numerator"])),
            denominator=Fact(title=_("Denominator"), text=_number(shown["denominator"])),
            n=Fact(title=_("Lines"), text=formats.number(shown["n"])),
            uncertainty=shown["band"] if one.get("low") is not None else "",
            facts=(Fact(title=_("What to know"), text=shown["note"]),),
            rows_url=reverse("demand:rounds"),
            rows_title=_("Forecast rounds"),
        ),
    )


@needs("forecasts.read")
def accuracy(request: HttpRequest) -> HttpResponseBase:
    """All authors: the honest accuracy first, the flattering ones beside it."""
    company, user = company_of(request), user_of(request)
    judging = judged.newest(company)
    on = clock.today(company)
    filters = actual_filter(request, judging)
    rows = judged.together(user, judging, JudgedKind.ACCURACY, on=on) if judging else []
    told = judged_rows.accuracy_rows(rows, filters.text("actual"), judged_rows.least_lines(judging))
    honest = next(
        (
            row
            for row in told
            if row["code"] == "honest" and row["author"] == str(judged_rows.STEPS["customer_manager"])
        ),
        None,
    )
    total = next(
        (row for row in told if row["code"] == "total" and row["author"] == str(judged_rows.STEPS["customer_manager"])),
        None,
    )

    def figure(row: dict[str, Any] | None) -> list[Figure]:
        if row is None:
            return []
        address = f"{reverse('demand:explain_accuracy')}?accuracy={row['code']}&actual={filters.text('actual')}"
        value: Figure = row["value"]
        return [Figure(title=row["title"], value=value.value, kind="share", answer=value.answer, n=row["n"], note=row["note"],
                       explain_url=address)]  # fmt: skip

    table = Table(
        name="accuracy_all",
        title=_("How right, told in every way"),
        default_sort="title",
        columns=judged_rows.accuracy_columns(),
        source=ListSource(told, key="place"),
        page_size=100,
        empty=nothing(),
    )
    context = {
        "judging": judging,
        "figures": [*figure(honest), *figure(total)],
        "crumbs": [Crumb(title=_("Whose steps helped"), url=reverse("demand:stair"))],
    }
    return list_page(request, "demand/accuracy.html", table, filters=filters, context=context)


@needs("rounds.run")
@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    try:
        job = queueing.judge(company, by=user_of(request), at=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("demand:stair")
    return redirect("web:job", job.pk)


def _plain(name: str, title: str, rows: list[dict[str, Any]], request: HttpRequest) -> Any:
    columns = judged_rows.stair_columns(Column(key="name", title=title, sort_by="place"))
    table = Table(
        name=name, title=title, prefix=f"{name}_", default_sort="name", columns=columns, source=ListSource(rows, key="place"),
        page_size=100, exports=(),
    )  # fmt: skip
    return table.page(request.GET)


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "place": place} for place, row in enumerate(rows)]


def _newest(request: HttpRequest) -> Judging:
    found = judged.newest(company_of(request))
    if found is None:
        raise Missing(_("No round has been held against its sales yet."))
    return found


def _number(value: float | None) -> str:
    return "" if value is None else formats.number(value, 1)
