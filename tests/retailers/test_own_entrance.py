"""A retailer comes in by what it was handed, and nobody else does."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianxin.foundation import audit, clock
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import AuditRow, Company
from lianxin.foundation.states import Role
from lianxin.retailers import keys, limits
from lianxin.retailers.actions import codes, entering
from lianxin.retailers.actions.entering import NotRecognised, TooManyTries
from lianxin.retailers.models import AccessCode, Retailer, RetailerSession, RetailerVersion, SignInTry
from lianxin.retailers.states import CodeForm, CodePurpose, Entrance
from tests import factories
from tests.factories import AT

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D2")]
HERE = "192.0.2.1"


@pytest.fixture
def shop(company: Company) -> Retailer:
    return factories.retailer(company, "330100000001")


def handed(
    *shops: Retailer, purpose: CodePurpose = CodePurpose.SIGN_IN, at: datetime = AT, **given: Any
) -> codes.Handed:
    company = shops[0].company
    by = given.pop("by", None) or factories.user(company, Role.ADMINISTRATOR)
    return codes.make(
        **{"company": company, "retailers": shops, "purpose": purpose, "form": CodeForm.SLIPS, "days": 14,
           "selection": {}, "by": by, "at": at, **given},
    )  # fmt: skip


def enter(
    licence_no: str, digits: str, *, address: str = HERE, device: str = "", at: datetime = AT
) -> entering.Entered:
    return entering.enter_by_digits(licence_no=licence_no, digits=digits, address=address, device=device, at=at)


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**keys.N_DIGITS:0{keys.N_DIGITS}}"


def test_digits_open_once_and_only_their_own_shop(company: Company, shop: Retailer) -> None:
    neighbour = factories.retailer(company)
    slip, next_door = handed(shop, neighbour).slips
    assert re.fullmatch(r"\d{8}", slip.digits)
    assert AccessCode.objects.filter(digest__contains=slip.digits).count() == 0
    with pytest.raises(NotRecognised):
        enter(neighbour.licence_no, slip.digits if slip.digits != next_door.digits else other_than(slip.digits))
    spaced = f" {slip.digits[:4]} {slip.digits[4:]}"
    entered = enter(f" {shop.licence_no} ", spaced)
    assert (entered.session.retailer, entered.session.entrance) == (shop, Entrance.CODE)
    assert entered.session.ends_at == AT + limits.SESSION
    assert entered.session.digest != entered.text
    with pytest.raises(NotRecognised):
        enter(shop.licence_no, slip.digits)
    row = AuditRow.objects.get(verb="own.enter")
    assert (row.by, row.by_name, row.subject) == (None, f"retailer:{shop.licence_no}", f"retailer:{shop.licence_no}")
    assert list(audit.faults(company)) == []


def test_full_width_digits_are_digits(shop: Retailer) -> None:
    slip = handed(shop).slips[0]
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in slip.digits)
    assert enter(shop.licence_no, wide).session.retailer == shop


def test_an_old_licence_finds_its_shop(company: Company, shop: Retailer) -> None:
    shop.licences.create(company=company, licence_no="OLD-1", valid_from=factories.START)
    assert enter("OLD-1", handed(shop).slips[0].digits).session.retailer == shop


def test_every_fault_has_one_answer(company: Company, shop: Retailer) -> None:
    """Unknown licence, wrong, replaced, revoked and ended code, closed shop: whoever tries learns nothing."""
    admin = factories.user(company, Role.ADMINISTRATOR)
    replaced = handed(shop, by=admin).slips[0]
    slip = handed(shop, by=admin).slips[0]
    closed = factories.retailer(company)
    of_closed = handed(closed, by=admin).slips[0]
    RetailerVersion.objects.filter(retailer=closed).update(status="closed")
    revoked_shop = factories.retailer(company)
    of_revoked = handed(revoked_shop, by=admin).slips[0]
    assert codes.revoke(company=company, retailer=revoked_shop, by=admin, at=AT) == 1
    late = AT + timedelta(days=14)
    tries = [
        ("nobody-has-this", slip.digits, AT), (shop.licence_no, other_than(slip.digits), AT), (shop.licence_no, "", AT),
        (shop.licence_no, replaced.digits if replaced.digits != slip.digits else "1", AT), ("", "", AT),
        (closed.licence_no, of_closed.digits, AT), (revoked_shop.licence_no, of_revoked.digits, AT),
        (shop.licence_no, slip.digits, late),
    ]  # fmt: skip
    said = set()
    for number, (licence_no, digits, at) in enumerate(tries):
        with pytest.raises(NotRecognised) as refused:
            enter(licence_no, digits, address=f"192.0.2.{number}", at=at)
        said.add((refused.value.message, refused.value.field))
    assert len(said) == 1
    assert RetailerSession.objects.count() == 0


def test_a_licence_is_never_told_apart_by_the_work_done(shop: Retailer) -> None:
    handed(shop)
    counts = []
    for licence_no in (shop.licence_no, "nobody-has-this"):
        with CaptureQueriesContext(connection) as asked, pytest.raises(NotRecognised):
            enter(licence_no, "0")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_guesser_waits_and_others_do_not(company: Company, shop: Retailer) -> None:
    slip = handed(shop).slips[0]
    wrong = other_than(slip.digits)
    for _each in range(limits.PAIR_TRIES):
        with pytest.raises(NotRecognised):
            enter(shop.licence_no, wrong)
    # the right code from there waits too, or the answer would tell that it is right
    with pytest.raises(TooManyTries):
        enter(shop.licence_no, slip.digits)
    # the owner at another address comes in, and so does another shop from the same address
    neighbour = factories.retailer(company)
    assert enter(neighbour.licence_no, handed(neighbour).slips[0].digits).session.retailer == neighbour
    assert enter(shop.licence_no, slip.digits, address="198.51.100.7").session.retailer == shop


def test_after_a_quarter_of_an_hour_it_may_be_tried_again(shop: Retailer) -> None:
    slip = handed(shop).slips[0]
    for _each in range(limits.PAIR_TRIES + 1):
        with pytest.raises(Refused):
            enter(shop.licence_no, other_than(slip.digits))
    assert enter(shop.licence_no, slip.digits, at=AT + limits.SHORT + timedelta(seconds=1)).session.retailer == shop


def test_unknown_licences_are_limited_like_known_ones() -> None:
    for _each in range(limits.PAIR_TRIES):
        with pytest.raises(NotRecognised):
            enter("nobody-has-this", "1")
    with pytest.raises(TooManyTries):
        enter("nobody-has-this", "1")


def test_one_address_cannot_walk_through_licences() -> None:
    for number in range(limits.ADDRESS_TRIES):
        with pytest.raises(NotRecognised):
            enter(f"L{number}", "1")
    with pytest.raises(TooManyTries):
        enter("L-more", "1")


def test_a_flood_writes_no_rows_without_end() -> None:
    for number in range(3 * limits.ADDRESS_TRIES):
        with pytest.raises(Refused):
            enter(f"L{number}", "1")
    assert SignInTry.objects.count() == 2 * limits.ADDRESS_TRIES


def test_many_addresses_shut_a_licence_for_strangers_but_not_for_its_owner(company: Company, shop: Retailer) -> None:
    """Licence numbers hang on the wall of every shop: whoever shuts one out by wrong tries must not shut out its owner."""
    admin = factories.user(company, Role.ADMINISTRATOR)
    known = enter(shop.licence_no, handed(shop, by=admin).slips[0].digits).device
    slip = handed(shop, by=admin).slips[0]
    for number in range(limits.LICENCE_TRIES):
        with pytest.raises(NotRecognised):
            enter(shop.licence_no, other_than(slip.digits), address=f"203.0.113.{number}")
    with pytest.raises(TooManyTries):
        enter(shop.licence_no, slip.digits, address="198.51.100.7")
    # a text made for another shop is no known device
    with pytest.raises(TooManyTries):
        enter(shop.licence_no, slip.digits, address="198.51.100.8", device=keys.device_text(shop.pk + 1))
    # the browser that its owner used before, and the pattern on the slip, still open
    assert enter(shop.licence_no, slip.digits, address="198.51.100.7", device=known).session.retailer == shop
    again = handed(shop, by=admin).slips[0]
    assert entering.enter_by_link(text=again.link, at=AT).session.entrance == Entrance.LINK


def test_a_known_device_has_tries_of_its_own(company: Company, shop: Retailer) -> None:
    admin = factories.user(company, Role.ADMINISTRATOR)
    known = enter(shop.licence_no, handed(shop, by=admin).slips[0].digits).device
    slip = handed(shop, by=admin).slips[0]
    for number in range(limits.PAIR_TRIES):
        with pytest.raises(NotRecognised):
            enter(shop.licence_no, other_than(slip.digits), address=f"203.0.113.{number}", device=known)
    with pytest.raises(TooManyTries):
        enter(shop.licence_no, slip.digits, device=known)


def test_a_link_is_used_up_with_its_digits(shop: Retailer) -> None:
    slip = handed(shop).slips[0]
    assert entering.enter_by_link(text=slip.link, at=AT).session.retailer == shop
    with pytest.raises(NotRecognised):
        entering.enter_by_link(text=slip.link, at=AT)
    with pytest.raises(NotRecognised):
        enter(shop.licence_no, slip.digits)


def test_a_reading_link_opens_again_until_its_day_or_until_it_is_taken_back(company: Company, shop: Retailer) -> None:
    admin = factories.user(company, Role.ADMINISTRATOR)
    made = handed(shop, purpose=CodePurpose.SUPPLY, by=admin)
    slip = made.slips[0]
    assert slip.digits == ""
    for hours in (0, 24):
        entered = entering.enter_by_link(text=slip.link, at=AT + timedelta(hours=hours))
        assert entered.session.entrance == Entrance.READING
    last = AT + timedelta(days=14) - timedelta(minutes=1)
    assert entering.enter_by_link(text=slip.link, at=last).session.ends_at == AT + timedelta(days=14)
    with pytest.raises(NotRecognised):
        entering.enter_by_link(text=slip.link, at=AT + timedelta(days=14))
    assert codes.revoke_batch(batch=made.batch, by=admin, at=last) == 1
    with pytest.raises(NotRecognised):
        entering.enter_by_link(text=slip.link, at=last)
    assert not RetailerSession.objects.filter(ended_at=None, ends_at__gt=last).exists()


def test_a_link_is_bound_to_its_purpose_and_cannot_be_made_up(company: Company, shop: Retailer) -> None:
    made = handed(shop)
    code = AccessCode.objects.get()
    signature = made.slips[0].link.split(".")[1]
    for text in (
        keys.link_text(code.pk, CodePurpose.SUPPLY), f"{code.pk + 1}.{signature}", f"{code.pk}.x", "", "....", "12", str(code.pk),
    ):  # fmt: skip
        with pytest.raises(NotRecognised):
            entering.enter_by_link(text=text, at=AT)


def test_two_browsers_at_once_use_a_code_up_once(shop: Retailer) -> None:
    slip = handed(shop).slips[0]
    seen = AccessCode.objects.select_related("retailer", "company").get()
    enter(shop.licence_no, slip.digits)
    with pytest.raises(NotRecognised):
        entering._enter(seen, Entrance.CODE, AT)


def test_who_visits_retailers_hands_out_no_codes(company: Company, shop: Retailer) -> None:
    for role in (Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER):
        both = factories.user(company, Role.ADMINISTRATOR, role)
        with pytest.raises(Denied):
            handed(shop, by=both)
    with pytest.raises(Denied):
        handed(shop, by=factories.user(company, Role.LEADER))
    officer = factories.user(company, Role.SUPERVISION_OFFICER)
    assert len(handed(shop, by=officer).slips) == 1
    with pytest.raises(Denied):
        handed(shop, factories.retailer(company), by=officer)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"days": 0}, "days"), ({"days": 31}, "days"), ({"days": 91, "purpose": CodePurpose.SUPPLY}, "days")],
)
def test_what_is_out_of_bounds_is_refused(shop: Retailer, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        handed(shop, **given)
    assert refused.value.field == field
    assert AccessCode.objects.count() == 0


def test_nobody_too_many_and_others_shops_are_refused(
    company: Company, shop: Retailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = factories.user(company, Role.ADMINISTRATOR)
    stranger = factories.retailer(factories.company("other"))
    with pytest.raises(Refused):
        handed(shop, retailers=[], by=admin)
    with pytest.raises(Refused):
        handed(shop, stranger, by=admin)
    monkeypatch.setattr(limits, "SLIPS_AT_ONCE", 1)
    with pytest.raises(Refused) as refused:
        handed(shop, factories.retailer(company), by=admin)
    assert refused.value.field == "form"
    assert len(handed(shop, factories.retailer(company), by=admin, form=CodeForm.XLSX).slips) == 2


def test_old_tries_and_sessions_are_forgotten(shop: Retailer) -> None:
    enter(shop.licence_no, handed(shop).slips[0].digits)
    assert entering.forget_old(at=AT + limits.KEEP_SESSIONS) == 0
    assert SignInTry.objects.count() == 0
    assert entering.forget_old(at=AT + limits.KEEP_SESSIONS + timedelta(seconds=1)) == 1


# In the browser


def test_signing_in_and_out(company: Company, shop: Retailer) -> None:
    client = Client()
    assert client.get("/own/").headers["Location"] == "/own/sign-in"
    slip = handed(shop, at=clock.now()).slips[0]
    page = client.get("/own/sign-in")
    assert "no-store" in page["Cache-Control"]
    wrong = client.post("/own/sign-in", {"licence_no": shop.licence_no, "digits": other_than(slip.digits)})
    assert wrong.status_code == 422
    answer = client.post("/own/sign-in", {"licence_no": shop.licence_no, "digits": slip.digits})
    assert (answer.status_code, answer["Location"]) == (302, "/own/")
    cookie = answer.cookies[settings.RETAILER_COOKIE]
    assert (bool(cookie["httponly"]), cookie["samesite"], cookie["max-age"]) == (True, "Lax", 7200)
    home = client.get("/own/")
    assert home["Cache-Control"] == "no-store"
    assert shop.name in home.content.decode()
    assert client.get("/own/sign-in").status_code == 302
    assert client.post("/own/sign-out").status_code == 302
    client.cookies[settings.RETAILER_COOKIE] = cookie.value
    assert client.get("/own/").status_code == 302


def test_looking_at_a_link_does_not_use_it_up(shop: Retailer) -> None:
    slip = handed(shop, at=clock.now()).slips[0]
    client = Client()
    for _each in range(2):
        assert client.get(f"/own/l/{slip.link}").status_code == 200
    assert client.post(f"/own/l/{slip.link}").status_code == 302
    assert client.get("/own/").status_code == 200
    assert Client().post(f"/own/l/{slip.link}").status_code == 422


def test_a_form_from_elsewhere_signs_nobody_in(shop: Retailer) -> None:
    slip = handed(shop, at=clock.now()).slips[0]
    client = Client(enforce_csrf_checks=True)
    assert client.post("/own/sign-in", {"licence_no": shop.licence_no, "digits": slip.digits}).status_code == 403
    assert client.post(f"/own/l/{slip.link}").status_code == 403
    assert RetailerSession.objects.count() == 0


def test_a_session_ends_by_itself_and_with_its_shop(shop: Retailer) -> None:
    client = factories.signed_in_retailer(shop)
    assert client.get("/own/").status_code == 200
    RetailerVersion.objects.filter(retailer=shop).update(status="closed")
    assert client.get("/own/").status_code == 302
    RetailerVersion.objects.filter(retailer=shop).update(status="suspended")
    assert client.get("/own/").status_code == 200
    RetailerSession.objects.update(ends_at=clock.now())
    assert client.get("/own/").status_code == 302


def test_a_retailers_session_beside_one_of_the_staff_gives_neither_more(company: Company, shop: Retailer) -> None:
    client = factories.signed_in_retailer(shop)
    assert client.get("/goods/").status_code == 403
    client.force_login(factories.user(company, Role.HR))
    assert client.get("/goods/").status_code == 200
    assert client.get("/retailers/").status_code == 403
    assert shop.name in client.get("/own/").content.decode()
    del client.cookies[settings.RETAILER_COOKIE]
    assert client.get("/own/").status_code == 403


def test_wrong_tries_are_told_to_their_owner(shop: Retailer) -> None:
    for _each in range(3):
        with pytest.raises(NotRecognised):
            enter(shop.licence_no, "1", at=clock.now())
    client = factories.signed_in_retailer(shop)
    assert "3" in re.findall(r"<strong>(.*?)</strong>", client.get("/own/").content.decode())[-1]
