"""A manager with three shops and a phone."""

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageDraw

from lianxin.foundation import clock
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from tests import factories

# 10:00 on a Friday in the company's time zone.
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SHOP = (31.35, 118.42)


@dataclass
class Phone:
    """Speaks the protocol as the app does."""

    client: Client
    device: str = field(default_factory=uuid7)
    clock_ahead: timedelta = timedelta(0)

    def replica(self, **headers: str) -> Any:
        return self.client.get("/api/v1/field/replica", headers=headers)

    def record(self, verb: str, body: dict[str, Any], *, record_id: str = "", made_at: str = "") -> dict[str, Any]:
        return {
            "id": record_id or uuid7(),
            "verb": verb,
            "made_at": made_at or (clock.now() + self.clock_ahead).isoformat(),
            "seen": None,
            "body": body,
        }

    def push(self, *records: Any) -> list[dict[str, Any]]:
        answer = self.post(*records)
        assert answer.status_code == 200, answer.content.decode()
        return list(answer.json()["verdicts"])

    def post(self, *records: Any) -> Any:
        payload = {
            "device": {"id": self.device, "name": "手机"},
            "device_now": (clock.now() + self.clock_ahead).isoformat(),
            "records": list(records),
        }
        return self.client.post("/api/v1/field/push", json.dumps(payload), content_type="application/json")

    def one(self, verb: str, body: dict[str, Any], **frame: str) -> dict[str, Any]:
        return self.push(self.record(verb, body, **frame))[0]


@dataclass
class Field:
    company: Company
    unit: Unit
    leader: Person
    manager: Person
    colleague: Person
    shops: list[Retailer]
    theirs: Retailer
    phone: Phone

    @property
    def user(self) -> User:
        assert self.manager.user is not None
        return self.manager.user


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The server's clock stands at ten in the morning."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


def build(company: Company) -> Field:
    unit = factories.unit(company)
    leader = factories.person(
        unit, Post.MARKET_MANAGER, name="李主任", user=factories.user(company, Role.MARKET_MANAGER)
    )
    manager = factories.person(unit, user=factories.user(company, Role.CUSTOMER_MANAGER), reports_to=leader)
    colleague = factories.person(unit, name="周一帆", user=factories.user(company, Role.CUSTOMER_MANAGER))
    shops = [
        factories.retailer(company, holder=manager, latitude=SHOP[0] + n / 100, longitude=SHOP[1], tier=20)
        for n in range(3)
    ]
    theirs = factories.retailer(company, holder=colleague, latitude=SHOP[0], longitude=SHOP[1])
    client = Client()
    assert manager.user is not None
    client.force_login(manager.user)
    return Field(company, unit, leader, manager, colleague, shops, theirs, Phone(client))


@pytest.fixture
def world(company: Company, now: datetime) -> Field:
    return build(company)


def position(metres_north: float = 0.0, *, shop: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "latitude": SHOP[0] + shop / 100 + metres_north / 111_195,
        "longitude": SHOP[1],
        "accuracy_metres": 20,
        "fix_age_seconds": 3,
        "source": "gps",
        "taken_at": NOW.isoformat(),
        **fields,
    }


def visit_body(retailer: Retailer, *, minutes_ago: int = 30, minutes: int = 10, **fields: Any) -> dict[str, Any]:
    start = NOW - timedelta(minutes=minutes_ago)
    return {
        "visit_id": uuid7(),
        "retailer_id": retailer.pk,
        "planned_id": None,
        "visit_type_id": None,
        "theme_id": None,
        "check_in_at": start.isoformat(),
        "check_out_at": (start + timedelta(minutes=minutes)).isoformat(),
        "closed_by_itself": False,
        "check_in_position": None,
        "check_out_position": None,
        "actions": [],
        "note": "",
        **fields,
    }


def jpeg(seed: int = 0, *, quality: int = 80, exif: bool = False, stamp: str = "") -> bytes:
    """A picture that looks like no other of another seed."""
    image = Image.new("RGB", (320, 240), (200, 200, 190))
    draw = ImageDraw.Draw(image)
    for n in range(24):
        x, y = (seed * 97 + n * 53) % 300, (seed * 61 + n * 37 + n * n * seed) % 220
        shade = (seed * 71 + n * 43) % 256
        draw.rectangle((x, y, x + 50, y + 40), fill=(shade, 255 - shade, (shade * 3) % 256))
    if stamp:
        draw.text((5, 228), stamp, fill=(255, 255, 255))
    out = io.BytesIO()
    if exif:
        found = Image.Exif()
        found[0x010F] = "MakerOfThePhone"
        image.save(out, "JPEG", quality=quality, exif=found)
    else:
        image.save(out, "JPEG", quality=quality)
    return out.getvalue()
