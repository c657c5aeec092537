"""The shell of the field app: its page, its worker and its manifest. None of them holds a word about anybody."""

import json
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from lianxin.foundation.gate import for_anyone, needs

WORKER = "src/field/worker.ts"


@needs("field.use")
@require_safe
@ensure_csrf_cookie
def app(request: HttpRequest) -> HttpResponse:
    """The page that a phone keeps. It is the same for everybody; who is signed in is asked by the page itself."""
    answer = render(request, "field/app.html")
    answer["Cache-Control"] = "no-cache"
    return answer


@for_anyone
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The worker as the build made it, under the address that gives it its scope. A phone looks for a new one at every start."""
    vite = settings.DJANGO_VITE["default"]
    manifest = Path(str(vite["manifest_path"]))
    try:
        file = json.loads(manifest.read_text("utf-8"))[WORKER]["file"]
        source = (manifest.parent.parent / file).read_text("utf-8")
    except (OSError, KeyError) as wrong:
        raise Http404(_("The front end is not built.")) from wrong
    answer = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@for_anyone
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to install the app."""
    icons = [
        {"src": static(f"field/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    content = {
        "id": "/field/",
        "name": _("Lianxin visits"),
        "short_name": _("Lianxin visits"),
        "start_url": "/field/",
        "scope": "/field/",
        "display": "standalone",
        "orientation": "portrait",
        "lang": get_language() or settings.LANGUAGE_CODE,
        "theme_color": "#1f5fa8",
        "background_color": "#f3f5f8",
        "icons": icons,
    }
    answer = JsonResponse(
        content, json_dumps_params={"ensure_ascii": False}, content_type="application/manifest+json; charset=utf-8"
    )
    answer["Cache-Control"] = "no-cache"
    return answer
