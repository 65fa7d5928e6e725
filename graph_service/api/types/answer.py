"""What every answer of an analysis says about itself, and how it shows the way to a CI."""

from collections.abc import Callable, Sequence

import strawberry

from graph_service.api.fields import field
from graph_service.api.scalars import Digest, RevisionNumber
from graph_service.api.types.ci import CI, ci_in_answer
from graph_service.model.impact_state import ImpactState
from graph_service.use_cases.impact import impact_answer as model
from graph_service.use_cases.impact.estate_words import plain


@strawberry.type(description="The rules an answer was computed by.")
class ModelVersions:
    """The rules an answer was computed by."""

    model: str
    vocabulary: str


@strawberry.type(description="A limit that cut an answer, and what lay behind it.")
class Truncation:
    """A limit that cut an answer."""

    limit: str
    value: float
    frontier_count: int = strawberry.field(description="CIs known to be next and not visited.")


@strawberry.type(
    description="What an answer may be missing. Nothing is dropped without a line here."
)
class Completeness:
    """What an answer may be missing."""

    complete: bool = strawberry.field(description="True when every count below is zero.")
    truncations: list[Truncation]
    hidden_ci_count: int
    unresolved: list[str] = strawberry.field(
        description="References in the question that fit no CI."
    )
    unresolved_reference_count: int = strawberry.field(
        description="References made by data sources that nothing answers, inside the cone."
    )
    stale_relationship_count: int
    unconfirmed_group_count: int = strawberry.field(
        description="Redundancy groups whose k nobody has said: all members count as needed."
    )
    unoriented_link_count: int = strawberry.field(
        description="Network links that carry nothing because their uplink is unknown."
    )
    unverified_protection_count: int = strawberry.field(
        description="Redundancy or fallback that was believed without evidence."
    )
    unrelated_ci_count: int = strawberry.field(
        description="Causes without any relationship: blast radius unknown."
    )
    notes: list[str]


@strawberry.interface(
    description="What every analysis says about itself. Same question, revision and versions: same "
    "digest, same bytes."
)
class Answer:
    """What every analysis says about itself."""

    revision: RevisionNumber
    question_digest: Digest = strawberry.field(description="Over the question and its arguments.")
    versions: ModelVersions
    completeness: Completeness
    digested: strawberry.Private[Callable[[], str]]

    @field(description="Over the whole answer before anything is hidden from the viewer.")
    def answer_digest(self) -> Digest:
        """Compute it; it is over every row, so only when selected."""
        return Digest(self.digested())


@strawberry.type(description="CIs of a tier. Null: nobody has said.")
class TierCount:
    """CIs of a tier."""

    tier: int | None
    count: int


@strawberry.type(description="CIs of a class.")
class ClassCount:
    """CIs of a class."""

    class_name: str
    count: int


@strawberry.type(description="CIs in a state.")
class StateCount:
    """CIs in a state."""

    state: ImpactState
    count: int


@strawberry.type(description="One hop of an evidence path, from the cause outwards.")
class PathStep:
    """One hop of an evidence path."""

    ci: CI
    relationship_id: strawberry.ID | None = strawberry.field(
        description="Null on the first step, which is the cause."
    )
    type_name: str | None
    verb: str | None
    group: str | None = strawberry.field(description="The redundancy group the hop goes through.")


def path_text(steps: Sequence[model.PathStep]) -> str:
    """Write an evidence path in one line, from the cause outwards."""
    parts = []
    for each in steps:
        through = f" (group {plain(each.group)})" if each.group else ""
        parts.append(f"{plain(each.ci.name)}{through}")
    return " → ".join(parts)


def path_step(step: model.PathStep) -> PathStep:
    """Show one hop."""
    return PathStep(
        ci=ci_in_answer(step.ci),
        relationship_id=strawberry.ID(step.relationship_id) if step.relationship_id else None,
        type_name=step.type,
        verb=step.verb,
        group=step.group,
    )


def completeness(found: model.Completeness) -> Completeness:
    """Show what an answer may be missing."""
    return Completeness(
        complete=found.complete,
        truncations=[
            Truncation(limit=each.limit, value=each.value, frontier_count=each.frontier_count)
            for each in found.truncations
        ],
        hidden_ci_count=found.hidden_ci_count,
        unresolved=[*found.unresolved],
        unresolved_reference_count=found.unresolved_reference_count,
        stale_relationship_count=found.stale_relationship_count,
        unconfirmed_group_count=found.unconfirmed_group_count,
        unoriented_link_count=found.unoriented_link_count,
        unverified_protection_count=found.unverified_protection_count,
        unrelated_ci_count=found.unrelated_ci_count,
        notes=[*found.notes],
    )
