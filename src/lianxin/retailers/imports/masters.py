"""Files of retailers."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import parameters
from lianxin.foundation.errors import Refused
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book
from lianxin.foundation.imports.versions import Desk, VersionKind, Wrong
from lianxin.foundation.models import Company, ImportBatch
from lianxin.retailers import checks
from lianxin.retailers.imports import contacts
from lianxin.retailers.models import Licence, Retailer, RetailerVersion
from lianxin.retailers.places import to_wgs84
from lianxin.retailers.states import Datum, Status

FIELDS: Final = (
    "licence_no",
    "name",
    "address",
    "town",
    "latitude",
    "longitude",
    "datum",
    "trade_form",
    "market_type",
    "trade_area",
    "tier",
    "route",
    "status",
    "order_weekday",
    "opening_hours",
    "opened_on",
)  # fmt: skip
TEXTS: Final = {"name", "address", "town", "trade_form", "market_type", "trade_area", "route", "opening_hours"}
DATUMS: Final = {**cells.codes_of(Datum.values), "wgs1984": Datum.WGS84.value, "epsg4326": Datum.WGS84.value}
LARGEST_TIER: Final = 1000


def written_as(kept: Callable[[str], str], longest: int) -> cells.Reader:
    """A reader of text that a check of the room brings into the form in which it is kept, or refuses."""
    read_text = cells.text(longest)

    def read(raw: Any, formats: cells.Formats) -> str:
        try:
            return kept(read_text(raw, formats))
        except Refused as refused:
            raise cells.CellWrong(refused.message) from refused

    return read


class RetailersDesk(Desk[Retailer, RetailerVersion]):
    """The retailers that a file concerns, with their licences and versions, and the tiers that the company has."""

    def __init__(self, intake: Intake, lines: list[Line]) -> None:
        super().__init__(intake)
        company = intake.company
        self.by_licence: dict[str, Retailer] = {}
        retailers = {row.pk: row for row in Retailer.objects.filter(company=company).iterator(chunk_size=5000)}
        for number, retailer_id in Licence.objects.filter(company=company).values_list("licence_no", "retailer_id"):
            self.by_licence[number] = retailers[retailer_id]
        wanted = {
            self.by_licence[number].pk
            for line in lines
            for number in (line.entries[0]["licence_no"], line.entries[0].get("previous_licence_no"))
            if number in self.by_licence
        }
        for version in RetailerVersion.objects.filter(retailer__company=company).iterator(chunk_size=5000):
            if version.retailer_id in wanted:
                version.retailer = retailers[version.retailer_id]
                self.history(version.retailer).put(version.valid_from, version)
        self.tiers = tiers_of(company, intake)
        self.contacts = contacts.Contacts(intake, lines)


def tiers_of(company: Company, intake: Intake) -> tuple[int, int]:
    """The lowest and the highest tier that the company's parameter of tier groups knows."""
    groups = parameters.in_force(company, on=intake.at.astimezone(company.zone).date())["measuring.tier_groups"]
    return min(low for low, _high in groups), max(high for _low, high in groups)


