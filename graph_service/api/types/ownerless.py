"""What lost its owner, and what is written about people."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry

from graph_service.api.context import Info
from graph_service.api.fields import field
from graph_service.api.inputs import UNSET, given
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.ci import CI, CIConnection
from graph_service.api.types.connection import Connection, keyset_page
from graph_service.api.types.edit_preview import EditPreview, edit_preview
from graph_service.api.types.people import Person, ci_of_bearer, person
from graph_service.api.types.problems import (
    AmbiguousReference,
    IdempotencyKeyReused,
    NotFound,
    StaleRevision,
    ValidationFailed,
    Written,
)
from graph_service.api.types.writing import EstateWritten
from graph_service.model.vocabulary import Vocabulary
from graph_service.use_cases.people import ownerless as use_case
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import Duty
from graph_service.use_cases.people.erasure import Erased
from graph_service.use_cases.people.handing_over import HandOverPreview as HandingOverPreview


@strawberry.type(description="Who could take over, and why they are proposed.")
class Heir:
    """Who could take over."""

    label: str
    reason: str
    person: Person | None
    team: CI | None


@strawberry.type(
    description="CIs that lost the same somebody, of whom the same heir could take over."
)
class OwnerGap:
    """CIs that lost the same somebody."""

    found: strawberry.Private[use_case.Gap]
    read_at: strawberry.Private[int]
    id: strawberry.ID = strawberry.field(
        description="By which it can be asked for and handed over, while it is there."
    )
    problem: use_case.Problem
    duty: Duty
    text: str = strawberry.field(description="What the CIs say; empty: they name nobody.")
    label: str = strawberry.field(description="Whom it means; of NOBODY the class.")
    near: list[str] = strawberry.field(description="Names that an unknown text may have meant.")
    heir: Heir | None = strawberry.field(description="Null: nobody can be proposed.")
    tie: str | None = strawberry.field(
        description="The type of relationship by which they name a team; null: in an attribute."
    )
    ci_count: int
    worst_tier: int | None

    @field(description="The CIs, most critical first.")
    def cis(self, info: Info, first: int = 50, after: str | None = None) -> CIConnection:
        """List them."""
        gap, in_force = self.found, info.context.services.vocabulary
        page: Connection[CI] = keyset_page(
            info.context,
            ["gap", gap.id],
            gap.cis,
            lambda each: [_NO_TIER if each.tier is None else each.tier, each.key],
            (first, after),
            lambda page: [ci_of_bearer(each, in_force) for each in page],
        )
        return CIConnection(
            nodes=page.nodes,
            page_info=page.page_info,
            cursor_at=page.cursor_at,
            count=page.count,
            revision=RevisionNumber(self.read_at),
        )


_NO_TIER = 9


def gap_key(gap: use_case.Gap) -> list[Any]:
    """Return where a gap stands in the list of all."""
    return [
        _NO_TIER if gap.worst_tier is None else gap.worst_tier,
        -len(gap.cis),
        gap.problem,
        gap.duty,
        gap.text,
        gap.tie,
        gap.heir.id if gap.heir else "",
    ]


def shown_gaps(
    gaps: Sequence[use_case.Gap], directory: Directory, in_force: Vocabulary
) -> list[OwnerGap]:
    """Show what lost its owner."""
    return [
        OwnerGap(
            found=each,
            read_at=directory.duties.revision,
            id=strawberry.ID(each.id),
            problem=each.problem,
            duty=each.duty,
            text=each.text,
            label=each.label,
            near=[*each.near],
            heir=_heir(each.heir, directory, in_force),
            tie=each.tie or None,
            ci_count=len(each.cis),
            worst_tier=each.worst_tier,
        )
        for each in gaps
    ]


def _heir(heir: use_case.Heir | None, directory: Directory, in_force: Vocabulary) -> Heir | None:
    if heir is None:
        return None
    somebody = directory.people.get(heir.id)
    team = directory.duties.teams.get(heir.id)
    return Heir(
        label=heir.label,
        reason=heir.reason,
        person=person(somebody, directory) if somebody else None,
        team=ci_of_bearer(team, in_force) if team else None,
    )


@strawberry.input(description="Which losses. Fields all hold; elements of a list are alternatives.")
class OwnerGapFilter:
    """Which losses."""

    ids: list[strawberry.ID] | None = UNSET
    problems: list[use_case.Problem] | None = UNSET
    duties: list[Duty] | None = UNSET
    text: str | None = strawberry.field(default=UNSET, description="What the CIs say, exactly.")


def to_gap_filter(asked: OwnerGapFilter | None) -> use_case.GapFilter:
    """Read which losses are asked for."""
    if asked is None:
        return use_case.GapFilter()
    return use_case.GapFilter(
        ids=tuple(given(asked.ids) or ()),
        problems=tuple(given(asked.problems) or ()),
        duties=tuple(given(asked.duties) or ()),
        text=given(asked.text) or "",
    )


@strawberry.type(
    description="What handing over would do, before anybody does it. Hand over with its seal, and "
    "this is done or nothing."
)
class HandOverPreview:
    """What handing over would do."""

    seal: str
    gap_count: int = strawberry.field(description="Losses that somebody takes over.")
    gaps: list[OwnerGap] = strawberry.field(description="The first of them, most critical first.")
    left_count: int = strawberry.field(description="Losses for which nobody can be proposed.")
    left: list[OwnerGap]
    edits: EditPreview


def hand_over_preview(
    found: HandingOverPreview, directory: Directory, in_force: Vocabulary, first: int
) -> HandOverPreview:
    """Show what handing over would do."""
    return HandOverPreview(
        seal=found.seal,
        gap_count=len(found.gaps),
        gaps=shown_gaps(found.gaps[:first], directory, in_force),
        left_count=len(found.left),
        left=shown_gaps(found.left[:first], directory, in_force),
        edits=edit_preview(found.edits, first),
    )


@strawberry.input(description="Input of handOver.")
class HandOverInput:
    """What to hand over, and to whom."""

    gaps: OwnerGapFilter
    reason: str
    heir: str | None = strawberry.field(
        default=UNSET,
        description="Whoever takes over all of it: a person or a team. Default: whoever is "
        "proposed for each; what nobody can be proposed for is left.",
    )
    seal: str | None = strawberry.field(
        default=UNSET,
        description="Of handOverPreview: refused as stale if it would be anything else by now.",
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="Kept for 24 hours; a retry gets the first answer."
    )


@strawberry.input(
    description="Input of statePerson. What is left out stays as it is; null is no longer stated."
)
class StatePersonInput:
    """What to state of somebody by hand."""

    person: str = strawberry.field(description="An id, login, mail address, LDAP name or name.")
    absent_from: date | None = UNSET
    absent_until: date | None = strawberry.field(default=UNSET, description="The last day away.")
    deputy: str | None = UNSET
    manager: str | None = UNSET
    on_call: str | None = strawberry.field(default=UNSET, description="A link.")
    left_on: date | None = strawberry.field(default=UNSET, description="The first day gone.")


@strawberry.input(description="Input of erasePerson.")
class ErasePersonInput:
    """Whom to erase, and why."""

    person: str = strawberry.field(description="An id, login, mail address, LDAP name or name.")
    reason: str = strawberry.field(description="Is kept; name nobody in it.")


@strawberry.type(description="Something was stated of a person by hand.")
class PersonWritten(Written):
    """Something was stated of a person."""

    person: Person


@strawberry.type(description="What was known of a person is erased; the id stays.")
class PersonErased(Written):
    """What was known of a person is erased."""

    id: strawberry.ID
    replaced_count: int = strawberry.field(
        description="CIs that named them by text and name their id from now on."
    )
    still_said_by: list[str] = strawberry.field(
        description="Data sources that go on naming them on CIs: mend it there."
    )
    plans_dropped: list[strawberry.ID] = strawberry.field(
        description="Kept plans that spoke of them are gone: plan again."
    )


def person_erased(found: Erased, head: int) -> PersonErased:
    """Show what came of an erasure."""
    return PersonErased(
        revision=RevisionNumber(found.revision or head),
        changed=found.revision is not None,
        replayed=False,
        warnings=[],
        id=strawberry.ID(found.person),
        replaced_count=found.replaced,
        still_said_by=[*found.still_said_by],
        plans_dropped=[strawberry.ID(each) for each in found.plans_dropped],
    )


_Refused = NotFound | AmbiguousReference | StaleRevision | ValidationFailed | IdempotencyKeyReused

HandOverResult = Annotated[
    EstateWritten | _Refused,
    strawberry.union("HandOverResult", description="Result of handOver."),
]
StatePersonResult = Annotated[
    PersonWritten | _Refused,
    strawberry.union("StatePersonResult", description="Result of statePerson."),
]
ErasePersonResult = Annotated[
    PersonErased | _Refused,
    strawberry.union("ErasePersonResult", description="Result of erasePerson."),
]
