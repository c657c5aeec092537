from ninja import Schema


class QueuedOut(Schema):
    job: int
