"""The estate at one revision: the only door to the graph."""

import asyncio
from dataclasses import replace

import strawberry

from graph_service.api.context import Info, answered, view_of
from graph_service.api.directives import Cost, ListSize
from graph_service.api.edit_inputs import EstateEdit
from graph_service.api.edits import as_given, to_edits
from graph_service.api.failures import LimitExceededError
from graph_service.api.fields import field
from graph_service.api.filters import ImpactSubject, MatchingCIs, said, settled
from graph_service.api.inputs import (
    AsOf,
    CIRef,
    ImpactOptions,
    given,
    to_ref,
)
from graph_service.api.opened_estate import opened
from graph_service.api.scalars import Instant, RevisionNumber
from graph_service.api.types.ci import CI, ci_of
from graph_service.api.types.cone import Cone, cone
from graph_service.api.types.connection import Connection, checked_first, page_info
from graph_service.api.types.difference import EstateDifference, estate_difference
from graph_service.api.types.discovery import UnresolvedReference, fault
from graph_service.api.types.edit_preview import EditPreview, edit_preview
from graph_service.api.types.enums import StartingPoint
from graph_service.api.types.found_cis import FoundCIs
from graph_service.api.types.impact import Impact, impact
from graph_service.api.types.problems import Fault
from graph_service.api.types.reach import Reach, reach
from graph_service.api.types.vocabulary import Vocabulary, vocabulary
from graph_service.model.errors import CINotFoundError, InvalidInputError
from graph_service.model.impact_state import ImpactState
from graph_service.model.revision import Head
from graph_service.store import CIQuery
from graph_service.use_cases.impact.cone_direction import ConeDirection
from graph_service.use_cases.inventory import references


