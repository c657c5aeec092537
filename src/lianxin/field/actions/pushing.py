"""Takes what a phone sends: each record once, each in its own transaction, each with a verdict that stays the same.

The row of `Pushed` is written first: a second sender of the same id waits for the first on its primary key (SQLite takes one
writer at a time) and then finds the verdict. A refused record leaves its verdict and nothing else.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from lianxin.demand.actions import hinting
from lianxin.field.models import Device, Pushed
from lianxin.field.states import Verdict
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import User
from lianxin.people.models import Person
from lianxin.visits import bodies
from lianxin.visits.actions import carenotes, consent, not_made, policies, promises, requests, visiting
from lianxin.visits.conflicts import Conflict
from lianxin.visits.queries import visiting as visiting_queries

log = logging.getLogger(__name__)
RECORDS_AT_MOST: Final = 100
BYTES_AT_MOST: Final = 1_000_000
_ID = re.compile(bodies.UUID7)
_DEVICE = re.compile(r"[0-9A-Za-z_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Sent:
    """Who sends, from which device, with what clock."""

    user: User
    person: Person
    device: Device
    clock_offset_seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on a record, in the words that the phone shows."""

    id: str
    verdict: Verdict
    reason: str = ""
    latest: dict[str, Any] | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """As the phone receives it."""
        return {"id": self.id, "verdict": str(self.verdict), "reason": self.reason, "latest": self.latest}


@transaction.atomic
def greet(*, user: User, device_id: str, name: str, at: datetime) -> Device:
    """The device of a user, noted as seen now. A shared phone belongs to whoever uses it.

    Raises
    ------
    Refused : an id that no device makes, or a device of another company.
    """
    if not _DEVICE.fullmatch(device_id):
        raise Refused(_("A device's id has up to 40 letters, figures and hyphens."), field="device.id")
    assert user.company is not None
    device, made = Device.objects.get_or_create(
        pk=device_id,
        defaults={"company": user.company, "user": user, "name": name[:120], "first_seen_at": at, "last_seen_at": at},
    )
    if device.company_id != user.company_id:
        raise Refused(_("This device is known to another company."), field="device.id")
    if not made:
        device.user, device.name, device.last_seen_at = user, name[:120], at
        device.save(update_fields=["user", "name", "last_seen_at"])
    return device


def take(
    *,
    user: User,
    person: Person,
    device_id: str,
    device_name: str,
    clock_offset_seconds: int,
    records: Sequence[Any],
    at: datetime,
) -> list[Ruling]:
    """The verdicts on records, in their order.

    A record whose handling failed by our own fault gets none: it stays pending on the phone and is sent again. One that names
    itself wrongly is refused under whatever it calls itself.

    Parameters
    ----------
    clock_offset_seconds : server minus phone, at this moment

    Raises
    ------
    Refused : as `greet`; then nothing is looked at.
    """
    device = greet(user=user, device_id=device_id, name=device_name, at=at)
    sent = Sent(user, person, device, max(-(2**31), min(clock_offset_seconds, 2**31 - 1)), at)
    found = []
    for record in records:
        try:
            found.append(_take_one(sent, record))
        except Exception:
            log.exception("a record of %s could not be taken", sent.user.pk)
    return found


def _take_one(sent: Sent, record: Any) -> Ruling:
    frame = record if isinstance(record, Mapping) else {}
    record_id = frame.get("id")
    if not isinstance(record_id, str) or not _ID.fullmatch(record_id):
        return Ruling(str(record_id)[:40], Verdict.REFUSED, _("The record's id is not a UUIDv7; export it and ask."))
    verb, body, made_at = frame.get("verb"), frame.get("body"), _instant(frame.get("made_at"))
    if not isinstance(verb, str) or not isinstance(body, Mapping) or made_at is None:
        return Ruling(record_id, Verdict.REFUSED, _("The record lacks its verb, its body, or when it was made."))
    if verb not in HANDLERS:
        # Not remembered: a server of a later version may know the verb.
        sentence = _("The server does not know “%(verb)s”. Bring the app up to date.") % {"verb": verb[:60]}
        return Ruling(record_id, Verdict.REFUSED, sentence)
    digest = hashlib.sha256(f"{verb}\n{canonical(body)}".encode()).hexdigest()
    try:
        with transaction.atomic():
            return _first_time(sent, record_id, verb, body, made_at, digest)
    except IntegrityError:
        # Somebody was first under this id. Any other clash of keys is a fault of ours and goes on.
        earlier = Pushed.objects.filter(pk=record_id).first()
        if earlier is None:
            raise
        return _again(sent, earlier, digest)


