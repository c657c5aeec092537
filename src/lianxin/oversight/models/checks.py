"""What others saw and what drawn checks found, beside the visits of which they speak."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.oversight.states import CheckChannel, CheckState, Confirmed, RoundState, Statement, WitnessChannel
from lianxin.retailers.models import Retailer
from lianxin.visits.models import Visit


class Witness(models.Model):
    """What a delivery, the order desk or an inspector said of a shop. It names no manager and no receiver."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="witnesses")
    witness_id = models.CharField(max_length=60)
    channel = models.CharField(max_length=10, choices=WitnessChannel.choices)
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="witnesses")
    seen_at = models.DateTimeField()
    says = models.CharField(max_length=16, choices=Statement.choices)
    about_from = models.DateField(null=True, blank=True)
    about_until = models.DateField(null=True, blank=True, help_text="inclusive; both empty: that moment only")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "witness_id"], name="one_witness_an_id"),
            models.CheckConstraint(
                condition=(models.Q(about_from=None) & models.Q(about_until=None))
                | models.Q(about_until__gte=models.F("about_from")),
                name="statement_covers_whole_days",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "seen_at"]),
            models.Index(fields=["retailer", "seen_at"]),
        ]


class CheckRound(models.Model):
    """One drawing of checks. The seed is sealed by its hash before the visits are fixed, and shown when the round is over."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="check_rounds")
    number = models.PositiveIntegerField()
    visits_from = models.DateField()
    visits_until = models.DateField(help_text="exclusive")
    wanted = models.JSONField(help_text="{channel: how many}")
    seed = models.CharField(max_length=64)
    seed_hash = models.CharField(max_length=64, help_text="SHA-256 of the seed, told when it is sealed")
    state = models.CharField(max_length=10, choices=RoundState.choices, default=RoundState.COMMITTED)
    committed_at = models.DateTimeField()
    committed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(null=True, blank=True)
    drawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    frame_digest = models.CharField(max_length=64, blank=True, help_text="of the visits and weights it was drawn from")
    n_frame = models.PositiveIntegerField(default=0)
    due_on = models.DateField()
    over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "number"], name="one_round_a_number")]


class Check(models.Model):
    """One visit to be asked about by one channel, by one person; or an answer that came with a file."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="checks")
    round = models.ForeignKey(CheckRound, null=True, blank=True, on_delete=models.PROTECT, related_name="checks")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="checks")
    channel = models.CharField(max_length=5, choices=CheckChannel.choices)
    drawn_probability = models.FloatField()
    checker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="checks_to_make")
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=CheckState.choices, default=CheckState.ASSIGNED)
    confirmed = models.CharField(max_length=11, choices=Confirmed.choices, blank=True)
    answers = models.JSONField(default=dict, blank=True, help_text="{question: answer} of the channel's form")
    words = models.TextField(blank=True, help_text="what was seen or said, or why it was not done")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visit", "channel"], name="one_check_a_visit_and_channel"),
            models.CheckConstraint(
                condition=models.Q(drawn_probability__gt=0) & models.Q(drawn_probability__lte=1),
                name="check_has_a_chance",
            ),
            models.CheckConstraint(
                condition=(models.Q(state="done") & ~models.Q(confirmed=""))
                | (~models.Q(state="done") & models.Q(confirmed="")),
                name="done_check_has_an_answer",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["checker", "state", "due_on"]),
            models.Index(fields=["company", "state"]),
        ]
