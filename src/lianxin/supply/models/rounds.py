"""Rounds of allocation: a week, its products with supply and policy, their sums, and what was changed by hand."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, ImportBatch, User
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.supply.models.policies import SupplyPolicy
from lianxin.supply.states import ChangeState, GoodsClass, RoundState, SumKind, Variant


class SupplyAmount(models.Model):
    """How much of a product there is to share in a week, as the latest file or hand said."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="supply_amounts")
    week = models.DateField(help_text="its Monday")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="supply_amounts")
    units = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "week", "product"], name="one_supply_a_product_and_week")
        ]


class Round(models.Model):
    """One sharing-out of a week's scarce goods. Its requests and shares are rows of the lake; `pk` names those shares there."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="supply_rounds")
    number = models.PositiveIntegerField()
    week = models.DateField(help_text="its Monday")
    state = models.CharField(max_length=12, choices=RoundState.choices, default=RoundState.DRAFT)
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="that it came with"
    )
    invented_note = models.CharField(max_length=300, blank=True, help_text="by which rule its requests were made up")
    # Until when requests come in, as announced; where nothing was announced, when they were closed.
    requests_close_at = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=64, blank=True, help_text="of a draw; told when it is drawn")
    seed_told_at = models.DateTimeField(
        null=True, blank=True, help_text="of the first preview drawn with it; from then on no other draw can be chosen"
    )
    seed_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the seed, told before requests close")
    requests_version = models.PositiveIntegerField(null=True, blank=True, help_text="of the lake's table of requests")
    code_version = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="of the shares; the same inputs give the same one")
    n_lines = models.PositiveIntegerField(default=0)
    n_retailers = models.PositiveIntegerField(default=0)
    summary = models.JSONField(
        default=dict, help_text="{n_equals, n_unequal}: groups of equals, and those treated unequally"
    )
    faults = models.JSONField(default=list, help_text="why nothing could be shared out: [{kind, n, example}]")
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    committed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="one_supply_round_a_number"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["committed", "published"])
                | (models.Q(committed_at__isnull=False) & ~models.Q(digest="")),
                name="committed_round_has_a_digest",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "week"])]

    def __str__(self) -> str:
        return f"{self.number} · {self.week:%Y-%m-%d}"


class RoundEvent(models.Model):
    """One step of a round's life: who, when, in whose words. Appended, never changed."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=12, choices=RoundState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)
    is_public = models.BooleanField(
        default=False, help_text="the words may stand on the public page; who wrote them was told so"
    )
    requests_close_at = models.DateTimeField(null=True, blank=True, help_text="as announced with this step")


class RoundProduct(models.Model):
    """A product of a round: how much there is, by which policy it is shared, and what came of it."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="products")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    goods_class = models.CharField(max_length=10, choices=GoodsClass.choices, default=GoodsClass.TIGHT)
    policy = models.ForeignKey(SupplyPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="rounds")
    compared_policy = models.ForeignKey(
        SupplyPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="to set beside it"
    )
    supply_units = models.PositiveIntegerField(null=True, blank=True, help_text="null when a file did not tell")
    draw_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="of the first preview of its draw, which it keeps from then on"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "product"], name="one_product_a_supply_round")
        ]


class RoundSum(models.Model):
    """Lines of a round summed by product, by product and tier, or by customer manager; pages read these, not the lines."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="sums")
    variant = models.CharField(max_length=8, choices=Variant.choices, default=Variant.CHOSEN)
    kind = models.CharField(max_length=8, choices=SumKind.choices)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tier = models.SmallIntegerField(null=True, blank=True, help_text="null: not known")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    n_lines = models.PositiveIntegerField()
    n_full = models.PositiveIntegerField(help_text="lines that got all they could take")
    n_nothing = models.PositiveIntegerField(help_text="lines that wanted some and got none")
    wanted_units = models.BigIntegerField(null=True, blank=True)
    takeable_units = models.BigIntegerField(null=True, blank=True, help_text="least of wish and cap, summed")
    share_units = models.BigIntegerField()
    rule_units = models.BigIntegerField(null=True, blank=True, help_text="what the rule gave; null when not known")
    least_share = models.PositiveIntegerField()
    most_share = models.PositiveIntegerField()
    quota_units = models.PositiveIntegerField(null=True, blank=True, help_text="of a tier, under a tier quota")
    level = models.FloatField(null=True, blank=True, help_text="common to the product, where the rule has one")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["round", "variant", "kind"])]


class RoundQuota(models.Model):
    """What a retailer of a tier may take at most in one group, where a quota is divided further by attributes of retailers."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="quotas")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quota_group = models.CharField(max_length=300, help_text="values of the attributes, joined by |")
    tier = models.SmallIntegerField()
    quota_units = models.PositiveBigIntegerField()
    n_requests = models.PositiveIntegerField()
    taken_units = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "product", "quota_group", "tier"], name="one_quota_a_group_and_tier"
            )
        ]


class HandChange(models.Model):
    """One line changed by hand: who proposes it and why, and who agreed. What the rule gave stays beside it."""

    id = models.CharField(max_length=40, primary_key=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="changes")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="supply_changes")
    holder = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", help_text="who held the retailer in that week"
    )
    before_units = models.PositiveIntegerField(help_text="when it was proposed")
    rule_units = models.PositiveIntegerField(help_text="what the rule gave")
    after_units = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, help_text="from the company's list")
    words = models.TextField()
    evidence = models.TextField(help_text="what it rests on and where that is kept")
    state = models.CharField(max_length=8, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_words = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "product", "retailer"],
                condition=models.Q(state="proposed"),
                name="one_open_change_a_line",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None)
                | (~models.Q(state="proposed") & models.Q(decided_by__isnull=False)),
                name="decided_change_has_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="second_person_is_another",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["round", "state"])]
