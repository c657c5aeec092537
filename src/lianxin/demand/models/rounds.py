from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models

from lianxin.core.units import month_plus
from lianxin.demand.states import Period, RoundState, SheetState
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person, Unit
from lianxin.people.states import Post


class Round(models.Model):
    """One round of forecasts: some products, one or several periods, until a deadline."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="forecast_rounds")
    period = models.CharField(max_length=5, choices=Period.choices)
    first_period = models.DateField(help_text="first day of the first period forecast")
    horizon = models.PositiveSmallIntegerField(default=1, help_text="periods forecast")
    product_ids = models.JSONField(help_text="ids of the products, in their order")
    history_until = models.DateField(help_text="orders up to and including this day were read")
    deadline_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=RoundState.choices, default=RoundState.PREPARING)
    is_imported = models.BooleanField(default=False, help_text="forecasts of an earlier system")
    parameters = models.JSONField(default=dict, help_text="every number the system's forecast was made with")
    code_version = models.CharField(max_length=60, blank=True)
    weights = models.JSONField(
        default=list,
        blank=True,
        help_text="published weights of the combined forecast on the day of the deadline, kept at closing",
    )
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    scored_until = models.DateField(null=True, blank=True, help_text="last day of sales that the scores know")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "period", "first_period"], name="one_round_a_kind_of_period_and_day"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["closed", "scored"]) | models.Q(closed_at__isnull=False),
                name="closed_round_has_its_instant",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="scored") | models.Q(scored_at__isnull=False),
                name="scored_round_has_its_instant",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "state"])]

    def __str__(self) -> str:
        return f"{self.first_period:%Y-%m}" if self.period == Period.MONTH else f"{self.first_period}"

    def takes_entries(self, at: datetime) -> bool:
        """Whether numbers may come in at an instant: it is open and its deadline has not passed."""
        return self.state == RoundState.OPEN and at < self.deadline_at

    def starts(self) -> list[date]:
        """The first days of the periods forecast, in order."""
        return [self.start_of(step) for step in range(1, self.horizon + 1)]

    def start_of(self, step: int) -> date:
        """The first day of a period; step 1 is the first."""
        if self.period == Period.MONTH:
            return month_plus(self.first_period, step - 1)
        return self.first_period + timedelta(weeks=step - 1)

    @property
    def ends_before(self) -> date:
        """The day after the last period."""
        return self.start_of(self.horizon + 1)


class RoundEvent(models.Model):
    """One change of a round's state. Appended, never changed."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=9, choices=RoundState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")


class Sheet(models.Model):
    """What one author forecasts in a round: a manager his retailers, a market manager the unit, a brand manager the company."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="sheets")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="forecast_sheets")
    post = models.CharField(max_length=30, choices=Post.choices)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="the manager's unit, or the one whose sums are forecast; empty for the company",
    )  # fmt: skip
    state = models.CharField(max_length=9, choices=SheetState.choices, default=SheetState.OPEN)
    n_lines = models.PositiveIntegerField()
    n_entered = models.PositiveIntegerField(default=0)
    n_accepted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "person"], name="one_sheet_an_author")]
        indexes: ClassVar = [models.Index(fields=["person", "state"])]

    @property
    def n_to_do(self) -> int:
        return max(0, self.n_lines - self.n_entered - self.n_accepted)

    @property
    def is_of_sums(self) -> bool:
        return self.post != Post.CUSTOMER_MANAGER


class SheetEvent(models.Model):
    """A sheet submitted or taken back. Appended, never changed."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=9, choices=SheetState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
