"""Photographs: in parts that resume, whole or not at all, without what tells of people, and found when used again."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import LazySettings
from django.test import Client
from PIL import Image

from lianxin.cli import collect
from lianxin.field.actions import photographing
from lianxin.field.models import PhotoPart
from lianxin.foundation import backups, photos
from lianxin.foundation.errors import Refused
from lianxin.foundation.uuids import uuid7
from lianxin.visits.models import Photo
from tests.field.conftest import NOW, Field, jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("F1")]
PART = 4000


def put(client: Client, photo_id: str, offset: int, content: bytes) -> Any:
    url = f"/api/v1/field/photos/{photo_id}/parts/{offset}"
    return client.put(url, content, content_type="application/octet-stream")


def finish(client: Client, photo_id: str, content: bytes, **fields: Any) -> Any:
    body = {"sha256": hashlib.sha256(content).hexdigest(), "visit_id": uuid7(), "action_kind": "display",
            "taken_at": NOW.isoformat(), "width": 320, "height": 240, **fields}  # fmt: skip
    return client.post(f"/api/v1/field/photos/{photo_id}/finish", json.dumps(body), content_type="application/json")


def sent(client: Client, content: bytes, **fields: Any) -> Photo:
    photo_id = uuid7()
    for offset in range(0, len(content), PART):
        assert put(client, photo_id, offset, content[offset : offset + PART]).status_code == 200
    answer = finish(client, photo_id, content, **fields)
    assert answer.status_code == 200, answer.content.decode()
    return Photo.objects.get(pk=photo_id)


def test_a_line_that_fails_every_third_time_loses_nothing_and_doubles_nothing(
    world: Field, settings: LazySettings
) -> None:
    client, content, photo_id, tries = world.phone.client, jpeg(1), uuid7(), 0
    done = False
    while not done:
        tries += 1
        have = client.get(f"/api/v1/field/photos/{photo_id}").json()["have"]
        if have >= len(content):
            for _again in range(2):
                answer = finish(client, photo_id, content)
                assert (answer.status_code, answer.json()["complete"]) == (200, True)
            done = True
        elif tries % 3 == 0:
            continue
        else:
            part = content[have : have + PART]
            put(client, photo_id, have, part)
            if tries % 3 == 1:
                # The answer was lost on its way; the phone sends the same part again.
                assert put(client, photo_id, have, part).json()["have"] == min(have + PART, len(content))
    row = Photo.objects.get()
    assert (row.pk, row.person, row.n_bytes, row.width, row.seen_before) == (
        photo_id,
        world.manager,
        len(content),
        320,
        None,
    )
    assert (Path(settings.MEDIA_ROOT) / row.path).read_bytes() == content
    assert not PhotoPart.objects.exists()
    assert not list(Path(settings.MEDIA_ROOT).rglob("field/parts/*/*"))
    assert client.get(f"/api/v1/field/photos/{photo_id}").json() == {"have": len(content), "complete": True}
    assert put(client, photo_id, 0, content[:PART]).json() == {"have": len(content), "complete": True}
    names = [name for _path, name in backups.files_of(Path(settings.HOME), Path(settings.LAKE), {}, None)]
    assert f"home/files/{row.path}" in names


def test_a_gap_is_told_and_a_damaged_photograph_begins_anew(world: Field) -> None:
    client, content, photo_id = world.phone.client, jpeg(2), uuid7()
    assert finish(client, photo_id, content).json()["have"] == 0
    assert put(client, photo_id, 0, content[:PART]).json() == {"have": PART, "complete": False}
    ahead = put(client, photo_id, 2 * PART, content[2 * PART : 3 * PART])
    assert (ahead.status_code, ahead.json()["have"]) == (409, PART)
    early = finish(client, photo_id, content)
    assert (early.status_code, early.json()["have"]) == (409, PART)
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 0xFF
    put(client, photo_id, PART, bytes(damaged[PART:]))
    wrong = finish(client, photo_id, content)
    assert (wrong.status_code, wrong.json()["have"]) == (409, 0)
    assert not PhotoPart.objects.exists()


def test_only_a_jpeg_of_an_action_is_taken(world: Field) -> None:
    client = world.phone.client
    out = io.BytesIO()
    Image.new("RGB", (30, 30)).save(out, "PNG")
    for content in (out.getvalue(), b"\xff\xd8 not a picture \xff\xd9", jpeg(3)[:-200] + b"\xff\xd9"):
        photo_id = uuid7()
        put(client, photo_id, 0, content)
        answer = finish(client, photo_id, content)
        # Pillow forgives a picture that lacks its end; what it opens is kept as it is.
        assert answer.status_code in (200, 422)
        assert answer.status_code == 422 or content.startswith(jpeg(3)[:100])
    good = jpeg(4)
    assert put(client, uuid7(), 0, b"").status_code == 422
    assert put(client, uuid7(), 0, b"x" * (photos.PART_AT_MOST + 1)).status_code == 422
    assert put(client, uuid7(), photos.BYTES_AT_MOST, b"x").status_code == 422
    assert put(client, "..%2F..%2Fsecret_key", 0, b"x").status_code in (404, 422)
    assert put(client, "not-an-id", 0, b"x").status_code == 422
    photo_id = uuid7()
    put(client, photo_id, 0, good)
    assert finish(client, photo_id, good, action_kind="dance").status_code == 422
    assert finish(client, photo_id, good, visit_id="7").status_code == 422


def test_what_tells_of_place_and_device_is_taken_out_and_the_picture_stays(world: Field) -> None:
    content = jpeg(5, exif=True) + b"a film behind the picture"
    row = sent(world.phone.client, content)
    kept = photos.without_metadata(content)
    assert b"MakerOfThePhone" in content
    assert b"MakerOfThePhone" not in kept
    assert kept.endswith(b"\xff\xd9")
    assert row.sha256 == hashlib.sha256(kept).hexdigest() != hashlib.sha256(content).hexdigest()
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(jpeg(5))) as before:
        assert after.tobytes() == before.tobytes()
        assert not after.getexif()


def test_a_photograph_used_again_names_the_first(world: Field) -> None:
    client = world.phone.client
    first = sent(client, jpeg(6, stamp="2026-11-20 09:00"))
    other = sent(client, jpeg(7))
    beside = sent(client, jpeg(6, stamp="2026-11-20 09:00"), visit_id=first.visit_id_said)
    restamped = sent(client, jpeg(6, quality=60, stamp="2026-11-20 11:30"))
    plain = [sent(client, content) for content in (blank(10), blank(250))]
    colleague = Client()
    assert world.colleague.user is not None
    colleague.force_login(world.colleague.user)
    borrowed = sent(colleague, jpeg(6, stamp="2026-11-20 09:00"))

    assert photos.differing_bits(first.near_hash, other.near_hash) > 10
    assert [row.seen_before for row in (first, other, beside, restamped, borrowed)] == [None, None, None, first, first]
    assert [row.seen_before for row in plain] == [None, None], "a black picture is like nothing"


def blank(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


def test_nobody_touches_anothers_photograph(world: Field) -> None:
    mine, colleague = jpeg(8), Client()
    assert world.colleague.user is not None
    colleague.force_login(world.colleague.user)
    photo_id = uuid7()
    put(world.phone.client, photo_id, 0, mine[:PART])
    assert colleague.get(f"/api/v1/field/photos/{photo_id}").json()["have"] == 0
    assert put(colleague, photo_id, 0, mine[:PART]).status_code == 422
    done = sent(world.phone.client, mine)
    assert finish(colleague, done.pk, mine).status_code == 422


def test_what_was_begun_and_never_finished_is_let_go(world: Field) -> None:
    content = jpeg(9)
    put(world.phone.client, uuid7(), 0, content[:PART])
    assert photographing.forget_stale_parts(world.company, at=NOW) == 0
    assert photographing.forget_stale_parts(world.company, at=NOW + photographing.PARTS_KEPT * 2) == 1
    assert not PhotoPart.objects.exists()
    with pytest.raises(Refused):
        photos.checked(b"x" * (photos.BYTES_AT_MOST + 1))


def test_the_nightly_command_lets_go_of_it(world: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    put(world.phone.client, uuid7(), 0, jpeg(9)[:PART])
    monkeypatch.setattr("lianxin.foundation.clock.now", lambda: NOW + photographing.PARTS_KEPT * 2)
    monkeypatch.setattr("lianxin.cli.forgetting.require_ready", lambda: None)
    result = CliRunner().invoke(collect(), ["forget"])
    assert result.exit_code == 0, result.output
    assert not PhotoPart.objects.exists()
