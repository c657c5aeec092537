"""Separation of duties in administration, on top of the table in `access`."""

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, RoleGrant, User
from lianxin.foundation.states import Role


def require_someone_else(*, user: User, by: User | None) -> None:
    """Refuse an administrator who decides about himself. The system (None) may: it made the first administrator."""
    if by is not None and by.pk == user.pk:
        raise Refused(_("Nobody decides about his own account. Ask another administrator."))


def require_role_of_the_staff(role: Role) -> None:
    """Refuse to make an account a retailer: retailers sign in with their licence number, and the two never mix."""
    if role == Role.RETAILER:
        raise Refused(_("An account of the staff cannot be a retailer. Retailers are handed codes."), field="role")


def require_same_company(*, user: User, company: Company) -> None:
    """Refuse to touch an account of another company."""
    if user.company_id != company.pk:
        raise Refused(_("This account belongs to another company."))


def require_another_administrator(*, user: User, company: Company) -> None:
    """Refuse what would leave the company without an administrator who can sign in."""
    others = RoleGrant.objects.filter(
        company=company, role=Role.ADMINISTRATOR, revoked_at=None, user__is_active=True
    ).exclude(user=user)
    is_one = RoleGrant.objects.filter(company=company, user=user, role=Role.ADMINISTRATOR, revoked_at=None).exists()
    if is_one and not others.exists():
        raise Refused(_("The company would be left without an administrator. Make another one first."))
