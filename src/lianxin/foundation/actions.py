"""Verbs of administration: companies and their settings, accounts, roles, tokens, jobs. Each writes its audit row."""

import secrets
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import api, audit, jobs, permissions
from lianxin.foundation.checks import checked_conversions
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import ApiToken, CalendarDay, Company, Job, RoleGrant, User
from lianxin.foundation.states import JobState, Role

# Without 0 o 1 l i: passwords are read from a screen and typed once.
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
SETTINGS: Final = (
    "name", "name_en", "time_zone", "currency", "currency_symbol", "order_unit", "order_unit_en", "unit_conversions",
    "invented_notice", "invented_notice_en",
)  # fmt: skip


def one_time_password() -> str:
    """A password of 59 random bits for the first sign-in, which then asks for another."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


@transaction.atomic
def found_company(*, code: str, name: str, by: User | None, at: datetime, **settings: Any) -> Company:
    """The new company. `settings` as in `change_settings`.

    Raises
    ------
    Refused : the code is taken or is not letters, digits, - and _; or a setting is wrong.
    """
    company = Company(code=code, name=name or code)
    try:
        company.clean_fields(exclude=["unit_conversions"])
    except ValidationError as wrong:
        raise Refused(
            _("A company's code is letters, digits, hyphens and underscores, at most 40."), field="code"
        ) from wrong
    if Company.objects.filter(code=code).exists():
        raise Refused(_("There is already a company with the code %(code)s.") % {"code": code}, field="code")
    company.save()
    audit.record(company=company, by=by, verb="company.found", subject=f"company:{code}", after={"name": name}, at=at)
    if settings:
        change_settings(company=company, by=by, at=at, **settings)
    return company


@transaction.atomic
def change_settings(*, company: Company, by: User | None, at: datetime, **settings: Any) -> Company:
    """The company with the given settings changed (names in SETTINGS); those not given stay.

    Raises
    ------
    Refused : an unknown setting or time zone, an empty name, conversions that are not as `checks.checked_conversions` wants.
    """
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise Refused(_("There is no setting %(name)s.") % {"name": ", ".join(unknown)}, field=unknown[0])
    if "unit_conversions" in settings:
        settings["unit_conversions"] = checked_conversions(settings["unit_conversions"])
    if settings.get("time_zone", company.time_zone) not in available_timezones():
        raise Refused(
            _("There is no time zone %(name)s; it is one like Asia/Shanghai.") % {"name": settings["time_zone"]},
            field="time_zone",
        )
    for name in ("name", "order_unit"):
        if not str(settings.get(name, "x")).strip():
            raise Refused(_("This may not be empty."), field=name)
    currency = settings.get("currency", company.currency)
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise Refused(_("A currency is three capital letters, such as CNY."), field="currency")
    before = {name: getattr(company, name) for name in settings if getattr(company, name) != settings[name]}
    if not before:
        return company
    for name in before:
        setattr(company, name, settings[name])
    try:
        company.clean_fields(exclude=["unit_conversions", "code"])
    except ValidationError as wrong:
        field, sentences = next(iter(wrong.message_dict.items()))
        raise Refused(sentences[0], field=field) from wrong
    company.save(update_fields=list(before))
    audit.record(
        company=company,
        by=by,
        verb="company.change",
        subject=f"company:{company.code}",
        before=before,
        after={name: settings[name] for name in before},
        at=at,
    )
    return company


@transaction.atomic
def set_calendar_day(
    *, company: Company, day: date, is_working: bool | None, note: str, by: User | None, at: datetime
) -> CalendarDay | None:
    """The entry of a day that differs from Monday to Friday; `is_working=None` removes the entry."""
    old = CalendarDay.objects.filter(company=company, date=day).first()
    before = None if old is None else {"is_working": old.is_working, "note": old.note}
    entry = None
    if is_working is None:
        CalendarDay.objects.filter(company=company, date=day).delete()
    else:
        entry, _created = CalendarDay.objects.update_or_create(
            company=company, date=day, defaults={"is_working": is_working, "note": note[:80]}
        )
    after = None if is_working is None else {"is_working": is_working, "note": note[:80]}
    if before != after:
        audit.record(
            company=company, by=by, verb="company.calendar", subject=f"day:{day}", before=before, after=after, at=at
        )
    return entry


@transaction.atomic
def open_account(
    *,
    company: Company,
    username: str,
    display_name: str,
    by: User | None,
    at: datetime,
    password: str = "",
    language: str = "",
) -> tuple[User, str]:
    """The new account and its one-time password ("" when `password` was given, which then stays).

    For somebody who is no person of the company, such as its first administrator; persons get theirs from `people.actions`.

    Raises
    ------
    Refused : the name is taken or has other signs than letters, digits and @.+-_; or the password is too easy.
    """
    username = username.strip()
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as wrong:
        raise Refused(_("A sign-in name has only letters, digits and the signs @ . + - _"), field="username") from wrong
    if len(username) > 150 or User.objects.filter(username__iexact=username).exists():
        raise Refused(_("The sign-in name %(name)s is taken or too long.") % {"name": username[:40]}, field="username")
    user = User(
        username=username,
        company=company,
        display_name=display_name.strip()[:80],
        language=language,
        must_change_password=not password,
    )
    if password:
        try:
            validate_password(password, user)
        except ValidationError as wrong:
            raise Refused(" ".join(wrong.messages), field="password") from wrong
    shown = "" if password else one_time_password()
    user.set_password(password or shown)
    user.save()
    audit.record(
        company=company,
        by=by,
        verb="users.open",
        subject=f"user:{username}",
        after={"display_name": user.display_name},
        at=at,
    )
    return user, shown


@transaction.atomic
def grant_role(
    *, user: User, role: Role, company: Company, by: User | None, at: datetime, reason: str = ""
) -> RoleGrant:
    """The open grant of a role; granting one already held changes nothing.

    Raises
    ------
    Refused : to oneself, to an account of another company, or the retailers' role, which no account holds.
    """
    permissions.require_same_company(user=user, company=company)
    permissions.require_someone_else(user=user, by=by)
    permissions.require_role_of_the_staff(role)
    grant, created = RoleGrant.objects.get_or_create(
        user=user, company=company, role=role, revoked_at=None, defaults={"granted_by": by, "granted_at": at}
    )
    if created:
        audit.record(
            company=company,
            by=by,
            verb="users.grant",
            subject=f"user:{user.username}",
            after={"role": role},
            reason=reason,
            at=at,
        )
        user.__dict__.pop("_roles", None)
    return grant


@transaction.atomic
def revoke_role(*, user: User, role: Role, company: Company, by: User | None, at: datetime, reason: str = "") -> None:
    """Take a role away; one not held stays not held. The last administrator keeps it."""
    permissions.require_same_company(user=user, company=company)
    if role == Role.ADMINISTRATOR:
        permissions.require_another_administrator(user=user, company=company)
    if RoleGrant.objects.filter(user=user, company=company, role=role, revoked_at=None).update(revoked_at=at):
        audit.record(
            company=company,
            by=by,
            verb="users.revoke",
            subject=f"user:{user.username}",
            before={"role": role},
            reason=reason,
            at=at,
        )
        user.__dict__.pop("_roles", None)


@transaction.atomic
def switch_account(
    *, user: User, company: Company, active: bool, by: User | None, at: datetime, reason: str = ""
) -> User:
    """The account switched off (it can no longer sign in, nor its tokens) or on again. Nothing of it is deleted."""
    permissions.require_same_company(user=user, company=company)
    permissions.require_someone_else(user=user, by=by)
    if not active:
        permissions.require_another_administrator(user=user, company=company)
    if user.is_active != active:
        user.is_active = active
        user.save(update_fields=["is_active"])
        audit.record(
            company=company,
            by=by,
            verb="users.switch_on" if active else "users.switch_off",
            subject=f"user:{user.username}",
            reason=reason,
            at=at,
        )
    return user


@transaction.atomic
def reset_password(*, user: User, company: Company, by: User | None, at: datetime) -> str:
    """A one-time password in place of the old one, which ends every session of the user.

    Raises
    ------
    Refused : one's own; that is changed on the page for it, with the old one.
    """
    permissions.require_same_company(user=user, company=company)
    permissions.require_someone_else(user=user, by=by)
    shown = one_time_password()
    user.set_password(shown)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit.record(company=company, by=by, verb="users.reset_password", subject=f"user:{user.username}", at=at)
    return shown


@transaction.atomic
def remove_second_factor(*, user: User, company: Company, by: User | None, at: datetime, reason: str) -> None:
    """Take the second factor off the account of someone who lost the phone. The reason says how it was made sure who asked."""
    permissions.require_same_company(user=user, company=company)
    permissions.require_someone_else(user=user, by=by)
    if not reason.strip():
        raise Refused(_("Say how you made sure that it is this person who asks."), field="reason")
    n, _rows = Authenticator.objects.filter(user=user).delete()
    if n:
        audit.record(
            company=company,
            by=by,
            verb="users.remove_second_factor",
            subject=f"user:{user.username}",
            reason=reason,
            at=at,
        )


@transaction.atomic
def password_was_changed(*, user: User, at: datetime) -> None:
    """Note that a user chose a password of his own; a one-time password is thereby used up."""
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    user.must_change_password = False
    if user.company is not None:
        audit.record(
            company=user.company, by=user, verb="users.change_password", subject=f"user:{user.username}", at=at
        )


def choose_language(*, user: User, language: str) -> None:
    """Keep the language a user reads. A preference that nobody else sees, so it leaves no audit row."""
    User.objects.filter(pk=user.pk).update(language=language)


@transaction.atomic
def issue_token(*, user: User, name: str, expires_at: datetime | None, by: User, at: datetime) -> tuple[ApiToken, str]:
    """A new API token of one's own, and its text, which is shown once and kept nowhere.

    Raises
    ------
    Refused : no name, an end in the past, somebody else's account.
    """
    if by.pk != user.pk:
        raise Refused(_("A token can only be made by its owner."))
    if not name.strip():
        raise Refused(_("Say what the token is for."), field="name")
    if expires_at is not None and expires_at <= at:
        raise Refused(_("The token would end in the past."), field="expires")
    text = f"lx_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user, name=name.strip()[:80], digest=api.digest(text), created_at=at, expires_at=expires_at
    )
    assert user.company is not None
    audit.record(
        company=user.company,
        by=by,
        verb="tokens.issue",
        subject=f"token:{token.pk}",
        after={"name": token.name, "expires_at": expires_at and expires_at.isoformat()},
        at=at,
    )
    return token, text


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None, at: datetime) -> None:
    """End a token now; one already ended stays as it is."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        assert token.user.company is not None
        audit.record(
            company=token.user.company,
            by=by,
            verb="tokens.revoke",
            subject=f"token:{token.pk}",
            before={"name": token.name},
            at=at,
        )


@transaction.atomic
def cancel_job(*, job: Job, by: User, at: datetime) -> Job:
    """The job, asked to stop: a waiting one at once, a running one at its next safe point; a finished one stays as it is."""
    if job.state in (JobState.QUEUED, JobState.RUNNING) and not job.cancel_asked:
        jobs.ask_to_cancel(job)
        audit.record(
            company=job.company, by=by, verb="jobs.cancel", subject=f"job:{job.pk}", before={"title": job.title}, at=at
        )
    job.refresh_from_db()
    return job
