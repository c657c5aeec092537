"""Drafting, consulting on, adopting and retiring schemes. Adopted content never changes; a change is a new version."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from lianxin.appraisal import permissions
from lianxin.appraisal.models import Closing, Scheme, SchemeVersion
from lianxin.appraisal.presets import PRESETS
from lianxin.appraisal.queries.schemes import read_content
from lianxin.appraisal.states import FOLLOWS, Step, VersionState
from lianxin.core.scoring.notation import to_json
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User


def require_state(version: SchemeVersion, wanted: VersionState) -> None:
    """Raise Refused unless the version may go into the wanted state now."""
    if wanted not in FOLLOWS[VersionState(version.state)]:
        raise Refused(
            _("%(version)s is “%(state)s” and cannot become “%(wanted)s”.")
            % {"version": version, "state": version.get_state_display(), "wanted": wanted.label},
            field="state",
        )


@transaction.atomic
def draft(
    *,
    company: Company,
    content: Any,
    by: User | None,
    at: datetime,
    code: str = "",
    based_on: SchemeVersion | None = None,
    note: str = "",
) -> SchemeVersion:
    """A new draft version; its number follows the highest of its scheme.

    Parameters
    ----------
    content : a document in the notation of `core.scoring.notation`; its code and version are set to what they are here
    code : of the scheme; "" takes the code of the content

    Raises
    ------
    Refused : the document is no scheme, or the scheme makes no sense (weights that do not sum, …); all faults in one message.
    """
    if by is not None:
        access.require(by, "schemes.write", company)
    if isinstance(content, dict) and code:
        content = {**content, "code": code}
    scheme_data = read_content(content)
    scheme, _created = Scheme.objects.get_or_create(
        company=company,
        code=scheme_data.code,
        defaults={"title_zh": scheme_data.title.zh, "title_en": scheme_data.title.en},
    )
    Scheme.objects.select_for_update().get(pk=scheme.pk)
    number = (scheme.versions.aggregate(highest=Max("number"))["highest"] or 0) + 1
    version = SchemeVersion.objects.create(
        scheme=scheme,
        number=number,
        content={**to_json(scheme_data), "version": number},
        based_on=based_on,
        note=note,
        drafted_by=by,
        drafted_at=at,
    )
    if by is not None:
        version.authors.add(by)
    audit.record(
        company=company,
        by=by,
        verb="schemes.draft",
        subject=f"scheme:{version}",
        after=version.content,
        reason=note,
        at=at,
    )
    return version


def install_preset(*, company: Company, preset: str, by: User | None, at: datetime, code: str = "") -> SchemeVersion:
    """A draft with the content of a shipped example.

    Raises
    ------
    Refused : there is no preset of that name.
    """
    make = PRESETS.get(preset)
    if make is None:
        raise Refused(
            _("There is no preset “%(preset)s”. There are: %(known)s.")
            % {"preset": preset, "known": ", ".join(sorted(PRESETS))},
            field="preset",
        )
    scheme = make()
    return draft(
        company=company,
        content=to_json(scheme),
        code=code or scheme.code,
        by=by,
        at=at,
        note=f"{scheme.title.zh} · {scheme.title.en}",
    )


@transaction.atomic
def change_draft(
    *, version: SchemeVersion, content: Any, by: User | None, at: datetime, note: str = ""
) -> SchemeVersion:
    """The draft with other content. Whoever writes at it cannot adopt it.

    Raises
    ------
    Refused : the version is no draft any more, or the content has faults.
    """
    company = version.scheme.company
    if by is not None:
        access.require(by, "schemes.write", company)
    version = SchemeVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != VersionState.DRAFT:
        raise Refused(
            _("%(version)s is “%(state)s”; only a draft can be changed. Make a new draft from it.")
            % {"version": version, "state": version.get_state_display()}
        )
    before = version.content
    if isinstance(content, dict):
        content = {**content, "code": version.scheme.code, "version": version.number}
    scheme_data = read_content(content)
    version.content = to_json(scheme_data)
    version.note = note or version.note
    version.save(update_fields=["content", "note"])
    if version.number == 1:
        Scheme.objects.filter(pk=version.scheme_id).update(title_zh=scheme_data.title.zh, title_en=scheme_data.title.en)
    if by is not None:
        version.authors.add(by)
    audit.record(
        company=company,
        by=by,
        verb="schemes.change",
        subject=f"scheme:{version}",
        before=before,
        after=version.content,
        reason=note,
        at=at,
    )
    return version


@transaction.atomic
def consult(*, version: SchemeVersion, on: date, who: str, text: str, by: User | None, at: datetime) -> SchemeVersion:
    """The version with the record of its consultation: when, with whom, and what they said.

    Raises
    ------
    Refused : not a draft; the day lies in the future; nobody or nothing is recorded.
    """
    company = version.scheme.company
    if by is not None:
        access.require(by, "schemes.write", company)
    version = SchemeVersion.objects.select_for_update().get(pk=version.pk)
    require_state(version, VersionState.CONSULTED)
    if on > at.astimezone(company.zone).date():
        raise Refused(_("The consultation lies in the future; record it when it has taken place."), field="on")
    if not who.strip():
        raise Refused(_("Say who was consulted: the staff meeting, the union, which posts."), field="who")
    if not text.strip():
        raise Refused(_("Write down what was said and what became of it."), field="text")
    version.state = VersionState.CONSULTED
    version.consulted_on, version.consulted_who, version.consulted_text = on, who.strip(), text.strip()
    version.save(update_fields=["state", "consulted_on", "consulted_who", "consulted_text"])
    audit.record(
        company=company,
        by=by,
        verb="schemes.consult",
        subject=f"scheme:{version}",
        after={"on": on.isoformat(), "who": who, "text": text},
        at=at,
    )
    return version


@transaction.atomic
def reopen(*, version: SchemeVersion, by: User | None, at: datetime, reason: str) -> SchemeVersion:
    """The version as a draft again; its consultation no longer counts, because what was consulted on will change.

    Raises
    ------
    Refused : the version is not waiting for adoption, or no reason is given.
    """
    company = version.scheme.company
    if by is not None:
        access.require(by, "schemes.write", company)
    version = SchemeVersion.objects.select_for_update().get(pk=version.pk)
    require_state(version, VersionState.DRAFT)
    if not reason.strip():
        raise Refused(_("Say why it goes back to the draft."), field="reason")
    before = {"on": str(version.consulted_on), "who": version.consulted_who, "text": version.consulted_text}
    version.state = VersionState.DRAFT
    version.consulted_on, version.consulted_who, version.consulted_text = None, "", ""
    version.save(update_fields=["state", "consulted_on", "consulted_who", "consulted_text"])
    audit.record(
        company=company, by=by, verb="schemes.reopen", subject=f"scheme:{version}", before=before, reason=reason, at=at
    )
    return version


@transaction.atomic
def adopt(*, version: SchemeVersion, valid_from: date, noticed_on: date, by: User, at: datetime) -> SchemeVersion:
    """The version in force from a month on; the version before it ends there.

    Parameters
    ----------
    valid_from : the first day of a month, not before the notice
    noticed_on : the day on which the staff were told; not before the consultation, not in the future
    by : a leader who did not write at the version

    Raises
    ------
    Denied : who adopts is no leader, or wrote at it.
    Refused : not consulted on; days in the wrong order; a month it would cover has been scored by this scheme already.
    """
    company = version.scheme.company
    permissions.require_adopter(by, version)
    version = SchemeVersion.objects.select_for_update().get(pk=version.pk)
    require_state(version, VersionState.ADOPTED)
    _check_days(version, valid_from, noticed_on, at)
    read_content(version.content)
    siblings = version.scheme.versions.exclude(pk=version.pk).filter(state=VersionState.ADOPTED)
    later = siblings.filter(valid_from__gte=valid_from).first()
    if later is not None:
        raise Refused(
            _("%(later)s is in force from %(day)s; start this version after it.")
            % {"later": later, "day": later.valid_from},
            field="valid_from",
        )
    scored = (
        Closing.objects.filter(scheme_version__scheme=version.scheme, month__gte=valid_from, step=Step.RELEASED)
        .order_by("-month")
        .first()
    )
    if scored is not None:
        raise Refused(
            _("%(month)s has been scored by %(version)s already. Start the new version after it.")
            % {"month": f"{scored.month:%Y-%m}", "version": scored.scheme_version},
            field="valid_from",
        )
    siblings.filter(Q(valid_until=None) | Q(valid_until__gt=valid_from)).update(valid_until=valid_from)
    version.state = VersionState.ADOPTED
    version.valid_from, version.noticed_on, version.adopted_by, version.adopted_at = valid_from, noticed_on, by, at
    version.save(update_fields=["state", "valid_from", "noticed_on", "adopted_by", "adopted_at"])
    audit.record(
        company=company,
        by=by,
        verb="schemes.adopt",
        subject=f"scheme:{version}",
        after={"valid_from": valid_from.isoformat(), "noticed_on": noticed_on.isoformat()},
        at=at,
    )
    return version


def _check_days(version: SchemeVersion, valid_from: date, noticed_on: date, at: datetime) -> None:
    if valid_from.day != 1:
        raise Refused(_("A scheme starts with a month; choose the first day of one."), field="valid_from")
    if noticed_on > at.astimezone(version.scheme.company.zone).date():
        raise Refused(
            _("The notice lies in the future; adopt the scheme when the staff have been told."), field="noticed_on"
        )
    if version.consulted_on is None or noticed_on < version.consulted_on:
        raise Refused(_("The notice cannot come before the consultation."), field="noticed_on")
    if valid_from < noticed_on:
        raise Refused(
            _("A scheme takes effect only after the notice of %(day)s; choose a later month.") % {"day": noticed_on},
            field="valid_from",
        )


@transaction.atomic
def retire(*, version: SchemeVersion, until: date, by: User, at: datetime, reason: str) -> SchemeVersion:
    """The version, in force only until a month; after it nothing is scored unless another is adopted.

    Raises
    ------
    Denied : who retires it is no leader.
    Refused : not in force; the day is no first of a month, or months from it on have been scored; no reason.
    """
    company = version.scheme.company
    access.require(by, "schemes.adopt", company)
    version = SchemeVersion.objects.select_for_update().get(pk=version.pk)
    require_state(version, VersionState.RETIRED)
    if until.day != 1 or version.valid_from is None or until < version.valid_from:
        raise Refused(_("Choose the first day of a month in which the scheme is in force."), field="until")
    if version.closings.filter(month__gte=until, step=Step.RELEASED).exists():
        raise Refused(_("Months from that day on have been scored by it already; choose a later month."), field="until")
    if not reason.strip():
        raise Refused(_("Say why the scheme ends."), field="reason")
    version.state, version.valid_until = VersionState.RETIRED, until
    version.save(update_fields=["state", "valid_until"])
    audit.record(
        company=company,
        by=by,
        verb="schemes.retire",
        subject=f"scheme:{version}",
        after={"until": until.isoformat()},
        reason=reason,
        at=at,
    )
    return version
