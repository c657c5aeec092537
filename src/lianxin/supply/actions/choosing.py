"""Which policy shares out which product of a round, and that nobody chooses a draw, or leaves one, after he could see it."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, RoundEvent, RoundProduct, SupplyPolicy
from lianxin.supply.queries import rounds
from lianxin.supply.states import GoodsClass, PolicyState, RoundState, Rule


def check_choices(company: Company, week: date, choices: Sequence[Choice]) -> None:
    """Raises Refused for no product, one twice or in another round of this week, or a policy that is not in force in it."""
    if not choices:
        raise Refused(_("Choose at least one product."), field="products")
    ids = [each.product.pk for each in choices]
    if len(set(ids)) < len(ids):
        raise Refused(_("A product is there twice."), field="products")
    for each in choices:
        for policy in (each.policy, each.compared_policy):
            if policy is not None:
                _check_in_force(policy, week)
    other = (
        RoundProduct.objects.filter(round__company=company, round__week=week, round__batch=None, product__in=ids)
        .exclude(round__state=RoundState.WITHDRAWN)
        .select_related("round", "product")
        .first()
    )
    if other is not None:
        words = {"product": other.product, "round": other.round}
        raise Refused(_("%(product)s is in round %(round)s of this week already.") % words, field="products")


def _check_in_force(policy: SupplyPolicy, week: date) -> None:
    is_in_force = (
        policy.state == PolicyState.PUBLISHED
        and policy.valid_from is not None
        and policy.valid_from <= week
        and (policy.valid_until is None or policy.valid_until > week)
    )
    if not is_in_force:
        words = {"policy": policy, "week": week}
        raise Refused(_("%(policy)s is not in force in the week of %(week)s.") % words, field="policy")


@transaction.atomic
def choose(
    *,
    round: Round,
    product_id: int,
    policy: SupplyPolicy,
    by: User,
    at: datetime,
    goods_class: GoodsClass | None = None,
    compared_policy: SupplyPolicy | None = None,
) -> Round:
    """Another policy for a product of a round that is not committed; what was previewed is to be previewed anew.

    Raises
    ------
    Refused : committed, or the policy is not in force; a draw was seen, after which its product keeps the draw, and no other
        product of the round gets one.
    """
    access.require(by, "supply.prepare", round.company)
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.state not in (RoundState.DRAFT, RoundState.REQUESTS_IN, RoundState.PREVIEWED):
        raise Refused(_("The policies of this round are settled."))
    row = rounds.product_of(round, product_id)
    _check_in_force(policy, round.week)
    if compared_policy is not None:
        _check_in_force(compared_policy, round.week)
    _check_draw(round, row, policy)
    before = {"policy": str(row.policy), "goods_class": row.goods_class}
    row.policy, row.compared_policy = policy, compared_policy
    row.goods_class = goods_class or row.goods_class
    row.save(update_fields=["policy", "compared_policy", "goods_class"])
    if round.state == RoundState.PREVIEWED and before["policy"] != str(policy):
        round.state, round.digest = RoundState.REQUESTS_IN, ""
        round.save(update_fields=["state", "digest"])
        RoundEvent.objects.create(round=round, state=round.state, at=at, by=by, words=str(policy))
    after = {"product": row.product.product_code, "policy": str(policy), "goods_class": row.goods_class}
    subject = f"supply_round:{round.number}"
    audit.record(company=round.company, by=by, verb="supply.choose", subject=subject, before=before, after=after, at=at)
    return round


def _check_draw(round: Round, row: RoundProduct, policy: SupplyPolicy) -> None:
    """Raises Refused where a draw that was seen would be left, or one chosen whose outcome anybody could have computed."""
    if policy.pk == row.policy_id:
        return
    if row.draw_seen_at is not None:
        raise Refused(
            _("The draw of this product was seen; it stays. The round can only be withdrawn."), field="policy"
        )
    if policy.rule == Rule.LOTTERY and round.seed_told_at is not None:
        raise Refused(
            _("The seed of this round was told with a preview; no other product can be drawn with it."), field="policy"
        )
