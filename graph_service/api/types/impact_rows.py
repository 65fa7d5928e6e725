"""What became of one CI, with the way there, the proof, and what saved it."""

from collections.abc import Callable
from typing import Annotated

import strawberry

from graph_service.api.directives import Cost, ListSize
from graph_service.api.fields import field
from graph_service.api.types.answer import PathStep, path_step, path_text
from graph_service.api.types.ci import CI, ci_in_answer
from graph_service.model.impact_state import ImpactState
from graph_service.use_cases.impact import impact_answer as model
from graph_service.use_cases.impact.impact_answer import Outcome, ProofRule, SavingRule


@strawberry.type(description="What stopped an impact.")
class Saving:
    """What stopped an impact."""

    rule: SavingRule
    group: str | None
    relationship_id: strawberry.ID | None
    remaining: list[CI] = strawberry.field(
        description="Of the rule GROUP: members that carry on; otherwise the providers whose loss "
        "was absorbed.",
        directives=[ListSize(assumed_size=4)],
    )
    slack_left: int | None = strawberry.field(description="How many more may be lost.")
    verified: bool = strawberry.field(description="False: believed, without evidence.")
    text: str


@strawberry.type(description="One step of a proof.")
class ProofStep:
    """One step of a proof."""

    index: int
    ci: CI
    state: ImpactState
    rule: ProofRule
    because: list[int] = strawberry.field(description="Steps this one rests on.")
    relationship_ids: list[strawberry.ID]
    group: str | None
    text: str


@strawberry.type(
    description="A proof as a list: each step rests only on earlier ones, so it has no depth and "
    "no cycle."
)
class Proof:
    """A proof."""

    steps: list[ProofStep] = strawberry.field(directives=[ListSize(assumed_size=8)])


@strawberry.interface(description="A CI that the causes reach, and what became of it.")
class Reached:
    """A CI that the causes reach."""

    answer: strawberry.Private[model.ImpactAnswer]
    row: strawberry.Private[model.ImpactRow]
    ci: CI
    hops: int = strawberry.field(
        description="The shortest distance from a cause, whatever protects it. The path of an "
        "affected or saved CI may be longer."
    )
    reason: str = strawberry.field(
        description="One sentence: what it lost and through what, or what held."
    )

    @field(
        description="Of a CI that became worse: the shortest way on which harm came to it, each "
        "hop a step of its proof. Of a saved CI: the way to the nearest provider that was lost, "
        "and the hop that held. Otherwise the shortest way on which harm could have come.",
        directives=[ListSize(assumed_size=5)],
    )
    def path(self) -> list[PathStep]:
        """Show the evidence path."""
        return [path_step(each) for each in self.row.path]

    @field(description="The path in one line.")
    def path_text(self) -> str:
        """Show the evidence path."""
        return path_text(self.row.path)


@strawberry.type(description="One affected CI.")
class AffectedCI(Reached):
    """A CI that became worse, or was not well before."""

    before: ImpactState
    after: ImpactState

    @field(description="Why it is in the state it is in.", directives=[Cost(weight=2)])
    def proof(self) -> Proof:
        """Prove it."""
        return Proof(
            steps=[
                ProofStep(
                    index=each.index,
                    ci=ci_in_answer(each.ci),
                    state=each.state,
                    rule=each.rule,
                    because=[*each.because],
                    relationship_ids=[strawberry.ID(id_) for id_ in each.relationship_ids],
                    group=each.group,
                    text=each.text,
                )
                for each in self.answer.proof(self.row.ci.id)
            ]
        )


@strawberry.type(description="A CI that was reached and survived.")
class SavedCI(Reached):
    """A CI that a provider's loss did not make worse."""

    @field(directives=[ListSize(assumed_size=2)])
    def saved_by(self) -> list[Saving]:
        """List what stopped the impact."""
        return [
            Saving(
                rule=each.rule,
                group=each.group,
                relationship_id=strawberry.ID(each.relationship_id)
                if each.relationship_id
                else None,
                remaining=[ci_in_answer(ci) for ci in each.by],
                slack_left=each.slack_left,
                verified=each.verified,
                text=each.text,
            )
            for each in self.row.saved_by
        ]


@strawberry.type(
    description="A CI that was reached on paper only: nothing it leans on became worse."
)
class ReachedOnlyCI(Reached):
    """A CI the harm stopped before."""


@strawberry.type(description="A CI the causes cannot reach.")
class UnreachedCI:
    """A CI the causes cannot reach."""

    ci: CI


@strawberry.type(description="A CI that the question itself puts in a state.")
class Cause:
    """A CI the question puts in a state."""

    ci: CI
    state: ImpactState


Verdict = Annotated[
    AffectedCI | SavedCI | ReachedOnlyCI | Cause | UnreachedCI,
    strawberry.union("Verdict", description="Why one CI is or is not affected."),
]


def affected(answer: model.ImpactAnswer, row: model.ImpactRow) -> AffectedCI:
    """Show a row of a CI that became worse, or was not well before."""
    return AffectedCI(
        answer=answer,
        row=row,
        ci=ci_in_answer(row.ci),
        hops=row.hops,
        reason=row.reason,
        before=row.before,
        after=row.after,
    )


def saved(answer: model.ImpactAnswer, row: model.ImpactRow) -> SavedCI:
    """Show a row of a CI that survived."""
    return SavedCI(
        answer=answer, row=row, ci=ci_in_answer(row.ci), hops=row.hops, reason=row.reason
    )


def reached_only(answer: model.ImpactAnswer, row: model.ImpactRow) -> ReachedOnlyCI:
    """Show a row of a CI that the harm stopped before."""
    return ReachedOnlyCI(
        answer=answer, row=row, ci=ci_in_answer(row.ci), hops=row.hops, reason=row.reason
    )


BY_OUTCOME: dict[
    Outcome, Callable[[model.ImpactAnswer, model.ImpactRow], AffectedCI | SavedCI | ReachedOnlyCI]
] = {
    Outcome.AFFECTED: affected,
    Outcome.ALREADY_AFFECTED: affected,
    Outcome.SAVED: saved,
    Outcome.REACHED_ONLY: reached_only,
}
