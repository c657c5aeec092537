"""Call plans: a manager's cycle, its visits with order, time and reason, and every change to it."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits.states import ExcuseState, PlanChangeKind, PlannedState, PlanState, WhyNotMade


class PlanCycle(models.Model):
    """One manager's plan of some weeks. An approved plan is replanned by changes, never overwritten by a new cycle."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="plan_cycles")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="plan_cycles")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="exclusive")
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    parameters = models.JSONField(help_text="the numbers that the plan was made with, seed included")
    unplaced = models.JSONField(default=list, help_text="[{retailer_id, reason}]: visits that did not fit")
    made_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True, help_text="why it was returned")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "person", "starts_on"], name="one_cycle_a_start"),
            models.CheckConstraint(condition=models.Q(ends_on__gt=models.F("starts_on")), name="cycle_has_days"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "starts_on"])]


class PlannedVisit(models.Model):
    """A visit that a plan asks for, and why. `person` is who makes it: the cycle's manager or who covers for him."""

    id = models.CharField(max_length=40, primary_key=True)
    cycle = models.ForeignKey(PlanCycle, on_delete=models.CASCADE, related_name="visits")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="planned_visits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="planned_visits")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="planned_visits")
    visit_date = models.DateField()
    order = models.PositiveIntegerField(help_text="place in the day's route, from 1")
    arrive_at = models.TimeField(help_text="local time")
    travel_minutes = models.FloatField()
    service_minutes = models.FloatField()
    reasons = models.JSONField(
        default=list, help_text="[{code, present, wanted, way, evidence}], see core.visiting.reasons"
    )
    state = models.CharField(max_length=10, choices=PlannedState.choices, default=PlannedState.PLANNED)
    words = models.CharField(max_length=300, blank=True, help_text="why excused, moved or taken out")
    wanted_visits = models.PositiveSmallIntegerField(null=True, blank=True, help_text="visits of the retailer a cycle")
    wanted_by = models.CharField(
        max_length=300, blank=True, help_text="what says so: an entry by segment and tier, or a parameter by tier"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "person", "visit_date"]),
            models.Index(fields=["company", "retailer", "visit_date"]),
        ]


class NotMade(models.Model):
    """Why a planned visit was not made. Appended, the newest counts; it changes no indicator."""

    id = models.CharField(max_length=40, primary_key=True, help_text="made by the phone, or here")
    planned = models.ForeignKey(PlannedVisit, on_delete=models.CASCADE, related_name="not_made")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=WhyNotMade.choices)
    words = models.CharField(max_length=300, blank=True)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()


class PlanChange(models.Model):
    """A change to a plan: what, why, by whom. Appended; only what somebody else says about its excuse is added, once."""

    cycle = models.ForeignKey(PlanCycle, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=PlanChangeKind.choices)
    body = models.JSONField(help_text="what was asked and what moved")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    excuse = models.CharField(max_length=10, choices=ExcuseState.choices, default=ExcuseState.NOT_NEEDED)
    excuse_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    excuse_at = models.DateTimeField(null=True, blank=True)
    excuse_words = models.CharField(max_length=300, blank=True)


class Cover(models.Model):
    """A colleague makes an absent manager's visits from a day until a day (exclusive). The retailers stay with whom they are."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="covers")
    absent = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="covered_by")
    covering = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="covers")
    valid_from = models.DateField()
    valid_until = models.DateField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")), name="cover_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~models.Q(absent=models.F("covering")), name="nobody_covers_himself"),
        ]


class StartPoint(models.Model):
    """Where a person's working day begins and ends, from a day on. Without one, days begin in the middle of the shops held."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="start_points")
    latitude = models.FloatField()
    longitude = models.FloatField()
    valid_from = models.DateField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "valid_from"], name="one_start_a_day")]


class ShopHours(models.Model):
    """When a retailer likes to be visited and when it is busy, from a day on; local times, as the retailer said."""

    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="shop_hours")
    good_from = models.TimeField(null=True, blank=True)
    good_until = models.TimeField(null=True, blank=True)
    busy_from = models.TimeField(null=True, blank=True)
    busy_until = models.TimeField(null=True, blank=True)
    valid_from = models.DateField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["retailer", "valid_from"], name="one_hours_a_day"),
            models.CheckConstraint(
                condition=models.Q(good_from=None, good_until=None) | models.Q(good_until__gt=models.F("good_from")),
                name="good_hours_have_an_end",
            ),
            models.CheckConstraint(
                condition=models.Q(busy_from=None, busy_until=None) | models.Q(busy_until__gt=models.F("busy_from")),
                name="busy_hours_have_an_end",
            ),
        ]


class RoadMinutes(models.Model):
    """Minutes that a road engine told, from a day on, from one place to others: a shop, or where a person's days begin.

    One row holds all ways out of a place, because single pairs of a city are millions.
    """

    # Undoing needs only what a row was before; what it became stands in the row.
    journal_keeps_only_before: ClassVar[bool] = True

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="road_minutes")
    from_retailer = models.ForeignKey(
        Retailer, null=True, blank=True, on_delete=models.PROTECT, related_name="road_minutes"
    )
    from_person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    minutes = models.JSONField(help_text="{place: minutes}; a place is r and a retailer's key, or p and a person's key")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["from_retailer", "valid_from"], name="one_row_of_ways_a_shop_and_day"),
            models.UniqueConstraint(fields=["from_person", "valid_from"], name="one_row_of_ways_a_start_and_day"),
            models.CheckConstraint(
                condition=models.Q(from_retailer=None, from_person__isnull=False)
                | models.Q(from_retailer__isnull=False, from_person=None),
                name="ways_begin_at_a_shop_or_a_start",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "valid_from"])]
