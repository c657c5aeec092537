"""What a month was judged by, and what came of it. Results are never overwritten: a new closing is a new version."""

from typing import ClassVar

from django.db import models

from lianxin.appraisal.states import RequestState, RunState, Step, VersionState
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person


class Scheme(models.Model):
    """A scheme by its code; what it says is in its versions."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="schemes")
    code = models.SlugField(max_length=60)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="one_scheme_a_code")]

    def __str__(self) -> str:
        return self.code


class SchemeVersion(models.Model):
    """One version, as `core.scoring.notation` writes it. Adopted content never changes."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(max_length=12, choices=VersionState.choices, default=VersionState.DRAFT)
    content = models.JSONField()
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="heirs")
    note = models.TextField(blank=True)
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    authors = models.ManyToManyField(
        User, related_name="+", help_text="Everyone who wrote at it; none of them adopts it."
    )
    consulted_on = models.DateField(null=True)
    consulted_who = models.CharField(max_length=300, blank=True)
    consulted_text = models.TextField(blank=True)
    noticed_on = models.DateField(null=True)
    adopted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(null=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "number"], name="one_scheme_version_a_number"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["adopted", "retired"])
                | (
                    models.Q(consulted_on__isnull=False)
                    & models.Q(noticed_on__isnull=False)
                    & models.Q(valid_from__isnull=False)
                    & models.Q(adopted_by__isnull=False)
                ),
                name="adopted_after_consultation_and_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(adopted_by=None)
                | models.Q(drafted_by=None)
                | ~models.Q(adopted_by=models.F("drafted_by")),
                name="nobody_adopts_a_scheme_he_drafted",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="scheme_version_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme.code} v{self.number}"


class Judgement(models.Model):
    """A superior's judgement of a person in a month with its reason: 0 to 100, or a count where the scheme counts events."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="judgements")
    month = models.DateField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="judgements")
    code = models.CharField(max_length=80)
    value = models.FloatField()
    reason = models.TextField()
    judged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "month", "code"], name="one_judgement_a_month"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="judgement_not_below_zero"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="judgement_has_a_reason"),
        ]


class Trial(models.Model):
    """A version tried on past months beside the one in force then: who would have gained or lost. Binds nobody."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="trials")
    first_month = models.DateField()
    last_month = models.DateField()
    rows = models.JSONField(default=list, help_text="One row per person and month, columns of core.scoring COMPARISON.")
    by_person = models.JSONField(default=list)
    by_month = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()


class Closing(models.Model):
    """A month computed once. `number` counts the versions of a month; `pinned` is the evidence, `results` where the answers lie."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="closings")
    month = models.DateField()
    number = models.IntegerField()
    step = models.CharField(max_length=12, choices=Step.choices, default=Step.STARTED)
    scheme_version = models.ForeignKey(SchemeVersion, null=True, on_delete=models.PROTECT, related_name="closings")
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="next_versions")
    reason = models.TextField(blank=True, help_text="Why there is a new version of a month closed before.")
    pinned = models.JSONField(default=dict, help_text="Table name -> version of the evidence.")
    parameters = models.JSONField(default=dict)
    parameters_digest = models.CharField(max_length=64, blank=True)
    inputs = models.JSONField(default=dict, help_text="Whom the scheme judged, judgements and earlier parts, as rows.")
    results = models.JSONField(default=dict, help_text="Table name -> version in which the answers lie.")
    engine = models.CharField(max_length=20, blank=True)
    code_version = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="Of the indicator values and all scores.")
    evidence_digest = models.CharField(max_length=64, blank=True, help_text="Of all that the result follows from.")
    n_indicator_values = models.IntegerField(default=0)
    n_scorecards = models.IntegerField(default=0)
    timings = models.JSONField(default=dict, help_text="Step -> seconds.")
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month", "number"], name="one_closing_a_number"),
            models.UniqueConstraint(
                fields=["company", "month"], condition=~models.Q(step="released"), name="one_unfinished_closing_a_month"
            ),
        ]
        ordering: ClassVar = ["-month", "-number"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} v{self.number}"


class Verification(models.Model):
    """A closing computed again from what it pinned, by whom, and whether the digest came out the same."""

    closing = models.ForeignKey(Closing, on_delete=models.CASCADE, related_name="verifications")
    digest = models.CharField(max_length=64)
    is_same = models.BooleanField()
    code_version = models.CharField(max_length=60)
    engine = models.CharField(max_length=20)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()


class ClosingLock(models.Model):
    """Who is closing a month now. `alive_at` stays behind when that process dies; another then takes the lock over."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    token = models.CharField(max_length=40)
    host = models.CharField(max_length=120)
    process = models.CharField(max_length=60, help_text="Number and start of the process.")
    alive_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "month"], name="one_closing_at_a_time")]


