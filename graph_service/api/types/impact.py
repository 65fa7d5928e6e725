"""What breaks, what holds, and why: answers of the analyses as clients see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, ListSize
from graph_service.api.fields import field
from graph_service.api.inputs import CIRef, to_ref
from graph_service.api.scalars import Digest, IntColumn, RevisionNumber, TextColumn
from graph_service.api.types.ci import CI, ci_in_answer, ci_of
from graph_service.api.types.connection import EstateConnection, checked_first, counted, page_info
from graph_service.model.errors import CINotFoundError
from graph_service.model.impact_state import ImpactState
from graph_service.use_cases import impact_answer as model
from graph_service.use_cases.impact_answer import Outcome, ProofRule, SavingRule


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
    answer_digest: Digest = strawberry.field(
        description="Over the whole answer before anything is hidden from the viewer."
    )
    versions: ModelVersions
    completeness: Completeness


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


@strawberry.type(description="A CI that can be reached, once, at its shortest distance.")
class ReachedCI:
    """A CI that can be reached."""

    ci: CI
    hops: int
    steps: strawberry.Private[Sequence[model.PathStep]]

    @field(directives=[ListSize(assumed_size=5)])
    def path(self) -> list[PathStep]:
        """Show the shortest path."""
        return [_step(each) for each in self.steps]

    @field(description="The path in one line.")
    def path_text(self) -> str:
        """Show the shortest path."""
        return path_text(self.steps)


@strawberry.type(
    name="ReachedCIConnection", description="Reached CIs, by hops, then tier, then key."
)
class ReachedCIConnection(EstateConnection[ReachedCI]):
    """Reached CIs."""


@strawberry.type(description="What stopped an impact.")
class Saving:
    """What stopped an impact."""

    rule: SavingRule
    group: str | None
    relationship_id: strawberry.ID | None
    remaining: list[CI] = strawberry.field(
        description="Of a group: members that carry on; otherwise the provider whose loss was "
        "absorbed.",
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
    hops: int
    reason: str = strawberry.field(
        description="One sentence: what it lost and through what, or what held."
    )

    @field(directives=[ListSize(assumed_size=5)])
    def path(self) -> list[PathStep]:
        """Show the evidence path."""
        return [_step(each) for each in self.row.path]

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


@strawberry.type(name="AffectedCIConnection", description="Affected CIs, worst first.")
class AffectedCIConnection(EstateConnection[AffectedCI]):
    """Affected CIs."""


@strawberry.type(name="SavedCIConnection", description="Saved CIs.")
class SavedCIConnection(EstateConnection[SavedCI]):
    """Saved CIs."""


@strawberry.type(name="ReachedOnlyCIConnection", description="CIs reached on paper only.")
class ReachedOnlyCIConnection(EstateConnection[ReachedOnlyCI]):
    """CIs reached on paper only."""


@strawberry.type(description="The answer in figures. The four lists sum to reachedCount.")
class ImpactSummary:
    """The answer in figures."""

    reached_count: int
    affected_count: int
    saved_count: int
    reached_only_count: int = strawberry.field(
        description="Reached, and nothing it leans on became worse: the harm stopped before it."
    )
    already_affected_count: int
    value_bearing_count: int = strawberry.field(
        description="Affected CIs on which consequence is counted."
    )
    highest_tier: int | None = strawberry.field(
        description="Most critical tier among the affected; null: none has a tier."
    )
    worst_state: ImpactState
    max_hops: int
    by_state: list[StateCount] = strawberry.field(description="The affected, worst first.")


@strawberry.type(description="Redundancy-aware impact, with proof.")
class Impact(Answer):
    """Redundancy-aware impact."""

    answer: strawberry.Private[model.ImpactAnswer]
    causes: list[Cause] = strawberry.field(directives=[ListSize(assumed_size=20)])
    summary: ImpactSummary

    @field(description="CIs this makes worse than they were.")
    def affected(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> AffectedCIConnection:
        """List them, worst first."""
        page = _Page(info, self.answer, Outcome.AFFECTED, first, after)
        return page.of(AffectedCIConnection, _affected)

    @field(description="CIs that were reached and stayed as they were, with what saved them.")
    def saved(self, info: Info, first: int = 50, after: str | None = None) -> SavedCIConnection:
        """List them."""
        page = _Page(info, self.answer, Outcome.SAVED, first, after)
        return page.of(SavedCIConnection, _saved)

    @field(description="CIs that were reached on paper only: nothing they lean on became worse.")
    def reached_only(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> ReachedOnlyCIConnection:
        """List them."""
        page = _Page(info, self.answer, Outcome.REACHED_ONLY, first, after)
        return page.of(ReachedOnlyCIConnection, _reached_only)

    @field(description="CIs not UP before and no worse after: not this cause's doing.")
    def already_affected(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> AffectedCIConnection:
        """List them."""
        page = _Page(info, self.answer, Outcome.ALREADY_AFFECTED, first, after)
        return page.of(AffectedCIConnection, _affected)

    @field(
        description="Why this CI is, or is not, affected. Null: no such CI.",
        directives=[Cost(weight=5)],
    )
    async def verdict(self, info: Info, ci: CIRef) -> Verdict | None:
        """Judge one CI."""
        info.context.pin.reads_store = True
        try:
            found = await info.context.services.inventory.ci(to_ref(ci))
        except CINotFoundError:
            return None
        for cause in self.causes:
            if str(cause.ci.id) == found.id:
                return cause
        row = self.answer.verdict(found.id)
        if row is None:
            return UnreachedCI(ci=ci_of(found, info.context.services.vocabulary))
        return _BY_OUTCOME[row.outcome](self.answer, row)


@strawberry.type(description="A column with few distinct values: values[codes[i]].")
class DictionaryColumn:
    """A column with few distinct values."""

    values: TextColumn
    codes: IntColumn


@strawberry.type(description="Reach as arrays, ordered by hops, then tier, then key.")
class ReachColumns:
    """Reach as arrays: row i of every column is the same CI."""

    found: strawberry.Private[model.ReachColumns]
    revision: RevisionNumber
    row_count: int
    hidden_ci_count: int
    end_cursor: str | None

    @field()
    def id(self) -> TextColumn:
        """Return ids."""
        return TextColumn(self.found.id)

    @field()
    def key(self) -> TextColumn:
        """Return keys."""
        return TextColumn(self.found.key)

    @field()
    def name(self) -> TextColumn:
        """Return names."""
        return TextColumn(self.found.name)

    @field()
    def class_name(self) -> DictionaryColumn:
        """Return classes."""
        return _dictionary(self.found.class_name)

    @field(description="-1: nobody has said.")
    def tier(self) -> IntColumn:
        """Return tiers."""
        return IntColumn(self.found.tier)

    @field()
    def hops(self) -> IntColumn:
        """Return distances."""
        return IntColumn(self.found.hops)

    @field(
        description="Row of the previous CI on the evidence path, counted over all pages; -1 at a "
        "cause."
    )
    def previous(self) -> IntColumn:
        """Return rows of the CI before."""
        return IntColumn(self.found.previous)


@strawberry.type(
    description="Structural worst case: all that can be reached, whatever the strength and "
    "redundancy."
)
class Reach(Answer):
    """All that can be reached."""

    answer: strawberry.Private[model.ReachAnswer]
    of: list[CI] = strawberry.field(directives=[ListSize(assumed_size=5)])
    total_count: int
    by_tier: list[TierCount]
    by_class: list[ClassCount]
    by_hops: list[int] = strawberry.field(description="CIs at distance 1, 2, ...")

    @field()
    def reached(self, info: Info, first: int = 50, after: str | None = None) -> ReachedCIConnection:
        """List them."""
        answer, start = _continued(info, self.answer, "reached", after)
        first = checked_first(first, info.context.options.limits.page_size)
        nodes = [
            ReachedCI(ci=ci_in_answer(each.ci), hops=each.hops, steps=each.path)
            for each in (answer.rows(start=start, limit=first) if first else ())
        ]
        cut = _Cut(info, answer, "reached", start, answer.total_count)
        return cut.connection(ReachedCIConnection, nodes)

    @field(directives=[Cost(weight=20)])
    def columns(self, info: Info, first: int = 10_000, after: str | None = None) -> ReachColumns:
        """Return the same as arrays."""
        answer, start = _continued(info, self.answer, "columns", after)
        first = checked_first(first, info.context.options.limits.column_rows, "columnRows")
        found = answer.columns(start=start, limit=first)
        count = len(found.id)
        end = _cursor(info, answer, "columns", start + count - 1)
        return ReachColumns(
            found=found,
            revision=RevisionNumber(answer.revision),
            row_count=count,
            hidden_ci_count=answer.completeness.hidden_ci_count,
            end_cursor=end if start + count < answer.total_count and count else None,
        )


A = TypeVar("A", model.ImpactAnswer, model.ReachAnswer)
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where in which list of an answer a page starts, and how long the list is."""

    info: Info
    answer: model.ImpactAnswer | model.ReachAnswer
    name: str
    start: int
    total: int

    def connection(self, connection: Callable[..., C], nodes: Sequence[object]) -> C:
        """Return the page with these rows."""

        def cursor_at(index: int) -> str:
            return _cursor(self.info, self.answer, self.name, self.start + index)

        return connection(
            nodes=nodes,
            page_info=page_info(
                nodes,
                cursor_at,
                has_next=self.start + len(nodes) < self.total,
                has_previous=self.start > 0,
            ),
            cursor_at=cursor_at,
            count=counted(self.total),
            revision=RevisionNumber(self.answer.revision),
            hidden_ci_count=self.answer.completeness.hidden_ci_count,
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of one of the four lists of an impact answer."""

    info: Info
    answer: model.ImpactAnswer
    outcome: Outcome
    first: int
    after: str | None

    def of(
        self,
        connection: Callable[..., C],
        node: Callable[[model.ImpactAnswer, model.ImpactRow], object],
    ) -> C:
        """Return it, with rows shown by ``node``."""
        name = self.outcome.value
        answer, start = _continued(self.info, self.answer, name, self.after)
        first = checked_first(self.first, self.info.context.options.limits.page_size)
        rows = answer.rows(self.outcome, start=start, limit=first) if first else []
        cut = _Cut(self.info, answer, name, start, answer.count(self.outcome))
        return cut.connection(connection, [node(answer, each) for each in rows])


def _affected(answer: model.ImpactAnswer, row: model.ImpactRow) -> AffectedCI:
    return AffectedCI(
        answer=answer,
        row=row,
        ci=ci_in_answer(row.ci),
        hops=row.hops,
        reason=row.reason,
        before=row.before,
        after=row.after,
    )


def _saved(answer: model.ImpactAnswer, row: model.ImpactRow) -> SavedCI:
    return SavedCI(
        answer=answer, row=row, ci=ci_in_answer(row.ci), hops=row.hops, reason=row.reason
    )


def _reached_only(answer: model.ImpactAnswer, row: model.ImpactRow) -> ReachedOnlyCI:
    return ReachedOnlyCI(
        answer=answer, row=row, ci=ci_in_answer(row.ci), hops=row.hops, reason=row.reason
    )


_BY_OUTCOME: dict[
    Outcome, Callable[[model.ImpactAnswer, model.ImpactRow], AffectedCI | SavedCI | ReachedOnlyCI]
] = {
    Outcome.AFFECTED: _affected,
    Outcome.ALREADY_AFFECTED: _affected,
    Outcome.SAVED: _saved,
    Outcome.REACHED_ONLY: _reached_only,
}


def _continued(info: Info, answer: A, name: str, after: str | None) -> tuple[A, int]:
    """Return the answer that a cursor continues, and the first row of the page."""
    if after is None:
        return answer, 0
    revision, row = info.context.cursors.read([name, answer.question_digest], after)
    return info.context.answers.at(answer, revision), row + 1


def _cursor(info: Info, answer: model.ImpactAnswer | model.ReachAnswer, name: str, row: int) -> str:
    return info.context.cursors.write([name, answer.question_digest], [answer.revision, row])


def path_text(steps: Sequence[model.PathStep]) -> str:
    """Write an evidence path in one line, from the cause outwards."""
    parts = []
    for each in steps:
        through = f" (group {each.group})" if each.group else ""
        parts.append(f"{each.ci.name}{through}")
    return " → ".join(parts)


def _step(step: model.PathStep) -> PathStep:
    return PathStep(
        ci=ci_in_answer(step.ci),
        relationship_id=strawberry.ID(step.relationship_id) if step.relationship_id else None,
        type_name=step.type,
        verb=step.verb,
        group=step.group,
    )


def _dictionary(column: Sequence[str]) -> DictionaryColumn:
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(each, len(code_of)) for each in column]
    return DictionaryColumn(values=TextColumn([*code_of]), codes=IntColumn(codes))


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


def impact(answer: model.ImpactAnswer) -> Impact:
    """Show an impact answer."""
    found = answer.summary
    return Impact(
        revision=RevisionNumber(answer.revision),
        question_digest=Digest(answer.question_digest),
        answer_digest=Digest(answer.answer_digest),
        versions=ModelVersions(model=answer.versions.model, vocabulary=answer.versions.vocabulary),
        completeness=completeness(answer.completeness),
        answer=answer,
        causes=[Cause(ci=ci_in_answer(each.ci), state=each.state) for each in answer.causes],
        summary=ImpactSummary(
            reached_count=found.reached,
            affected_count=found.affected,
            saved_count=found.saved,
            reached_only_count=found.reached_only,
            already_affected_count=found.already_affected,
            value_bearing_count=found.value_bearing,
            highest_tier=found.highest_tier,
            worst_state=found.worst_state,
            max_hops=found.hops_max,
            by_state=[
                StateCount(state=ImpactState.DOWN, count=found.down),
                StateCount(state=ImpactState.DEGRADED, count=found.degraded),
                StateCount(state=ImpactState.AT_RISK, count=found.at_risk),
            ],
        ),
    )


def reach(answer: model.ReachAnswer) -> Reach:
    """Show a blast radius."""
    return Reach(
        revision=RevisionNumber(answer.revision),
        question_digest=Digest(answer.question_digest),
        answer_digest=Digest(answer.answer_digest),
        versions=ModelVersions(model=answer.versions.model, vocabulary=answer.versions.vocabulary),
        completeness=completeness(answer.completeness),
        answer=answer,
        of=[ci_in_answer(each) for each in answer.of],
        total_count=answer.total_count,
        by_tier=[TierCount(tier=tier, count=count) for tier, count in answer.by_tier],
        by_class=[ClassCount(class_name=name, count=count) for name, count in answer.by_class],
        by_hops=[*answer.by_hops],
    )
