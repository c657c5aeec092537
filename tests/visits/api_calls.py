"""Calls of the API in tests of field work."""

import json
from typing import Any

from django.http import HttpResponse

from tests.visits.world import World


def call(world: World, who: str, method: str, path: str, body: Any = None) -> HttpResponse:
    """What the API answers somebody of the world."""
    content = b"" if body is None else json.dumps(body).encode()
    made: HttpResponse = world.client(who, "en").generic(
        method, f"/api/v1{path}", content, content_type="application/json"
    )
    return made


def told(answer: HttpResponse, status: int = 200) -> Any:
    """The content of an answer with this status; None where there is none."""
    assert answer.status_code == status, answer.content.decode()
    return json.loads(answer.content) if answer.content else None
