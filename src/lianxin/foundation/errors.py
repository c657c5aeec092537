"""The one anticipated error of the house. Everything else is a fault and is logged."""


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


class Denied(Refused):
    """The person may not do this; screens answer 403."""


class Missing(Refused):
    """What was asked for is not there, or not visible to the person; screens answer 404."""
