"""The log: who wrote what, when and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import strawberry

from graph_service.api.context import Info, RequestContext
from graph_service.api.directives import Cost
from graph_service.api.fields import field
from graph_service.api.loaders import Loaders
from graph_service.api.log_filters import LogFilter, to_query
from graph_service.api.scalars import Digest, Instant, Json, RevisionNumber
from graph_service.api.types.connection import (
    Connection,
    PageInfo,
    checked_first,
    counted,
    page_info,
)
from graph_service.model import revision as model
from graph_service.model.revision import ActorType, Operation, RecordType
from graph_service.store import LogQuery


@strawberry.type(
    description="Who did something: a person, a token, a source or the service itself."
)
class Actor:
    """Who did something."""

    id: str = strawberry.field(description="Stable, for example the id of the token.")
    name: str
    type: ActorType

    @classmethod
    def of(cls, actor: model.Actor) -> "Actor":
        """Show an actor."""
        return cls(id=actor.id, name=actor.name, type=actor.type)


@strawberry.type(description="Name tag of a record.")
class RecordReference:
    """Name tag of a record."""

    id: strawberry.ID
    key: str = strawberry.field(
        description="Handle for people: a CI's key; source -TYPE-> target for a relationship; "
        "vocabulary or policy."
    )
    record_type: RecordType
    name: str


@strawberry.type(description="One value before and after.")
class Difference:
    """One value before and after."""

    name: str = strawberry.field(description="Field or attribute name.")
    before: Json | None
    after: Json | None


@strawberry.type(description="What one revision did to one record.")
class LogEntry:
    """What one revision did to one record."""

    revision: RevisionNumber
    sequence: int = strawberry.field(description="Place in its revision.")
    record: RecordReference
    action: Operation
    differences: list[Difference] = strawberry.field(
        description="Changed fields and attributes; of a new record, all it was created with."
    )

    at: Instant = strawberry.field(description="When the revision was committed.")
    actor: Actor
    reason: str | None = strawberry.field(description="Why it was written, if anybody said.")
    run: strawberry.ID | None = strawberry.field(description="The import run that wrote this.")
    change: strawberry.ID | None = strawberry.field(
        description="The change under which this was written."
    )


@strawberry.type(description="One committed write: whole, numbered, attributed, chained.")
class Revision:
    """One committed write."""

    number: RevisionNumber
    committed_at: Instant
    actor: Actor
    reason: str | None
    run: strawberry.ID | None = strawberry.field(description="The import run that wrote this.")
    change: strawberry.ID | None = strawberry.field(
        description="The change under which this was written."
    )
    hash: Digest = strawberry.field(description="Hash over the entries and previousHash.")
    previous_hash: Digest
    entry_count: int

    @classmethod
    def of(cls, revision: model.Revision) -> "Revision":
        """Show a revision."""
        return cls(
            number=RevisionNumber(revision.number),
            committed_at=Instant(revision.at),
            actor=Actor.of(revision.actor),
            reason=revision.reason or None,
            run=strawberry.ID(revision.run) if revision.run else None,
            change=strawberry.ID(revision.change) if revision.change else None,
            hash=Digest(revision.hash),
            previous_hash=Digest(revision.previous_hash),
            entry_count=revision.entry_count,
        )

    @field(directives=[Cost(weight=2)])
    async def entries(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        filter: LogFilter | None = None,  # noqa: A002 - the contract's word
    ) -> Connection[LogEntry]:
        """List what it did, record by record."""
        context = info.context
        query = await to_query(context, filter)
        first_one, last = max(query.first, self.number), min(query.last or self.number, self.number)
        if first_one > last:
            return no_entries()
        query = replace(query, first=first_one, last=last)
        question = ["entries", self.number, repr(filter) if filter else ""]
        return await entry_page(context, query, question, (first, after), newest_first=False)


async def entry_page(
    context: RequestContext,
    query: LogQuery,
    question: object,
    paging: tuple[int, str | None],
    *,
    newest_first: bool,
) -> Connection[LogEntry]:
    """Show a page of the entries that meet a query; a cursor is the place of the last one shown."""
    first, after = paging
    first = checked_first(first, context.options.limits.page_size)
    place: tuple[int, int] | None = None
    if after:
        revision, sequence = context.cursors.read(question, after)
        place = (revision, sequence)
    log = context.services.log
    found = await log.entries(query, after=place, limit=first + 1, newest_first=newest_first)
    page = found[:first]
    nodes = await entries_shown(context.loaders, page)

    def cursor_at(index: int) -> str:
        return context.cursors.write(question, [page[index].revision, page[index].sequence])

    async def count() -> int:
        return await log.entry_count(query)

    return Connection(
        nodes=nodes,
        page_info=page_info(page, cursor_at, has_next=len(found) > first, has_previous=bool(after)),
        cursor_at=cursor_at,
        count=count,
    )


def no_entries() -> Connection[LogEntry]:
    """Show that there are none."""
    info = PageInfo(
        has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None
    )
    return Connection(nodes=[], page_info=info, cursor_at=str, count=counted(0))


async def entries_shown(loaders: Loaders, entries: Sequence[model.LogEntry]) -> list[LogEntry]:
    """Show log entries; what they have in common is read for all of them at once."""
    names = await loaders.names_of(entries)
    headers = await loaders.headers_of(entries)
    return [_entry(each, names, headers[each.revision]) for each in entries]


def _entry(entry: model.LogEntry, names: Mapping[str, str], header: model.Revision) -> LogEntry:
    """Show a log entry; ``names`` are the keys of the CIs it concerns, by id."""
    after = entry.after
    if entry.record_type is RecordType.CI:
        key, name = after["key"], after["name"]
    elif entry.record_type is not RecordType.RELATIONSHIP:
        key, name = entry.record_id, f"{after['name']} {after['version']}"
    else:
        source, target = (names.get(after[end], after[end]) for end in ("source", "target"))
        key = name = f"{source} -{after['type']}-> {target}"
    return LogEntry(
        revision=RevisionNumber(entry.revision),
        sequence=entry.sequence,
        record=RecordReference(
            id=strawberry.ID(entry.record_id), key=key, record_type=entry.record_type, name=name
        ),
        action=entry.operation,
        differences=differences(entry),
        at=Instant(header.at),
        actor=Actor.of(header.actor),
        reason=header.reason or None,
        run=strawberry.ID(header.run) if header.run else None,
        change=strawberry.ID(header.change) if header.change else None,
    )


def differences(entry: model.LogEntry) -> list[Difference]:
    """List what an entry changed, attributes by their own names."""
    before, after = _flat(entry.before), _flat(entry.after)
    if entry.operation is Operation.CREATED:
        names = [each for each in after if each not in {"id", "presence"}]
    else:
        names = sorted({*before, *entry.before.get("absent", ())})
    return [
        Difference(name=each, before=Json(before.get(each)), after=Json(after.get(each)))
        for each in names
    ]


def _flat(image: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: each for name, each in image.items() if name not in {"attributes", "absent"}}
    return own | dict(image.get("attributes", {}))
