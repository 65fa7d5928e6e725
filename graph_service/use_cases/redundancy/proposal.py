"""What the redundancy assistant says: a group, why it looks like one, and what confirming gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph_service.use_cases.impact.impact_answer import CIReference
from graph_service.use_cases.redundancy.candidates import Sort


class Confidence(StrEnum):
    """How much speaks for a proposal, most first."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that led to a proposal: a stable code and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMember:
    """A provider in a proposed group.

    ``is_plain``: it is leaned on alone today, and would move into the group. ``is_drawn``: it is
    not leaned on at all today, and would be related.
    """

    ci: CIReference
    is_standby: bool
    is_plain: bool
    is_drawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLoss:
    """What losing one member alone takes down of what bears value: now, and once confirmed."""

    member: CIReference
    down_now: int
    down_then: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What confirming changes: any one member is lost, all others are up.

    ``services`` bear value and stop going down, most critical first; ``ci_count`` is all CIs that
    do.
    """

    services: tuple[CIReference, ...]
    ci_count: int
    losses: tuple[MemberLoss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A group that somebody should confirm or reject.

    ``effect`` is ``None`` where it was not computed, because the queue had cost enough.
    """

    id: str
    sort: Sort
    dependant: CIReference
    name: str
    members: tuple[ProposedMember, ...]
    k: int
    k_known: bool
    k_reason: str
    mode: str | None
    evidence: tuple[Evidence, ...]
    confidence: Confidence
    drawn_type: str
    effect: Effect | None

    @property
    def n(self) -> int:
        """How many members there are."""
        return len(self.members)

    @property
    def rank(self) -> tuple[object, ...]:
        """What proposals are sorted by: most services saved, most critical, surest first."""
        effect = self.effect
        services = effect.services if effect else ()
        tiers = [each.tier for each in services if each.tier is not None]
        return (
            effect is None,
            -len(services),
            min(tiers, default=9),
            -(effect.ci_count if effect else 0),
            [*Confidence].index(self.confidence),
            self.dependant.key,
            self.name,
            self.id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """All proposals at one revision, by effect. ``uncomputed`` of them have no effect computed."""

    revision: int
    proposals: Sequence[Proposal]
    uncomputed: int

    @property
    def question_digest(self) -> str:
        """What keeps the pages of one answer together."""
        return "redundancyProposals"

    def by_id(self) -> Mapping[str, Proposal]:
        """Return the proposals by id."""
        return {each.id: each for each in self.proposals}
