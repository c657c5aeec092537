"""Every page and every API operation, walked with every role and without signing in.

What is expected comes from `access.RULES` and from the verb that each address declares at the gate; nothing is listed by hand, so
that a new address is tested on the day it is written, and one that declares nothing fails.
"""

import pytest
from django.test import Client

from lianxin.foundation import access, gate
from lianxin.foundation.states import Role
from tests.access import objects
from tests.access.addresses import Address, operations, pages

pytestmark = [pytest.mark.django_db]

PAGES = pages()
OPERATIONS = operations()
# Answers that say "you may, but there is no such thing / this asks for more / this method is not for it".
REDIRECTS = (301, 302)


def expected_to(role: Role, verb: str) -> bool:
    return verb in (gate.OPEN, gate.SIGNED_IN) or role in access.RULES[verb]


def call(client: Client, method: str, url: str) -> int:
    client.raise_request_exception = True
    content_type = "application/json" if url.startswith("/api/") else "application/x-www-form-urlencoded"
    if method == "GET":
        return client.get(url).status_code
    return client.generic(method, url, b"{}" if url.startswith("/api/") else b"", content_type=content_type).status_code


@pytest.mark.parametrize("address", [*PAGES, *OPERATIONS], ids=lambda address: address.name)
def test_an_address_declares_its_verb(address: Address) -> None:
    assert address.verbs is not None, f"{address.name}: put @needs(…) of foundation.gate on its view"
    for verb in address.verbs:
        assert verb in (gate.OPEN, gate.SIGNED_IN) or verb in access.RULES


@pytest.mark.parametrize("address", [*PAGES, *OPERATIONS], ids=lambda address: address.name)
def test_every_role_gets_what_the_table_says(address: Address) -> None:
    assert address.verbs is not None
    reading, writing = address.verbs
    world = objects.world()
    url = address.url(world)
    # Reading first, then what is refused, then what may change something: no call spoils the one after it.
    calls = [
        (method, reading if method in gate.READING else writing, role) for method in address.methods for role in Role
    ]
    calls.sort(key=lambda each: (each[0] not in gate.READING, expected_to(each[2], each[1])))
    clients = {role: Client() for role in Role}
    for role, client in clients.items():
        client.force_login(world.users[role])
    for method, verb, role in calls:
        status = call(clients[role], method, url)
        if expected_to(role, verb):
            assert status not in (401, 403), f"{role} may {verb}, but {method} {url} answered {status}"
            assert status < 500, f"{method} {url} failed for {role}"
        else:
            assert status == 403, f"{role} may not {verb}, but {method} {url} answered {status}"


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_a_page_sends_a_stranger_to_the_sign_in(address: Address) -> None:
    url = address.url()
    for method in address.methods:
        answer = Client().generic(method, url)
        if address.verbs == (gate.OPEN, gate.OPEN):
            assert answer.status_code < 500
        else:
            assert answer.status_code in REDIRECTS, f"{method} {url} answered {answer.status_code} to a stranger"
            assert answer["Location"].startswith("/account/login/?next=/")


@pytest.mark.parametrize("address", OPERATIONS, ids=lambda address: address.name)
def test_an_operation_refuses_a_stranger_with_401(address: Address) -> None:
    url = address.url()
    for method in address.methods:
        assert call(Client(), method, url) == 401, f"{method} {url}"


def test_the_description_of_the_api_is_for_the_signed_in() -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 401
    client = Client()
    client.force_login(objects.world().users[Role.HR])
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert len(OPERATIONS) == sum(len(methods) for methods in paths.values())


def test_only_the_few_pages_meant_for_strangers_are_open() -> None:
    assert {address.name for address in PAGES if address.verbs == (gate.OPEN, gate.OPEN)} == {
        "account_login", "mfa_authenticate", "set_language", "healthz",
    }  # fmt: skip
    assert not [address.name for address in OPERATIONS if gate.OPEN in (address.verbs or ())]
