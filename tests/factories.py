"""Small true rows for tests. Every factory takes what matters to the test and fills in the rest."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.test import Client

from lianxin.foundation import clock
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.foundation.states import Role
from lianxin.goods.models import Product, ProductVersion
from lianxin.people.models import Person, Posting, Unit
from lianxin.people.states import Post, UnitKind
from lianxin.retailers import keys
from lianxin.retailers.models import AccessCode, Licence, Retailer, RetailerSession, RetailerVersion, Territory
from lianxin.retailers.states import CodePurpose, Entrance

_numbers = count(1)
START = date(2019, 1, 1)
AT = datetime(2022, 1, 5, 8, 0, tzinfo=UTC)


def company(code: str = "linjiang", **fields: Any) -> Company:
    return Company.objects.create(
        **{"code": code, "name": "临江市烟草公司（虚构）", "name_en": "Linjiang (fictional)", **fields}
    )


def unit(
    company: Company, code: str = "城南市场部", *, parent: Unit | None = None, kind: str = UnitKind.MARKET_UNIT
) -> Unit:
    return Unit.objects.create(company=company, code=code, parent=parent, kind=kind)


def user(company: Company, *roles: Role, username: str = "", **fields: Any) -> User:
    made = User.objects.create_user(
        username=username or f"user{next(_numbers)}", password="a-long-password", company=company, **fields
    )
    for role in roles:
        RoleGrant.objects.create(user=made, company=company, role=role, granted_at=AT)
    return made


def person(
    unit: Unit, post: Post = Post.CUSTOMER_MANAGER, *, employee_no: str = "", name: str = "王小明", user: User | None = None,
    reports_to: Person | None = None, valid_from: date = START, valid_until: date | None = None,
) -> Person:  # fmt: skip
    made = Person.objects.create(
        company=unit.company, employee_no=employee_no or f"E{next(_numbers):04}", name=name, user=user
    )
    Posting.objects.create(
        person=made, post=post, unit=unit, reports_to=reports_to, valid_from=valid_from, valid_until=valid_until
    )
    return made


def retailer(
    company: Company, licence_no: str = "", *, holder: Person | None = None, valid_from: date = START, **fields: Any
) -> Retailer:
    licence = licence_no or f"L{next(_numbers):06}"
    name = fields.pop("name", f"便民商店{licence}")
    made = Retailer.objects.create(company=company, licence_no=licence, name=name)
    Licence.objects.create(company=company, retailer=made, licence_no=licence, valid_from=valid_from)
    RetailerVersion.objects.create(retailer=made, valid_from=valid_from, licence_no=licence, name=name, **fields)
    if holder is not None:
        Territory.objects.create(retailer=made, person=holder, valid_from=valid_from)
    return made


def retailer_session(retailer: Retailer, entrance: Entrance = Entrance.CODE, *, at: datetime | None = None) -> str:
    """What the browser of a retailer keeps who signed in (now, unless told otherwise)."""
    text, at = keys.new_session_text(), at or clock.now()
    purpose = CodePurpose.SUPPLY if entrance == Entrance.READING else CodePurpose.SIGN_IN
    code = AccessCode.objects.create(
        company=retailer.company, retailer=retailer, purpose=purpose, made_at=at, expires_at=at + timedelta(days=14),
        used_at=None if entrance == Entrance.READING else at,
    )  # fmt: skip
    RetailerSession.objects.create(
        company=retailer.company, retailer=retailer, code=code, digest=keys.session_digest(text), entrance=entrance,
        opened_at=at, ends_at=at + timedelta(hours=2),
    )  # fmt: skip
    return text


def signed_in_retailer(retailer: Retailer, entrance: Entrance = Entrance.CODE) -> Client:
    """A browser in which a retailer signed in."""
    client = Client()
    client.cookies[settings.RETAILER_COOKIE] = retailer_session(retailer, entrance)
    return client


def product(company: Company, product_code: str = "", *, valid_from: date = START, **fields: Any) -> Product:
    code = product_code or f"P{next(_numbers):04}"
    name = fields.pop("name", f"临江（{code}）")
    made = Product.objects.create(company=company, product_code=code, name=name)
    ProductVersion.objects.create(product=made, valid_from=valid_from, name=name, **fields)
    return made
