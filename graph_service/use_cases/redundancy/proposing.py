"""The estate → all proposals, with their effects, most effect first."""

from collections.abc import Iterable, Sequence

from graph_service.model.ids import derived_id
from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import Snapshot
from graph_service.projection.codes import VALUE_BEARING_FLAG, Ints
from graph_service.projection.tables import EstateTables
from graph_service.use_cases.impact.estate_words import EstateWords
from graph_service.use_cases.impact.impact_answer import CIReference
from graph_service.use_cases.redundancy.candidates import Candidate, Ground, candidates, ground
from graph_service.use_cases.redundancy.effects import VISITS_MAX, Lost, Trial, mode_number
from graph_service.use_cases.redundancy.judging import confidence, evidence, needed
from graph_service.use_cases.redundancy.proposal import (
    Effect,
    MemberLoss,
    Proposal,
    ProposedMember,
    Queue,
)

_TIER_UNKNOWN = 9


def queue_of(
    tables: EstateTables,
    snapshot: Snapshot,
    vocabulary: Vocabulary,
    *,
    visits_max: int = VISITS_MAX,
) -> Queue:
    """Return all proposals for an estate; ``visits_max`` bounds what effects may cost."""
    on = ground(tables, snapshot, vocabulary)
    found = candidates(on)
    words = EstateWords(snapshot)
    effects = _effects(on, found, words, visits_max) if found else []
    proposals = [
        _proposal(on, candidate, words, effect)
        for candidate, effect in zip(found, effects, strict=True)
    ]
    return Queue(
        revision=snapshot.revision,
        proposals=sorted(proposals, key=lambda each: each.rank),
        uncomputed=sum(each.effect is None for each in proposals),
    )


def _effects(
    on: Ground, found: Sequence[Candidate], words: EstateWords, visits_max: int
) -> list[Effect | None]:
    """Return the effects, in the order of the candidates; those that could matter most first."""
    trial = Trial(on, found)
    bearing = [trial.bearing_reach(each) if trial.visits < visits_max else 0 for each in found]
    effects: list[Effect | None] = [None] * len(found)
    for place in sorted(range(len(found)), key=lambda each: -bearing[each]):
        if trial.visits >= visits_max:
            break
        candidate = found[place]
        k, _ = needed(on, candidate)
        lost = trial.lost(candidate, k, mode_number(proposed_mode(on, candidate)))
        effects[place] = _effect(on.snapshot, lost, words)
    return effects


def _effect(snapshot: Snapshot, lost: Iterable[Lost], words: EstateWords) -> Effect:
    relieved: set[int] = set()
    losses = []
    for each in lost:
        relieved |= set(each.now.tolist()) - set(each.then.tolist())
        losses.append(
            MemberLoss(
                member=words.reference(each.member),
                down_now=_bearing(snapshot, each.now),
                down_then=_bearing(snapshot, each.then),
            )
        )
    services = [
        words.reference(each) for each in relieved if snapshot.has(each, VALUE_BEARING_FLAG)
    ]
    return Effect(
        services=tuple(sorted(services, key=_by_tier)), ci_count=len(relieved), losses=tuple(losses)
    )


def _bearing(snapshot: Snapshot, cis: Ints) -> int:
    return int(((snapshot.flags[cis] & VALUE_BEARING_FLAG) != 0).sum())


def _by_tier(ci: CIReference) -> tuple[int, str]:
    return (_TIER_UNKNOWN if ci.tier is None else ci.tier, ci.key)


def proposed_mode(on: Ground, candidate: Candidate) -> str | None:
    """Return how standbys are supposed to take over; ``None`` where there are none, or it is said.

    Nobody says so: a person who confirms has to.
    """
    if not candidate.standbys:
        return None
    row = int(on.tables.by_key[candidate.dependant])
    stated = on.tables.ci_meanings[int(on.tables.attribute_code[row])].groups.get(candidate.name)
    return None if stated and stated.mode >= 0 else "AUTO"


def _proposal(
    on: Ground, candidate: Candidate, words: EstateWords, effect: Effect | None
) -> Proposal:
    k, why = needed(on, candidate)
    facts = evidence(on, candidate)
    ids = on.snapshot.ids
    members = sorted(ids[each] for each in candidate.members)
    groups = on.snapshot.groups
    return Proposal(
        id=derived_id("rpr", ids[candidate.dependant], candidate.sort, *members),
        sort=candidate.sort,
        dependant=words.reference(candidate.dependant),
        name=candidate.name,
        members=tuple(
            ProposedMember(
                ci=words.reference(each),
                is_standby=each in candidate.standbys,
                is_plain=each in candidate.plain_members,
                is_drawn=each == candidate.drawn,
            )
            for each in candidate.members
        ),
        k=k,
        k_known=candidate.group >= 0 and bool(groups.k_known[candidate.group]),
        k_reason=why,
        mode=proposed_mode(on, candidate),
        evidence=facts,
        confidence=confidence(candidate, facts),
        drawn_type=candidate.drawn_type,
        effect=effect,
    )