def _first_time(
    sent: Sent, record_id: str, verb: str, body: Mapping[str, Any], made_at: datetime, digest: str
) -> Ruling:
    row = Pushed.objects.create(
        id=record_id,
        company=sent.person.company,
        user=sent.user,
        device=sent.device,
        verb=verb,
        body_sha256=digest,
        made_at=made_at,
        received_at=sent.at,
        verdict=Verdict.APPLIED,
    )
    try:
        with transaction.atomic():
            told = HANDLERS[verb](sent, bodies.read(bodies.VERBS[verb], dict(body)), made_at)
        ruling = Ruling(record_id, Verdict.APPLIED, " ".join(told))
    except Conflict as conflict:
        ruling = Ruling(record_id, Verdict.CONFLICT, conflict.message, conflict.latest)
    except Refused as refused:
        ruling = Ruling(record_id, Verdict.REFUSED, refused.message)
    row.verdict, row.answer = ruling.verdict, {"reason": ruling.reason, "latest": ruling.latest}
    row.save(update_fields=["verdict", "answer"])
    return ruling


def _again(sent: Sent, earlier: Pushed, digest: str) -> Ruling:
    if earlier.user_id != sent.user.pk:
        return Ruling(earlier.pk, Verdict.REFUSED, _("Somebody else sent a record under this id."))
    if earlier.body_sha256 != digest:
        sentence = _("A record with this id and another content was sent before; that one stands. Make a new record.")
        return Ruling(earlier.pk, Verdict.REFUSED, sentence)
    return Ruling(earlier.pk, Verdict(earlier.verdict), earlier.answer.get("reason", ""), earlier.answer.get("latest"))


def canonical(body: Mapping[str, Any]) -> str:
    """A body as text that does not depend on the order of its names."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _instant(written: Any) -> datetime | None:
    try:
        found = parse_datetime(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _said_at(sent: Sent, made_at: datetime) -> datetime:
    """When it was said, by the server's clock; never later than it arrived."""
    return min(visiting.corrected(made_at, sent.clock_offset_seconds, sent.person.company, at=sent.at), sent.at)


def _complete(sent: Sent, body: bodies.CompleteBody, made_at: datetime) -> list[str]:
    taken = visiting.complete(
        person=sent.person,
        body=body,
        clock_offset_seconds=sent.clock_offset_seconds,
        device_id=sent.device.pk,
        by=sent.user,
        at=sent.at,
    )
    hints = hinting.seen_short(
        person=sent.person,
        retailer=taken.visit.retailer,
        since=visiting_queries.short_since(taken.visit),
        visit_id=taken.visit.pk,
        on=taken.visit.visit_date,
        by=sent.user,
        at=sent.at,
    )
    n = len({hint.product_id for hint in hints})
    return [*taken.told, *([_("%(n)s shortages were told to the forecast.") % {"n": n}] if n else [])]


def _make_promise(sent: Sent, body: bodies.MakePromiseBody, made_at: datetime) -> list[str]:
    promise = promises.make(
        promise_id=body.promise_id,
        person=sent.person,
        retailer_id=body.retailer_id,
        text=body.text,
        due_on=body.due_on,
        limit_code=body.limit_code,
        visit_id=body.visit_id,
        made_at=_said_at(sent, made_at),
        by=sent.user,
        at=sent.at,
    )
    if not promise.leave_of:
        return []
    return [_("It waits for the leave of %(post)s first.") % {"post": promise.get_leave_of_display()}]


