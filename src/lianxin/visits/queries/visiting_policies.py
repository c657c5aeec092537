"""Reads of policies: how many retailers were told, who is missing, and how many of those asked understood."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.people import queries as people
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on
from lianxin.visits.models import Policy, PolicyTold

# A check is to stay short: a call-back takes three minutes.
ASKED_AT_ONCE = 2


def policies(company: Company) -> QuerySet[Policy]:
    """The policies of a company; everybody inside may read them."""
    return Policy.objects.filter(company=company).select_related("made_by")


def policy(company: Company, pk: int) -> Policy:
    """One policy.

    Raises
    ------
    Missing : there is none.
    """
    row = policies(company).filter(pk=pk).first()
    if row is None:
        raise Missing(_("There is no such policy."))
    return row


def retailers_held(user: User, company: Company, *, on: date) -> QuerySet[Retailer]:
    """The retailers held on a day by those whose visits a user may see, with their holder's name (`holder`)."""
    persons = people.persons_in_scope(user, "visits.read", company, on=on)
    held = Territory.objects.filter(held_on(on), retailer=OuterRef("pk"))
    if persons is not people.EVERYBODY:
        held = held.filter(person_id__in=persons)
    holder = Subquery(held.values("person__name")[:1])
    return Retailer.objects.filter(Exists(held), company=company).annotate(holder=holder)


def missing(policy: Policy, rows: QuerySet[Retailer]) -> QuerySet[Retailer]:
    """Those of some retailers who were not told the policy."""
    return rows.filter(~Exists(PolicyTold.objects.filter(policy=policy, retailer=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a policy reached: retailers held, of them told; answers asked for, of them right; answers of drawn checks, right."""

    n_held: int
    n_told: int
    n_asked: int
    n_right: int
    n_sample: int
    n_sample_right: int


def reach(policy: Policy, rows: QuerySet[Retailer], *, on: date) -> Reach:
    """How far a policy reached among some retailers; of drawn checks, what may be shown on a day."""
    shown = Q(asked__shown_on__lte=on)
    told = told_to(policy, rows)
    found = told.aggregate(
        n_told=Count("retailer_id", distinct=True),
        n_asked=Count("pk", filter=~Q(understood=None)),
        n_right=Count("pk", filter=Q(understood=True)),
        n_sample=Count("asked", filter=shown),
        n_sample_right=Count("asked", filter=shown & Q(asked__understood=True)),
    )
    return Reach(n_held=rows.count(), **found)


def told_to(policy: Policy, rows: QuerySet[Retailer]) -> QuerySet[PolicyTold]:
    """When which of some retailers was told the policy, and by whom."""
    told = PolicyTold.objects.filter(policy=policy, retailer__in=rows.values("pk"))
    return told.select_related("retailer", "person", "asked")


def to_ask(retailer: Retailer, *, on: date) -> list[PolicyTold]:
    """What a drawn check may ask a retailer: the newest tellings of policies in force that have a question, at most two.

    A telling that was asked about is left out, and one policy stands for its newest telling.
    """
    rows = PolicyTold.objects.filter(retailer=retailer, policy__valid_from__lte=on, asked=None)
    rows = rows.exclude(policy__check_question="").select_related("policy", "person").order_by("-told_at", "-pk")
    newest: dict[int, PolicyTold] = {}
    for row in rows:
        newest.setdefault(row.policy_id, row)
    return list(newest.values())[:ASKED_AT_ONCE]
