"""Who may do what: one table, role x verb x scope. What is not in it is denied.

A verb is `<room>.<what>`. A scope says how far: own, team, unit, company, all (see `people.queries.persons_in_scope` for how a
scope becomes persons). Separation of duties is in the `permissions.py` of the rooms, on top of this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
    "home.read": dict.fromkeys(_EVERYONE_INSIDE, S.OWN),
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
    # whom to call in a shop, for who serves it and those above (see retailers/contacts)
    "contacts.read": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.LEADER: S.COMPANY},
    "contacts.write": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.LEADER: S.COMPANY},
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
    # the page of taking files in: which kinds one may bring is asked of each kind (foundation/imports/kinds.py)
    "imports.bring": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
    # surveys of satisfaction: brought by an office outside the line, never by who has a part in it (voice/permissions.py)
    "surveys.bring": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
    "surveys.read": dict.fromkeys([R.SUPERVISION_OFFICER, R.HR, R.LEADER, R.ADMINISTRATOR], S.COMPANY),
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
    # visits: what is prepared, planned, made, promised, answered, written
    "visits.prepare": {R.ADMINISTRATOR: S.COMPANY, R.BRAND_MANAGER: S.COMPANY, R.MARKET_MANAGER: S.UNIT},
    "callplans.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
    },
    "callplans.make": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.ADMINISTRATOR: S.COMPANY},
    "callplans.change": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT},
    # A leader decides where nobody in the units may: `visits.queries.deciding`.
    "callplans.decide": {R.MARKET_MANAGER: S.UNIT, R.LEADER: S.COMPANY},
    "visits.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "visits.make": {R.CUSTOMER_MANAGER: S.OWN},
    "promises.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "promises.settle": {R.CUSTOMER_MANAGER: S.OWN},
    "promises.decide": {R.MARKET_MANAGER: S.UNIT, R.LEADER: S.COMPANY},
    "requests.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.DELIVERY_LEAD: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "requests.raise": {R.CUSTOMER_MANAGER: S.OWN},
    "requests.answer": {R.MARKET_MANAGER: S.UNIT, R.BRAND_MANAGER: S.COMPANY, R.DELIVERY_LEAD: S.COMPANY},
    "policies.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "policies.write": {R.LEADER: S.COMPANY, R.BRAND_MANAGER: S.COMPANY},
    "records.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "records.write": {R.CUSTOMER_MANAGER: S.OWN},
    "carenotes.write": {R.CUSTOMER_MANAGER: S.OWN},
    "positions.own": {R.CUSTOMER_MANAGER: S.OWN},
    # the field app
    "field.use": {R.CUSTOMER_MANAGER: S.OWN},
    # supply: policies, rounds, changes by hand, tests for favour
    "supply.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
    },
    "supply.fit": dict.fromkeys([R.BRAND_MANAGER, R.SUPERVISION_OFFICER, R.LEADER, R.ADMINISTRATOR], S.COMPANY),
    # what the company agreed with its suppliers, which concerns no retailer and no manager
    "supplieragreements.read": dict.fromkeys(
        [R.BRAND_MANAGER, R.SUPERVISION_OFFICER, R.LEADER, R.ADMINISTRATOR], S.COMPANY
    ),
    "supply.prepare": {R.BRAND_MANAGER: S.COMPANY},
    "supply.commit": {R.LEADER: S.COMPANY},
    "supplypolicies.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "supplypolicies.write": {R.BRAND_MANAGER: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
    "supplypolicies.publish": {R.LEADER: S.COMPANY},
    "supplychanges.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "supplychanges.propose": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.BRAND_MANAGER: S.COMPANY},
    "supplychanges.decide": {R.LEADER: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY, R.BRAND_MANAGER: S.COMPANY},
    "favour.read": {R.SUPERVISION_OFFICER: S.COMPANY, R.LEADER: S.COMPANY},
    # what a test says of one person: oneself only once a question about it was opened (supply/queries/favour)
    "favour.finding": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.OWN,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "favour.run": {R.SUPERVISION_OFFICER: S.COMPANY},
    # demand: forecast rounds, hints for them, what came of them
    "forecasts.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
        R.ADMINISTRATOR: S.COMPANY,
    },
    "forecasts.write": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.BRAND_MANAGER: S.COMPANY},
    "forecasts.copied": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "rounds.run": {R.LEADER: S.COMPANY, R.ADMINISTRATOR: S.COMPANY},
    "hints.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.BRAND_MANAGER: S.COMPANY,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "hints.write": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.BRAND_MANAGER: S.COMPANY},
    "agreements.write": {R.CUSTOMER_MANAGER: S.OWN, R.MARKET_MANAGER: S.UNIT, R.ADMINISTRATOR: S.COMPANY},
    # oversight: checks and rules
    "checks.read": {R.SUPERVISION_OFFICER: S.COMPANY, R.LEADER: S.COMPANY},
    "checks.draw": {R.SUPERVISION_OFFICER: S.COMPANY},
    "checks.make": {R.SUPERVISION_OFFICER: S.OWN, R.MARKET_MANAGER: S.OWN, R.BRAND_MANAGER: S.OWN},
    "verification.read": {
        R.CUSTOMER_MANAGER: S.OWN,
        R.MARKET_MANAGER: S.UNIT,
        R.SUPERVISION_OFFICER: S.COMPANY,
        R.LEADER: S.COMPANY,
    },
    "verification.run": {R.SUPERVISION_OFFICER: S.COMPANY},
    "rulesets.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "rulesets.write": {R.SUPERVISION_OFFICER: S.COMPANY},
    "rulesets.adopt": {R.LEADER: S.COMPANY},
    "rulesets.calibrate": {R.LEADER: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
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
    # the retailers' own pages: no account of the staff can do these, and a retailer can do nothing else
    "own.home": {R.RETAILER: S.OWN},
    "own.supply": {R.RETAILER: S.OWN},
    "own.requests": {R.RETAILER: S.OWN},
    "own.carenotes": {R.RETAILER: S.OWN},
    "own.contact": {R.RETAILER: S.OWN},
    "own.agreements": {R.RETAILER: S.OWN},
    # codes for retailers: never by those who visit them or lead those who do (retailers/permissions.py)
    "retailercodes.read": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
    "retailercodes.make": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY},
    "retailercodes.make_many": {R.ADMINISTRATOR: S.COMPANY},
    # administration
    "users.write": {R.ADMINISTRATOR: S.COMPANY},
    "parameters.read": dict.fromkeys(_EVERYONE_INSIDE, S.COMPANY),
    "parameters.write": {R.ADMINISTRATOR: S.COMPANY},
    "company.write": {R.ADMINISTRATOR: S.COMPANY},
    "audit.read": {R.ADMINISTRATOR: S.COMPANY, R.SUPERVISION_OFFICER: S.COMPANY, R.LEADER: S.COMPANY},
    "gallery.read": {R.ADMINISTRATOR: S.COMPANY},
}

# What a link that only reads may open; everything else asks the retailer for a code of its own.
BY_READING_LINK: Final = frozenset({"own.home", "own.supply"})
_WIDTH = {S.OWN: 0, S.TEAM: 1, S.UNIT: 2, S.COMPANY: 3, S.ALL: 4}


@dataclass(frozen=True, slots=True)
class RetailerCaller:
    """A retailer who signed in on its own pages. No `User` stands behind it, so that it can never hold a role of the staff.

    `reads_only`: it came by a link that opens its own supply and nothing else.
    """

    retailer_id: int
    licence_no: str
    name: str
    company: Company
    session_id: int
    reads_only: bool

    @property
    def audit_name(self) -> str:
        """How the audit calls it. A colon is in no sign-in name, so it is never taken for somebody of the staff."""
        return f"retailer:{self.licence_no}"


def is_for_retailers(verb: str) -> bool:
    """Whether a verb is one of the retailers' own pages. Those ask for a retailer's session and look at no account at all."""
    return verb in RULES and Role.RETAILER in RULES[verb]


def require_retailer(caller: RetailerCaller | None, verb: str) -> RetailerCaller:
    """The retailer that may do one of the retailers' own verbs.

    Raises
    ------
    Denied : nobody, or whoever came by a link that only reads and asks for more.
    """
    if caller is None or RULES[verb].get(Role.RETAILER) is not Scope.OWN:
        raise Denied(_("This page is for retailers who signed in with their licence number."))
    if caller.reads_only and verb not in BY_READING_LINK:
        raise Denied(
            _("The link you opened only shows your supply. For this, sign in with your licence number and a code.")
        )
    return caller


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
