from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lianxin.foundation import clock, jobs
from lianxin.foundation.imports import kinds, mapping, stored, uploads
from lianxin.foundation.models import Company, Job, User
from lianxin.orders import states


class ImportForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What is in the file?"), choices=())
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX, CSV (also .gz or .xz) or Parquet. One row at the top names the columns."),
    )
    mapping = forms.ChoiceField(
        label=gettext_lazy("Whose columns?"),
        required=False,
        choices=(),
        help_text=gettext_lazy("Canonical names, or a mapping that knows the names in the file."),
    )
    is_correction = forms.BooleanField(
        label=gettext_lazy("This is a correction: rows known with other content are changed"), required=False
    )
    is_taken = forms.BooleanField(label=gettext_lazy("Take it in at once, without a dry run first"), required=False)

    def __init__(self, *given: Any, company: Company, by: User, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["kind"].choices = [(kind.name, kind.title) for kind in kinds.kinds_for(by, company)]  # type: ignore[attr-defined]
        names = [(name, mapping.load(name).title) for name in mapping.shipped_names()]
        own = [(row.name, f"{row.title} ({row.name})") for row in stored.mappings(company)]
        self.fields["mapping"].choices = [("", gettext_lazy("Canonical column names")), *names, *own]  # type: ignore[attr-defined]


class MappingForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy(
            "By this name it is chosen here, in the API and on the command line. One of that name is replaced."
        ),
    )
    file = forms.FileField(label=gettext_lazy("TOML file"))


def enqueue_import(
    *,
    company: Company,
    by: User,
    upload: UploadedFile,
    kind: str,
    mapping_name: str,
    is_correction: bool,
    is_trial: bool,
) -> Job:
    """The job that takes an upload in, or tries to; who asks, kind and mapping are looked at before anything is kept."""
    wanted = kinds.kind_of(kind)
    wanted.require(by, company)
    how = stored.load(company, mapping_name, by_name_only=True)
    how.of_kind(wanted.name)
    kept = uploads.keep(upload)
    return enqueue_kept(
        company=company,
        by=by,
        arguments={
            "kept": kept.name,
            "file_name": (upload.name or "")[:300],
            "kind": kind,
            "mapping": mapping_name,
            "mapping_digest": stored.digest_of(how.text),
            "is_correction": is_correction,
            "is_trial": is_trial,
        },
    )


def enqueue_kept(*, company: Company, by: User, arguments: dict[str, Any]) -> Job:
    """The job that takes a kept file in, or tries to."""
    title = _("Dry run of %(file)s") if arguments["is_trial"] else _("Import of %(file)s")
    return jobs.enqueue(
        company=company,
        kind=states.IMPORT,
        title=(title % {"file": arguments["file_name"]})[:200],
        # What the job says is read by who asked for it, in the language of that page.
        arguments={**arguments, "language": get_language() or ""},
        by=by,
        at=clock.now(),
    )
