"""Every page and every API operation, walked with every role and without signing in.

What is expected comes from `access.RULES` and from the verb that each address declares at the gate; nothing is listed by hand, so
that a new address is tested on the day it is written, and one that declares nothing fails.
"""

import json
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from lianxin.foundation import access, audit, gate
from lianxin.foundation.states import Role
from lianxin.retailers.states import Entrance
from tests import factories
from tests.access import followups, objects
from tests.access.addresses import Address, operations, pages
from tests.access.objects import ARGUMENTS, World

pytestmark = [pytest.mark.django_db]

PAGES = pages()
OPERATIONS = operations()
# Answers that say "you may, but there is no such thing / this asks for more / this method is not for it".
REDIRECTS = (301, 302)


@pytest.fixture(scope="module")
def world(shared_rows: None) -> World:
    """One company for all addresses; whatever a call does to it is undone after the address."""
    return objects.world()


@pytest.fixture(scope="module")
def number(world: World) -> int:
    cache.clear()
    return audit.last_number(world.company)


@pytest.fixture(autouse=True)
def empty_cache(request: pytest.FixtureRequest, db: None, world: World, number: int) -> Iterator[None]:
    """On the walk of the roles the numbers in the menu are kept from one address to the next, unless it changed the world."""
    walks = request.function is test_every_role_gets_what_the_table_says
    if not walks:
        cache.clear()
    yield
    if not walks or audit.last_number(world.company) != number:
        cache.clear()


@pytest.fixture(scope="module")
def signed_in(world: World) -> dict[Role, tuple[str, str]]:
    """The session of somebody in every role: of the staff, or of the world's retailer with one of the retailers' own."""
    found = {Role.RETAILER: (settings.RETAILER_COOKIE, factories.retailer_session(world.retailer))}
    for role in set(Role) - {Role.RETAILER}:
        client = Client()
        client.force_login(world.users[role])
        found[role] = settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


def expected_to(role: Role, verb: str) -> bool:
    if verb == gate.SIGNED_IN:
        return role != Role.RETAILER
    return verb == gate.OPEN or role in access.RULES[verb]


def call(client: Client, method: str, url: str, body: bytes = b"{}") -> int:
    client.raise_request_exception = True
    content_type = "application/json" if url.startswith("/api/") else "application/x-www-form-urlencoded"
    if method == "GET":
        return client.get(url).status_code
    return client.generic(method, url, body if url.startswith("/api/") else b"", content_type=content_type).status_code


@pytest.mark.parametrize("address", [*PAGES, *OPERATIONS], ids=lambda address: address.name)
def test_an_address_declares_its_verb(address: Address) -> None:
    assert address.verbs is not None, f"{address.name}: put @needs(…) of foundation.gate on its view"
    for verb in address.verbs:
        assert verb in (gate.OPEN, gate.SIGNED_IN) or verb in access.RULES


@pytest.mark.parametrize("address", [*PAGES, *OPERATIONS], ids=lambda address: address.name)
def test_every_role_gets_what_the_table_says(
    address: Address, world: World, signed_in: dict[Role, tuple[str, str]]
) -> None:
    assert address.verbs is not None
    reading, writing = address.verbs
    url = address.url(world)
    # Reading first, then what is refused, then what may change something: no call spoils the one after it.
    calls = [
        (method, reading if method in gate.READING else writing, role) for method in address.methods for role in Role
    ]
    calls.sort(key=lambda each: (each[0] not in gate.READING, expected_to(each[2], each[1])))
    if connection.vendor != "sqlite":
        # Who is refused was asked on SQLite, and no database has a say in it: here every page is made once for each of its methods.
        calls = list(
            {(method, verb): (method, verb, role) for method, verb, role in calls if expected_to(role, verb)}.values()
        )
    clients = {role: Client() for role in Role}
    for role, client in clients.items():
        name, value = signed_in[role]
        client.cookies[name] = value
    for method, verb, role in calls:
        status = call(clients[role], method, url)
        if expected_to(role, verb):
            assert status not in (401, 403, 429), f"{role} may {verb}, but {method} {url} answered {status}"
            assert status < 500, f"{method} {url} failed for {role}"
        else:
            assert status == 403, f"{role} may not {verb}, but {method} {url} answered {status}"


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_a_page_sends_a_stranger_to_the_sign_in(address: Address, world: World) -> None:
    url = address.url(world)
    for method in address.methods:
        answer = Client().generic(method, url)
        if address.verbs == (gate.OPEN, gate.OPEN):
            assert answer.status_code < 500
        else:
            assert answer.status_code in REDIRECTS, f"{method} {url} answered {answer.status_code} to a stranger"
            door = "/own/sign-in" if access.is_for_retailers(address.verbs[0]) else "/account/login/?next=/"
            assert answer["Location"].startswith(door)


