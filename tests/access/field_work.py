"""Visits as made, what they are prepared with, and their verification: rows that addresses speak of."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from lianxin.oversight.models import CopyCalibration, RecordLikeness
from lianxin.visits.models import DayQuestion, Photo, Policy, RecordVersion, Theme, VisitType
from tests.access import followups
from tests.factories import AT


def prepared(w: Any) -> dict[str, Any]:
    """What visits are prepared with: a type, a theme, a question, a policy; and a photograph of which the file is gone."""
    dated = {"company": w.company, "valid_from": date(2021, 12, 1), "valid_until": date(2022, 3, 1)}
    steps = [{"kind": "check_in", "required": True}, {"kind": "check_out", "required": True}]
    photo = Photo.objects.create(
        id="0193-photo", company=w.company, person=w.manager, visit_id_said="0193-visit", action_kind="display", taken_at=AT,
        received_at=AT, sha256="x", near_hash="", n_bytes=1, width=1, height=1, path="photos/x.jpg",
    )  # fmt: skip
    policy = Policy.objects.create(
        company=w.company, title="x", text="x", valid_from=date(2021, 12, 1), tell_until=date(2022, 3, 1)
    )
    return {
        "photo": photo.pk,
        "policy": policy.pk,
        "theme": Theme.objects.create(title="x", talking_points=["x"], unit=w.unit, **dated).pk,
        "question": DayQuestion.objects.create(text="x", kind="text", unit=w.unit, **dated).pk,
        "type": VisitType.objects.create(
            company=w.company, code="x", name="x", actions=steps, valid_from=date(2021, 12, 1)
        ).pk,
    }


def of(name: str, argument: str = "pk") -> Any:
    """The argument of an address that speaks of one of these rows."""

    def arguments(w: Any) -> Mapping[str, Any]:
        return {argument: prepared(w)[name]}

    return arguments


def with_a_type(w: Any) -> Mapping[str, Any]:
    """A company that has types keeps its own, whoever of those who prepare asks for the usual ones."""
    prepared(w)
    return {}


def copied_record(w: Any) -> Mapping[str, Any]:
    """A record whose second version repeats its first."""
    found = followups.record(w)
    first, second = (RecordVersion.objects.create(words="x", submitted_at=AT, **found) for _number in range(2))
    RecordLikeness.objects.create(version=second, source=first, likeness=0.9, found_at=AT)
    return found


def calibration(w: Any) -> Mapping[str, Any]:
    """A calibration of the line for copies that found one."""
    CopyCalibration.objects.get_or_create(
        company=w.company, number=1, since=date(2021, 12, 1), until=date(2022, 1, 1), false_share=0.02, similarity=0.7,
        copy_bits=20, n_notes=1, n_told=1, n_needed=1, n_left_out=0, n_open=0, code_version="x", made_at=AT,
        lines=[{"similarity": 0.7, "marked": 0, "share": 0.0, "high": 0.01}],
    )  # fmt: skip
    return {"number": 1}


ARGUMENTS = {
    "oversight:calibration": calibration,
    "oversight:calibration_draft": calibration,
    "GET /copy-calibrations/{number}": calibration,
    "POST /copy-calibrations/{number}/draft": calibration,
    "visits:visit": lambda w: {"visit_id": w.check.visit_id},
    "visits:photo": of("photo", "photo_id"),
    **{f"visits:{name}": of(name) for name in ("type", "theme", "question", "policy")},
    "GET /visits/{visit_id}": lambda w: {"visit_id": w.check.visit_id},
    **{f"GET /photos/{{photo_id}}{more}": of("photo", "photo_id") for more in ("", "/file")},
    **{f"GET /policies/{{policy_id}}{more}": of("policy", "policy_id") for more in ("", "/reach", "/told", "/missing")},
    "GET /visit-types/{type_id}/versions": of("type", "type_id"),
    "POST /visit-types/usual": with_a_type,
    "PUT /visit-themes/{theme_id}": of("theme", "theme_id"),
    "PUT /visit-questions/{question_id}": of("question", "question_id"),
    "GET /visit-hours/{licence_no}": lambda w: {"licence_no": w.retailer.licence_no},
    "POST /visit-hours/{licence_no}": lambda w: {"licence_no": w.retailer.licence_no},
    "DELETE /care-notes/{note_id}": followups.own_note,
    **{f"GET /call-plans/{{plan_id}}/{what}": lambda w: {"plan_id": w.plan.pk} for what in ("adherence", "unplaced")},
    "GET /check-rounds/{number}/checks": lambda w: {"number": w.check.round.number},
    "GET /checks/{pk}/checkers": lambda w: {"pk": w.check.pk},
    "POST /checks/{pk}/hand-over": lambda w: {"pk": w.check.pk},
    "GET /rule-sets/{number}/runs": lambda w: {"number": w.run.rule_set.number},
    "GET /verification/runs/{run_id}": lambda w: {"run_id": w.run.pk},
    "GET /verification/{month}/run": lambda w: {"month": "2021-12"},
    "GET /verification/{month}/visits": lambda w: {"month": "2021-12"},
    "GET /verification/{month}/key-retailers": lambda w: {"month": "2021-12"},
    "GET /verification/records/{record_id}/claims": followups.record,
    "GET /verification/visits/{visit_id}": lambda w: {"visit_id": w.check.visit_id},
    "GET /verification/visits/{visit_id}/copy": lambda w: {"visit_id": w.check.visit_id},
    "POST /verification/visits/{visit_id}/ask": lambda w: {"visit_id": w.check.visit_id},
    "oversight:record_copy": copied_record,
    "GET /verification/records/{record_id}/copy": copied_record,
    "POST /rules/{rule}/adopt-again": lambda w: {"rule": "rule_burst"},
}
