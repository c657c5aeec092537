"""Promises and requests as a phone holds them."""

from typing import Any

from lianxin.visits.models import Promise, Request


def promise_json(promise: Promise) -> dict[str, Any]:
    """A promise as the phone holds it."""
    return {"id": promise.pk, "text": promise.text, "due_on": promise.due_on.isoformat(), "state": promise.state}


def request_json(request: Request) -> dict[str, Any]:
    """A request as the phone holds it."""
    return {
        "id": request.pk,
        "kind": request.kind,
        "text": request.text,
        "state": request.state,
        "answer": request.answer,
        "due_on": request.due_on.isoformat(),
    }
