"""The life of a round: opened, its requests closed, previewed, committed, published; or withdrawn before it is committed."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lianxin.core.tables.supply import ALLOCATION_REQUESTS, ALLOCATION_SHARES
from lianxin.core.units import monday_of
from lianxin.foundation import access, audit, parameters
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company, User
from lianxin.foundation.uuids import uuid7
from lianxin.supply import checks, facts
from lianxin.supply.actions import sharing
from lianxin.supply.actions.summing import record_sums
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, RoundEvent, RoundProduct, RoundSum, SupplyPolicy
from lianxin.supply.queries import rounds
from lianxin.supply.states import MOVES, GoodsClass, PolicyState, RoundState, Rule, Variant


@transaction.atomic
def open_round(
    *,
    company: Company,
    week: date,
    choices: Sequence[Choice],
    by: User | None,
    at: datetime,
    requests_close_at: datetime | None = None,
    invented_note: str = "",
) -> Round:
    """A round whose requests may come in. The seed of its draws exists and is sealed: its hash is told now.

    Parameters
    ----------
    requests_close_at : announced with the hash of the seed: what comes in later is refused. None announces nothing
    invented_note : by which rule the requests were made up; stands on every page of the round. Empty for real requests
    by : None when the installation itself opens it, such as for a demonstration

    Raises
    ------
    Refused : no Monday, no product, a product twice or in another round of this week, a policy that is not in force in it,
        requests that would close before they can come in.
    """
    if by is not None:
        access.require(by, "supply.prepare", company)
    if requests_close_at is not None and requests_close_at <= at:
        raise Refused(_("Requests close at a time that is still to come."), field="requests_close_at")
    if monday_of(week) != week:
        raise Refused(_("A round is of one week; choose its Monday."), field="week")
    _check_choices(company, week, choices)
    Company.objects.select_for_update().get(pk=company.pk)
    number = (Round.objects.filter(company=company).aggregate(highest=Max("number"))["highest"] or 0) + 1
    seed = secrets.token_hex(32)
    made = Round.objects.create(
        id=uuid7(),
        company=company,
        number=number,
        week=week,
        seed=seed,
        seed_hash=hashlib.sha256(seed.encode()).hexdigest(),
        requests_close_at=requests_close_at,
        invented_note=invented_note.strip(),
        opened_by=by,
        opened_at=at,
    )
    RoundProduct.objects.bulk_create(
        RoundProduct(
            round=made,
            product=each.product,
            goods_class=each.goods_class,
            policy=each.policy,
            compared_policy=each.compared_policy,
        )
        for each in choices
    )
    RoundEvent.objects.create(round=made, state=made.state, at=at, by=by)
    after = {
        "week": week.isoformat(),
        "seed_hash": made.seed_hash,
        "requests_close_at": requests_close_at.isoformat() if requests_close_at else None,
        "products": {each.product.product_code: str(each.policy) for each in choices},
        "invented": made.invented_note,
    }
    audit.record(company=company, by=by, verb="supply.open", subject=f"supply_round:{number}", after=after, at=at)
    return made


def _check_choices(company: Company, week: date, choices: Sequence[Choice]) -> None:
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
    Refused : committed, or the policy is not in force; a draw was seen, after which its product keeps the draw.
    """
    access.require(by, "supply.prepare", round.company)
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.state not in (RoundState.DRAFT, RoundState.REQUESTS_IN, RoundState.PREVIEWED):
        raise Refused(_("The policies of this round are settled."))
    row = rounds.product_of(round, product_id)
    _check_in_force(policy, round.week)
    if compared_policy is not None:
        _check_in_force(compared_policy, round.week)
    is_drawn = row.policy is not None and row.policy.rule == Rule.LOTTERY and round.state == RoundState.PREVIEWED
    if is_drawn and policy.pk != row.policy_id:
        raise Refused(
            _("The draw of this product was seen; it stays. The round can only be withdrawn."), field="policy"
        )
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


