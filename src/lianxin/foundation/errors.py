"""The one anticipated error of the house. Everything else is a fault and is logged."""

from collections.abc import Iterable

from django.utils.translation import gettext as _


class Refused(Exception):
    """A request that is refused with a sentence for the person: what is wrong, where, and what to do.

    Screens make it a form error, the API a 422 answer, the command line a message and exit code 2.

    Parameters
    ----------
    message : str, the sentence, already translated
    field : str, the name of the field or column concerned, or ""
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field


def not_one_of(field: str, known: Iterable[str]) -> Refused:
    """The refusal of a word that is none of those that a field takes."""
    return Refused(_("%(field)s is one of: %(known)s.") % {"field": field, "known": ", ".join(known)}, field=field)


class Denied(Refused):
    """The person may not do this; screens answer 403."""


class Missing(Refused):
    """What was asked for is not there, or not visible to the person; screens answer 404."""