class Retailers(VersionKind[Retailer, RetailerVersion]):
    """Retailers with their dated master data. A new licence with the number before it keeps the retailer's identity."""

    name = "retailers"
    title = gettext_lazy("Retailers")
    columns = (
        Column("licence_no", cells.key(40), required=True),
        Column("name", cells.text(120), required=True),
        Column("address", cells.text(300)),
        Column("town", cells.text(80)),
        Column("latitude", cells.real(-90, 90)),
        Column("longitude", cells.real(-180, 180)),
        Column("datum", cells.choice(DATUMS)),
        Column("trade_form", cells.text(40)),
        Column("market_type", cells.text(40)),
        Column("trade_area", cells.text(40)),
        Column("tier", cells.whole(1, LARGEST_TIER)),
        Column("route", cells.text(60)),
        Column("status", cells.choice(cells.codes_of(Status.values))),
        Column("order_weekday", cells.weekday),
        Column("opening_hours", written_as(checks.opening_hours, 120)),
        Column("opened_on", cells.day),
        Column("from_date", cells.day, required=True),
        Column("previous_licence_no", cells.key(40)),
        Column("contact_name", cells.text(60)),
        Column("contact_phone", written_as(checks.phone, 40)),
        Column("contact_way", cells.choice(contacts.WAYS)),
    )
    content = FIELDS

    def read(self, intake: Intake) -> Book:
        book = super().read(intake)
        contacts.keep_out_of_refusals(book, self.columns, intake.mapping)
        return book

    def desk(self, intake: Intake, lines: list[Line]) -> RetailersDesk:
        for line in lines:
            for entry in line.entries:
                place_in_wgs84(entry)
        return RetailersDesk(intake, lines)

    def subject(self, desk: RetailersDesk, entry: Entry, book: Book) -> Retailer:
        self._check(desk, entry)
        number, previous = entry["licence_no"], entry.get("previous_licence_no")
        known = desk.by_licence.get(number)
        if previous and previous != number:
            before = desk.by_licence.get(previous)
            if before is None:
                raise Wrong("previous_licence_no", previous, _("There is no retailer with this licence number."))
            if known is not None and known is not before:
                raise Wrong(
                    "previous_licence_no",
                    previous,
                    _("Licence %(number)s already belongs to another retailer (%(name)s).")
                    % {"number": number, "name": known.name},
                )
            return before
        if known is not None:
            return known
        retailer = Retailer(company=desk.intake.company, licence_no=number, name=entry["name"])
        book.journal.make(retailer)
        return retailer

    def _check(self, desk: RetailersDesk, entry: Entry) -> None:
        if (entry.get("latitude") is None) != (entry.get("longitude") is None):
            lacking = "latitude" if entry.get("latitude") is None else "longitude"
            raise Wrong(lacking, "", _("A place needs both latitude and longitude, or neither."))
        low, high = desk.tiers
        tier = entry.get("tier")
        if tier is not None and not low <= tier <= high:
            raise Wrong("tier", tier, _("It is out of range: %(least)s to %(most)s.") % {"least": low, "most": high})

    def accepted(self, desk: RetailersDesk, subject: Retailer, entry: Entry, book: Book) -> None:
        desk.contacts.take(subject, entry)
        number = entry["licence_no"]
        if number not in desk.by_licence:
            desk.by_licence[number] = subject
            book.journal.make(
                Licence(company=desk.intake.company, retailer=subject, licence_no=number, valid_from=entry["from_date"])
            )

    def brings_more(self, desk: RetailersDesk, subject: Retailer, entry: Entry) -> bool:
        return desk.contacts.brings(subject, entry)

    def contents(self, version: RetailerVersion) -> Entry:
        return {name: getattr(version, name) for name in FIELDS}

    def fill(self, version: RetailerVersion, entry: Entry) -> None:
        for name in FIELDS:
            if name in entry:
                setattr(version, name, empty_value(name) if entry[name] is None else entry[name])

    def new_version(self, subject: Retailer, entry: Entry, earlier: RetailerVersion | None) -> RetailerVersion:
        version = RetailerVersion(retailer=subject, valid_from=entry["from_date"])
        if earlier is not None:
            for name in FIELDS:
                setattr(version, name, getattr(earlier, name))
        self.fill(version, entry)
        return version

    def settle(self, desk: RetailersDesk, subjects: Iterable[Retailer], book: Book) -> None:
        for retailer in subjects:
            newest = desk.history(retailer).newest
            if newest is not None and (retailer.name, retailer.licence_no) != (newest.name, newest.licence_no):
                book.journal.change(retailer)
                retailer.name, retailer.licence_no = newest.name, newest.licence_no
        desk.contacts.settle(
            book, is_closed=lambda one: (v := desk.history(one).newest) is not None and v.status == Status.CLOSED
        )

    def undo(self, batch: ImportBatch) -> None:
        super().undo(batch)
        contacts.forget_former(batch)


def empty_value(name: str) -> Any:
    """What an empty cell of a column means for a version."""
    if name in TEXTS:
        return ""
    return {"datum": Datum.WGS84.value, "status": Status.ACTIVE.value}.get(name)


def place_in_wgs84(entry: Entry) -> None:
    """Turn the entry's place into WGS-84; `datum` keeps what it came in."""
    for name in ("datum", "status"):
        if name in entry and entry[name] is None:
            entry[name] = empty_value(name)
    if entry.get("latitude") is not None and entry.get("longitude") is not None:
        datum = entry.get("datum", Datum.WGS84.value)
        entry["latitude"], entry["longitude"] = to_wgs84(entry["latitude"], entry["longitude"], datum)
        entry.setdefault("datum", datum)