@transaction.atomic
def close_requests(*, round: Round, by: User | None, at: datetime, words: str = "") -> Round:
    """The round with its requests closed: what the lake holds now is what is shared out, and so is the supply told so far.

    Parameters
    ----------
    words : why, where it is closed before the time that was announced; everybody inside reads it

    Raises
    ------
    Refused : closed already, no requests for the week, a product without a supply, or closed early without a reason.
    """
    if by is not None:
        access.require(by, "supply.prepare", round.company)
    round = _moved(round, RoundState.REQUESTS_IN)
    announced = round.requests_close_at
    if announced is not None and at < announced and not words.strip():
        when = {"at": f"{announced.astimezone(round.company.zone):%Y-%m-%d %H:%M}"}
        raise Refused(
            _("Requests were announced to close on %(at)s. Say why they close earlier; it is kept.") % when,
            field="words",
        )
    amounts = rounds.supply_amounts(round.company, round.week)
    rows = rounds.products_of(round)
    missing = [row.product.name for row in rows if row.product_id not in amounts]
    if missing:
        raise Refused(
            _("There is no supply for %(names)s in this week. Import it first.") % {"names": "、".join(missing[:5])}
        )
    for row in rows:
        row.supply_units = amounts[row.product_id]
    RoundProduct.objects.bulk_update(rows, ["supply_units"])
    round.requests_version = the_lake().version(ALLOCATION_REQUESTS.name)
    if not facts.requests_of(round).num_rows:
        raise Refused(_("No requests for this week and these products have come in. Import them first."))
    round.requests_close_at = announced or at
    told: dict[str, Any] = {
        "requests_version": round.requests_version,
        "seed_hash": round.seed_hash,
        "announced": announced.isoformat() if announced else None,
    }
    return _step(round, by, at, "supply.close_requests", ["requests_version", "requests_close_at"], told, words)


@transaction.atomic
def reopen(*, round: Round, words: str, by: User, at: datetime) -> Round:
    """The round open for requests again, before anybody has seen what it would give.

    Raises
    ------
    Refused : previewed already, or no reason.
    """
    access.require(by, "supply.prepare", round.company)
    if not words.strip():
        raise Refused(_("Say why requests are opened again; everybody reads it."), field="words")
    round = _moved(round, RoundState.DRAFT)
    round.requests_version, round.requests_close_at = None, None
    return _step(round, by, at, "supply.reopen", ["requests_version", "requests_close_at"], {}, words)


def preview(*, round: Round, by: User | None, at: datetime) -> Round:
    """The round with what its policies would give to whom; nothing counts yet.

    What is wrong with the requests is written into `faults`, and the round stays where it is.

    Raises
    ------
    Refused : requests are still coming in, or the round is committed.
    """
    if by is not None:
        access.require(by, "supply.prepare", round.company)
    with transaction.atomic():
        round = _moved(round, RoundState.PREVIEWED)
    shared = sharing.share(round, Variant.CHOSEN)
    has_compared = RoundProduct.objects.filter(round=round, compared_policy__isnull=False).exists()
    compared = sharing.share(round, Variant.COMPARED) if has_compared and not shared.faults else None
    with transaction.atomic():
        round = _moved(round, RoundState.PREVIEWED)
        round.faults = shared.faults
        if shared.faults:
            round.save(update_fields=["faults"])
            return Round.objects.select_related("company").get(pk=round.pk)
        sharing.keep(round, shared)
        record_sums(round=round, lines=shared.lines, quotas=shared.quotas)
        if compared is not None and not compared.faults and compared.lines.num_rows:
            record_sums(round=round, lines=compared.lines, variant=Variant.COMPARED, quotas=compared.quotas)
        else:
            RoundSum.objects.filter(round=round, variant=Variant.COMPARED).delete()
        round.digest, round.code_version = shared.digest, sharing.code_version()
        return _step(round, by, at, "supply.preview", ["digest", "code_version", "faults"], {"digest": round.digest})


