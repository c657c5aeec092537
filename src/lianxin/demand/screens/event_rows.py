"""Rows of what each hint and festival did to the system's forecast, with it and without it beside what came."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.demand.models import Round
from lianxin.demand.queries.evidence import hints_by_id
from lianxin.demand.queries.festivals import festival_words
from lianxin.demand.queries.judged import rounds_by_id
from lianxin.demand.screens.judged_rows import EVIDENCE
from lianxin.demand.screens.words import round_title, unit_words
from lianxin.foundation.models import Company
from lianxin.ui.parts import Figure
from lianxin.ui.tables import Column


def event_columns(company: Company, *, with_name: bool = True) -> list[Column]:
    """The columns of what events did, one row for each of a round."""
    name = [
        Column(
            key="name", title=_("Hint or festival"), sort_by="place", href=lambda r: r["url"], note=lambda r: r["kind"]
        )
    ]
    unit = unit_words(company)
    return [
        *(name if with_name else []),
        Column(key="round", title=_("Round"), sort_by="round_order", href=lambda r: r["round_url"], on_card=True),
        Column(key="gained", title=_("Error taken away"), kind="figure", on_card=True, sort_by="order",
               help=_("Points of WMAPE by which the forecast with it came nearer than the one without it")),
        Column(key="without", title=_("Without it"), unit=unit, kind="number", decimals=1),
        Column(key="given", title=_("With it"), unit=unit, kind="number", decimals=1),
        Column(key="came", title=_("What came"), unit=unit, kind="figure", on_card=True, sort_by="came_order"),
        Column(key="n", title=_("Lines moved"), kind="number"),
        Column(key="n_helped", title=_("Nearer"), kind="number"),
        Column(key="n_harmed", title=_("Further"), kind="number"),
    ]  # fmt: skip


def event_rows(company: Company, rows: Sequence[Mapping[str, Any]], *, least: int) -> list[dict[str, Any]]:
    """One row for each event of a round; below `least` known lines nothing is said of whether it helped."""
    rounds = rounds_by_id(company, {int(row["round_id"]) for row in rows})
    names = event_names(company, {row["event_id"] for row in rows})
    made = []
    for place, row in enumerate(rows):
        round = rounds.get(int(row["round_id"]))
        gained = (row["error_without"] - row["error_with"]) / row["actual"] if row["actual"] else None
        told = row["n_known"] >= least and gained is not None
        whole = row["n_known"] == row["n"]
        made.append(
            {
                "place": place,
                "kind": str(EVIDENCE.get(row["kind"], row["kind"])),
                **names[row["event_id"]],
                "round": round_title(round) if round else "",
                "round_order": str(round.first_period) if round else "",
                "round_url": reverse("demand:round", args=[round.pk]) if round else "",
                "gained": Figure(
                    value=gained if told else None, kind="points", n=row["n_known"], needs=least,
                    reason=_("too few lines whose sales are known"), answer="value" if told else "not_enough_data",
                ),
                "order": gained if told else -99.0,
                "without": row["without_milli"] / 1000,
                "given": row["with_milli"] / 1000,
                "came": Figure(value=row["actual"] / 1000 if whole else None, reason=_("not known")),
                "came_order": row["actual"] if whole else -1,
                **{name: row[name] for name in ("n", "n_helped", "n_harmed")},
            }
        )  # fmt: skip
    return made


def event_names(company: Company, ids: set[str]) -> dict[str, dict[str, str]]:
    """What each event is called, and where it opens."""
    hints = hints_by_id(int(one.removeprefix("hint:")) for one in ids if one.startswith("hint:")).rows
    made = {}
    for one in ids:
        if one in hints:
            made[one] = {"name": hints[one].words, "url": reverse("demand:hint", args=[hints[one].pk])}
        else:
            made[one] = {"name": _festival(company, one), "url": ""}
    return made


def handed_rows(round: Round, handed: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The events that a round's forecast was given, as its page lists them."""
    names = event_names(round.company, {one["id"] for one in handed})
    return [
        {
            **names[one["id"]],
            "kind": str(EVIDENCE.get(one["kind"], one["kind"])),
            "first": date.fromisoformat(one["from"]),
            "last": date.fromisoformat(one["until"]) - timedelta(days=1),
        }
        for one in handed
    ]


def _festival(company: Company, event_id: str) -> str:
    _kind, first, name = event_id.split(":", 2)
    return festival_words(company, date.fromisoformat(first), name, get_language() or "zh")
