"""Sentences that several kinds of files say in the same words."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation.imports.lines import Entry, shown


def two_contents(entry: Entry, other: Entry, columns: Sequence[str], line: int) -> str:
    """Two lines of one file say different things of the same."""
    return _("Line %(line)s says otherwise of the same: %(other)s; here: %(this)s.") % {
        "line": line,
        "other": shown(other, columns),
        "this": shown(entry, columns),
    }


def known_otherwise(entry: Entry, old: Entry, columns: Sequence[str]) -> str:
    """What is known under the key says something else."""
    return _(
        "Known already with other content: %(old)s; in the file: %(new)s. "
        "If the file is right, import it as a correction."
    ) % {"old": shown(old, columns), "new": shown(entry, columns)}


def ends_early(start: date) -> str:
    """An end that is not after its start."""
    return _("It ends before it starts (%(start)s); the end is the first day that no longer counts.") % {
        "start": start.isoformat()
    }


def interval_words(start: date, until: date | None) -> str:
    """An interval in words."""
    if until is None:
        return _("from %(start)s on") % {"start": start.isoformat()}
    return _("from %(start)s until before %(until)s") % {"start": start.isoformat(), "until": until.isoformat()}
