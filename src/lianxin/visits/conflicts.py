"""What the server knows later than the phone: the record is not applied, and the phone is shown the latest."""

from typing import Any

from lianxin.foundation.errors import Refused


class Conflict(Refused):
    """A refusal because somebody else changed the matter meanwhile. `latest` is how it stands now."""

    def __init__(self, message: str, *, latest: dict[str, Any], field: str = "") -> None:
        super().__init__(message, field=field)
        self.latest = latest
