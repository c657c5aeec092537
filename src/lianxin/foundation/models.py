"""Rows that every room needs. No verbs here: those are in the modules named beside each model."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianxin.foundation.states import BatchState, Evidence, JobState, Role


class Company(models.Model):
    """One municipal company and its settings. Every other row belongs to one."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=60, default="Asia/Shanghai")
    currency = models.CharField(max_length=3, default="CNY")
    currency_symbol = models.CharField(max_length=4, default="¥")
    order_unit = models.CharField(max_length=20, default="条")
    order_unit_en = models.CharField(max_length=20, default="cartons")
    unit_conversions = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Larger units: [{name, name_en, order_units}], such as 件 = 50, 箱 = 250."),
    )
    invented_notice = models.TextField(
        blank=True,
        help_text=_("Shown on every page that shows an invented person or assignment; empty when all are real."),
    )
    invented_notice_en = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class CalendarDay(models.Model):
    """A day on which the company's working calendar differs from Monday to Friday."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="calendar_days")
    date = models.DateField()
    is_working = models.BooleanField()
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "date"], name="one_calendar_entry_a_day")]


class User(AbstractUser):
    """Who signs in. The person of a company behind it is `people.Person.user`."""

    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    language = models.CharField(max_length=10, blank=True)
    must_change_password = models.BooleanField(default=False)

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def name(self) -> str:
        """What the person is called on pages."""
        return str(self)


class RoleGrant(models.Model):
    """A role that a user holds in a company from a day until a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=30, choices=Role.choices)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "company", "role"], condition=models.Q(revoked_at=None), name="one_open_grant_a_role"
            )
        ]


class AuditHead(models.Model):
    """The end of a company's audit chain. Locked while a row is added, so that two rows never follow the same one."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="audit_head")
    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)


class AuditRow(models.Model):
    """One thing done, hash-chained to the one before. Written by `audit.record`, never changed (see audit.py)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="audit_rows")
    number = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "number"], name="one_audit_row_a_number")]
        indexes: ClassVar = [models.Index(fields=["company", "subject"]), models.Index(fields=["company", "verb"])]


class DatedParameter(models.Model):
    """A number or list in force from a day on, with where it comes from. Declared in `core.parameters`."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="parameters")
    name = models.CharField(max_length=80)
    value = models.JSONField()
    valid_from = models.DateField()
    source = models.CharField(max_length=300)
    evidence = models.CharField(max_length=10, choices=Evidence.choices, default=Evidence.COMPANY)
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "name", "valid_from"], name="one_parameter_value_a_day")
        ]


class Job(models.Model):
    """Work that takes longer than a page view. See jobs.py."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED, db_index=True)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="jobs")
    unique_key = models.CharField(max_length=120, blank=True, help_text="Two unfinished jobs never share one.")
    daily_on = models.DateField(
        null=True, help_text="The company's day of a daily job; none is queued twice for one day."
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(
        null=True, help_text="Written while it runs; when it stays behind, another worker takes over."
    )
    attempts = models.IntegerField(default=0)
    progress = models.FloatField(default=0)
    progress_text = models.CharField(max_length=200, blank=True)
    cancel_asked = models.BooleanField(default=False)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    result_url = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "unique_key"],
                condition=models.Q(state__in=["queued", "running"]) & ~models.Q(unique_key=""),
                name="one_unfinished_job_a_key",
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "daily_on"],
                condition=models.Q(daily_on__isnull=False),
                name="one_daily_job_a_day",
            ),
        ]


class ImportBatch(models.Model):
    """One file taken in. The Delta commit that names the id is the truth of its facts (docs/explanation/imports.md)."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=30)
    file_name = models.CharField(max_length=300)
    content_hash = models.CharField(max_length=64, db_index=True)
    mapping = models.CharField(max_length=200, blank=True)
    is_correction = models.BooleanField(default=False)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="batches")
    owner_name = models.CharField(max_length=150)
    state = models.CharField(max_length=12, choices=BatchState.choices, default=BatchState.PREPARED)
    n_read = models.BigIntegerField(default=0)
    n_accepted = models.BigIntegerField(default=0)
    n_refused = models.BigIntegerField(default=0)
    n_duplicate = models.BigIntegerField(default=0)
    refused_file = models.CharField(max_length=400, blank=True)
    notes = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    committed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")


class StoredMapping(models.Model):
    """A company's own mapping: the TOML text that says how its files become ours, known by name. See imports/stored.py."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="mappings")
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    kinds = models.JSONField(help_text="the kinds of files that it knows")
    stored_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "name"], name="one_mapping_a_name")]


class BatchChange(models.Model):
    """What a batch did to one row: `before` is null when it made the row. Undoing walks these backwards."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(max_length=60)
    row_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["model", "row_id"])]


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is kept; it may do what its user may do."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class IdempotencyKey(models.Model):
    """The answer once given to a key; a replay gets the same answer, another request under the same key is refused."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    request_digest = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]
