"""Photographs and files as evidence of a number: checked, blind until the deadline, shown to who may see the line."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from lianxin.demand.actions import attaching, closing
from lianxin.demand.actions.entering import TooLate
from lianxin.demand.models import Attachment, Round
from lianxin.demand.queries import attachments
from lianxin.foundation import clock
from lianxin.foundation.errors import Denied, Missing, Refused
from tests.demand.conftest import AT, ON, opened, sheet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("C2")]
PDF = b"%PDF-1.7\nfair on the square"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def live(office: SimpleNamespace) -> Round:
    return opened(office, deadline=clock.now() + timedelta(days=1))


def client(user: object) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)  # type: ignore[arg-type]
    return made


def photo() -> bytes:
    """A photograph that tells where and with what it was taken."""
    picture, out = Image.linear_gradient("L").convert("RGB"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Phone of Wang"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def bring(user: object, round: Round, name: str, content: bytes, line: int = 0) -> object:
    file = SimpleUploadedFile(name, content)
    return client(user).post(reverse("demand:attach", args=[round.pk, line]), {"file": file}, follow=True)


def test_a_photograph_lies_beside_the_line_without_place_and_device(office: SimpleNamespace, live: Round) -> None:
    assert b"Phone of Wang" in photo()
    page = bring(office.wang.user, live, "../shelf.JPG", photo())
    assert "It lies beside the line" in page.content.decode()  # type: ignore[attr-defined]
    (found,) = Attachment.objects.all()
    assert (found.name, found.media_type, found.line_no) == ("shelf.JPG", "image/jpeg", 0)
    kept = (Path(settings.MEDIA_ROOT) / found.path).read_bytes()
    assert b"Phone of Wang" not in kept
    answer = client(office.wang.user).get(reverse("demand:attachment", args=[live.pk, found.pk]))
    assert b"".join(answer.streaming_content) == kept  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    # the same again is the same
    bring(office.wang.user, live, "again.jpg", photo())
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<script>", "is not taken as evidence"),
        ("x.pdf", b"MZ not a pdf", "does not hold what its ending promises"),
        ("x.xlsx", PDF, "does not hold what its ending promises"),
        ("x.jpg", PDF, "not a JPEG photograph"),
        ("x.pdf", PDF + b"0" * attaching.MOST_BYTES, "is larger than 8 MB"),
    ],
)
def test_what_is_no_evidence_is_refused_with_a_sentence(
    office: SimpleNamespace, live: Round, name: str, content: bytes, words: str
) -> None:
    page = bring(office.wang.user, live, name, content)
    assert words in page.content.decode()  # type: ignore[attr-defined]
    assert not Attachment.objects.exists()


def test_nobody_sees_another_s_file_before_the_round_has_closed(office: SimpleNamespace, live: Round) -> None:
    made = attaching.attach(
        sheet=sheet(live, office.wang), line_no=1, name="fair.pdf", content=PDF, by=office.wang.user, at=AT
    )
    address = reverse("demand:attachment", args=[live.pk, made.pk])
    listed = f"/api/v1/forecast-rounds/{live.pk}/evidence"
    for other in (office.boss, office.leader, office.officer, office.li):
        assert client(other.user).get(address).status_code == 404
        assert client(other.user).get(f"{listed}/{made.pk}").status_code == 404
        assert client(other.user).get(f"{listed}?employee_no=wang").status_code == 404
    assert [row["name"] for row in client(office.wang.user).get(listed).json()] == ["fair.pdf"]
    Round.objects.filter(pk=live.pk).update(deadline_at=AT)
    closing.close(round=live, by=None, at=clock.now())
    for above in (office.boss, office.leader, office.officer, office.wang):
        assert client(above.user).get(address).status_code == 200
    assert [row["name"] for row in client(office.boss.user).get(f"{listed}?employee_no=wang").json()] == ["fair.pdf"]
    page = client(office.boss.user).get(reverse("demand:sheet", args=[live.pk, office.wang.pk])).content.decode()
    assert "fair.pdf" in page
    # out of scope it stays unseen
    for stranger in (office.other_boss, office.li):
        assert client(stranger.user).get(address).status_code == 404
    with pytest.raises(Missing):
        attachments.attachment_of(office.li.user, Round.objects.get(), made.pk, on=ON)


def test_only_its_author_brings_and_removes_until_the_deadline(office: SimpleNamespace, live: Round) -> None:
    mine = sheet(live, office.wang)

    def attach(by: object, number: int = 0, content: bytes = PDF, at: object = AT) -> Attachment:
        return attaching.attach(sheet=mine, line_no=number, name="x.pdf", content=content, by=by, at=at)  # type: ignore[arg-type]

    with pytest.raises(Denied):
        attach(office.boss.user)
    with pytest.raises(Refused, match="no such line"):
        attach(office.wang.user, 9)
    made = attach(office.wang.user)
    with pytest.raises(Denied):
        attaching.remove(attachment=made, by=office.boss.user, at=AT)
    path = Path(settings.MEDIA_ROOT) / made.path
    removed = client(office.wang.user).post(reverse("demand:remove_attachment", args=[live.pk, made.pk]))
    assert removed.status_code == 302
    made.refresh_from_db()
    assert (made.path, made.removed_at is None) == ("", False)
    assert list(attachments.of_sheet(mine)) == []
    # the row stays with its hash; the same file may come again
    assert attach(office.wang.user).pk != made.pk
    for extra in range(attaching.MOST_FILES - 1):
        attach(office.wang.user, content=PDF + bytes([extra]))
    with pytest.raises(Refused, match="at most 5 files"):
        attach(office.wang.user, content=PDF + b"more")
    with pytest.raises(TooLate):
        attach(office.wang.user, 1, at=live.deadline_at)
    assert path.suffix == ".pdf"


def test_a_removed_file_is_gone_from_the_disk(
    office: SimpleNamespace,
    live: Round,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    made = attaching.attach(
        sheet=sheet(live, office.wang), line_no=0, name="x.pdf", content=PDF, by=office.wang.user, at=AT
    )
    path = Path(settings.MEDIA_ROOT) / made.path
    assert path.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        attaching.remove(attachment=made, by=office.wang.user, at=AT)
    assert not path.exists()


def test_the_api_brings_opens_and_removes(office: SimpleNamespace, live: Round) -> None:
    browser, base = client(office.wang.user), f"/api/v1/forecast-rounds/{live.pk}/evidence"
    made = browser.post(base, {"line_no": 2, "file": SimpleUploadedFile("fair.pdf", PDF)})
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["line_no"], told["name"], told["n_bytes"]) == (2, "fair.pdf", len(PDF))
    answer = browser.get(f"{base}/{told['id']}")
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert browser.post(base, {"line_no": 2, "file": SimpleUploadedFile("x.exe", PDF)}).status_code == 422
    assert browser.post(f"{base}/{told['id']}/remove").status_code == 200
    assert browser.get(base).json() == []
