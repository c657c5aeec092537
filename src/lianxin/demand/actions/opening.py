"""A round opened: recorded at once, its system's forecast made by a job, then open to its authors."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.core.tables.field import RETAIL_PRICES, STOCK_COUNTS, SURVEYED_PRICES
from lianxin.core.tables.rounds import LINES_OF, PLAIN_OF
from lianxin.demand.facts.system import round_lines
from lianxin.demand.models import Round, RoundEvent, Sheet
from lianxin.demand.queries.evidence import COUNTS_VERSION, PRICES_VERSION, SURVEYED_VERSION
from lianxin.demand.queries.history import Known, gap_after, known_before, start_of_period
from lianxin.demand.queries.lines import all_lines, lines_of
from lianxin.demand.queries.without import WITHOUT_LINES
from lianxin.demand.states import AUTHORS, Period, RoundState
from lianxin.foundation import access, audit
from lianxin.foundation import facts as published
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.people.models import Posting
from lianxin.people.queries import postings_on
from lianxin.people.states import Post

Tell = Callable[[float, str], None]
LONGEST_HORIZON = {Period.MONTH: 6, Period.WEEK: 13}
# How many periods may lie between the last one that is known and the first one forecast.
LONGEST_GAP = {Period.MONTH: 1, Period.WEEK: 4}
# What a round is laid out from.
_SEEN = {COUNTS_VERSION: STOCK_COUNTS.name, PRICES_VERSION: RETAIL_PRICES.name, SURVEYED_VERSION: SURVEYED_PRICES.name}
PUBLISHED = ("territories", "postings", "product_versions", *_SEEN.values())


def silent(share: float, text: str) -> None:
    """Tell nobody."""


@transaction.atomic
def open_round(
    *, company: Company, period: Period, first_period: date, horizon: int, product_ids: Sequence[int], deadline_at: datetime,
    by: User | None, at: datetime, on: date, is_imported: bool = False,
) -> Round:  # fmt: skip
    """A round whose system's forecast is to be made by `prepare`.

    Parameters
    ----------
    first_period : the first day of a month, or a Monday
    horizon : periods forecast from there on
    is_imported : a past round that an earlier system held; its deadline lies in the past

    Raises
    ------
    Denied : a post that may not.
    Refused : a day that begins no period, no or foreign products, a deadline in the past, a round of that kind and day; few orders
        known.
    """
    if by is not None:
        access.require(by, "rounds.run", company)
    if start_of_period(period.value, first_period) != first_period:
        raise Refused(_("Choose the first day of a month, or a Monday for weeks."), field="first_period")
    if not 1 <= horizon <= LONGEST_HORIZON[period]:
        raise Refused(_("Forecast from 1 to %(n)d periods.") % {"n": LONGEST_HORIZON[period]}, field="horizon")
    chosen = sorted(set(product_ids))
    if not chosen:
        raise Refused(_("Choose at least one product."), field="products")
    if Product.objects.filter(company=company, pk__in=chosen).count() != len(chosen):
        raise Refused(_("The company has no such product."), field="products")
    if not is_imported and deadline_at <= at:
        raise Refused(_("The deadline lies in the past; give the authors time."), field="deadline_at")
    if Round.objects.filter(company=company, period=period, first_period=first_period).exists():
        raise Refused(
            _("There is a round of months or weeks like these from this day on already."), field="first_period"
        )
    known = _known(company, period, first_period, min(on, _day_of(company, deadline_at)))
    round = Round.objects.create(
        company=company, period=period, first_period=first_period, horizon=horizon, product_ids=chosen,
        history_until=known.last_order, deadline_at=deadline_at, is_imported=is_imported, opened_by=by, opened_at=at,
    )  # fmt: skip
    RoundEvent.objects.create(round=round, state=RoundState.PREPARING, at=at, by=by)
    audit.record(
        company=company,
        by=by,
        verb="rounds.open",
        subject=f"forecast_round:{round.pk}",
        after={"first_period": str(first_period), "products": len(chosen), "deadline_at": deadline_at.isoformat()},
        at=at,
    )
    return round


def prepare(*, round: Round, at: datetime, on: date, tell: Tell = silent) -> Round:
    """The round open, with the system's forecast in the lake and a sheet for everybody who owes one. Run again, it begins anew.

    Raises
    ------
    Refused : the round is open already; no retailer ordered any of the products lately; nobody is there to forecast.
    """
    if round.state != RoundState.PREPARING:
        raise Refused(_("The system's forecast of this round is there already."))
    # Of a past round nobody, the system neither, knew what was ordered after its deadline.
    known_on = min(on, _day_of(round.company, round.deadline_at))
    known = _known(round.company, Period(round.period), round.first_period, known_on)
    collected = _publish(round, tell)
    made = round_lines(round, known, tell, at=at)
    if made.lines.num_rows == 0:
        raise Refused(_("No retailer ordered any of these products in the year before."))
    tell(0.9, _("Laying out the sheets"))
    for table, rows in ((PLAIN_OF[round.period], made.plain), (LINES_OF[round.period], made.lines)):
        the_lake().replace_months(table.name, round.company_id, [round.first_period], rows)
    with transaction.atomic():
        locked = Round.objects.select_for_update().select_related("company").get(pk=round.pk)
        if locked.state != RoundState.PREPARING:
            raise Refused(_("The system's forecast of this round is there already."))
        _make_sheets(locked, on)
        locked.state, locked.code_version = RoundState.OPEN, made.code_version
        locked.parameters = {**made.parameters, **collected}
        locked.save(update_fields=["state", "parameters", "code_version"])
        RoundEvent.objects.create(round=locked, state=RoundState.OPEN, at=at)
        audit.record(
            company=locked.company,
            by=None,
            verb="rounds.prepare",
            subject=f"forecast_round:{locked.pk}",
            after={
                "n_lines": made.lines.num_rows,
                "products_without_lines": len(made.parameters[WITHOUT_LINES]),
                "code_version": made.code_version,
            },
            at=at,
        )
    tell(1.0, _("Done"))
    return locked


def _publish(round: Round, tell: Tell) -> dict[str, int]:
    """Who holds which retailer today, what is sold, and what was counted and seen in shops, told to the lake.

    The versions of counts and prices are kept: what is published later did not lie before the authors, and judging must not
    say that it did.
    """
    tell(0.01, _("Publishing who holds what, and what was counted"))
    lake = the_lake()
    for name in PUBLISHED:
        published.publish(round.company, lake, only=name)
    pinned = lake.pin(list(_SEEN.values()), f"forecast-round-{round.pk}")
    return {kept: pinned[name] for kept, name in _SEEN.items()}


def _day_of(company: Company, at: datetime) -> date:
    return at.astimezone(company.zone).date()


def _known(company: Company, period: Period, first_period: date, on: date) -> Known:
    known = known_before(company, period.value, min(first_period, on))
    if known is None:
        raise Refused(_("No orders before this day are known; import them first."), field="first_period")
    if gap_after(period.value, known.last_period, first_period) > LONGEST_GAP[period]:
        raise Refused(
            _("Orders are known until %(day)s only; import newer ones or forecast an earlier period.")
            % {"day": known.last_order},
            field="first_period",
        )
    return known


def _make_sheets(round: Round, on: date) -> None:
    """Managers by the lines they hold; market managers for their unit, brand managers for the company, where it has lines."""
    Sheet.objects.filter(round=round).delete()
    rows = all_lines(round)
    counted = rows.group_by(["person_id", "unit_id"]).aggregate([([], "count_all")]).to_pylist()
    sheets = [
        Sheet(
            round=round,
            person_id=row["person_id"],
            post=Post.CUSTOMER_MANAGER,
            unit_id=row["unit_id"],
            n_lines=row["count_all"],
        )
        for row in counted
        if row["person_id"] is not None
    ]
    authors = {sheet.person_id for sheet in sheets}
    above = [post for post in AUTHORS if post != Post.CUSTOMER_MANAGER]
    for posting in postings_on(round.company, on=on).filter(post__in=above).order_by("person__employee_no"):
        if posting.person_id in authors:
            continue
        sheet = _sheet_above(round, posting)
        if sheet.n_lines:
            authors.add(posting.person_id)
            sheets.append(sheet)
    if not sheets:
        raise Refused(_("Nobody holds a retailer of this round, and no market or brand manager is there to forecast."))
    Sheet.objects.bulk_create(sheets, batch_size=1000)


def _sheet_above(round: Round, posting: Posting) -> Sheet:
    unit_id = posting.unit_id if posting.post == Post.MARKET_MANAGER else None
    sheet = Sheet(round=round, person_id=posting.person_id, post=posting.post, unit_id=unit_id, n_lines=0)
    sheet.n_lines = len(lines_of(sheet))
    return sheet
