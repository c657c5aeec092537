"""A question as its readers see it, by page and by API, in each language."""

import html
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lianxin.foundation.models import User
from lianxin.oversight.models import Flag


@dataclass(frozen=True)
class Read:
    """What a reader is told: the question, and the evidence."""

    question: str
    evidence: list[dict[str, Any]]


def read_in(language: str, flag: Flag, user: User) -> Read:
    """A question in one language. The page, its list and the API must say the same."""
    reader = Client()
    reader.force_login(user)
    reader.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    with translation.override(language):  # requests leave their language behind; the caller's is put back
        told = reader.get(f"/api/v1/flags/{flag.pk}").json()
        page = html.unescape(reader.get(reverse("oversight:flag", args=[flag.pk])).content.decode())
        listed = html.unescape(reader.get(reverse("oversight:flags")).content.decode())
    assert told["question"] in page
    assert told["question"] in listed
    for item in told["evidence"]:
        assert set(item) == {"title", "text", "source", "url"}
        assert all(item[part] in page for part in ("title", "text", "source"))
    return Read(told["question"], told["evidence"])


def read_in_both(flag: Flag, user: User) -> tuple[Read, Read]:
    """A rule's question in English and in Chinese: everything that the rule worded must differ between them."""
    english, chinese = read_in("en", flag, user), read_in("zh-hans", flag, user)
    assert flag.question_wording
    assert english.question != chinese.question
    for item, mine, other in zip(flag.evidence, english.evidence, chinese.evidence, strict=True):
        assert item["wording"]
        for part in item["wording"]:
            assert mine[part] != other[part], (part, mine[part])
    return english, chinese
