"""What an impact question is answered with: the values every surface shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from graph_service.model.impact_state import ImpactState


@dataclass(frozen=True, slots=True, kw_only=True)
class CIReference:
    """A CI as it stands in an answer. ``tier`` is ``None`` when nobody has said."""

    id: str
    key: str
    name: str
    class_name: str
    tier: int | None
    value_bearing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One hop of an evidence path, from the cause outwards; the first step is the cause alone.

    ``verb`` reads from this step's CI to the one before it: ``web`` *depends on* ``api``.
    ``group`` is the redundancy group the hop goes through.
    """

    ci: CIReference
    relationship_id: str | None = None
    type: str | None = None
    verb: str | None = None
    group: str | None = None


class SavingRule(StrEnum):
    """How an impact was stopped."""

    GROUP = "GROUP"
    STRENGTH = "STRENGTH"
    TOLERANCE = "TOLERANCE"
    JUDGEMENT = "JUDGEMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What stopped an impact at one CI.

    For a group, ``by`` are the members that carry on and ``slack_left`` how many more may be lost;
    otherwise ``by`` is the provider whose loss was absorbed, or with a ``group`` the members of it
    that were lost. ``verified`` is false when nothing but the claim itself stands behind it.
    ``text`` is a sentence for people.
    """

    rule: SavingRule
    by: tuple[CIReference, ...] = ()
    group: str | None = None
    relationship_id: str | None = None
    slack_left: int | None = None
    verified: bool = False
    text: str


class Outcome(StrEnum):
    """Which of the four lists a reached CI is in: exactly one. Causes are in none."""

    AFFECTED = "AFFECTED"
    SAVED = "SAVED"
    ALREADY_AFFECTED = "ALREADY_AFFECTED"
    REACHED_ONLY = "REACHED_ONLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRow:
    """One reached CI: what became of it, how it was reached, and why (``reason``, a sentence).

    ``hops`` is the shortest distance from a cause, whatever protects it. ``path`` is the shortest
    way on which harm came, if the CI became worse: it may be longer. Of a saved CI it is the way
    to the nearest provider that was lost, and the hop that held; of any other the shortest way on
    which harm could have come.
    """

    ci: CIReference
    outcome: Outcome
    before: ImpactState
    after: ImpactState
    hops: int
    path: tuple[PathStep, ...]
    reason: str
    saved_by: tuple[Saving, ...] = ()


class ProofRule(StrEnum):
    """What a step of a proof rests on."""

    CAUSE = "CAUSE"
    STARTING_STATE = "STARTING_STATE"
    RELATIONSHIP = "RELATIONSHIP"
    GROUP = "GROUP"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """One step of a proof; it rests only on the earlier steps whose indices ``because`` lists."""

    index: int
    ci: CIReference
    state: ImpactState
    rule: ProofRule
    because: tuple[int, ...] = ()
    relationship_ids: tuple[str, ...] = ()
    group: str | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """A limit that cut an answer; ``frontier_count`` CIs were known to be next and not visited."""

    limit: str
    value: float
    frontier_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What an answer may be missing. Nothing is dropped without a number here.

    ``unresolved``: references in the question that fit no CI. ``unresolved_reference_count``:
    references made by data sources that nothing answers, at causes and reached CIs.
    ``stale_relationship_count``: relationships in the cone whose CI or self is STALE.
    ``unconfirmed_group_count``: groups in the cone whose k is unknown, so that all members are
    needed. ``unoriented_link_count``: network links at causes and reached CIs that carry nothing
    because their uplink is unknown. ``unverified_protection_count``: rows saved by a claim without
    evidence. ``unrelated_ci_count``: causes without any relationship. ``notes`` are sentences.
    """

    truncations: tuple[Truncation, ...] = ()
    hidden_ci_count: int = 0
    unresolved: tuple[str, ...] = ()
    unresolved_reference_count: int = 0
    stale_relationship_count: int = 0
    unconfirmed_group_count: int = 0
    unoriented_link_count: int = 0
    unverified_protection_count: int = 0
    unrelated_ci_count: int = 0
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every count is zero and no list has anything in it, notes aside."""
        return not (
            self.truncations
            or self.unresolved
            or self.hidden_ci_count
            or self.unresolved_reference_count
            or self.stale_relationship_count
            or self.unconfirmed_group_count
            or self.unoriented_link_count
            or self.unverified_protection_count
            or self.unrelated_ci_count
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactSummary:
    """The answer in figures: ``reached == affected + saved + reached_only + already_affected``."""

    reached: int
    affected: int
    down: int
    degraded: int
    at_risk: int
    saved: int
    reached_only: int
    already_affected: int
    value_bearing: int = field(metadata={"means": "affected CIs on which consequence is counted"})
    highest_tier: int | None = field(metadata={"means": "most critical tier among the affected"})
    worst_state: ImpactState
    hops_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The rules an answer was computed by."""

    model: str
    vocabulary: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A CI the question puts in a state."""

    ci: CIReference
    state: ImpactState


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactColumns:
    """CIs of one list as arrays in the order of the rows. ``tier`` is -1 where unknown.

    ``before`` and ``after`` are numbers of ``ImpactState``.
    """

    id: Sequence[str]
    key: Sequence[str]
    name: Sequence[str]
    class_name: Sequence[str]
    tier: Sequence[int]
    before: Sequence[int]
    after: Sequence[int]
    hops: Sequence[int]


class ImpactAnswer(Protocol):
    """Redundancy-aware impact at one revision. Counts are ready; rows are made when asked for."""

    @property
    def revision(self) -> int:
        """The revision it holds for."""
        ...

    @property
    def causes(self) -> Sequence[Cause]:
        """What the question puts in a state, by key."""
        ...

    @property
    def summary(self) -> ImpactSummary:
        """The answer in figures."""
        ...

    @property
    def completeness(self) -> Completeness:
        """What it may be missing."""
        ...

    @property
    def versions(self) -> Versions:
        """The rules it was computed by."""
        ...

    @property
    def question_digest(self) -> str:
        """SHA-256 of the question: equal questions, equal digests."""
        ...

    @property
    def answer_digest(self) -> str:
        """SHA-256 of what became of every reached CI."""
        ...

    @property
    def if_confirmed(self) -> "ImpactAnswer | None":
        """The answer if one member of every group of unknown size were enough.

        ``None`` where no such group is in it.
        """
        ...

    def no_longer_down(self, *, limit: int | None = None) -> tuple[int, list[ImpactRow]]:
        """Return how many CIs would then not go down, and the first of them, worst off first."""
        ...

    def rows(
        self, outcome: Outcome, *, start: int = 0, limit: int | None = None
    ) -> list[ImpactRow]:
        """Return rows of one list: worst state first, then tier, hops, key."""
        ...

    def columns(
        self, outcome: Outcome, *, start: int = 0, limit: int | None = None
    ) -> ImpactColumns:
        """Return the same rows as arrays."""
        ...

    def count(self, outcome: Outcome) -> int:
        """Return how many rows a list has."""
        ...

    def verdict(self, ci_id: str) -> ImpactRow | None:
        """Return the row of one CI, or ``None`` when the causes cannot reach it."""
        ...

    def proof(self, ci_id: str) -> tuple[ProofStep, ...]:
        """Return why a CI is in the state it is in; empty when it is UP."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedRow:
    """A CI that can be reached, once, at its shortest distance."""

    ci: CIReference
    hops: int
    path: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachColumns:
    """Reached CIs as arrays in the order of the rows.

    ``previous`` is the row of the CI before on the evidence path, -1 at a cause. ``tier`` is -1
    where unknown.
    """

    id: Sequence[str]
    key: Sequence[str]
    name: Sequence[str]
    class_name: Sequence[str]
    tier: Sequence[int]
    hops: Sequence[int]
    previous: Sequence[int]