def commit(*, round: Round, by: User | None, at: datetime, on: date) -> Round:
    """The round committed: its shares are computed anew, must be what was previewed, and stand from now on.

    Raises
    ------
    Denied : a post that may not commit, or who opened the round.
    Refused : not previewed; a method that the class of goods does not permit, or too little open to the whole city; inputs that
        have changed since the preview.
    """
    company = round.company
    if by is not None:
        access.require(by, "supply.commit", company)
        if round.opened_by_id == by.pk:
            raise Denied(_("Somebody else commits the round that you opened."))
    with transaction.atomic():
        round = _moved(round, RoundState.COMMITTED)
    broken = [
        each
        for each in checks.fairness(rounds.products_of(round), parameters.in_force(company, on=on))
        if not each.holds
    ]
    if broken:
        raise Refused(_refusal(broken[0]))
    shared = sharing.share(round, Variant.CHOSEN)
    with transaction.atomic():
        round = _moved(round, RoundState.COMMITTED)
        if shared.faults or shared.digest != round.digest:
            raise Refused(_("What would be given is no longer what was previewed. Preview it anew."))
        the_lake().pin([ALLOCATION_REQUESTS.name, ALLOCATION_SHARES.name], f"supply-{round.pk}")
        round.committed_by, round.committed_at = by, at
        told = {
            "digest": round.digest,
            "requests_version": round.requests_version,
            "policies": {row.product.product_code: str(row.policy) for row in rounds.products_of(round)},
            "seed": round.seed if _has_draw(round) else "",
        }
        return _step(round, by, at, "supply.commit", ["committed_by", "committed_at"], told)


def _refusal(finding: checks.Finding) -> str:
    if finding.code == "city_share":
        words = {"share": f"{finding.value:.0%}", "floor": f"{finding.wanted:.0%}"}
        return _("Only %(share)s of the supply is open to the whole city; at least %(floor)s must be.") % words
    return _("The class of %(product)s does not permit this method of release.") % {"product": finding.subject}


def _has_draw(round: Round) -> bool:
    return any(row.policy is not None and row.policy.rule == Rule.LOTTERY for row in rounds.products_of(round))


@transaction.atomic
def publish(*, round: Round, by: User | None, at: datetime) -> Round:
    """The round published: every retailer can read its own line, and the seed of a draw is told.

    Raises
    ------
    Refused : not committed.
    """
    if by is not None:
        access.require(by, "supply.commit", round.company)
    round = _moved(round, RoundState.PUBLISHED)
    round.published_at = at
    return _step(round, by, at, "supply.publish", ["published_at"], {"digest": round.digest})


@transaction.atomic
def withdraw(*, round: Round, words: str, by: User, at: datetime) -> Round:
    """The round withdrawn before it was committed; what was previewed stays on record.

    Raises
    ------
    Refused : committed already, or no reason.
    """
    access.require(by, "supply.prepare", round.company)
    if not words.strip():
        raise Refused(_("Say why it is withdrawn; everybody reads it."), field="words")
    round = _moved(round, RoundState.WITHDRAWN)
    return _step(round, by, at, "supply.withdraw", [], {"digest": round.digest}, words)


def _moved(round: Round, state: RoundState) -> Round:
    """The round, locked, in its new state and not yet saved."""
    found = Round.objects.select_for_update().select_related("company").get(pk=round.pk)
    if state not in MOVES[RoundState(found.state)]:
        words = {"state": found.get_state_display(), "wanted": state.label}
        raise Refused(_("The round is “%(state)s” and cannot become “%(wanted)s”.") % words)
    found.state = state
    return found


def _step(
    round: Round,
    by: User | None,
    at: datetime,
    verb: str,
    fields: Sequence[str],
    after: dict[str, Any],
    words: str = "",
) -> Round:
    round.save(update_fields=["state", *fields])
    RoundEvent.objects.create(round=round, state=round.state, at=at, by=by, words=words.strip())
    audit.record(
        company=round.company,
        by=by,
        verb=verb,
        subject=f"supply_round:{round.number}",
        after={"state": round.state, **after},
        reason=words,
        at=at,
    )
    return round
