"""What a phone carries: today's work and the next days', and a short form of everything else that its person visits."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Case, Max, Q, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation import queries as company_queries
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.goods.queries import guide_prices
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer, RetailerVersion
from lianxin.retailers.queries import shown
from lianxin.visits.carried import promise_json, request_json
from lianxin.visits.limits import consent_purpose, promise_limits, topics, usual_length
from lianxin.visits.models import (
    CareNote,
    DayQuestion,
    PlannedVisit,
    Policy,
    PolicyTold,
    Promise,
    Request,
    ShopHours,
    Theme,
    Visit,
    VisitAction,
    VisitType,
)
from lianxin.visits.queries import holding, plan_words
from lianxin.visits.queries.not_made import to_explain
from lianxin.visits.queries.versions import versions_on
from lianxin.visits.states import ActionKind, PlannedState, PlanState, PromiseState, RequestState

NEXT_DAYS: Final = 3
PRODUCTS_AT_MOST: Final = 500
STOCK_LOOK_DAYS: Final = 180
DAYS_OFF_AHEAD: Final = 31
_OPEN_PROMISES = (PromiseState.ASKED, PromiseState.OPEN, PromiseState.NOT_KEPT)
_OPEN_REQUESTS = (RequestState.OPEN, RequestState.ANSWERED, RequestState.REOPENED)


def replica_of(person: Person, *, at: datetime) -> dict[str, Any]:
    """Everything a phone needs for its person's work, with `version`: the digest of all of it but the hour."""
    company = person.company
    today = at.astimezone(company.zone).date()
    parameters = dated.in_force(company, on=today)
    planned = _planned(person, today)
    content = {
        "company": _company(company, parameters, today),
        "person": {"id": person.pk, "name": person.name, "employee_no": person.employee_no},
        "consent": _consent(person, parameters),
        "visit_types": _visit_types(company, today),
        "themes": _themes(person, today),
        "questions": _questions(person, today),
        "policies": _policies(company, today),
        "products": _products(company, parameters, today),
        "topics": topics(parameters),
        "promise_limits": [
            {"code": each.code, "name": each.name, "leave_of": each.leave_of} for each in promise_limits(parameters)
        ],
        "retailers": _retailers(person, today, {visit.retailer_id for visit in planned}),
        "plan": _plan(company, planned),
        "not_made": _not_made(person, today),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"version": hashlib.sha256(text.encode()).hexdigest()[:32], "server_now": at.isoformat(), **content}


