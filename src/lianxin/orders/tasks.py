"""Imports and undoings asked for on a page or through the API, done by a worker."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lianxin.foundation import clock, jobs
from lianxin.foundation.imports import kinds, running, uploads
from lianxin.foundation.models import Company, ImportBatch, User
from lianxin.orders import actions


def _language(arguments: dict[str, Any], user: User | None) -> str:
    return arguments.get("language") or (user.language if user else "") or settings.LANGUAGE_CODE


def import_file(
    company: Company, arguments: dict[str, Any], by: User | None, progress: jobs.Progress
) -> dict[str, Any]:
    """Take a kept file in, or try to."""
    with translation.override(_language(arguments, by)):
        path = uploads.kept(arguments["kept"])

        def tell(done: int, total: int | None) -> None:
            share = 0.9 * done / total if total else 0.0
            progress.tell(share, _("%(n)s rows") % {"n": f"{done:,}"})

        result = running.run(
            company=company,
            kind=arguments["kind"],
            path=path,
            by=by,
            at=clock.now(),
            mapping_name=arguments["mapping"],
            is_trial=arguments["is_trial"],
            is_correction=arguments["is_correction"],
            file_name=arguments["file_name"],
            tell=tell,
            by_name_only=True,
            mapping_digest=arguments.get("mapping_digest", ""),
        )
        said: list[str] = []
        if result.batch_id:
            batch = ImportBatch.objects.select_related("company").get(pk=result.batch_id)
            said = _follow_up(batch, progress)
        if not result.is_trial:
            path.unlink(missing_ok=True)
    address = (
        reverse("orders:batch", args=[result.batch_id])
        if result.batch_id
        else reverse("orders:result", args=[progress.job_id])
    )
    return {"outcome": result.as_json(), "followed": said, "result_url": address}


def undo_batch(company: Company, arguments: dict[str, Any], by: User | None, progress: jobs.Progress) -> dict[str, Any]:
    """Take a batch out again."""
    with translation.override(_language(arguments, by)):
        batch = running.undo(company=company, batch_id=arguments["batch_id"], by=by, at=clock.now())
        said = _follow_up(batch, progress)
    return {"followed": said, "result_url": reverse("orders:batch", args=[batch.pk])}


def _follow_up(batch: ImportBatch, progress: jobs.Progress) -> list[str]:
    if not isinstance(kinds.kind_of(batch.kind), kinds.LakeKind):
        return []

    def tell(done: int, total: int | None) -> None:
        progress.tell(0.9 + (0.1 * done / total if total else 0.0), _("renewing the monthly sums"))

    return actions.follow_up(batch=batch, tell=tell)
