from typing import ClassVar

from django.db import models

from lianxin.demand.models.rounds import Sheet


class Attachment(models.Model):
    """A photograph or file on which an author's number for a line rests. Removed, its file is gone and the row stays."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="attachments")
    line_no = models.PositiveIntegerField(help_text="the line's number on the sheet")
    name = models.CharField(max_length=120, help_text="as its author called it; never a path")
    media_type = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    n_bytes = models.PositiveIntegerField()
    path = models.CharField(max_length=200, blank=True, help_text="under the files folder; empty once removed")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sheet", "line_no"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sheet", "line_no", "sha256"], condition=models.Q(removed_at=None), name="one_file_once_a_line"
            )
        ]
