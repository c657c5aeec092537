from datetime import datetime

from ninja import Schema


class QueuedOut(Schema):
    job: int


class OffOut(Schema):
    """A rule that was suspended when a run was made: it says cannot tell there, and weighs nothing."""

    rule: str
    since: datetime
