"""A retailer comes in by digits or by a link, and leaves. What is wrong gets one answer, whatever was wrong."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Refused
from lianxin.retailers import keys, limits
from lianxin.retailers.models import AccessCode, RetailerSession, SignInTry
from lianxin.retailers.queries import access as found
from lianxin.retailers.states import CodePurpose, Entrance


class NotRecognised(Refused):
    """The one answer to an unknown licence, a wrong, used, ended or revoked code, and a link that opens nothing (any more)."""


class TooManyTries(Refused):
    """Nothing was looked at: there were too many tries before."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A session just opened: what the browser keeps for it, and for knowing this browser again."""

    session: RetailerSession
    text: str
    device: str


def enter_by_digits(*, licence_no: str, digits: str, address: str, device: str, at: datetime) -> Entered:
    """The session that a licence number and its digits open; they are used up.

    Parameters
    ----------
    address : where the request comes from
    device : what an earlier sign-in left in this browser, or ""

    Raises
    ------
    TooManyTries : for this licence from this place, from this address, or for this licence from browsers unknown to its owner.
    NotRecognised : everything else, with the same work done for a licence that nobody has.
    """
    licence_no, digits = licence_no.strip(), keys.digits_of(digits)
    retailer_id = found.retailer_of_licence(licence_no)
    known = device if keys.is_device_of(device, retailer_id) else ""
    place = keys.try_key("device", known) if known else keys.try_key("address", address)
    if found.place_is_flooding(place, at=at):
        raise _too_many()
    # The try is kept, and seen by everybody, before it is counted: tries at the same moment all count each other.
    noted = SignInTry.objects.create(
        licence_key=keys.try_key("licence", licence_no), place_key=place, is_known_device=bool(known), at=at
    )
    if found.tries_are_spent(noted):
        raise _too_many()
    with transaction.atomic():
        code = found.open_code(retailer_id, keys.digits_digest(retailer_id, digits), at=at)
        if code is None:
            raise _not_recognised()
        entered = _enter(code, Entrance.CODE, at)
        SignInTry.objects.filter(pk=noted.pk).update(succeeded=True)
    return entered


@transaction.atomic
def enter_by_link(*, text: str, at: datetime) -> Entered:
    """The session that a signed link opens. One for signing in is used up; one that only reads stays until its day.

    A link cannot be guessed, so no number of wrong tries elsewhere shuts its owner out.

    Raises
    ------
    NotRecognised : not ours, ended, used or taken back.
    """
    for purpose in CodePurpose:
        code_id = keys.code_of_link(text, purpose)
        code = None if code_id is None else found.code_of_link(code_id, purpose, at=at)
        if code is not None:
            return _enter(code, Entrance.LINK if purpose == CodePurpose.SIGN_IN else Entrance.READING, at)
    raise _not_recognised()


@transaction.atomic
def leave(*, caller: RetailerCaller, at: datetime) -> None:
    """End the session; one that has ended stays ended."""
    RetailerSession.objects.filter(pk=caller.session_id, ended_at=None).update(ended_at=at)


def forget_old(*, at: datetime) -> int:
    """Delete tries and sessions that are past their time (`limits`); how many sessions went."""
    SignInTry.objects.filter(at__lt=at - limits.KEEP_TRIES).delete()
    n, _each = RetailerSession.objects.filter(opened_at__lt=at - limits.KEEP_SESSIONS).delete()
    return n


def _enter(code: AccessCode, entrance: Entrance, at: datetime) -> Entered:
    retailer = code.retailer
    if code.purpose == CodePurpose.SIGN_IN:
        # Two browsers at once: the row is used up by one of them.
        if not AccessCode.objects.filter(pk=code.pk, used_at=None, revoked_at=None).update(used_at=at):
            raise _not_recognised()
        ends_at: datetime = at + limits.SESSION
    else:
        ends_at = min(at + limits.READING_SESSION, code.expires_at)
    text = keys.new_session_text()
    session = RetailerSession.objects.create(
        company=code.company, retailer=retailer, code=code, digest=keys.session_digest(text), entrance=entrance,
        opened_at=at, ends_at=ends_at,
    )  # fmt: skip
    caller = found.caller_of(session)
    audit.record(
        company=code.company, by=None, retailer=caller, verb="own.enter", subject=f"retailer:{retailer.licence_no}",
        after={"entrance": entrance, "code": code.pk}, at=at,
    )  # fmt: skip
    return Entered(session, text, keys.device_text(retailer.pk))


def _not_recognised() -> NotRecognised:
    return NotRecognised(
        _("The licence number and the code do not fit together, or the code was used or is too old. "
          "Check both, or ask your tobacco company for a new code.")
    )  # fmt: skip


def _too_many() -> TooManyTries:
    return TooManyTries(
        _("There were too many tries. Wait a quarter of an hour, or open the link of your slip with the camera.")
    )
