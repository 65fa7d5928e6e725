"""What revisions did, taken back: their claims as they were before, unless said anew since.

Claims are what is taken back; the records they speak of follow from them, as they do in an import.
What somebody said later stays, value by value.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.codec import (
    canonical,
    ci_to_data,
    claim_from_data,
    claim_to_data,
    digest,
    relationship_to_data,
)
from graph_service.model.relationship import Relationship
from graph_service.model.revision import LogEntry, Operation
from graph_service.reconcile.terms import TERMS

ClaimKey = tuple[str, str]
"""Data source and native key."""

_ABSENT: Any = object()

PRESENCE = "presence"
ATTRIBUTES = "attributes."
"""Before the names of attributes, where they stand beside the fields of a record."""


@dataclass(slots=True)
class ClaimChange:
    """What became of one claim: what it was (``None``: nothing), what it is, and in which run."""

    before: Claim | None
    after: Claim
    run: str = ""

    @property
    def is_answer_to_deferred(self) -> bool:
        """Whether it was said earlier, and only now its ends were there."""
        before, after = self.before, self.after
        if not after.live or (before is not None and before.live):
            return False
        is_as_it_was = before is not None and same_claim(replace(before, live=True), after)
        return after.run != self.run or is_as_it_was


@dataclass(slots=True)
class Done:
    """What some revisions came to together, record by record and claim by claim.

    ``before`` and ``after`` are images as ``graph_service.model.codec`` writes them; a record that
    began has ``None`` before.
    """

    before: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    after: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: dict[ClaimKey, ClaimChange] = field(default_factory=dict)

    def take(self, entries: Iterable[LogEntry], run: str) -> None:
        """Add what one more revision did; revisions come in their order."""
        bound: dict[ClaimKey, list[Claim | None]] = {}
        for entry in entries:
            self.before.setdefault(entry.record_id, image_before(entry))
            self.after[entry.record_id] = entry.after
            for change in entry.claims:
                self._take_claim(change, bound)
        for key, (before, after) in bound.items():
            assert after is not None, f"claim {key} ended"  # noqa: S101 - claims never do
            known = self.claims.get(key)
            self.claims[key] = ClaimChange(known.before if known else before, after, run)

    def _take_claim(
        self, change: Mapping[str, Any], bound: dict[ClaimKey, list[Claim | None]]
    ) -> None:
        """Note a change of a claim; one that moves stands with both records, a half with each."""
        for place, name in enumerate(("before", "after")):
            if change[name] is not None:
                claim = claim_from_data(change[name])
                pair = bound.setdefault((claim.data_source, claim.native_key), [None, None])
                pair[place] = claim

    @property
    def subjects(self) -> set[str]:
        """All records that were touched, or are bound by claims that were."""
        claims = [*self.claims.values()]
        bound = {str(each.after.subject) for each in claims}
        bound |= {str(each.before.subject) for each in claims if each.before}
        return {*self.after, *bound}


def image_before(entry: LogEntry) -> dict[str, Any] | None:
    """Return the image of a record before an entry, or ``None`` if it was not there."""
    if entry.operation is Operation.CREATED:
        return None
    before = entry.before
    absent = set(before.get("absent", ()))
    attributes = {
        name: value for name, value in entry.after["attributes"].items() if name not in absent
    }
    fields = {name: each for name, each in before.items() if name not in {"attributes", "absent"}}
    attributes |= before.get("attributes", {})
    return {**entry.after, **fields, "attributes": attributes}


@dataclass(frozen=True, slots=True)
class TakenBack:
    """One claim taken back as far as it goes: what it becomes, and what was said anew since.

    ``said_anew`` are names of fields and attributes; ``presence`` is the whole of the claim.
    """

    claim: Claim | None
    said_anew: tuple[str, ...] = ()


def taken_back(change: ClaimChange, now: Claim) -> TakenBack:
    """Return what becomes of a claim as it is now when a change to it is undone."""
    before, after = change.before, change.after
    if same_claim(now, after):
        return TakenBack(before or replace(now, live=False))
    if before is None:
        # It began then, and was said anew since: only as a whole could it be taken back.
        return TakenBack(None, (PRESENCE,) if now.live else ())
    if same_claim(now, before):
        return TakenBack(None)
    if after.subject not in {before.subject, now.subject}:
        return TakenBack(None, (PRESENCE,))
    content, said_anew = _content_back(before.content, after.content, now.content)
    subject = before.subject if before.subject != after.subject else now.subject
    live = before.live if now.live == after.live else now.live
    if (subject, live) == (now.subject, now.live) and canonical(content) == canonical(now.content):
        return TakenBack(None, said_anew)
    # No observation looks like this: whatever its data source says next is news.
    seal = digest(["taken back", now.digest, content])
    return TakenBack(
        replace(now, subject=subject, live=live, content=content, digest=seal), said_anew
    )


def same_claim(one: Claim, other: Claim) -> bool:
    """Whether two claims say the same to the letter."""
    return canonical(claim_to_data(one)) == canonical(claim_to_data(other))


def _content_back(
    before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    def part(name: str) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
        return before.get(name) or {}, after.get(name) or {}, now.get(name) or {}

    def fields(content: Mapping[str, Any]) -> dict[str, Any]:
        return {name: each for name, each in content.items() if name not in {"attributes", TERMS}}

    content, anew = _values_back(fields(before), fields(after), fields(now))
    _, terms_then, terms_now = part(TERMS)
    # Who states the same value again, for a reason of his own, is not undone with the first.
    restated = {name for name, each in terms_now.items() if not same(each, terms_then.get(name))}
    attributes, anew_too = _values_back(*part("attributes"), restated)
    terms, _ = _values_back(*part(TERMS))
    content["attributes"] = attributes
    if terms:
        content[TERMS] = terms
    return content, (*anew, *(ATTRIBUTES + name for name in anew_too))


def _values_back(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: Mapping[str, Any],
    restated: Collection[str] = frozenset(),
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return values with what changed from before to after taken back, and what had moved on."""
    values, moved_on = dict(now), []
    for name in sorted({*before, *after}):
        was, became, is_now = (each.get(name, _ABSENT) for each in (before, after, now))
        if same(was, became) or same(is_now, was):
            continue
        if not same(is_now, became) or name in restated:
            moved_on.append(name)
        elif was is _ABSENT:
            del values[name]
        else:
            values[name] = was
    return values, tuple(moved_on)


def same(one: object, other: object) -> bool:
    """Whether two values are the same to readers of JSON; what is absent is like nothing else."""
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return canonical(one) == canonical(other)


def image_of(record: CI | Relationship) -> dict[str, Any]:
    """Return a record as an image."""
    return ci_to_data(record) if isinstance(record, CI) else relationship_to_data(record)


def values_of(image: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what an image says, value by value; a record that is not there is retired."""
    if image is None:
        return {PRESENCE: Presence.RETIRED.value}
    attributes = {ATTRIBUTES + name: each for name, each in image["attributes"].items()}
    fields = {name: image[name] for name in ("name", "class", PRESENCE, "origin") if name in image}
    return fields | attributes


def differing(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, old, new) of all that two images say differently, ``None`` where it is absent.

    Of a record that is not there only its presence counts. Names are those of ``values_of``.
    """
    old, new = values_of(one), values_of(other)
    names = [PRESENCE] if one is None or other is None else sorted({*old, *new})
    for name in names:
        if not same(old.get(name, _ABSENT), new.get(name, _ABSENT)):
            yield name, old.get(name), new.get(name)
