"""Mappings that a company keeps under names of its own, beside the shipped ones."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.imports import kinds, mapping
from lianxin.foundation.imports.mapping import KindMapping, Mapping
from lianxin.foundation.models import Company, StoredMapping, User

NAME: Final = re.compile(r"[\w-]{1,40}")
MOST: Final = 50


def digest_of(text: str) -> str:
    """SHA-256 (hex) of a mapping's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def mappings(company: Company) -> QuerySet[StoredMapping]:
    """The company's own mappings, by name."""
    return StoredMapping.objects.filter(company=company).select_related("stored_by").order_by("name")


def mapping_named(company: Company, name: str) -> StoredMapping:
    """One of the company's own. Raises Missing where there is none."""
    row = mappings(company).filter(name=name).first()
    if row is None:
        raise Missing(_("There is no mapping of this name among the company's own."))
    return row


def load(company: Company, name_or_file: str, *, by_name_only: bool = False) -> Mapping:
    """The mapping of that name, shipped or the company's own, or in that file; "" means canonical columns.

    by_name_only : paths are not followed; for requests that come over the network

    Raises
    ------
    Refused : there is none, or it is not a mapping; the sentence says where it is wrong.
    """
    if not name_or_file or name_or_file in mapping.shipped_names():
        return mapping.load(name_or_file)
    row = mappings(company).filter(name=name_or_file).first()
    if row is not None:
        return mapping.parse(row.text, row.name)
    path = Path(name_or_file)
    if by_name_only or not path.is_file():
        own = mappings(company).values_list("name", flat=True)
        raise mapping.unknown(name_or_file, [*mapping.shipped_names(), *own])
    return mapping.read_file(path)


@transaction.atomic
def store(*, company: Company, name: str, content: bytes, by: User, at: datetime) -> StoredMapping:
    """The mapping in a file, kept under a name; one of that name is replaced. Files that came in keep what they were read by.

    Raises
    ------
    Refused : no such name, the name of a shipped one, too large, not a mapping, no kind of file, or a column that its kind lacks.
    """
    name = name.strip()
    if not NAME.fullmatch(name):
        raise Refused(
            _("A name has 1 to 40 letters, digits, hyphens or underscores, without spaces and dots."), field="name"
        )
    if name in mapping.shipped_names():
        raise Refused(_("A shipped mapping is called so already. Choose another name."), field="name")
    if len(content) > mapping.SIZE_LIMIT:
        raise Refused(_("“%(name)s” is too large to be a mapping.") % {"name": name}, field="file")
    try:
        text = mapping.decoded(content, name)
        made = mapping.parse(text, name)
        _check(made)
    except Refused as refused:
        raise Refused(refused.message, field="file") from refused
    row = StoredMapping.objects.select_for_update().filter(company=company, name=name).first()
    before = None if row is None else {"sha256": row.digest, "kinds": row.kinds}
    if row is None:
        if mappings(company).count() >= MOST:
            raise Refused(_("At most %(n)s mappings are kept. Delete one first.") % {"n": MOST}, field="name")
        row = StoredMapping(company=company, name=name)
    digest = digest_of(text)
    if row.digest == digest:
        return row
    row.title, row.text, row.digest, row.kinds = made.title[:200], text, digest, list(made.kinds)
    row.stored_by, row.stored_at = by, at
    row.save()
    audit.record(
        company=company, by=by, verb="mappings.store", subject=f"mapping:{name}", at=at, before=before,
        after={"sha256": digest, "kinds": row.kinds},
    )  # fmt: skip
    return row


@transaction.atomic
def delete(*, company: Company, name: str, by: User, at: datetime) -> None:
    """Delete one of the company's own. What came in by it stays, and says by which.

    Raises
    ------
    Missing : there is none of this name.
    """
    row = mapping_named(company, name)
    row.delete()
    audit.record(
        company=company, by=by, verb="mappings.delete", subject=f"mapping:{name}", at=at,
        before={"sha256": row.digest, "kinds": row.kinds},
    )  # fmt: skip


def _check(made: Mapping) -> None:
    """That kinds and columns of ours are known; that a file lacks one is told only when it comes."""
    if not made.kinds:
        raise Refused(_("The mapping knows no kind of file. Give it a part such as [orders.columns]."))
    for kind, part in made.kinds.items():
        known = {column.name for column in kinds.kind_of(kind).columns}
        for where, names in _ours(part):
            for name in sorted(set(names) - known):
                raise _no_such_column(name, f"{kind}.{where}", kind, known)


def _no_such_column(name: str, where: str, kind: str, known: Iterable[str]) -> Refused:
    told = {"column": f"“{name}”", "where": where, "kind": kind, "known": ", ".join(sorted(known))}
    return Refused(
        _("The mapping speaks of %(column)s in %(where)s; files of %(kind)s have no such column. They have %(known)s.")
        % told
    )


def _ours(part: KindMapping) -> Iterable[tuple[str, Iterable[str]]]:
    yield "columns", part.columns
    yield "values", part.values
    yield "factors", part.factors
    yield "computed", part.computed
    for emission in part.emissions:
        yield "constants", emission.constants
        yield "empty", emission.empty
        yield "rows.columns", emission.columns
