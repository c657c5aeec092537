"""Answers outside the rooms: is the house alive, and in which language does it speak."""

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from lianxin import __version__
from lianxin.foundation import actions, queries
from lianxin.foundation.gate import for_anyone
from lianxin.foundation.models import User


@for_anyone
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and the lake can be read, else 503. Says which, and nothing else."""
    parts = {"database": _database_answers(), "lake": _lake_is_readable()}
    sound = all(parts.values())
    answer = JsonResponse({"sound": sound, "version": __version__, **parts}, status=200 if sound else 503)
    answer["Cache-Control"] = "no-store"
    return answer


def _database_answers() -> bool:
    try:
        queries.any_company()
    except Error:
        return False
    return True


def _lake_is_readable() -> bool:
    try:
        next(settings.LAKE.iterdir(), None)
    except FileNotFoundError:
        # No lake yet is a house without imports, which is sound.
        return True
    except OSError:
        return False
    return True


@for_anyone
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language; a signed-in user keeps it on every device."""
    asked = request.POST.get("language", "")
    known = {code for code, _name in settings.LANGUAGES}
    if isinstance(request.user, User) and asked in known and check_for_language(asked):
        actions.choose_language(user=request.user, language=asked)
    answer: HttpResponse = django_set_language(request)
    return answer
