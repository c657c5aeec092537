"""Reads about retailers' access to their own pages."""

from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.retailers import keys, limits
from lianxin.retailers.models import AccessCode, CodeBatch, Licence, Retailer, RetailerSession, SignInTry
from lianxin.retailers.queries import Listing, listed, retailer_with_licence, version_in_force
from lianxin.retailers.states import CodePurpose, Entrance, Status

NOBODY = 0


def open_codes(at: datetime) -> Q:
    """Condition on codes: neither used nor taken back nor past their time."""
    return Q(used_at=None, revoked_at=None, expires_at__gt=at)


def retailer_of_licence(licence_no: str) -> int:
    """Whose licence it is, whichever company; NOBODY (0) for one that nobody has, and for one that two companies know."""
    found = set(Licence.objects.filter(licence_no=licence_no).values_list("retailer_id", flat=True)[:2])
    return found.pop() if len(found) == 1 else NOBODY


def open_code(retailer_id: int, digest: str, *, at: datetime) -> AccessCode | None:
    """The open code of a retailer with these digits, locked. The same questions are asked of the database for NOBODY."""
    code = (
        AccessCode.objects.select_for_update(of=("self",))
        .select_related("retailer", "company")
        .filter(open_codes(at), retailer_id=retailer_id, purpose=CodePurpose.SIGN_IN)
        .first()
    )
    fits = keys.same(code.digest if code else keys.digits_digest(NOBODY, ""), digest)
    return code if fits and code is not None and _may_enter(code.retailer, at) else None


def code_of_link(code_id: int, purpose: CodePurpose, *, at: datetime) -> AccessCode | None:
    """The open code that a signed link names, locked."""
    code = (
        AccessCode.objects.select_for_update(of=("self",))
        .select_related("retailer", "company")
        .filter(open_codes(at), pk=code_id, purpose=purpose)
        .first()
    )
    return code if code is not None and _may_enter(code.retailer, at) else None


def _may_enter(retailer: Retailer, at: datetime) -> bool:
    """A closed shop has no own pages any more; a suspended one has."""
    return version_in_force(retailer, on=at.astimezone(retailer.company.zone).date()).status != Status.CLOSED


def place_is_flooding(place_key: str, *, at: datetime) -> bool:
    """Whether so much was tried in vain from a place that another try is not even written down."""
    wrong = SignInTry.objects.filter(place_key=place_key, succeeded=False, at__gt=at - limits.SHORT, at__lte=at)
    return wrong.count() >= 2 * limits.ADDRESS_TRIES


def tries_are_spent(this: SignInTry) -> bool:
    """Whether this try is one too many. Tries that succeeded do not count, and neither does what a known device did not do."""
    wrong = SignInTry.objects.filter(succeeded=False)
    short = wrong.filter(at__gt=this.at - limits.SHORT, at__lte=this.at)
    here = short.filter(place_key=this.place_key, licence_key=this.licence_key)
    if here.count() > limits.PAIR_TRIES:
        return True
    if this.is_known_device:
        return False
    if short.filter(place_key=this.place_key).count() > limits.ADDRESS_TRIES:
        return True
    strange = wrong.filter(at__gt=this.at - limits.LONG, at__lte=this.at, is_known_device=False)
    return strange.filter(licence_key=this.licence_key).count() > limits.LICENCE_TRIES


def session_of(text: str, *, at: datetime) -> RetailerSession | None:
    """The session that a cookie belongs to, while it lasts."""
    session = (
        RetailerSession.objects.select_related("retailer", "company")
        .filter(digest=keys.session_digest(text), ended_at=None, ends_at__gt=at)
        .first()
    )
    return session if session is not None and _may_enter(session.retailer, at) else None


def caller_of(session: RetailerSession) -> RetailerCaller:
    """Who a session lets in."""
    retailer = session.retailer
    return RetailerCaller(
        retailer_id=retailer.pk,
        licence_no=retailer.licence_no,
        name=retailer.name,
        company=session.company,
        session_id=session.pk,
        reads_only=session.entrance == Entrance.READING,
    )


# What a retailer sees of its own access


def own_retailer(caller: RetailerCaller) -> Retailer:
    """The retailer that signed in."""
    return Retailer.objects.select_related("company").get(pk=caller.retailer_id, company=caller.company)


def own_visits(caller: RetailerCaller, *, most: int = 5) -> list[RetailerSession]:
    """The last times somebody came in as this retailer, newest first."""
    return list(RetailerSession.objects.filter(retailer_id=caller.retailer_id).order_by("-opened_at", "-pk")[:most])


def own_wrong_tries(caller: RetailerCaller, *, at: datetime) -> int:
    """How often somebody tried this licence in vain within a day."""
    key = keys.try_key("licence", caller.licence_no)
    return SignInTry.objects.filter(licence_key=key, succeeded=False, at__gt=at - timedelta(days=1), at__lte=at).count()


# What the staff see: that codes were made and used, never the codes


def batches(company: Company) -> QuerySet[CodeBatch]:
    """Batches of codes, the newest first, with how many were used (`n_used`) and how many can still be (`n_open`)."""
    return (
        CodeBatch.objects.filter(company=company)
        .select_related("made_by")
        .annotate(
            n_used=Count("codes", filter=~Q(codes__used_at=None)),
            n_revoked=Count("codes", filter=~Q(codes__revoked_at=None)),
        )
        .order_by("-made_at", "-pk")
    )


def batch_of(company: Company, pk: int) -> CodeBatch:
    """A batch of the company. Raises Missing for any other."""
    found = batches(company).filter(pk=pk).first()
    if found is None:
        raise Missing(_("There is no such batch of codes."))
    return found


def codes_of(batch: CodeBatch) -> QuerySet[AccessCode]:
    """The codes of a batch with their retailers, by licence."""
    return AccessCode.objects.filter(batch=batch).select_related("retailer").order_by("retailer__licence_no")


def retailers_chosen(user: User, company: Company, asked: Listing, *, on: date) -> list[Retailer]:
    """The active retailers that a choice means, by licence."""
    rows = listed(user, company, asked, on=on).filter(status=Status.ACTIVE)
    return [row.retailer for row in rows.order_by("retailer__licence_no")]


def retailer_named(user: User, company: Company, licence_no: str, *, on: date) -> Retailer:
    """The retailer of a licence, to hand it a code. Raises Missing where there is none."""
    return retailer_with_licence(user, company, licence_no.strip(), on=on)