class Scorecard(models.Model):
    closing = models.ForeignKey(Closing, on_delete=models.CASCADE, related_name="scorecards")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="scorecards")
    unit = models.CharField(max_length=80)
    group_key = models.CharField(max_length=80)
    total_milli = models.BigIntegerField(null=True)
    answer = models.CharField(max_length=20)
    scored_share = models.FloatField()
    rank = models.IntegerField(null=True)
    group_n = models.IntegerField()
    band = models.CharField(max_length=10, blank=True)
    gates = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["closing", "person"], name="one_scorecard_a_closing_and_person")
        ]
        indexes: ClassVar = [models.Index(fields=["person", "closing"])]


class ScorePart(models.Model):
    """One line of a scorecard, the columns of `core.scoring.inputs.PART_SCORES`."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="parts")
    place = models.IntegerField(help_text="Order in the scheme.")
    part = models.CharField(max_length=80)
    role = models.CharField(max_length=12)
    block = models.CharField(max_length=80, blank=True)
    value = models.FloatField(null=True)
    target = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    n = models.BigIntegerField()
    rank = models.IntegerField(null=True)
    group_n = models.IntegerField()
    group_average = models.FloatField(null=True)
    previous_value = models.FloatField(null=True)
    previous_rank = models.IntegerField(null=True)
    answer = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)
    points_milli = models.BigIntegerField(null=True)
    full_milli = models.BigIntegerField()
    handling = models.CharField(max_length=20)
    curve_x = models.FloatField(null=True)
    curve_y = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scorecard", "part"], name="one_line_a_scorecard_part")
        ]


class ReviewRequest(models.Model):
    """A person asks that somebody looks at a result: no score and no pay rests on software alone if he refuses that."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="requests")
    text = models.TextField()
    state = models.CharField(max_length=12, choices=RequestState.choices, default=RequestState.OPEN)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["scorecard"], condition=models.Q(state="open"), name="one_open_request_a_scorecard"
            ),
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | ~models.Q(answered_by=models.F("asked_by")),
                name="nobody_answers_his_own_request",
            ),
        ]


class PayRun(models.Model):
    """A pool divided by the scorecards of a closing. It binds nobody before a second person confirmed it."""

    closing = models.ForeignKey(Closing, on_delete=models.PROTECT, related_name="pay_runs")
    pool_fen = models.BigIntegerField()
    rule = models.JSONField()
    state = models.CharField(max_length=12, choices=RunState.choices, default=RunState.PROPOSED)
    digest = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pool_fen__gt=0), name="pool_is_not_empty"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="nobody_confirms_pay_he_proposed",
            ),
            models.UniqueConstraint(
                fields=["closing"], condition=models.Q(state="proposed"), name="one_open_proposal_a_closing"
            ),
            models.UniqueConstraint(
                fields=["closing"], condition=models.Q(state="confirmed"), name="one_confirmed_run_a_closing"
            ),
        ]


class PayLine(models.Model):
    """What one person gets and every number it came from, the columns of `core.paying.inputs.PAY`."""

    run = models.ForeignKey(PayRun, on_delete=models.CASCADE, related_name="lines")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="pay_lines")
    unit = models.CharField(max_length=80, blank=True)
    days = models.IntegerField()
    month_days = models.IntegerField()
    score_milli = models.BigIntegerField(null=True)
    coefficient_milli = models.BigIntegerField()
    weight = models.BigIntegerField()
    weight_total = models.BigIntegerField()
    floor_fen = models.BigIntegerField()
    is_at_floor = models.BooleanField()
    remainder_fen = models.BigIntegerField(help_text="One fen of what the division leaves over, or none.")
    amount_fen = models.BigIntegerField(null=True)
    handling = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "person"], name="one_pay_line_a_person")]
