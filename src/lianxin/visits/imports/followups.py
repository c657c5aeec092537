"""Files of promises and of requests, as another system kept them."""

from abc import abstractmethod
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.parameters import value_of
from lianxin.foundation import parameters as dated
from lianxin.foundation.imports import cells
from lianxin.foundation.imports.journal import ROWS_AT_ONCE, Journal, chunks
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Line
from lianxin.foundation.imports.rows import Book, RowKind
from lianxin.foundation.models import ImportBatch
from lianxin.people.models import Person, Posting
from lianxin.visits.imports import shared
from lianxin.visits.limits import promise_limits
from lianxin.visits.models import Promise, Request, RequestEvent
from lianxin.visits.states import PromiseState, RequestKind, RequestState

PROMISE_STATES: Final = cells.codes_of(PromiseState.values)
REQUEST_STATES: Final = cells.codes_of(RequestState.values)
REQUEST_KINDS: Final = cells.codes_of(RequestKind.values)


class _Models(Journal):
    """Rows that name their batch themselves, with rows that follow them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Any] = []

    def write(self, batch: ImportBatch) -> None:
        for row in self.rows:
            row.batch = batch
        type(self.rows[0]).objects.bulk_create(self.rows, batch_size=ROWS_AT_ONCE)
        requests = [row for row in self.rows if isinstance(row, Request)]
        events = [
            RequestEvent(request=row, state=state, at=at, words=said)
            for row in requests
            for state, at, said in _life(row)
        ]
        RequestEvent.objects.bulk_create(events, batch_size=ROWS_AT_ONCE)


class _FollowUp(RowKind):
    """What promises and requests share: who, which retailer, and one row for an id."""

    model: Any
    key: str
    same: tuple[str, ...]

    def decide(self, book: Book, intake: Intake) -> None:
        names = shared.Names(intake.company)
        self.prepare(intake)
        ids = [line.entries[0][self.key] for line in book.lines]
        known: dict[str, Any] = {}
        for part in chunks(ids):
            known.update(self.model.objects.in_bulk(part))
        book.journal = made = _Models()
        for line in book.lines:
            self._decide_line(book, intake, names, known, made, line)

    def _decide_line(
        self, book: Book, intake: Intake, names: shared.Names, known: dict[str, Any], made: _Models, line: Line
    ) -> None:
        entry = line.entries[0]
        person, retailer_id = names.persons.get(entry["manager_id"]), names.retailers.get(entry["retailer_id"])
        if person is None:
            book.refuse(line, "manager_id", entry["manager_id"], _("There is no person with this number."))
            return
        if retailer_id is None:
            book.refuse(line, "retailer_id", entry["retailer_id"], _("There is no retailer with this licence number."))
            return
        row = self.row_of(entry, person, retailer_id, names, intake)
        if isinstance(row, tuple):
            book.refuse(line, *row)
            return
        old = known.get(entry[self.key])
        if old is None:
            known[entry[self.key]] = row
            made.rows.append(row)
            book.accept(line)
        elif all(getattr(old, name) == getattr(row, name) for name in self.same):
            book.duplicate(line)
        else:
            sentence = _("This id is known with another content. Undo its batch to bring it anew.")
            book.refuse(line, self.key, entry[self.key], sentence)

    def prepare(self, intake: Intake) -> None:
        """Read once what every line needs."""

    @abstractmethod
    def row_of(
        self, entry: dict[str, Any], person: Person, retailer_id: int, names: shared.Names, intake: Intake
    ) -> Any:
        """The row of a line, or (column, value, sentence) why there is none."""

    def undo(self, batch: ImportBatch) -> None:
        gone = self.model.objects.filter(batch=batch)
        shared.require_unused(batch, gone, aside=(RequestEvent,))
        if self.model is Request:
            shared.delete(RequestEvent.objects.filter(request__in=gone.values("pk")))
        shared.delete(gone)


class Promises(_FollowUp):
    """Promises made to retailers."""

    name = "promises"
    title = gettext_lazy("Promises")
    model, key = Promise, "promise_id"
    same = ("owner_id", "retailer_id", "text", "made_at", "due_on", "state")
    columns = (
        Column("promise_id", cells.key(40), required=True),
        Column("manager_id", cells.key(40), required=True),
        Column("retailer_id", cells.key(40), required=True),
        Column("visit_id", cells.key(40)),
        Column("text", shared.words(300), required=True),
        Column("made_at", shared.instant, required=True),
        Column("due_on", cells.day, required=True),
        Column("state", cells.choice(PROMISE_STATES)),
        Column("settled_at", shared.instant),
        Column("words", shared.words(300)),
        Column("limit_code", cells.key(40)),
    )

    def prepare(self, intake: Intake) -> None:
        today = intake.at.astimezone(intake.company.zone).date()
        self._limits = {
            limit.code: limit.leave_of for limit in promise_limits(dated.in_force(intake.company, on=today))
        }

    def row_of(
        self, entry: dict[str, Any], person: Person, retailer_id: int, names: shared.Names, intake: Intake
    ) -> Any:
        state = entry.get("state") or PromiseState.OPEN
        settled = entry.get("settled_at")
        if settled is None and state in (PromiseState.KEPT, PromiseState.NOT_KEPT):
            return "settled_at", "", _("A settled promise says when it was settled.")
        if settled is not None and settled < entry["made_at"]:
            return "settled_at", settled, _("It was settled before it was made.")
        if entry["due_on"] < entry["made_at"].astimezone(intake.company.zone).date():
            return "due_on", entry["due_on"], _("The promise is due before the day on which it was made.")
        return Promise(
            id=entry["promise_id"],
            company=intake.company,
            retailer_id=retailer_id,
            owner=person,
            visit_id_said=entry.get("visit_id") or "",
            text=entry["text"],
            made_at=entry["made_at"],
            due_on=entry["due_on"],
            state=state,
            limit_code=entry.get("limit_code") or "",
            leave_of=self._limits.get(entry.get("limit_code") or "", ""),
            settled_at=settled,
            words=entry.get("words") or "",
        )


class Requests(_FollowUp):
    """Retailers' questions, wishes and problems."""

    name = "requests"
    title = gettext_lazy("Requests of retailers")
    model, key = Request, "request_id"
    same = ("raised_by_id", "retailer_id", "kind", "topic", "text", "raised_at", "state", "answer")
    columns = (
        Column("request_id", cells.key(40), required=True),
        Column("manager_id", cells.key(40), required=True),
        Column("retailer_id", cells.key(40), required=True),
        Column("visit_id", cells.key(40)),
        Column("kind", cells.choice(REQUEST_KINDS), required=True),
        Column("topic", cells.text(60), required=True),
        Column("text", shared.words(2000), required=True),
        Column("raised_at", shared.instant, required=True),
        Column("due_on", cells.day),
        Column("state", cells.choice(REQUEST_STATES)),
        Column("owner", cells.key(40)),
        Column("answer", shared.words(2000)),
        Column("answered_at", shared.instant),
        Column("confirmed_at", shared.instant),
    )

    def prepare(self, intake: Intake) -> None:
        day = intake.at.astimezone(intake.company.zone).date()
        self._days = int(value_of(dated.in_force(intake.company, on=day), "field.request_days"))
        posts = Posting.objects.filter(person__company=intake.company).exclude(reports_to=None).order_by("valid_from")
        self._superior = dict(posts.values_list("person_id", "reports_to_id"))

    def row_of(
        self, entry: dict[str, Any], person: Person, retailer_id: int, names: shared.Names, intake: Intake
    ) -> Any:
        state = entry.get("state") or RequestState.OPEN
        owner = names.persons.get(entry["owner"]) if entry.get("owner") else None
        if entry.get("owner") and owner is None:
            return "owner", entry["owner"], _("There is no person with this number.")
        if state in (RequestState.ANSWERED, RequestState.CONFIRMED) and not (
            entry.get("answer") and entry.get("answered_at")
        ):
            return "answer", "", _("An answered request has its answer and when it was given.")
        if state == RequestState.CONFIRMED and entry.get("confirmed_at") is None:
            return "confirmed_at", "", _("A confirmed request says when the retailer confirmed.")
        day = entry["raised_at"].astimezone(intake.company.zone).date()
        return Request(
            id=entry["request_id"],
            company=intake.company,
            retailer_id=retailer_id,
            raised_by=person,
            visit_id_said=entry.get("visit_id") or "",
            kind=entry["kind"],
            topic=entry["topic"],
            text=entry["text"],
            owner_id=owner.pk if owner else self._superior.get(person.pk, person.pk),
            raised_at=entry["raised_at"],
            due_on=entry.get("due_on") or day + timedelta(days=self._days),
            state=state,
            answer=entry.get("answer") or "",
            answered_at=entry.get("answered_at"),
            confirmed_at=entry.get("confirmed_at"),
        )


def _life(row: Request) -> list[tuple[RequestState, Any, str]]:
    steps: list[tuple[RequestState, Any, str]] = [(RequestState.OPEN, row.raised_at, "")]
    if row.answered_at is not None:
        steps.append((RequestState.ANSWERED, row.answered_at, row.answer))
    if row.state == RequestState.CONFIRMED:
        steps.append((RequestState.CONFIRMED, row.confirmed_at, ""))
    return steps
