"""What a visit leaves behind at a retailer: promises, requests, policies told, care notes, and where the shop stands."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, ImportBatch, User
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post
from lianxin.retailers.models import Retailer
from lianxin.visits.models.preparing import Policy
from lianxin.visits.states import PromiseState, RequestKind, RequestState


class Promise(models.Model):
    """What was promised to a retailer: owner and due date. Beyond the manager's authority it waits for leave first."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="promises")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="promises")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="promises")
    visit_id_said = models.CharField(max_length=40, blank=True, db_index=True)
    text = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=PromiseState.choices, default=PromiseState.OPEN)
    limit_code = models.CharField(max_length=40, blank=True, help_text="its kind, one of the company's promise limits")
    leave_of = models.CharField(max_length=30, choices=Post.choices, blank=True, help_text="whose leave it needs")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True, help_text="how it was kept, or why not")
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "due_on"]),
            models.Index(fields=["owner", "state", "due_on"]),
        ]


class Request(models.Model):
    """A retailer's question, wish or problem: owner, due date, answer, and the retailer's own confirmation."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="requests")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="requests")
    raised_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="requests_raised",
        help_text="who wrote down what the retailer said; null: the retailer wrote it itself, and no manager sees it",
    )  # fmt: skip
    visit_id_said = models.CharField(max_length=40, blank=True, db_index=True)
    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    topic = models.CharField(max_length=60, help_text="one of the company's topics, for finding common problems")
    text = models.TextField()
    office = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="requests_owned")
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "due_on"]),
            models.Index(fields=["company", "topic", "raised_at"]),
        ]


class RequestEvent(models.Model):
    """One step of a request's life. Appended, never changed."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=RequestState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    by_retailer = models.BooleanField(default=False, help_text="done by the retailer itself, on its own pages")
    words = models.TextField(blank=True)


class PolicyTold(models.Model):
    """A retailer was told a policy by somebody on a day; `understood` is the answer to the policy's question, if asked."""

    id = models.CharField(max_length=40, primary_key=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="told")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="policies_told")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="policies_told")
    visit_id_said = models.CharField(max_length=40, blank=True)
    told_at = models.DateTimeField()
    understood = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["policy", "retailer"])]


class PolicyAsked(models.Model):
    """A drawn check put a policy's question to a retailer that was told it: once for each telling, never by who told it."""

    told = models.OneToOneField(PolicyTold, on_delete=models.PROTECT, related_name="asked")
    answer_index = models.SmallIntegerField(null=True, blank=True, help_text="null: the retailer could not say")
    understood = models.BooleanField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    shown_on = models.DateField(
        help_text="counted from this day on: those checked learn nothing before a round is over"
    )


class CareNote(models.Model):
    """What a retailer volunteered and service needs; never family, health or religion. The retailer can see, correct, delete."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="care_notes")
    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="care_notes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    keep_until = models.DateField(db_index=True)
    corrected_at = models.DateTimeField(null=True, blank=True, help_text="when the retailer itself put it right")


class ShopPoint(models.Model):
    """A shop's own point as learnt from confirmed visits, by interval; beside the registered one, never instead of it."""

    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="shop_points")
    latitude = models.FloatField()
    longitude = models.FloatField()
    spread_metres = models.FloatField()
    n_visits = models.PositiveIntegerField()
    n_persons = models.PositiveIntegerField()
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["retailer", "valid_from"], name="one_point_a_day")]
