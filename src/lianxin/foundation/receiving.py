"""What the foundation itself offers and hears: its own jobs, its own checks, and a password that was changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import actions, audit, clock, jobs, replays, startup
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import uploads
from lianxin.foundation.models import AuditRow, Company, User

VERIFY_AUDIT = "foundation.verify_audit"


def verify_audit(
    company: Company, arguments: dict[str, Any], by: User | None, progress: jobs.Progress
) -> dict[str, Any]:
    """Walk the whole audit chain; a break fails the job with the place of the first one."""
    total = AuditRow.objects.filter(company=company).count()
    progress.tell(0, _("%(n)d rows") % {"n": total})
    found = list(audit.faults(company))
    if found:
        raise Refused(_("The audit chain is broken in %(n)d places: %(first)s") % {"n": len(found), "first": found[0]})
    return {"rows": total, "sound": True}


def forget_old(company: Company, at: datetime) -> dict[str, Any]:
    """How many uploads only tried and answers to repeated calls went. They belong to no company: whoever is first deletes all."""
    return {"uploads": uploads.forget_old(), "answers": replays.forget_old(at=at)}


def _daily_at_start(company: Company) -> list[str]:
    return list(jobs.do_daily(company, at=clock.now()))


def _audit_check(company: Company) -> Iterator[startup.Finding]:
    for fault in audit.faults(company):
        yield startup.Finding(
            fault, _("Somebody changed the database past the application. Compare with the latest backup.")
        )


def _administrator_check(company: Company) -> Iterator[startup.Finding]:
    grants = company.grants.filter(role="administrator", revoked_at=None, user__is_active=True)
    if not grants.exists():
        yield startup.Finding(
            _("%(company)s has no administrator who can sign in.") % {"company": company.code},
            _("Run: lianxin user create NAME --role administrator"),
        )


def _after_password_change(sender: type[Any], request: Any, user: Any, **kwargs: Any) -> None:
    actions.password_was_changed(user=user, at=clock.now())


def connect() -> None:
    """Called once, when the apps are ready."""
    jobs.register(VERIFY_AUDIT, verify_audit)
    jobs.register_daily(
        "foundation.forget_old",
        gettext_lazy("Forgetting on time: uploads only tried, answers to repeated calls"),
        forget_old,
    )
    startup.register_start("daily", _daily_at_start)
    startup.register_check("audit", gettext_lazy("The audit chain is whole"), _audit_check)
    startup.register_check("administrator", gettext_lazy("An administrator can sign in"), _administrator_check)
    password_changed.connect(_after_password_change, sender=get_user_model(), dispatch_uid="foundation.password")
