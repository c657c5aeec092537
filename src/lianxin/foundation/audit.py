"""The audit chain: every change leaves a row whose hash covers the row before it, from the first one on."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.models import AuditHead, AuditRow, Company, User

_NUMBERS: ContextVar[dict[int, int] | None] = ContextVar("numbers known while a page is read", default=None)


def digest_of(
    *, previous: str, number: int, at: datetime, by: str, verb: str, subject: str, before: Any, after: Any, reason: str
) -> str:
    """SHA-256 (hex) of a row's canonical text and of the digest before it."""
    text = json.dumps(
        [
            previous,
            number,
            at.astimezone(UTC).isoformat(timespec="microseconds"),
            by,
            verb,
            subject,
            before,
            after,
            reason,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    *,
    company: Company,
    by: User | None,
    verb: str,
    subject: str,
    at: datetime,
    before: Any = None,
    after: Any = None,
    reason: str = "",
    retailer: RetailerCaller | None = None,
) -> AuditRow:
    """The audit row of a change, written in the caller's transaction.

    Parameters
    ----------
    by : the user, or None for the system itself (start-up reconciliation, `lianxin init`)
    retailer : the retailer who did it on its own pages; then `by` is None and the row names its licence
    verb : such as `orders.import`; subject : such as `batch:0193…`
    before, after : JSON-able; no secrets, and personal fields only where the change is about them

    Raises
    ------
    TransactionManagementError : outside a transaction; the row must live and die with the change it tells of.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("audit.record must run inside the transaction of the change")
    AuditHead.objects.get_or_create(company=company)
    head = AuditHead.objects.select_for_update().get(company=company)
    # What is hashed must be what the database gives back: round-trip through JSON before hashing.
    before, after = (json.loads(json.dumps(value, ensure_ascii=False, default=str)) for value in (before, after))
    number = head.number + 1
    name = by.username if by else retailer.audit_name if retailer else "system"
    digest = digest_of(
        previous=head.digest,
        number=number,
        at=at,
        by=name,
        verb=verb,
        subject=subject,
        before=before,
        after=after,
        reason=reason,
    )
    row = AuditRow.objects.create(
        company=company,
        number=number,
        at=at,
        by=by,
        by_name=name,
        verb=verb,
        subject=subject,
        before=before,
        after=after,
        reason=reason,
        previous_digest=head.digest,
        digest=digest,
    )
    head.number, head.digest = number, digest
    head.save(update_fields=["number", "digest"])
    if (known := _NUMBERS.get()) is not None:
        known.pop(company.pk, None)
    return row


@contextmanager
def one_reading() -> Iterator[None]:
    """While a page is read: `last_number` is asked of the database once, and a change made meanwhile is told all the same."""
    known = _NUMBERS.set({})
    try:
        yield
    finally:
        _NUMBERS.reset(known)


def last_number(company: Company) -> int:
    """A number that grows with every change of the company's rows: each leaves an audit row in its own transaction.

    Answers that are kept carry it in their key, so that none outlives a change.
    """
    known = _NUMBERS.get()
    if known is not None and company.pk in known:
        return known[company.pk]
    number = AuditHead.objects.filter(company=company).values_list("number", flat=True).first() or 0
    if known is not None:
        known[company.pk] = number
    return number


def faults(company: Company) -> Iterator[str]:
    """Sentences about every place where the chain is broken: a changed row, a missing one, a wrong head. Empty when sound."""
    previous, number = "0" * 64, 0
    for row in AuditRow.objects.filter(company=company).order_by("number").iterator(chunk_size=2000):
        number += 1
        if row.number != number:
            yield f"audit row {number} of {company.code} is missing"
            number = row.number
        if row.previous_digest != previous:
            yield f"audit row {row.number} of {company.code} does not follow the row before it"
        expected = digest_of(
            previous=row.previous_digest,
            number=row.number,
            at=row.at,
            by=row.by_name,
            verb=row.verb,
            subject=row.subject,
            before=row.before,
            after=row.after,
            reason=row.reason,
        )
        if expected != row.digest:
            yield f"audit row {row.number} of {company.code} was changed after it was written"
        previous = row.digest
    head = AuditHead.objects.filter(company=company).first()
    if head is not None and (head.number != number or head.digest != previous):
        yield f"the audit chain of {company.code} ends at row {number}, its head says {head.number}"