def _hours(hour: float) -> str:
    minutes = min(round(hour * 60), 24 * 60 - 1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _company(company: Company, parameters: Mapping[str, Any], today: date) -> dict[str, Any]:
    ahead = [today + timedelta(days=n) for n in range(DAYS_OFF_AHEAD)]
    working = set(company_queries.working_days(company, today, today + timedelta(days=DAYS_OFF_AHEAD)))
    length = usual_length(parameters)
    return {
        "name": company.name,
        "time_zone": company.time_zone,
        "units": {
            "order_unit": company.order_unit,
            "order_unit_en": company.order_unit_en,
            "conversions": company.unit_conversions,
        },
        "currency_symbol": company.currency_symbol,
        "radius_metres": value_of(parameters, "field.radius_metres"),
        "work_from": _hours(value_of(parameters, "field.position_from_hour")),
        "work_until": _hours(value_of(parameters, "field.position_until_hour")),
        # No position is asked for on a day off; a phone without a network for weeks knows them all the same.
        "days_off": [day.isoformat() for day in ahead if day not in working],
        "fix_age_limit_seconds": value_of(parameters, "field.fix_age_limit_seconds"),
        "auto_close_minutes": value_of(parameters, "field.auto_close_minutes"),
        "usual_minutes": {"least": length.least, "most": length.most},
        "photo_max_edge": value_of(parameters, "field.photo_max_edge"),
        "photo_quality": value_of(parameters, "field.photo_quality"),
        "language": get_language() or "zh-hans",
    }


def _consent(person: Person, parameters: Mapping[str, Any]) -> dict[str, Any]:
    given = holding.consent_in_force(person)
    purpose = given.purpose if given else consent_purpose(parameters)
    return {"purpose": purpose, "given_at": given.given_at.isoformat() if given else None}


def _visit_types(company: Company, on: date) -> list[dict[str, Any]]:
    rows = VisitType.objects.filter(_in_force(on), company=company).order_by("code", "-version")
    newest: dict[str, VisitType] = {}
    for row in rows:
        newest.setdefault(row.code, row)
    return [
        {"id": row.pk, "code": row.code, "version": row.version, "name": row.name, "actions": row.actions}
        for row in newest.values()
    ]


def _in_force(on: date, *, until: date | None = None) -> Q:
    return Q(valid_from__lte=until or on) & (Q(valid_until=None) | Q(valid_until__gt=on))


def units_above(person: Person, *, on: date) -> set[int]:
    """The units in which a person is posted on a day, and all above them."""
    posting = people.postings_on(person.company, on=on).filter(person=person).select_related("unit").first()
    found: set[int] = set()
    unit = posting.unit if posting else None
    while unit is not None and unit.pk not in found:
        found.add(unit.pk)
        unit = unit.parent
    return found


def _for_person(person: Person, on: date) -> Q:
    return Q(unit=None) | Q(unit_id__in=units_above(person, on=on))


def _themes(person: Person, on: date) -> list[dict[str, Any]]:
    days = _in_force(on, until=on + timedelta(days=NEXT_DAYS))
    rows = Theme.objects.filter(days, _for_person(person, on), company=person.company).order_by("valid_from", "pk")
    return [
        {
            "id": row.pk,
            "title": row.title,
            "talking_points": row.talking_points,
            "from": row.valid_from.isoformat(),
            "until": row.valid_until.isoformat(),
        }
        for row in rows
    ]


def _questions(person: Person, on: date) -> list[dict[str, Any]]:
    days = _in_force(on, until=on + timedelta(days=NEXT_DAYS))
    rows = DayQuestion.objects.filter(days, _for_person(person, on), company=person.company)
    return [
        {
            "id": row.pk,
            "text": row.text,
            "kind": row.kind,
            "options": row.options,
            "from": row.valid_from.isoformat(),
            "until": row.valid_until.isoformat(),
        }
        for row in rows.order_by("valid_from", "pk")
    ]


def has_questions(person: Person, *, on: date) -> bool:
    """Whether a person was to ask questions in the shops on a day."""
    rows = DayQuestion.objects.filter(_for_person(person, on), company=person.company)
    return rows.filter(valid_from__lte=on, valid_until__gt=on).exists()


def policies_to_tell(company: Company, *, on: date) -> list[Policy]:
    """The policies that retailers are to be told on a day, oldest first."""
    return list(
        Policy.objects.filter(company=company, valid_from__lte=on, tell_until__gte=on).order_by("valid_from", "pk")
    )


def _policies(company: Company, on: date) -> list[dict[str, Any]]:
    # Which answer is right stays here: the retailer is asked, not the phone.
    return [
        {
            "id": row.pk,
            "title": row.title,
            "text": row.text,
            "check_question": row.check_question,
            "check_answers": [{"text": answer["text"]} for answer in row.check_answers],
            "tell_until": row.tell_until.isoformat(),
        }
        for row in policies_to_tell(company, on=on)
    ]


def _products(company: Company, parameters: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
    """All products that can be counted; those that the company wants counted come first."""
    wanted = value_of(parameters, "field.stock_products") or value_of(parameters, "measuring.key_products") or ()
    asked = Case(When(product_code__in=list(wanted), then=Value(0)), default=Value(1))
    rows = Product.objects.filter(company=company).order_by(asked, "name", "pk")
    found = list(rows.values_list("pk", "name")[:PRODUCTS_AT_MOST])
    guides = guide_prices([pk for pk, _name in found])
    return [
        {"id": pk, "name": name, "unit": company.order_unit, "guide_fen": guides.on(pk, today)} for pk, name in found
    ]


def _planned(person: Person, today: date) -> list[PlannedVisit]:
    # A plan that waits for approval is the best that is known; a returned one is not worked by.
    return list(
        PlannedVisit.objects.filter(
            person=person,
            visit_date__gte=today,
            visit_date__lte=today + timedelta(days=NEXT_DAYS),
            cycle__state__in=(PlanState.APPROVED, PlanState.PROPOSED),
        )
        .exclude(state=PlannedState.DROPPED)
        .order_by("visit_date", "order", "pk")
    )


def _plan(company: Company, planned: Sequence[PlannedVisit]) -> list[dict[str, Any]]:
    names = plan_words.subjects_of(company, [visit.reasons for visit in planned])
    return [
        {
            "id": visit.pk,
            "retailer_id": visit.retailer_id,
            "visit_date": visit.visit_date.isoformat(),
            "order": visit.order,
            "arrive_at": visit.arrive_at.strftime("%H:%M"),
            "service_minutes": visit.service_minutes,
            "reasons": [_reason(plan_words.why(reason, names)) for reason in visit.reasons],
            "state": visit.state,
        }
        for visit in planned
    ]


def _not_made(person: Person, today: date) -> list[dict[str, Any]]:
    return [
        {
            "id": one.visit.pk,
            "retailer_id": one.visit.retailer_id,
            "name": one.visit.retailer.name,
            "visit_date": one.visit.visit_date.isoformat(),
            "until": one.until.isoformat(),
        }
        for one in to_explain(person, on=today)
    ]


def _reason(why: plan_words.Why) -> dict[str, str]:
    return {"code": why.code, "present": why.present, "wanted": why.wanted, "way": why.way}


def _retailers(person: Person, today: date, planned: set[int]) -> list[dict[str, Any]]:
    rows = {row.pk: row for row in holding.retailers_of(person, on=today)}
    rows.update(Retailer.objects.in_bulk([pk for pk in planned if pk not in rows]))
    ids = list(rows)
    known = versions_on(ids, on=today)
    versions = {pk: version for pk, version in known.items() if version.valid_from <= today}
    hours = _newest(ShopHours.objects.filter(retailer_id__in=ids, valid_from__lte=today))
    points = holding.points_by_retailer(ids, on=today, versions=known)
    last = dict(
        Visit.objects.filter(company=person.company, retailer_id__in=ids)
        .values_list("retailer_id")
        .annotate(last=Max("visit_date"))
    )
    promises = _grouped(
        Promise.objects.filter(retailer_id__in=ids, state__in=_OPEN_PROMISES).order_by("due_on", "pk"), promise_json
    )
    requests = _grouped(
        # What a retailer wrote itself goes to an office, not to who visits it.
        Request.objects.filter(retailer_id__in=ids, state__in=_OPEN_REQUESTS)
        .exclude(raised_by=None)
        .order_by("due_on", "pk"),
        request_json,
    )
    missing = _missing_policies(person.company, ids, today)
    notes = _grouped(
        CareNote.objects.filter(retailer_id__in=planned & set(ids), keep_until__gte=today).order_by("pk"),
        lambda note: {
            "id": note.pk,
            "purpose": note.purpose,
            "text": note.text,
            "keep_until": note.keep_until.isoformat(),
        },
    )
    stock = last_stock(person.company, planned & set(ids), since=today - timedelta(days=STOCK_LOOK_DAYS))
    found = []
    for pk, row in rows.items():
        version, shop = versions.get(pk), hours.get(pk)
        is_full = pk in planned
        found.append(
            {
                "id": pk,
                "licence_no": row.licence_no,
                "name": row.name,
                "address": version.address if version else "",
                "latitude": version.latitude if version else None,
                "longitude": version.longitude if version else None,
                "points": [{"latitude": north, "longitude": east} for north, east in points.get(pk, ())],
                "tier": version.tier if version else None,
                "status": version.status if version else "active",
                "busy_from": _clock(shop.busy_from if shop else None),
                "busy_until": _clock(shop.busy_until if shop else None),
                "last_visit_date": last[pk].isoformat() if pk in last else None,
                "facts": _facts(version) if version and is_full else [],
                "promises": promises[pk],
                "requests": requests[pk],
                "policies_missing": missing.get(pk, []),
                "care_notes": notes[pk] if is_full else [],
                "stock": stock.get(pk, []) if is_full else [],
            }
        )
    return found


def _clock(moment: time | None) -> str | None:
    return moment.strftime("%H:%M") if moment else None


def _newest(rows: Any) -> dict[int, Any]:
    return {row.retailer_id: row for row in rows.order_by("retailer_id", "valid_from")}


def _grouped(rows: Iterable[Any], as_json: Any) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.retailer_id].append(as_json(row))
    return found


def _missing_policies(company: Company, ids: Sequence[int], on: date) -> dict[int, list[int]]:
    policies = [policy.pk for policy in policies_to_tell(company, on=on)]
    if not policies:
        return {}
    told = set(
        PolicyTold.objects.filter(policy_id__in=policies, retailer_id__in=ids).values_list("retailer_id", "policy_id")
    )
    return {pk: [policy for policy in policies if (pk, policy) not in told] for pk in ids}


def _facts(version: RetailerVersion) -> list[dict[str, str]]:
    titles = (
        ("tier", _("Tier")),
        ("trade_form", _("Trade form")),
        ("market_type", _("Market type")),
        ("order_weekday", _("Order day")),
        ("route", _("Delivery route")),
    )
    written = [(title, shown(name, getattr(version, name))) for name, title in titles]
    return [{"label": title, "value": value} for title, value in written if value]


def last_stock(company: Company, ids: Iterable[int], *, since: date) -> dict[int, list[dict[str, Any]]]:
    """The newest stock count of each retailer since a day: [{product_id, last_units}]."""
    counts = (
        VisitAction.objects.filter(
            visit__company=company,
            visit__retailer_id__in=list(ids),
            visit__visit_date__gte=since,
            kind=ActionKind.STOCK_COUNT,
        )
        .order_by("visit__visit_date", "visit__check_in_at")
        .values_list("visit__retailer_id", "body")
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for retailer_id, body in counts:
        lines = body.get("lines") or []
        if lines:
            found[retailer_id] = [{"product_id": line["product_id"], "last_units": line["units"]} for line in lines]
    return found
