"""Codes and links for retailers' own pages: made for one or for many, shown once, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.retailers import keys, limits, permissions
from lianxin.retailers.models import AccessCode, CodeBatch, Retailer, RetailerSession
from lianxin.retailers.queries import access as found
from lianxin.retailers.states import CodeForm, CodePurpose


@dataclass(frozen=True, slots=True)
class Slip:
    """What one retailer is handed. It exists in this answer alone; `digits` is empty for a link that only reads."""

    retailer: Retailer
    digits: str
    link: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Handed:
    """Codes just made: their batch, and the slips to hand out."""

    batch: CodeBatch
    slips: Sequence[Slip]


@transaction.atomic
def make(
    *,
    company: Company,
    retailers: Sequence[Retailer],
    purpose: CodePurpose,
    form: CodeForm,
    days: int,
    selection: dict[str, Any],
    by: User,
    at: datetime,
) -> Handed:
    """New codes for retailers, each in place of the one that was open for the same purpose.

    Parameters
    ----------
    retailers : of the company; several only with the verb for many
    days : how long they can be used, from 1 to the longest of their purpose
    selection : what they were chosen by, for the record

    Raises
    ------
    Denied : the user visits retailers or leads those who do, or may not make codes for many.
    Refused : nobody or too many at once, or days out of bounds.
    """
    access.require(by, "retailercodes.make" if len(retailers) == 1 else "retailercodes.make_many", company)
    permissions.require_no_part_in_visits(by=by, company=company)
    if not retailers:
        raise Refused(_("No active retailer matches this choice."), field="licence_no")
    most = limits.SLIPS_AT_ONCE if form == CodeForm.SLIPS else limits.CODES_AT_ONCE
    if len(retailers) > most:
        raise Refused(
            _("These are %(n)s retailers; at most %(most)s at once in this form. Choose a town or a route.")
            % {"n": len(retailers), "most": most},
            field="form",
        )
    longest = limits.LONGEST_CODE_DAYS if purpose == CodePurpose.SIGN_IN else limits.LONGEST_READING_DAYS
    if not 1 <= days <= longest:
        raise Refused(_("Choose from 1 to %(n)s days.") % {"n": longest}, field="days")
    if any(retailer.company_id != company.pk for retailer in retailers):
        raise Refused(_("There is no such retailer among those you may see. Look for it in the list of retailers."))

    expires_at = at + timedelta(days=days)
    batch = CodeBatch.objects.create(
        company=company, purpose=purpose, form=form, selection=selection, n_codes=len(retailers), made_by=by,
        made_at=at, expires_at=expires_at,
    )  # fmt: skip
    _end_open(company, [retailer.pk for retailer in retailers], purpose, at)
    digits = [keys.new_digits() if purpose == CodePurpose.SIGN_IN else "" for _each in retailers]
    AccessCode.objects.bulk_create(
        [
            AccessCode(
                company=company, retailer=retailer, batch=batch, purpose=purpose, made_by=by, made_at=at,
                expires_at=expires_at, digest=keys.digits_digest(retailer.pk, own) if own else "",
            )
            for retailer, own in zip(retailers, digits, strict=True)
        ],
        batch_size=1000,
    )  # fmt: skip
    # Read back: not every database gives bulk rows their numbers, and the link signs the number.
    numbers = dict(AccessCode.objects.filter(batch=batch).values_list("retailer_id", "pk"))
    audit.record(
        company=company, by=by, verb="retailercodes.make", subject=f"codebatch:{batch.pk}", at=at,
        after={"purpose": purpose, "form": form, "n": len(retailers), "expires_at": expires_at, "selection": selection,
               "licence_no": retailers[0].licence_no if len(retailers) == 1 else ""},
    )  # fmt: skip
    slips = [
        Slip(retailer, own, keys.link_text(numbers[retailer.pk], purpose), expires_at)
        for retailer, own in zip(retailers, digits, strict=True)
    ]
    return Handed(batch, slips)


@transaction.atomic
def revoke(*, company: Company, retailer: Retailer, by: User, at: datetime) -> int:
    """Take back every open code and link of a retailer and end its sessions; how many codes there were."""
    access.require(by, "retailercodes.make", company)
    n = AccessCode.objects.filter(found.open_codes(at), company=company, retailer=retailer).update(revoked_at=at)
    n_sessions = RetailerSession.objects.filter(
        company=company, retailer=retailer, ended_at=None, ends_at__gt=at
    ).update(ended_at=at)
    if n or n_sessions:
        audit.record(
            company=company, by=by, verb="retailercodes.revoke", subject=f"retailer:{retailer.licence_no}", at=at,
            before={"codes": n, "sessions": n_sessions},
        )  # fmt: skip
    return n


@transaction.atomic
def revoke_batch(*, batch: CodeBatch, by: User, at: datetime) -> int:
    """Take back every code of a batch that was not used yet, and end the sessions that its reading links opened."""
    access.require(by, "retailercodes.make_many", batch.company)
    n = AccessCode.objects.filter(found.open_codes(at), batch=batch).update(revoked_at=at)
    n_sessions = RetailerSession.objects.filter(code__batch=batch, ended_at=None, ends_at__gt=at).update(ended_at=at)
    if n or n_sessions:
        audit.record(
            company=batch.company, by=by, verb="retailercodes.revoke", subject=f"codebatch:{batch.pk}", at=at,
            before={"codes": n, "sessions": n_sessions},
        )  # fmt: skip
    return n


def _end_open(company: Company, retailer_ids: Sequence[int], purpose: CodePurpose, at: datetime) -> None:
    for start in range(0, len(retailer_ids), 500):
        AccessCode.objects.filter(
            company=company, retailer_id__in=retailer_ids[start : start + 500], purpose=purpose, used_at=None,
            revoked_at=None,
        ).update(revoked_at=at)  # fmt: skip
