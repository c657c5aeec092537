"""What is done with persons."""

import secrets
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import RoleGrant, User
from lianxin.foundation.states import Role
from lianxin.people.models import Person
from lianxin.people.queries import postings_on


@transaction.atomic
def open_account(
    *, person: Person, by: User | None, at: datetime, on: date, username: str = "", password: str = ""
) -> tuple[User, str]:
    """The account of a person and its password, which is to be changed at the first sign-in.

    The roles are those of the posts that the person holds on the day `on`. A person who has an account gets a new password and
    the roles that are lacking; other roles are not taken away.

    Parameters
    ----------
    username : default the employee number
    password : default one made here, to be told once; it is kept only as a hash

    Raises
    ------
    Refused : the person holds no post on that day, the name belongs to somebody else, or the password is too weak.
    """
    company = person.company
    posts = sorted({posting.post for posting in postings_on(company, on=on).filter(person=person)})
    if not posts:
        raise Refused(
            _("%(person)s (%(no)s) holds no post on %(day)s, so no role follows. Import the post first.")
            % {"person": person.name, "no": person.employee_no, "day": on.isoformat()},
            field="employee_no",
        )
    user = person.user
    is_new = user is None
    if user is None:
        name = username or person.employee_no
        if User.objects.filter(username=name).exists():
            raise Refused(
                _("The sign-in name “%(name)s” is taken. Choose another one.") % {"name": name}, field="username"
            )
        user = User(username=name, company=company, display_name=person.name)
    given = password or secrets.token_urlsafe(12)
    try:
        validate_password(given, user)
    except ValidationError as weak:
        raise Refused(" ".join(weak.messages), field="password") from weak
    user.set_password(given)
    user.must_change_password = True
    user.is_active = True
    user.save()
    if is_new:
        person.user = user
        person.save(update_fields=["user"])
    held = set(RoleGrant.objects.filter(user=user, company=company, revoked_at=None).values_list("role", flat=True))
    new_roles = [Role(post) for post in posts if post not in held]
    for role in new_roles:
        RoleGrant.objects.create(user=user, company=company, role=role, granted_by=by, granted_at=at)
    audit.record(
        company=company,
        by=by,
        verb="users.open" if is_new else "users.renew",
        subject=f"user:{user.username}",
        after={"employee_no": person.employee_no, "roles_granted": [str(role) for role in new_roles]},
        at=at,
    )
    return user, given
