"""Time-ordered ids (UUIDv7, RFC 9562) for records born here; those born on a phone bring their own."""

import os
import time
import uuid


def uuid7() -> str:
    """A new UUIDv7 as text: sorts by the millisecond it was made in."""
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=bits))
