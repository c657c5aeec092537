"""The shell that a phone keeps: page, worker, manifest."""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.field.conftest import Field

pytestmark = [pytest.mark.requirement("F1"), pytest.mark.django_db]


@pytest.fixture
def built(tmp_path: Path, settings: LazySettings) -> Path:
    """A front end as a build leaves it."""
    dist = tmp_path / "dist"
    (dist / ".vite").mkdir(parents=True)
    (dist / "worker.0123.js").write_text("const FIELD_FILES = {};", "utf-8")
    manifest = dist / ".vite" / "manifest.json"
    manifest.write_text(json.dumps({"src/field/worker.ts": {"file": "worker.0123.js"}}), "utf-8")
    settings.DJANGO_VITE = {"default": {"manifest_path": manifest}}
    return dist


def test_worker_is_served_as_built_and_never_kept(built: Path) -> None:
    answer = Client().get("/field/worker.js")
    assert (answer.status_code, answer.content) == (200, b"const FIELD_FILES = {};")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_worker_of_a_front_end_that_is_not_built_is_missing(built: Path) -> None:
    (built / ".vite" / "manifest.json").unlink()
    assert Client().get("/field/worker.js").status_code == 404


def test_manifest_installs_the_app_under_its_own_scope(world: Field) -> None:
    answer = Client().get("/field/manifest.webmanifest", headers={"Accept-Language": "zh-hans"})
    content = json.loads(answer.content)
    assert answer["Content-Type"].startswith("application/manifest+json")
    assert (content["start_url"], content["scope"], content["display"]) == ("/field/", "/field/", "standalone")
    assert content["name"] == "连心走访"
    sizes = {(icon["sizes"], icon["purpose"]) for icon in content["icons"]}
    assert sizes == {("192x192", "any"), ("192x192", "maskable"), ("512x512", "any"), ("512x512", "maskable")}
    assert world.phone.client.get(content["icons"][0]["src"]).status_code == 200


def test_shell_holds_no_word_about_anybody(world: Field) -> None:
    answer = world.phone.client.get("/field/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "csrftoken" in answer.cookies
    for word in (world.manager.name, world.company.name, world.shops[0].name, "csrfmiddlewaretoken"):
        assert word not in page
    assert "<script>" not in page
    assert "style=" not in page
