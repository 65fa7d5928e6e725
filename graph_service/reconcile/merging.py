"""CIs that turn out to be one, or not to be: claims move, and every record follows.

A merge moves all that was said of a CI to the survivor, and writes into each claim whom it was made
of. So a data source that says the same again says it of the survivor, and a split can give
everything back: each claim is where its original stands now. What would lead from the survivor to
itself is kept, but counts for nothing until the two are split.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.observation import Reference
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import (
    INTO,
    LOOPED,
    MERGE,
    ORIGINAL,
    is_absorbed,
    is_pin,
    is_retirement,
)
from graph_service.reconcile.statement import named_ends

_ENDS = ("source", "target")

Originals = Callable[[Claim], tuple[str, str]]
"""Says which CIs the ends of a claimed relationship were before any merge."""


def survivor_of(draft: Draft, ci_id: str) -> str:
    """Return the CI that another one is part of now: itself, unless it was merged."""
    seen = {ci_id}
    while (into := _into(draft.claims.get(ci_id, ()))) and into not in seen:
        seen.add(into)
        ci_id = into
    return ci_id


def absorbed_by(claims: Iterable[Claim]) -> list[str]:
    """Return the CIs that were merged into the one these claims are about, in order of id."""
    found = {str(each.content[ORIGINAL]) for each in claims if is_absorbed(each)}
    found |= {each.native_key.removeprefix(MERGE) for each in claims if is_pin(each) and each.live}
    return sorted(found)


def absorb(draft: Draft, survivor: CIId, absorbed: str) -> None:
    """Move all that is said of a CI to the one it was merged into."""
    for claim in [*draft.claims.get(absorbed, ())]:
        if not is_retirement(claim):
            content = {ORIGINAL: absorbed, **claim.content}
            draft.move_binding(replace(claim, subject=survivor, content=content), absorbed)


def give_back(draft: Draft, survivor: str, absorbed: str) -> None:
    """Move what was said of a merged CI, and of those merged into it before, back to it."""
    for claim in [*draft.claims.get(survivor, ())]:
        original = claim.content.get(ORIGINAL)
        if isinstance(original, str) and survivor_of(draft, original) == absorbed:
            content = dict(claim.content)
            if original == absorbed:
                del content[ORIGINAL]
            back = replace(claim, subject=CIId(absorbed), content=content)
            draft.move_binding(back, survivor)


def break_out(
    draft: Draft, survivor: str, made: CIId, names: Collection[tuple[str, str]]
) -> list[Claim]:
    """Move the claims of these names (data source, native key) to a CI of their own."""
    moved = []
    for claim in [*draft.claims.get(survivor, ())]:
        if (claim.data_source, claim.native_key) in names:
            content = {name: each for name, each in claim.content.items() if name != ORIGINAL}
            own = replace(claim, subject=made, content=content)
            draft.move_binding(own, survivor)
            moved.append(own)
    return moved


def reseat(draft: Draft, originals: Originals | None = None) -> Iterator[Claim]:
    """Draw every relationship the draft knows between those whom its ends are part of now.

    Yields the claims that from now on would lead from a CI to itself.
    """
    for subject, claims in [*draft.claims.items()]:
        if subject.startswith("rel_"):
            for claim in [*claims]:
                if claim.live and "source" in claim.content:
                    yield from _reseat(draft, claim, (originals or ends_before)(claim))


def ends_before(claim: Claim) -> tuple[str, str]:
    """Return the CIs that a claimed relationship stood between before any merge."""
    original: Mapping[str, str] = claim.content.get(ORIGINAL, {})
    source, target = (original.get(end, claim.content[end]) for end in _ENDS)
    return source, target


def originals_after_split(draft: Draft, survivor: str, parted: Sequence[CI]) -> Originals:
    """Return how to tell the ends of claims that were made while CIs were one.

    A data source names the ends in its own words: by what it calls one of the CIs that are parted,
    or by the key or id of one.
    """
    bound = {
        (each.data_source, each.native_key): str(each.content.get(ORIGINAL, owner))
        for owner in (survivor, *(str(each.id) for each in parted))
        for each in draft.claims.get(owner, ())
    }
    called = {name: str(each.id) for each in parted for name in (each.id, each.key)}

    def original(claim: Claim) -> tuple[str, str]:
        before = ends_before(claim)
        named = named_ends(claim.native_key) if claim.data_source != MANUAL else None
        if named is None:
            return before
        source, target = (
            _meant(claim, end, known, said)
            for end, known, said in zip(_ENDS, before, named, strict=True)
        )
        return source, target

    def _meant(claim: Claim, end: str, known: str, said: Reference) -> str:
        if claim.content[end] != survivor:
            return known
        owner = bound.get((said.data_source or claim.data_source, said.key))
        if owner and not said.id:
            return owner
        return known if known != survivor else called.get(said.id or said.key, known)

    return original


def _reseat(draft: Draft, claim: Claim, originals: tuple[str, str]) -> Iterator[Claim]:
    content = claim.content
    source, target = (
        # What the draft knows nothing of is no part of what is merged or split here.
        CIId(survivor_of(draft, original if original in draft.claims else content[end]))
        for end, original in zip(_ENDS, originals, strict=True)
    )
    if source == target:
        if not content.get(LOOPED):
            draft.state(replace(claim, content={**content, LOOPED: True}))
            yield claim
        return
    kept = {name: each for name, each in content.items() if name not in {LOOPED, ORIGINAL}}
    moved: dict[str, Any] = {**kept, "source": source, "target": target}
    apart = {
        end: original
        for end, original, now in zip(_ENDS, originals, (source, target), strict=True)
        if original != now
    }
    moved |= {ORIGINAL: apart} if apart else {}
    if moved == content:
        return
    subject = relationship_id(source, content["type"], target)
    draft.create_relationship(subject, source, content["type"], target)
    seated = replace(claim, subject=subject, content=moved)
    if subject == claim.subject:
        draft.state(seated)
    else:
        draft.move_binding(seated, claim.subject)


def _into(claims: Iterable[Claim]) -> str:
    return next(
        (str(each.content[INTO]) for each in claims if each.live and INTO in each.content), ""
    )
