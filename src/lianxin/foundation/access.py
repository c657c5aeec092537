"""Who may do what: one table, role x verb x scope. What is not in it is denied.

A verb is `<room>.<what>`. A scope says how far: own, team, unit, company, all (see `people.queries.persons_in_scope` for how a
scope becomes persons). Separation of duties is in the `permissions.py` of the rooms, on top of this table.
"""

from collections.abc import Mapping

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.foundation.states import Role, Scope

R, S = Role, Scope

_EVERYONE_INSIDE = {
    R.CUSTOMER_MANAGER, R.MARKET_MANAGER, R.BRAND_MANAGER, R.SUPERVISION_OFFICER, R.ENFORCEMENT_OFFICER, R.DELIVERY_LEAD,
    R.TRAINER, R.HR, R.LEADER, R.ADMINISTRATOR,
}  # fmt: skip

RULES: Mapping[str, Mapping[Role, Scope]] = {
    # home, language, own tokens, catalogue, one's own jobs
    "home.read": dict.fromkeys([*_EVERYONE_INSIDE, R.RETAILER], S.OWN),
    "catalogue.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "tokens.own": dict.fromkeys(_EVERYONE_INSIDE, S.OWN),
    "jobs.read": {**dict.fromkeys(_EVERYONE_INSIDE, S.OWN), R.ADMINISTRATOR: S.COMPANY},
    # market analysis and the files
    "market.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
    },
    "retailers.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
    },
    "goods.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "people.read": dict.fromkeys([R.MARKET_MANAGER, R.SUPERVISION_OFFICER, R.HR, R.LEADER, R.ADMINISTRATOR], S.COMPANY),
    "plans.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.LEADER: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
        R.HR: S.COMPANY,
    },
    # taking files in
    "imports.read": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
    "imports.run": {R.ADMINISTRATOR: S.COMPANY},
    # appraisal
    "scorecards.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.HR: S.COMPANY,
    },
    "indicators.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.HR: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
    },
    "judgements.write": {R.MARKET_MANAGER: S.TEAM},
    "schemes.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "schemes.write": {R.SUPERVISION_OFFICER: S.COMPANY, R.HR: S.COMPANY},
    "schemes.adopt": {R.LEADER: S.COMPANY},
    "closings.read": dict.fromkeys([R.SUPERVISION_OFFICER, R.HR, R.LEADER, R.ADMINISTRATOR], S.COMPANY),
    "closings.run": {R.SUPERVISION_OFFICER: S.COMPANY, R.ADMINISTRATOR: S.COMPANY},
    "pay.read": {R.CUSTOMER_MANAGER: S.OWN, R.HR: S.COMPANY, R.LEADER: S.COMPANY},
    "pay.propose": {R.HR: S.COMPANY},
    "pay.confirm": {R.LEADER: S.COMPANY},
    # oversight: flags
    "flags.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "flags.open": {R.SUPERVISION_OFFICER: S.COMPANY, R.MARKET_MANAGER: S.UNIT},
    "flags.answer": {R.CUSTOMER_MANAGER: S.OWN},
    "flags.review": {R.SUPERVISION_OFFICER: S.COMPANY},
    # administration
    "users.write": {R.ADMINISTRATOR: S.COMPANY},
    "parameters.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "parameters.write": {R.ADMINISTRATOR: S.COMPANY},
    "company.write": {R.ADMINISTRATOR: S.COMPANY},
    "audit.read": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY, R.LEADER: S.COMPANY},
    "gallery.read": {R.ADMINISTRATOR: S.COMPANY},
}

_WIDTH = {S.OWN: 0, S.TEAM: 1, S.UNIT: 2, S.COMPANY: 3, S.ALL: 4}


def roles_of(user: User | AnonymousUser, company: Company) -> set[Role]:
    """The roles that a user holds in a company now; empty for whoever is not signed in, is switched off or has no company."""
    if not isinstance(user, User) or not user.is_active or company.pk is None:
        return set()
    cached: dict[int, set[Role]] = user.__dict__.setdefault("_roles", {})
    if company.pk not in cached:
        grants = RoleGrant.objects.filter(user=user, company=company, revoked_at=None).values_list("role", flat=True)
        cached[company.pk] = {Role(role) for role in grants}
    return cached[company.pk]


def scope_of(user: User | AnonymousUser, verb: str, company: Company) -> Scope | None:
    """The widest scope in which a user may do a verb, or None. An unknown verb is a fault: KeyError."""
    rule = RULES[verb]
    scopes = [rule[role] for role in roles_of(user, company) if role in rule]
    return max(scopes, key=_WIDTH.__getitem__) if scopes else None


def may(user: User | AnonymousUser, verb: str, company: Company) -> bool:
    """Whether a user may do a verb in a company at all."""
    return scope_of(user, verb, company) is not None


def require(user: User | AnonymousUser, verb: str, company: Company) -> Scope:
    """The scope in which a user may do a verb.

    Raises
    ------
    Denied : the user holds no role that may.
    """
    scope = scope_of(user, verb, company)
    if scope is None:
        raise Denied(_("Your post may not do this. Ask the administrator if you think it should."))
    return scope
