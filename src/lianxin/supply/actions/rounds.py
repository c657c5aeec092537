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
from lianxin.supply.actions import choosing, sharing
from lianxin.supply.actions.summing import record_sums
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, RoundEvent, RoundProduct, RoundSum
from lianxin.supply.queries import rounds
from lianxin.supply.states import MOVES, RoundState, Rule, Variant


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
    choosing.check_choices(company, week, choices)
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
    RoundEvent.objects.create(round=made, state=made.state, at=at, by=by, requests_close_at=requests_close_at)
    after = {
        "week": week.isoformat(),
        "seed_hash": made.seed_hash,
        "requests_close_at": requests_close_at.isoformat() if requests_close_at else None,
        "products": {each.product.product_code: str(each.policy) for each in choices},
        "invented": made.invented_note,
    }
    audit.record(company=company, by=by, verb="supply.open", subject=f"supply_round:{number}", after=after, at=at)
    return made


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
def reopen(
    *,
    round: Round,
    words: str,
    requests_close_at: datetime | None,
    by: User,
    at: datetime,
    is_public: bool = False,
) -> Round:
    """The round open for requests again, before anybody has seen what it would give. What was announced before is kept.

    Its supply is not fixed any more; the one of the last closing stays in the audit.

    Parameters
    ----------
    requests_close_at : until when they come in now, announced anew
    is_public : whoever wrote the words was told that everybody reads them; otherwise they stay inside the company

    Raises
    ------
    Refused : previewed already, no reason, or no time that is still to come.
    """
    access.require(by, "supply.prepare", round.company)
    if not words.strip():
        raise Refused(_("Say why requests are opened again."), field="words")
    if requests_close_at is None or requests_close_at <= at:
        raise Refused(
            _("Announce anew until when requests come in, a time that is still to come."), field="requests_close_at"
        )
    round = _moved(round, RoundState.DRAFT)
    # Another policy brings a previewed round back to here; its requests stay as they were when it was seen.
    if rounds.was_previewed(round):
        raise Refused(_("This round was previewed; its requests stay closed. It can only be withdrawn."))
    before = round.requests_close_at
    # The supply is fixed anew when requests close: until then that of the last closing would only look like one.
    supplies = {row.product.product_code: row.supply_units for row in rounds.products_of(round)}
    RoundProduct.objects.filter(round=round).update(supply_units=None)
    round.requests_version, round.requests_close_at = None, requests_close_at
    told = {
        "requests_close_at": requests_close_at.isoformat(),
        "requests_closed_before": before.isoformat() if before else None,
        "supplies_before": supplies,
    }
    fields = ["requests_version", "requests_close_at"]
    return _step(round, by, at, "supply.reopen", fields, told, words, is_public=is_public)


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
        chosen = _policies(round)
    shared = sharing.share(round, Variant.CHOSEN)
    has_compared = RoundProduct.objects.filter(round=round, compared_policy__isnull=False).exists()
    compared = sharing.share(round, Variant.COMPARED) if has_compared and not shared.faults else None
    with transaction.atomic():
        round = _moved(round, RoundState.PREVIEWED)
        if _policies(round) != chosen:
            raise Refused(_("A policy of this round was changed meanwhile. Preview it anew."))
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
        told = {"digest": round.digest, "drawn": _see_draws(round, at)}
        return _step(round, by, at, "supply.preview", ["digest", "code_version", "faults", "seed_told_at"], told)


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
            "seed": rounds.seed_told(round),
        }
        return _step(round, by, at, "supply.commit", ["committed_by", "committed_at"], told)


def _refusal(finding: checks.Finding) -> str:
    if finding.code == "city_share":
        words = {"share": f"{finding.value:.0%}", "floor": f"{finding.wanted:.0%}"}
        return _("Only %(share)s of the supply is open to the whole city; at least %(floor)s must be.") % words
    return _("The class of %(product)s does not permit this method of release.") % {"product": finding.subject}


def _policies(round: Round) -> dict[int, tuple[int | None, int | None]]:
    """Product -> its policy and the one set beside it."""
    return {row.product_id: (row.policy_id, row.compared_policy_id) for row in rounds.products_of(round)}


def _see_draws(round: Round, at: datetime) -> list[str]:
    """The codes of the products drawn with the round's own seed, of which it is kept that they, and the seed, can be seen now."""
    drawn = [row for row in rounds.products_of(round) if row.policy is not None and row.policy.rule == Rule.LOTTERY]
    RoundProduct.objects.filter(pk__in=[row.pk for row in drawn], draw_seen_at=None).update(draw_seen_at=at)
    if drawn and round.seed_told_at is None:
        round.seed_told_at = at
    return [row.product.product_code for row in drawn]


@transaction.atomic
def publish(*, round: Round, by: User | None, at: datetime) -> Round:
    """The round published: every retailer can read its own line, and the seed of a draw is told. One that came with a file stays
    imported.

    Raises
    ------
    Refused : not committed, or published already.
    """
    if by is not None:
        access.require(by, "supply.commit", round.company)
    if round.state == RoundState.IMPORTED:
        round = Round.objects.select_for_update().select_related("company").get(pk=round.pk)
        if round.published_at is not None:
            raise Refused(_("This round is published already."))
    else:
        round = _moved(round, RoundState.PUBLISHED)
    round.published_at = at
    return _step(round, by, at, "supply.publish", ["published_at"], {"digest": round.digest})


@transaction.atomic
def withdraw(*, round: Round, words: str, by: User, at: datetime, is_public: bool = False) -> Round:
    """The round withdrawn before it was committed; what was previewed stays on record.

    Parameters
    ----------
    is_public : whoever wrote the words was told that everybody reads them; otherwise they stay inside the company

    Raises
    ------
    Refused : committed already, or no reason.
    """
    access.require(by, "supply.prepare", round.company)
    if not words.strip():
        raise Refused(_("Say why it is withdrawn."), field="words")
    round = _moved(round, RoundState.WITHDRAWN)
    return _step(round, by, at, "supply.withdraw", [], {"digest": round.digest}, words, is_public=is_public)


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
    *,
    is_public: bool = False,
) -> Round:
    round.save(update_fields=["state", *fields])
    announced = round.requests_close_at if round.state == RoundState.DRAFT else None
    RoundEvent.objects.create(
        round=round,
        state=round.state,
        at=at,
        by=by,
        words=words.strip(),
        is_public=is_public,
        requests_close_at=announced,
    )
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
