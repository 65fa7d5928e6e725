"""What differs between two states of the estate."""

from collections.abc import Sequence

import strawberry

from graph_service.api.context import Info, view_of
from graph_service.api.directives import Cost
from graph_service.api.failures import LimitExceededError
from graph_service.api.fields import field
from graph_service.api.inputs import AsOf, CIRef, to_as_of, to_ref
from graph_service.api.scalars import Instant, Json, RevisionNumber
from graph_service.api.types.connection import Connection, checked_first, counted, page_info
from graph_service.api.types.log import Actor, RecordReference
from graph_service.api.types.log import Difference as ValueDifference
from graph_service.model.revision import Operation
from graph_service.use_cases.estates import difference as model
from graph_service.use_cases.estates import estates


@strawberry.type(
    description="One record that differs. What happened in between and was undone is no difference."
)
class NetChange:
    """One record that differs."""

    record: RecordReference
    action: Operation = strawberry.field(
        description="What happened to it, net: REACTIVATED was retired before and is back."
    )
    differences: list[ValueDifference] = strawberry.field(
        description="Fields and attributes that differ; of a new record, all it has."
    )
    revision: RevisionNumber | None = strawberry.field(
        description="The revision that last wrote it; null: it differs in an overlay only."
    )

    @field(directives=[Cost(weight=1)])
    async def at(self, info: Info) -> Instant | None:
        """Return when it was last written."""
        if self.revision is None:
            return None
        return Instant((await view_of(info).loaders.revisions.load(self.revision)).at)

    @field(directives=[Cost(weight=1)])
    async def actor(self, info: Info) -> Actor | None:
        """Return who last wrote it."""
        if self.revision is None:
            return None
        return Actor.of((await view_of(info).loaders.revisions.load(self.revision)).actor)

    @field(directives=[Cost(weight=1)])
    async def reason(self, info: Info) -> str | None:
        """Return why it was last written, if anybody said."""
        if self.revision is None:
            return None
        return (await view_of(info).loaders.revisions.load(self.revision)).reason or None


@strawberry.type(description="A difference between two states of the estate.")
class EstateDifference:
    """A difference between two states of the estate."""

    found: strawberry.Private[model.Difference]
    seal: strawberry.Private[Sequence[object]]
    from_revision: RevisionNumber
    to_revision: RevisionNumber
    created_count: int = strawberry.field(description="CIs and relationships; back ones included.")
    updated_count: int
    retired_count: int

    @field(description="CIs by key, then relationships by what they relate.")
    async def entries(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[NetChange]:
        """List what differs."""
        context = info.context
        first = checked_first(first, context.options.limits.page_size)
        question = ["difference", *self.seal]
        start = context.cursors.read(question, after)[0] + 1 if after else 0
        page = self.found.changes[start : start + first]
        details = await self.found.details(page)

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, [start + index])

        return Connection(
            nodes=[_shown(each) for each in details],
            page_info=page_info(
                page,
                cursor_at,
                has_next=len(self.found.changes) > start + first,
                has_previous=start > 0,
            ),
            cursor_at=cursor_at,
            count=counted(len(self.found.changes)),
        )


async def estate_difference(
    info: Info, since: AsOf, of: Sequence[CIRef] | None
) -> EstateDifference:
    """Compare an earlier state with the one that the fields beside this are answered from."""
    context = info.context
    most = context.options.limits.causes
    if len(of or ()) > most:
        raise LimitExceededError("causes", len(of or ()), most)
    opener, view = context.services.estates, view_of(info)
    after = view.estate
    if after is None:
        revision = await view.revision()
        after = await opener.view(estates.AsOf(revision=revision) if revision else None)
    before = await opener.view(to_as_of(since))
    narrowed = None if of is None else [to_ref(each) for each in of]
    found = await opener.difference(before, after, narrowed)
    return EstateDifference(
        found=found,
        seal=[
            before.head.hash,
            after.head.hash,
            after.overlay,
            None if narrowed is None else [str(each) for each in narrowed],
        ],
        from_revision=RevisionNumber(before.head.revision),
        to_revision=RevisionNumber(after.head.revision),
        created_count=found.count(Operation.CREATED, Operation.REACTIVATED),
        updated_count=found.count(Operation.UPDATED),
        retired_count=found.count(Operation.RETIRED),
    )


def _shown(found: model.NetChangeDetail) -> NetChange:
    change = found.change
    return NetChange(
        record=RecordReference(
            id=strawberry.ID(change.id),
            key=change.label,
            record_type=change.record_type,
            name=change.name,
        ),
        action=change.operation,
        differences=[
            ValueDifference(name=each.name, before=Json(each.before), after=Json(each.after))
            for each in found.values
        ],
        revision=RevisionNumber(found.revision) if found.revision else None,
    )