def _settle_promise(sent: Sent, body: bodies.SettlePromiseBody, made_at: datetime) -> list[str]:
    promises.settle(
        promise_id=body.promise_id,
        person=sent.person,
        kept=body.kept,
        words=body.words,
        by=sent.user,
        at=sent.at,
        # A shop that went to a colleague between the visit and now was still this person's when it was said.
        on=_said_at(sent, made_at).astimezone(sent.person.company.zone).date(),
    )
    return []


def _raise_request(sent: Sent, body: bodies.RaiseRequestBody, made_at: datetime) -> list[str]:
    requests.raise_one(
        request_id=body.request_id,
        person=sent.person,
        retailer_id=body.retailer_id,
        kind=body.kind,
        topic=body.topic,
        text=body.text,
        visit_id=body.visit_id,
        raised_at=_said_at(sent, made_at),
        by=sent.user,
        at=sent.at,
    )
    return []


def _confirm_request(sent: Sent, body: bodies.ConfirmRequestBody, made_at: datetime) -> list[str]:
    requests.confirm(
        request_id=body.request_id,
        person=sent.person,
        settled=body.settled,
        words=body.words,
        by=sent.user,
        at=sent.at,
        on=sent.at.astimezone(sent.person.company.zone).date(),
    )
    return []


def _tell_policy(sent: Sent, body: bodies.TellPolicyBody, made_at: datetime) -> list[str]:
    policies.tell(
        told_id=body.told_id,
        policy_id=body.policy_id,
        person=sent.person,
        retailer_id=body.retailer_id,
        visit_id=body.visit_id,
        answer_index=body.answer_index,
        told_at=_said_at(sent, made_at),
        by=sent.user,
        at=sent.at,
    )
    return []


def _not_made(sent: Sent, body: bodies.NotMadeBody, made_at: datetime) -> list[str]:
    try:
        not_made.say_why(
            not_made_id=body.not_made_id,
            planned_id=body.planned_id,
            person=sent.person,
            reason=body.reason,
            words=body.words,
            said_at=_said_at(sent, made_at),
            by=sent.user,
            at=sent.at,
        )
    except not_made.NotNeeded as needless:
        # Two phones, or a plan changed meanwhile: nothing is left for the person to settle.
        return [needless.message]
    return []


def _write_care_note(sent: Sent, body: bodies.WriteCareNoteBody, made_at: datetime) -> list[str]:
    carenotes.write(
        note_id=body.note_id,
        person=sent.person,
        retailer_id=body.retailer_id,
        purpose=body.purpose,
        text=body.text,
        keep_until=body.keep_until,
        by=sent.user,
        at=sent.at,
    )
    return []


def _delete_care_note(sent: Sent, body: bodies.DeleteCareNoteBody, made_at: datetime) -> list[str]:
    carenotes.delete(note_id=body.note_id, person=sent.person, by=sent.user, at=sent.at)
    return []


def _give_consent(sent: Sent, body: bodies.NothingBody, made_at: datetime) -> list[str]:
    consent.give(person=sent.person, given_at=_said_at(sent, made_at), by=sent.user, at=sent.at)
    return []


def _withdraw_consent(sent: Sent, body: bodies.NothingBody, made_at: datetime) -> list[str]:
    n_deleted = consent.withdraw(person=sent.person, by=sent.user, at=sent.at)
    return [_("%(n)s positions of yours were deleted.") % {"n": n_deleted}] if n_deleted else []


HANDLERS: Final[Mapping[str, Callable[[Sent, Any, datetime], list[str]]]] = {
    "visits.complete": _complete,
    "promises.make": _make_promise,
    "promises.settle": _settle_promise,
    "requests.raise": _raise_request,
    "requests.confirm": _confirm_request,
    "policies.tell": _tell_policy,
    "plans.not_made": _not_made,
    "carenotes.write": _write_care_note,
    "carenotes.delete": _delete_care_note,
    "consent.give": _give_consent,
    "consent.withdraw": _withdraw_consent,
}
