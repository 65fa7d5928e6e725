"""Which entries of the log, as clients say it → the query that stores understand."""

import strawberry

from graph_service.api.context import RequestContext
from graph_service.api.failures import UnknownActorError, UnknownAttributeError
from graph_service.api.inputs import UNSET, CIRef, to_ref
from graph_service.api.scalars import Instant, RevisionNumber
from graph_service.model.revision import Operation, RecordType
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.reconcile.redundancy import GROUP_PREFIX
from graph_service.reconcile.validation import RELATIONSHIP_ATTRIBUTES
from graph_service.store import LogQuery
from graph_service.store.log_query import FIELDS

TAG_PREFIX = "tag."
NEVER = 2**53
"""A revision that no log will reach."""


@strawberry.input(one_of=True, description="A place in the log: a revision, or an instant.")
class LogBound:
    """A place in the log."""

    revision: RevisionNumber | None = UNSET
    instant: Instant | None = UNSET


@strawberry.input(
    description="Which log entries. Fields all hold; elements of a list are alternatives."
)
class LogFilter:
    """Which log entries."""

    record_types: list[RecordType] | None = UNSET
    records: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Ids of CIs and relationships, and what concerns them."
    )
    cis: list[CIRef] | None = strawberry.field(
        default=UNSET, description="CIs, retired ones too, and what concerns them."
    )
    actors: list[str] | None = strawberry.field(default=UNSET, description="Ids or exact names.")
    actions: list[Operation] | None = UNSET
    change: strawberry.ID | None = UNSET
    run: strawberry.ID | None = UNSET
    names: list[str] | None = strawberry.field(
        default=UNSET,
        description="Fields and attributes that changed; of a new record, what it began with.",
    )
    reason: str | None = strawberry.field(
        default=UNSET, description="Words the reason contains, as they stand there, in any case."
    )
    since: LogBound | None = strawberry.field(default=UNSET, description="Inclusive.")
    until: LogBound | None = strawberry.field(default=UNSET, description="Inclusive.")


async def to_query(context: RequestContext, given: LogFilter | None, *, up_to: int = 0) -> LogQuery:
    """Read a filter; with ``up_to`` only revisions up to that one are in question.

    Raises:
        UnknownAttributeError: A name that no class, no relationship and no entry knows.
        UnknownActorError: With ``up_to``: somebody who wrote nothing. Who follows the log may wait
            for somebody to begin.
        GraphServiceError: A reference that nothing answers, a run that is not there.

    """
    if given is None:
        return LogQuery(last=up_to)
    since, until = given.since or LogBound(), given.until or LogBound()
    last = until.revision or 0
    query = LogQuery(
        record_types=frozenset(given.record_types or ()),
        subjects=frozenset(str(each) for each in given.records or ()),
        actors=frozenset(given.actors or ()),
        operations=frozenset(given.actions or ()),
        change=given.change or "",
        run=given.run or "",
        names=frozenset(given.names or ()),
        reason=given.reason or "",
        since=since.instant or "",
        until=until.instant or "",
        first=NEVER if until.revision == 0 else since.revision or 0,
        last=min(last, up_to) if last and up_to else last or up_to,
    )
    for each in sorted(query.names):
        await _check_name(context, each)
    if up_to:
        for each in sorted(query.actors):
            await _check_actor(context, each)
    return await context.services.log.about(query, [to_ref(each) for each in given.cis or ()])


async def _check_name(context: RequestContext, name: str) -> None:
    vocabulary = context.services.vocabulary
    known = vocabulary.attribute_names | RELATIONSHIP_ATTRIBUTES.keys() | FIELDS
    if name in known or name.startswith((GROUP_PREFIX, TAG_PREFIX)):
        return
    # The log outlives the vocabulary: what was once an attribute can still be looked for.
    if not await context.services.log.is_name(name):
        raise UnknownAttributeError(name, nearest(name, known))


async def _check_actor(context: RequestContext, actor: str) -> None:
    own = context.viewer.actor
    if actor in {own.id, own.name} or await context.services.log.is_actor(actor):
        return
    raise UnknownActorError(actor, nearest(actor, await context.services.log.newest_actors()))
