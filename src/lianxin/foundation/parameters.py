"""Dated numbers in force on a day: the declaration in `core.parameters`, overridden by what the company set."""

import re
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import LISTS, PARAMETERS, Parameter, ParameterKind, frequencies
from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, DatedParameter, User
from lianxin.foundation.parameter_words import unfit
from lianxin.foundation.states import Evidence


def in_force(company: Company, *, on: date) -> dict[str, Any]:
    """Every declared parameter with its value on a day: the newest row whose `valid_from` is not after it, else the default."""
    values: dict[str, Any] = {name: declared.default for name, declared in PARAMETERS.items()}
    rows = DatedParameter.objects.filter(company=company, valid_from__lte=on).order_by("valid_from")
    values.update({row.name: row.value for row in rows if row.name in PARAMETERS})
    return values


@transaction.atomic
def set_value(
    *,
    company: Company,
    name: str,
    value: Any,
    valid_from: date,
    source: str,
    evidence: Evidence,
    by: User | None,
    at: datetime,
) -> DatedParameter:
    """The row that sets a parameter from a day on; a second setting for the same day replaces the first and both stay in the audit.

    Raises
    ------
    Refused : an unknown name, a value of another type than declared, or no source note.
    """
    declared = PARAMETERS.get(name)
    if declared is None:
        raise Refused(_("There is no parameter “%(name)s”. See the list of parameters.") % {"name": name}, field="name")
    if not source.strip():
        raise Refused(_("Say where the value comes from (a rule, a decision, a page)."), field="source")
    try:
        declared.check(value)
    except ParameterWrong as wrong:
        raise _not_as(declared, value) from wrong
    old = DatedParameter.objects.filter(company=company, name=name, valid_from=valid_from).first()
    row, _created = DatedParameter.objects.update_or_create(
        company=company,
        name=name,
        valid_from=valid_from,
        defaults={"value": value, "source": source, "evidence": evidence, "set_by": by, "set_at": at},
    )
    audit.record(
        company=company,
        by=by,
        verb="parameters.set",
        subject=f"parameter:{name}:{valid_from}",
        before=None if old is None else {"value": old.value, "source": old.source},
        after={"value": value, "source": source},
        at=at,
    )
    return row


def read(declared: Parameter, text: str) -> Any:
    """The value that a person wrote; nothing written means "not set".

    Raises
    ------
    Refused : it is not as `wanted` says.
    """
    text = text.strip()
    if not text:
        return None
    parts = [part.strip() for part in re.split(r"[,，、;；\n]", text) if part.strip()]
    try:
        if declared.type is ParameterKind.INTEGER:
            return int(text)
        if declared.type is ParameterKind.NUMBER:
            return float(text)
        if declared.type is ParameterKind.FREQUENCIES:
            return [str(frequencies.read(part)) for part in parts]
        if declared.type in LISTS:
            declared.check(parts)
            return parts
        if declared.type is ParameterKind.RANGES:
            return [[int(end) for end in re.split(r"\s*[-–~至]\s*", part, maxsplit=1)] for part in parts]
    except (ValueError, ParameterWrong) as wrong:
        raise _not_as(declared, text) from wrong
    return text


def written(declared: Parameter, value: Any) -> str:
    """A value as a person would write it; `read` gives it back. "" when it is not set."""
    if value is None:
        return ""
    if declared.type is ParameterKind.NUMBER:
        return f"{value:g}"
    if declared.type in LISTS:
        return ", ".join(value)
    if declared.type is ParameterKind.RANGES:
        return ", ".join(f"{low}-{high}" for low, high in value)
    return str(value)


def _not_as(declared: Parameter, value: Any) -> Refused:
    return Refused(unfit(declared, value), field="value")
