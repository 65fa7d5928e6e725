"""What the references of a question mean, and what is to be said of those that mean nothing now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_service.model.ci import CI, Presence
from graph_service.model.errors import CINotFoundError
from graph_service.model.impact_state import ImpactState
from graph_service.projection import Snapshot
from graph_service.projection.codes import IN_SERVICE_FLAG, Ints
from graph_service.store import EstateReader
from graph_service.use_cases.impact.estate_words import EstateWords, plain
from graph_service.use_cases.impact.impact_answer import Cause, CIReference
from graph_service.use_cases.inventory.references import CIRef, resolve

FINDINGS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Meant:
    """What the references of a question mean: numbers of CIs, and what is to be said of the rest.

    ``gone`` are CIs that exist but are retired.
    """

    places: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, CI] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()


async def meaning_of(store: EstateReader, snapshot: Snapshot, refs: Sequence[CIRef]) -> Meant:
    """Return what references mean.

    Raises:
        AmbiguousReferenceError: A reference is the name of several CIs.

    """
    places: dict[str, int] = {}
    gone: dict[str, CI] = {}
    unresolved: list[str] = []
    for ref in refs:
        text = str(ref)
        place = _known(snapshot, ref)
        if place is None:
            try:
                ci = await resolve(store, ref)
            except CINotFoundError:
                unresolved.append(text)
                continue
            place = snapshot.place_by_id.get(ci.id)
            if place is None:
                gone[text] = ci
                continue
        places[text] = place
    return Meant(places, gone, tuple(dict.fromkeys(unresolved)))


def _known(snapshot: Snapshot, ref: CIRef) -> int | None:
    """Find a living CI by id or key without asking the store; a name may mean several."""
    wanted = str(ref)
    if ref.id:
        return snapshot.place_by_id.get(wanted)
    if ref.key:
        return snapshot.place_by_key.get(wanted)
    if ref.text:
        place = snapshot.place_by_id.get(wanted)
        return snapshot.place_by_key.get(wanted) if place is None else place
    return None


def by_place(meant: Meant, states: Mapping[str, ImpactState]) -> dict[int, ImpactState]:
    """Return the state each cause is put in: the worst, if it is named twice."""
    causes: dict[int, ImpactState] = {}
    for ref, place in meant.places.items():
        causes[place] = max(states[ref], causes.get(place, ImpactState.UP))
    return causes


def causes_shown(
    snapshot: Snapshot,
    causes: Mapping[int, ImpactState],
    meant: Meant,
    states: Mapping[str, ImpactState],
) -> tuple[Cause, ...]:
    """Return the causes as an answer shows them, by key; those that are gone among them."""
    words = EstateWords(snapshot)
    found = [Cause(words.reference(place), state) for place, state in causes.items()]
    found.extend(
        Cause(
            CIReference(
                id=ci.id,
                key=ci.key,
                name=ci.name,
                class_name=ci.class_name,
                tier=ci.tier,
                value_bearing=False,
            ),
            states.get(ref, ImpactState.DOWN),
        )
        for ref, ci in meant.gone.items()
    )
    return tuple(sorted(found, key=lambda cause: cause.ci.key))


def notes(snapshot: Snapshot, causes: Ints, cone: Ints, meant: Meant) -> tuple[str, ...]:
    """Return sentences about causes that hit nothing now, and about rules that make no sense.

    ``cone`` are the causes and what they reach, ascending.
    """
    nothing = not (len(causes) or meant.gone or meant.unresolved)
    return (
        *(["no CI was asked about"] if nothing else []),
        *_not_in_service(snapshot, causes),
        *_retired(meant),
        *_findings(snapshot, cone),
    )


def _findings(snapshot: Snapshot, cone: Ints) -> list[str]:
    found = snapshot.found.items(cone).tolist()
    shown = [snapshot.findings[each].message for each in found[:FINDINGS_SHOWN_MAX]]
    left = len(found) - len(shown)
    return [*shown, f"and {left} more findings about what was reached"] if left else shown


def _not_in_service(snapshot: Snapshot, causes: Ints) -> list[str]:
    idle = causes[snapshot.flags[causes] & IN_SERVICE_FLAG == 0]
    return [
        f"{plain(snapshot.names[each])} is not in service, so nothing leans on it now"
        for each in sorted(idle.tolist())
    ]


def _retired(meant: Meant) -> list[str]:
    return [
        f"{plain(ci.name)} is retired, so nothing leans on it now"
        if ci.presence is Presence.RETIRED
        else f"{plain(ci.name)} came into being while the question was asked; ask again"
        for ci in meant.gone.values()
    ]