@strawberry.type(
    description="The estate at one revision. Every field below answers from that one state. "
    "Analyses are nullable: one that fails or runs out of time takes only itself down."
)
class Estate(FoundCIs):
    """The estate at one revision."""

    revision: RevisionNumber
    committed_at: Instant | None = strawberry.field(description="Null: nothing was written yet.")
    hypothetical: bool = strawberry.field(
        description="True when this is not the newest revision, or has an overlay."
    )
    overlay_faults: list[Fault] = strawberry.field(
        description="What is wrong with edits of the overlay that were left out, by their index."
    )

    @field()
    def vocabulary(self, info: Info) -> Vocabulary:
        """Return what its words mean."""
        return vocabulary(info.context.services.vocabulary)

    @field(
        description="Null: does not exist, or the viewer may not see it. An ambiguous name is an "
        "error with the candidates."
    )
    async def ci(self, info: Info, ref: CIRef) -> CI | None:
        """Look one CI up."""
        view = view_of(info)
        view.reading()
        try:
            found = await view.inventory.ci(to_ref(ref))
        except CINotFoundError:
            return None
        return ci_of(found, info.context.services.vocabulary)

    @field(
        description="Keys of CIs that a misspelt name may have meant, nearest first.",
        directives=[Cost(weight=10), ListSize(assumed_size=3)],
    )
    async def keys_like(self, info: Info, text: str) -> list[str]:
        """Find what was meant."""
        view = view_of(info)
        view.reading()
        return await view.inventory.keys_like(text)

    @field(
        description="What edits would do to this estate, and what to know before they are done.",
        directives=[Cost(weight=20)],
    )
    async def edit_preview(
        self, info: Info, edits: list[EstateEdit], first: int = 500
    ) -> EditPreview:
        """Try edits out."""
        context = info.context
        most = context.options.limits
        if len(edits) > most.edits:
            raise LimitExceededError("edits", len(edits), most.edits)
        first = checked_first(first, most.page_size)
        view = view_of(info)
        view.reading()
        found = await context.services.editing.preview(
            to_edits(edits),
            actor=context.viewer.actor,
            estate=view.estate.reader if view.estate else None,
        )
        faults = as_given(InvalidInputError(found.faults), edits).faults
        return edit_preview(replace(found, faults=faults), first)

    @field(
        description="References made by data sources that nothing answers, oldest first. Below an "
        "estate of the past these are those of now: which there were then is not kept."
    )
    async def unresolved_references(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        data_source: str | None = None,
    ) -> Connection[UnresolvedReference]:
        """List them."""
        context, view = info.context, view_of(info)
        inventory = view.inventory
        first = checked_first(first, context.options.limits.page_size)
        question = ["unresolvedReferences", data_source, *view.seal]
        last = context.cursors.read(question, after)[0] if after else ""
        view.reading()
        found = await inventory.unresolved(data_source, last, first + 1)
        page = found[:first]

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, [page[index].id])

        async def count() -> int:
            total, position = 0, ""
            while more := await inventory.unresolved(data_source, position, 1_000):
                total, position = total + len(more), more[-1].id
            return total

        return Connection(
            nodes=[UnresolvedReference.of(each) for each in page],
            page_info=page_info(
                page, cursor_at, has_next=len(found) > first, has_previous=bool(after)
            ),
            cursor_at=cursor_at,
            count=count,
        )

    @field(
        description="What differs from another state, net, or of these CIs and what relates them. "
        "The state that is asked of is the later one.",
        directives=[Cost(weight=20)],
    )
    async def difference(
        self, info: Info, since: AsOf, of: list[CIRef] | None = None
    ) -> EstateDifference | None:
        """Compare with an earlier state."""
        return await estate_difference(info, since, of)

    @field(
        description="All that could be reached if these were lost, whatever protects it.",
        directives=[Cost(weight=50)],
    )
    async def blast_radius(
        self, info: Info, of: list[CIRef], max_hops: int | None = None
    ) -> Reach | None:
        """Ask what could be reached."""
        _at_most_causes(info, len(of))
        view = view_of(info)
        answer = await view.questions.blast_radius([to_ref(each) for each in of], max_hops=max_hops)
        answered(info, answer)
        return await asyncio.to_thread(reach, answer)

    @field(
        description="What goes down, what is degraded, what survives and why.",
        directives=[Cost(weight=100)],
    )
    async def impact(
        self, info: Info, of: ImpactSubject, options: ImpactOptions | None = None
    ) -> Impact | None:
        """Ask what would really be hit."""
        asked = options or ImpactOptions()
        unaffected = asked.unaffected or []
        if of.matching:
            causes = await _members(info, of.matching)
        else:
            causes = [(to_ref(each.ci), each.state) for each in of.states or []]
        _at_most_causes(info, len(causes) + len(unaffected))
        view = view_of(info)
        answer = await view.questions.impact(
            causes,
            duration_minutes=given(asked.duration_minutes),
            start_all_up=asked.start_from is StartingPoint.ALL_UP,
            unaffected=[to_ref(each) for each in unaffected],
            max_hops=given(asked.max_hops),
        )
        answered(info, answer)
        return await asyncio.to_thread(impact, answer)

    @field(
        description="These CIs with what they need, what needs them, or both; of null, everything.",
        directives=[Cost(weight=50)],
    )
    async def cone(
        self,
        info: Info,
        of: list[CIRef] | None = None,
        direction: ConeDirection = ConeDirection.BOTH,
        max_hops: int | None = None,
    ) -> Cone | None:
        """Cut a cone out of the estate."""
        _at_most_causes(info, len(of or ()))
        view = view_of(info)
        found = await view.questions.cone(
            None if of is None else [to_ref(each) for each in of],
            direction=direction,
            max_hops=max_hops,
        )
        answered(info, found)
        return cone(found)


@strawberry.type
class EstateQueries:
    """The door to the estate."""

    @field(
        description="Now, as of a revision or instant, or as it would be after an overlay: edits "
        "applied in order, in memory, for this field only; those at fault are left out."
    )
    async def estate(
        self,
        info: Info,
        as_of: AsOf | None = None,
        overlay: list[EstateEdit] | None = None,
    ) -> Estate:
        """Open the estate."""
        head = await info.context.pin.head()
        if as_of is None and not overlay:
            return _estate(head)
        view, faults = await opened(info, head, as_of, overlay or [])
        return replace(
            _estate(view.head),
            hypothetical=bool(overlay) or view.head.revision != head.revision,
            overlay_faults=[fault(each) for each in faults],
        )


def _estate(head: Head) -> Estate:
    return Estate(
        revision=RevisionNumber(head.revision),
        committed_at=Instant(head.at) if head.at else None,
        hypothetical=False,
        overlay_faults=[],
    )


async def _members(info: Info, matching: MatchingCIs) -> list[tuple[references.CIRef, ImpactState]]:
    """Return the CIs that meet a filter as causes; one more than allowed, if there are."""
    query = CIQuery(
        where=await settled(info, said(matching.filter)),
        limit=info.context.options.limits.causes + 1,
    )
    found = await view_of(info).inventory.cis(query)
    return [(references.CIRef(id=each.id), matching.state) for each in found.cis]


def _at_most_causes(info: Info, count: int) -> None:
    most = info.context.options.limits.causes
    if count > most:
        raise LimitExceededError("causes", count, most)
