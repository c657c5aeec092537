"""Whole pages: the gallery with every part, the explanation, and lists that become files."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.shortcuts import render
from django.test import RequestFactory
from django.utils import translation
from django_vite.core.asset_loader import DjangoViteAssetLoader

from lianxin.ui import responses
from lianxin.ui.gallery import (
    example_explanation,
    example_figures,
    example_filters,
    example_table,
    gallery_context,
    gallery_page,
)  # fmt: skip
from lianxin.ui.parts import Progress

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture
def built(settings, tmp_path) -> Iterator[None]:
    """Pages name the built front end; the test brings a manifest of its own, so that it needs no build."""
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"src/web.ts": {"file": "web.js", "src": "src/web.ts", "isEntry": true, "css": ["web.css"]}}')
    settings.DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": manifest, "static_url_prefix": "dist"}}
    # The manifest is read once a process: before, so that ours is read; after, so that the true one is again.
    DjangoViteAssetLoader._instance = None
    yield
    DjangoViteAssetLoader._instance = None


def request_of(query: str = "", **headers: str) -> HttpRequest:
    request = RequestFactory().get(f"/gallery/{query}", headers=headers)
    request.user = SimpleNamespace(is_authenticated=True, name="周一帆", get_username="x")
    return request


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_gallery_shows_every_part_and_obeys_the_content_policy(language: str) -> None:
    with translation.override(language):
        request = request_of()
        html = render(request, "ui/gallery.html", gallery_context(request)).content.decode()
    assert html.count("<h1") == 1
    assert f'<html lang="{language}">' in html
    for element in (
        "lx-chart",
        "lx-map",
        "lx-panel",
        "lx-figures",
        "lx-tablebox",
        "lx-filters",
        "lx-progress",
        "lx-notice-must",
    ):
        assert element in html
    assert re.findall(r"""\s(style|on[a-z]+)=["']""", html) == []
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', html) == []
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


def test_an_explanation_is_a_fragment_in_the_panel_and_a_page_by_itself() -> None:
    panel = responses.explanation_page(request_of(**{"HX-Request": "true"}), example_explanation()).content.decode()
    page = responses.explanation_page(request_of(), example_explanation()).content.decode()
    assert ("<html" in panel, "<html" in page) == (False, True)
    assert panel.strip() in page


def test_a_list_is_a_page_or_a_file() -> None:
    request = request_of()
    page = responses.list_page(
        request,
        "ui/gallery.html",
        example_table(request),
        filters=example_filters(request),
        context=gallery_context(request),
    )
    assert page["Content-Type"].startswith("text/html")
    asked = request_of("?export=csv")
    assert responses.list_page(asked, "never.html", example_table(asked))["Content-Type"] == "text/csv; charset=utf-8"


def test_progress_answers_with_the_element_alone() -> None:
    progress = Progress(title="Import", state="queued", poll_url="/jobs/1/")
    html = responses.progress_fragment(request_of(), progress).content.decode()
    assert html.startswith('<section class="lx-progress"')


def test_every_figure_of_the_gallery_says_something() -> None:
    assert all(figure.text for figure in example_figures())


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("panel", "text/html; charset=utf-8"),
        ("row", "text/html; charset=utf-8"),
        ("progress", "text/html; charset=utf-8"),
        ("map", "application/json"),
        ("", "text/html; charset=utf-8"),
    ],
)
def test_the_gallery_answers_what_its_parts_ask(part: str, kind: str) -> None:
    answer = gallery_page(request_of(f"?part={part}"))
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)


def test_the_gallery_exports_its_list() -> None:
    assert gallery_page(request_of("?export=xlsx"))["Content-Disposition"].startswith("attachment")
