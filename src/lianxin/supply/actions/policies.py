"""Drafting and publishing policies. Published content never changes; a change is a new version, drafted anew."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from lianxin.core.allocating import method_of
from lianxin.core.units import monday_of
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.supply import checks
from lianxin.supply.models import SupplyPolicy
from lianxin.supply.states import PolicyState

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@transaction.atomic
def draft(
    *,
    company: Company,
    code: str,
    title: str,
    sentence_zh: str,
    sentence_en: str,
    definition: Mapping[str, Any],
    by: User | None,
    at: datetime,
    note: str = "",
) -> SupplyPolicy:
    """A new draft: the first version of a policy, or a new one of a policy that is there. It rules nothing until it is published.

    Parameters
    ----------
    code : lower letters, digits and hyphens; names the policy through all its versions
    sentence_zh, sentence_en : the rule in one sentence that a retailer understands
    definition : as `core.allocating.Policy` reads it, without a seed: each round has its own
    by : None when the installation itself drafts

    Raises
    ------
    Refused : a part is missing, the definition is none, or part of the supply is set aside for a value that no retailer has.
    """
    if by is not None:
        access.require(by, "supplypolicies.write", company)
    if not _CODE.fullmatch(code):
        raise Refused(_("A code has lower-case letters, digits and hyphens, such as tight-by-tier."), field="code")
    for name, words in (("title", title), ("sentence_zh", sentence_zh), ("sentence_en", sentence_en)):
        if not words.strip():
            raise Refused(_("Fill in this field; retailers read it."), field=name)
    policy = checks.checked_policy(definition)
    checks.check_split(company, policy)
    Company.objects.select_for_update().get(pk=company.pk)
    earlier = SupplyPolicy.objects.filter(company=company, code=code)
    made = SupplyPolicy.objects.create(
        company=company,
        code=code,
        number=(earlier.aggregate(highest=Max("number"))["highest"] or 0) + 1,
        title=title.strip(),
        sentence_zh=sentence_zh.strip(),
        sentence_en=sentence_en.strip(),
        rule=policy.rule.value,
        method=method_of(policy).value,
        definition=checks.without_seed(policy),
        note=note.strip(),
        drafted_by=by,
        drafted_at=at,
    )
    audit.record(
        company=company,
        by=by,
        verb="supplypolicies.draft",
        subject=f"supply_policy:{made.pk}",
        after={"code": code, "number": made.number, "definition": made.definition, "sentence": made.sentence_zh},
        reason=note,
        at=at,
    )
    return made


@transaction.atomic
def publish(*, policy: SupplyPolicy, valid_from: date, by: User | None, at: datetime) -> SupplyPolicy:
    """The policy published and in force from a week on; the version before it ends there.

    Parameters
    ----------
    by : None when the installation itself publishes, such as for a demonstration

    Raises
    ------
    Denied : a post that may not publish, or who drafted it.
    Refused : no draft, or none that can be applied; not a Monday; a start before that of a newer version, or inside a week that
        has been shared out.
    """
    company = policy.company
    if by is not None:
        access.require(by, "supplypolicies.publish", company)
    policy = SupplyPolicy.objects.select_for_update().get(pk=policy.pk)
    if by is not None and policy.drafted_by_id == by.pk:
        raise Denied(_("Somebody else publishes what you drafted."))
    if policy.state != PolicyState.DRAFT:
        raise Refused(_("Only a draft can be published; make a new draft with the same content."))
    # A draft may be older than what is checked when one is made.
    checks.checked_policy(policy.definition)
    if monday_of(valid_from) != valid_from:
        raise Refused(_("A policy starts with a week; choose a Monday."), field="valid_from")
    others = SupplyPolicy.objects.filter(company=company, code=policy.code).exclude(state=PolicyState.DRAFT)
    later = others.filter(valid_from__gte=valid_from).order_by("-valid_from").first()
    if later is not None:
        words = {"later": later, "day": later.valid_from}
        raise Refused(_("%(later)s is in force from %(day)s; start this one after it.") % words, field="valid_from")
    used = checks.last_week_ruled(company, policy.code)
    if used is not None and valid_from <= used:
        raise Refused(
            _("The week of %(day)s has been shared out under this policy already; start the new version after it.")
            % {"day": used},
            field="valid_from",
        )
    others.filter(Q(valid_until=None) | Q(valid_until__gt=valid_from)).update(valid_until=valid_from)
    policy.state, policy.valid_from = PolicyState.PUBLISHED, valid_from
    policy.published_by, policy.published_at = by, at
    policy.save(update_fields=["state", "valid_from", "published_by", "published_at"])
    audit.record(
        company=company,
        by=by,
        verb="supplypolicies.publish",
        subject=f"supply_policy:{policy.pk}",
        after={"valid_from": valid_from.isoformat(), "definition": policy.definition},
        at=at,
    )
    return policy


@transaction.atomic
def retire(*, policy: SupplyPolicy, valid_until: date, by: User, at: datetime) -> SupplyPolicy:
    """The policy out of force from a week on, without a version after it.

    Raises
    ------
    Denied : a post that may not publish.
    Refused : not in force; not a Monday; inside a week that has been shared out.
    """
    company = policy.company
    access.require(by, "supplypolicies.publish", company)
    policy = SupplyPolicy.objects.select_for_update().get(pk=policy.pk)
    if policy.state != PolicyState.PUBLISHED or policy.valid_until is not None:
        raise Refused(_("Only a policy in force can be ended."))
    if monday_of(valid_until) != valid_until:
        raise Refused(_("A policy ends with a week; choose a Monday."), field="valid_until")
    used = checks.last_week_ruled(company, policy.code)
    assert policy.valid_from is not None
    if valid_until <= policy.valid_from or (used is not None and valid_until <= used):
        raise Refused(
            _("Choose a Monday after its first week and after the last week it has ruled."), field="valid_until"
        )
    policy.valid_until = valid_until
    policy.save(update_fields=["valid_until"])
    audit.record(
        company=company,
        by=by,
        verb="supplypolicies.retire",
        subject=f"supply_policy:{policy.pk}",
        after={"valid_until": valid_until.isoformat()},
        at=at,
    )
    return policy