class ReachAnswer(Protocol):
    """All that could be reached, whatever protects it."""

    @property
    def revision(self) -> int:
        """The revision it holds for."""
        ...

    @property
    def of(self) -> Sequence[CIReference]:
        """The CIs asked about, by key."""
        ...

    @property
    def total_count(self) -> int:
        """How many CIs are reached."""
        ...

    @property
    def by_tier(self) -> Sequence[tuple[int | None, int]]:
        """Counts by tier, most critical first, unknown last."""
        ...

    @property
    def by_class(self) -> Sequence[tuple[str, int]]:
        """Counts by class, by name."""
        ...

    @property
    def by_hops(self) -> Sequence[int]:
        """Counts by distance; the first is at one hop."""
        ...

    @property
    def completeness(self) -> Completeness:
        """What it may be missing."""
        ...

    @property
    def versions(self) -> Versions:
        """The rules it was computed by."""
        ...

    @property
    def question_digest(self) -> str:
        """SHA-256 of the question: equal questions, equal digests."""
        ...

    @property
    def answer_digest(self) -> str:
        """SHA-256 of every reached CI and its distance."""
        ...

    def rows(self, *, start: int = 0, limit: int | None = None) -> list[ReachedRow]:
        """Return rows by hops, then tier, then key."""
        ...

    def columns(self, *, start: int = 0, limit: int | None = None) -> ReachColumns:
        """Return the same rows as arrays."""
        ...