@pytest.mark.parametrize("address", OPERATIONS, ids=lambda address: address.name)
def test_an_operation_refuses_a_stranger_with_401(address: Address, world: World) -> None:
    url = address.url(world)
    for method in address.methods:
        assert call(Client(), method, url) == 401, f"{method} {url}"


def test_every_operation_has_a_name_of_its_own() -> None:
    paths: dict[str, set[str]] = {}
    for address in OPERATIONS:
        paths.setdefault(address.url_name, set()).add(address.name.partition(" ")[2])
    assert {name: found for name, found in paths.items() if len(found) > 1} == {}


def test_the_description_of_the_api_is_for_the_signed_in(world: World) -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 401
    client = Client()
    client.force_login(world.users[Role.HR])
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert len(OPERATIONS) == sum(len(methods) for methods in paths.values())


def test_only_the_few_pages_meant_for_strangers_are_open() -> None:
    assert {address.name for address in PAGES if address.verbs == (gate.OPEN, gate.OPEN)} == {
        "account_login", "mfa_authenticate", "set_language", "healthz", "field:worker", "field:manifest",
        "own:sign_in", "own:link", "open_supply:rounds", "open_supply:round", "open_supply:rows",
    }  # fmt: skip
    assert not [address.name for address in OPERATIONS if gate.OPEN in (address.verbs or ())]


def test_retailers_and_staff_share_no_verb() -> None:
    # One row that named both would let a session of one kind answer for the other.
    for verb, rule in access.RULES.items():
        assert set(rule) == {Role.RETAILER} or Role.RETAILER not in rule, verb
    assert all(access.is_for_retailers(verb) for verb in access.BY_READING_LINK)


def test_an_account_that_was_made_a_retailer_in_the_database_opens_nothing(world: World) -> None:
    client = Client()
    client.force_login(world.users[Role.RETAILER])
    for address in OPERATIONS + PAGES:
        assert address.verbs is not None
        if not address.converters and address.verbs[0] not in (gate.OPEN, gate.SIGNED_IN) and "GET" in address.methods:
            assert client.get(address.url(world)).status_code == 403, address.name


# A round is every retailer's; that it shows nobody else's lines is tested in tests/supply/test_own_rounds.py.
OF_EVERY_RETAILER = {"own_supply:round", "GET /own/rounds/{int:number}"}
OWN = [
    address
    for address in [*PAGES, *OPERATIONS]
    if address.verbs
    and access.is_for_retailers(address.verbs[0])
    and address.converters
    and address.name not in OF_EVERY_RETAILER
]


@pytest.mark.parametrize("address", OWN, ids=lambda address: address.name)
def test_what_is_one_retailers_own_is_not_there_for_another(address: Address, world: World) -> None:
    assert address.name in ARGUMENTS, f"{address.name} needs an object that could leak: put one into tests/access"
    url = address.url(world)
    other = factories.signed_in_retailer(factories.retailer(world.company, holder=world.manager))
    owner = factories.signed_in_retailer(world.retailer)
    for method in address.methods:
        body = json.dumps(followups.BODIES.get(address.name, {})).encode()
        status = call(other, method, url, body)
        assert status in (404, 405), f"{method} {url} answered {status} to another retailer"
        assert call(owner, method, url, body) not in (401, 403, 404), f"{method} {url} is not there for its owner"


@pytest.mark.parametrize(
    "address",
    [a for a in [*PAGES, *OPERATIONS] if a.verbs and access.is_for_retailers(a.verbs[0])],
    ids=lambda address: address.name,
)
def test_a_link_that_only_reads_opens_only_what_it_is_for(address: Address, world: World) -> None:
    assert address.verbs is not None
    url = address.url(world)
    reader = factories.signed_in_retailer(world.retailer, Entrance.READING)
    for method in address.methods:
        verb = address.verbs[0] if method in gate.READING else address.verbs[1]
        status = call(reader, method, url)
        assert (status == 403) == (verb not in access.BY_READING_LINK), f"{method} {url} answered {status}"
