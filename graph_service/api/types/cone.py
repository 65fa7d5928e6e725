"""A cone as clients see it: its CIs, and the relationships among them."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry

from graph_service.api.context import Info, View, answer_at, view_of
from graph_service.api.fields import field
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.ci import CI, ci_in_answer, ci_of
from graph_service.api.types.connection import (
    Connection,
    EstateConnection,
    checked_first,
    counted,
    page_info,
)
from graph_service.api.types.relationships import Relationship, relationship
from graph_service.model import relationship as model
from graph_service.model.codec import digest
from graph_service.use_cases.impact import cone as use_case
from graph_service.use_cases.impact.cone_direction import ConeDirection
from graph_service.use_cases.impact.estate_words import EstateWords

SOURCES_AT_ONCE = 256
"""CIs whose relationships are read together."""

strawberry.enum(
    ConeDirection, description="What the CIs need, what needs them, or both; as impact flows."
)


@strawberry.type(description="A CI of a cone.")
class ConeCI:
    """A CI of a cone."""

    ci: CI
    hops: int = strawberry.field(description="From the nearest CI the cone opens at.")


@strawberry.type(name="ConeCIConnection", description="CIs of a cone by key.")
class ConeCIConnection(EstateConnection[ConeCI]):
    """CIs of a cone."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The relationships of some CIs of a cone, in order. Kept, for the next page starts in it."""

    revision: int
    question_digest: str
    rows: Sequence[model.Relationship]


@strawberry.type(
    description="CIs with what they need, what needs them, or both, and every relationship among "
    "them, also those that carry no impact; of no CIs, the whole living estate."
)
class Cone:
    """A cone of the estate."""

    found: strawberry.Private[use_case.Cone]
    revision: RevisionNumber
    ci_count: int
    frontier_count: int = strawberry.field(description="CIs one hop behind maxHops.")
    unresolved: list[str] = strawberry.field(description="What nothing answers to.")

    @field()
    async def cis(self, info: Info, first: int = 50, after: str | None = None) -> ConeCIConnection:
        """List its CIs by key."""
        context, view = info.context, view_of(info)
        first = checked_first(first, context.options.limits.page_size)
        question = ["coneCis", self.found.question_digest]
        revision, start = context.cursors.read(question, after) if after else (self.revision, 0)
        found = answer_at(info, self.found, revision)
        ids = found.ids(start, start + first)
        view.reading()
        known = await view.inventory.cis_by_id(ids)
        hops = found.hops[start : start + first].tolist()
        nodes = [
            ConeCI(ci=ci_of(known[each], context.services.vocabulary), hops=distance)
            for each, distance in zip(ids, hops, strict=True)
            if each in known
        ]

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, [revision, start + index + 1])

        return ConeCIConnection(
            nodes=nodes,
            page_info=page_info(
                nodes, cursor_at, has_next=start + first < len(found), has_previous=start > 0
            ),
            cursor_at=cursor_at,
            count=counted(len(found)),
            revision=RevisionNumber(revision),
        )

    @field(description="Relationships between two CIs of the cone, by the key of the source.")
    async def relationships(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[Relationship]:
        """List them."""
        context, view = info.context, view_of(info)
        first = checked_first(first, context.options.limits.page_size)
        question = ["coneRelationships", self.found.question_digest]
        position = context.cursors.read(question, after) if after else [self.revision, 0, 0]
        revision, stretch, offset = position
        found = answer_at(info, self.found, revision)
        view.reading()
        page: list[tuple[int, int, model.Relationship]] = []
        while len(page) <= first and stretch * SOURCES_AT_ONCE < len(found):
            rows = await _stretch(info, view, found, stretch)
            page += [(stretch, at, rows[at]) for at in range(offset, len(rows))]
            stretch, offset = stretch + 1, 0
        has_next = len(page) > first
        page = page[:first]

        def cursor_at(index: int) -> str:
            return context.cursors.write(question, [revision, page[index][0], page[index][1] + 1])

        async def count() -> int:
            stretches = range(-(-len(found) // SOURCES_AT_ONCE))
            return sum([len(await _stretch(info, view, found, each)) for each in stretches])

        words = EstateWords(found.snapshot)
        place = found.snapshot.place_by_id
        nodes = [
            relationship(
                each,
                ci_in_answer(words.reference(place[each.source])),
                ci_in_answer(words.reference(place[each.target])),
                context.services.vocabulary,
            )
            for _, _, each in page
        ]
        return Connection(
            nodes=nodes,
            page_info=page_info(nodes, cursor_at, has_next=has_next, has_previous=bool(after)),
            cursor_at=cursor_at,
            count=count,
        )


async def _stretch(
    info: Info, view: View, cone: use_case.Cone, number: int
) -> Sequence[model.Relationship]:
    answers = info.context.answers
    question = digest([cone.question_digest, view.seal, number])
    kept = answers.kept(Stretch, question, cone.revision)
    if kept is not None:
        return kept.rows
    start = number * SOURCES_AT_ONCE
    ids = cone.ids(start, start + SOURCES_AT_ONCE)
    sources = set(ids)
    rows = [
        each
        for each in await view.inventory.relationships_of(ids)
        if each.source in sources and cone.has(each.target)
    ]
    place = cone.snapshot.place_by_id
    rows.sort(key=lambda each: (place[each.source], each.type, place[each.target]))
    stretch = Stretch(cone.revision, question, rows)
    answers.keep(stretch)
    return stretch.rows


def cone(found: use_case.Cone) -> Cone:
    """Show a cone."""
    return Cone(
        found=found,
        revision=RevisionNumber(found.revision),
        ci_count=len(found),
        frontier_count=found.frontier_count,
        unresolved=[*found.unresolved],
    )
