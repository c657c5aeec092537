from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status

from lianxin.foundation import actions, clock, queries
from lianxin.foundation.api import REFUSED, Asked, Page, page_of
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.foundation.models import ApiToken, Company, User
from lianxin.foundation.states import Role
from lianxin.people import actions as people
from lianxin.web import queries as web_queries

router = Router()


class AccountOut(Schema):
    id: int
    username: str
    name: str
    roles: list[str]
    is_active: bool
    must_change_password: bool
    last_login: datetime | None


class AccountPage(Page):
    rows: list[AccountOut]


class AccountIn(Schema):
    """A person's number, or a sign-in name for an account without a person."""

    employee_no: str = ""
    username: str = ""
    display_name: str = ""


class OnceOut(Schema):
    """The one-time password is in this answer and kept nowhere."""

    id: int
    username: str
    one_time_password: str


class RoleIn(Schema):
    role: Role
    reason: str = ""


class ActiveIn(Schema):
    is_active: bool
    reason: str = ""


def _account(user: User, company: Company) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "name": str(user),
        "roles": [grant.role for grant in queries.grants_of(user, company) if grant.revoked_at is None],
        "is_active": user.is_active,
        "must_change_password": user.must_change_password,
        "last_login": user.last_login,
    }


@router.get("/users", response={200: AccountPage, **REFUSED})
@needs("users.write")
def list_users(request: HttpRequest, asked: Query[Asked], role: str = "", search: str = "") -> Any:
    """Accounts of one's company."""
    company = company_of(request)
    every = queries.accounts_of(company, search=search, role=role)
    rows, following = page_of(every, after=asked.after, limit=asked.rows, key="username")
    return {"rows": [_account(row, company) for row in rows], "next": following, "total": every.count()}


@router.post("/users", response={201: OnceOut, **REFUSED})
@needs("users.write")
def open_user(request: HttpRequest, payload: AccountIn, response: HttpResponse) -> Any:
    """Open an account. The one-time password is in this answer only."""
    response["Cache-Control"] = "no-store"
    company, by, at = company_of(request), user_of(request), clock.now()
    if payload.employee_no:
        person = web_queries.persons_without_account(company).filter(employee_no=payload.employee_no).first()
        if person is None:
            raise Refused(_("There is no person of that number without an account."), field="employee_no")
        made, shown = people.open_account(
            person=person, by=by, at=at, on=clock.today(company), username=payload.username
        )
    else:
        made, shown = actions.open_account(
            company=company, username=payload.username, display_name=payload.display_name, by=by, at=at
        )
    return Status(201, {"id": made.pk, "username": made.username, "one_time_password": shown})


@router.post("/users/{int:pk}/roles", response={200: AccountOut, **REFUSED})
@needs("users.write")
def grant_role(request: HttpRequest, pk: int, payload: RoleIn) -> Any:
    """Give a role."""
    company = company_of(request)
    user = queries.account(company, pk)
    actions.grant_role(
        user=user, role=payload.role, company=company, by=user_of(request), at=clock.now(), reason=payload.reason
    )
    return _account(user, company)


@router.delete("/users/{int:pk}/roles/{role}", response={200: AccountOut, **REFUSED})
@needs("users.write")
def revoke_role(request: HttpRequest, pk: int, role: Role) -> Any:
    """Take a role away."""
    company = company_of(request)
    user = queries.account(company, pk)
    actions.revoke_role(user=user, role=role, company=company, by=user_of(request), at=clock.now())
    return _account(user, company)


@router.patch("/users/{int:pk}", response={200: AccountOut, **REFUSED})
@needs("users.write")
def switch_user(request: HttpRequest, pk: int, payload: ActiveIn) -> Any:
    """Switch an account off or on."""
    company = company_of(request)
    user = queries.account(company, pk)
    actions.switch_account(
        user=user,
        company=company,
        active=payload.is_active,
        by=user_of(request),
        at=clock.now(),
        reason=payload.reason,
    )
    return _account(user, company)


@router.post("/users/{int:pk}/password", response={200: OnceOut, **REFUSED})
@needs("users.write")
def reset_user_password(request: HttpRequest, pk: int, response: HttpResponse) -> Any:
    """A one-time password in place of the old one."""
    response["Cache-Control"] = "no-store"
    company = company_of(request)
    user = queries.account(company, pk)
    shown = actions.reset_password(user=user, company=company, by=user_of(request), at=clock.now())
    return {"id": user.pk, "username": user.username, "one_time_password": shown}


class TokenOut(Schema):
    id: int
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenIn(Schema):
    name: str
    expires_at: datetime | None = None


class TokenOnce(TokenOut):
    token: str


@router.get("/tokens", response={200: list[TokenOut], **REFUSED})
@needs("tokens.own")
def list_tokens(request: HttpRequest) -> Any:
    """One's own tokens, without their text."""
    return list(queries.tokens_of(user_of(request)))


@router.post("/tokens", response={201: TokenOnce, **REFUSED})
@needs("tokens.own")
def issue_token(request: HttpRequest, payload: TokenIn, response: HttpResponse) -> Any:
    """A new token of one's own; its text is in this answer only."""
    response["Cache-Control"] = "no-store"
    user = user_of(request)
    expires = payload.expires_at
    if expires is not None and expires.tzinfo is None:
        expires = expires.replace(tzinfo=company_of(request).zone)
    token, text = actions.issue_token(user=user, name=payload.name, expires_at=expires, by=user, at=clock.now())
    return Status(201, {**TokenOut.from_orm(token).dict(), "token": text})


@router.delete("/tokens/{int:pk}", response={200: TokenOut, **REFUSED})
@needs("tokens.own")
def revoke_token(request: HttpRequest, pk: int) -> Any:
    """End a token."""
    token: ApiToken = queries.token(user_of(request), company_of(request), pk)
    actions.revoke_token(token=token, by=user_of(request), at=clock.now())
    token.refresh_from_db()
    return token
