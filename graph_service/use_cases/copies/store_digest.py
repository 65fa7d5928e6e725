"""What a store holds, as a few numbers that are equal only where everything is.

A digest is the sum of the SHA-256 of every thing, so it depends on no order and needs no memory;
it finds what was lost or altered, by accident or by hand. That nobody rewrote history is the
business of the log's hash chain.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from graph_service.model.claim import Claim
from graph_service.model.codec import canonical, ci_to_data, claim_to_data, relationship_to_data
from graph_service.model.delta import Record
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head
from graph_service.store.copyable import CopyableStore, Held, NumberedCI

CIS = "CIs"
RELATIONSHIPS = "relationships"
CLAIMS = "claims"
RECORDS = "records: "
"""Before the kind of records that a digest is of."""

COPY = "copy"
"""Kind of the record by which a copy knows what it is a copy of: no part of what is compared."""

_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class Digest:
    """How many things of one sort there are, and the digest of all of them, in hexadecimal."""

    count: int
    text: str


@dataclass(frozen=True, slots=True)
class StoreDigest:
    """What a store held at one moment: where its log ended, and a digest by sort."""

    head: Head
    digests: dict[str, Digest]


@dataclass(slots=True)
class Tally:
    """Takes what a store reads out and sums it up."""

    head: Head = field(default_factory=Head)
    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)

    def __call__(self, part: Head | Sequence[Held]) -> None:
        """Take a part."""
        if isinstance(part, Head):
            self.head, self.counts, self.sums = part, {}, {}
            return
        for each in part:
            self.add(each)

    def add(self, held: Held) -> None:
        """Take one thing."""
        sort = sort_of(held)
        if sort == f"{RECORDS}{COPY}":
            return
        self.counts[sort] = self.counts.get(sort, 0) + 1
        self.sums[sort] = (self.sums.get(sort, 0) + number_of(held)) % _MODULUS

    @property
    def digest(self) -> StoreDigest:
        """What was taken so far."""
        return StoreDigest(
            self.head,
            {
                sort: Digest(self.counts[sort], f"{self.sums[sort]:064x}")
                for sort in sorted(self.counts)
            },
        )


def sort_of(held: Held) -> str:
    """Return which digest a thing is part of."""
    match held:
        case NumberedCI():
            return CIS
        case Relationship():
            return RELATIONSHIPS
        case Claim():
            return CLAIMS
        case Record(kind=kind):
            return f"{RECORDS}{kind}"


def name_of(held: Held) -> str:
    """Return what people may call a thing."""
    match held:
        case NumberedCI(ci=ci):
            return f"{ci.key} ({ci.id})"
        case Relationship():
            return f"{held.source} {held.type} {held.target} ({held.id})"
        case Claim():
            return f"{held.native_key} by {held.data_source}"
        case Record():
            return held.id


def version_of(held: Held) -> int:
    """Return the revision that last changed a thing, as far as it says so."""
    match held:
        case NumberedCI(ci=ci):
            return ci.revision
        case Relationship(revision=revision):
            return revision
        case _:
            return 0


def number_of(held: Held) -> int:
    """Return the SHA-256 of all there is to a thing, its version included."""
    return int.from_bytes(sha256(canonical(_data(held))).digest())


def _data(held: Held) -> Any:  # noqa: ANN401 - any JSON value
    match held:
        case NumberedCI(ordinal=ordinal, ci=ci):
            return [ordinal, ci.revision, ci_to_data(ci)]
        case Relationship():
            return [held.revision, relationship_to_data(held)]
        case Claim():
            return claim_to_data(held)
        case Record():
            return [held.kind, held.id, held.group, held.data]


async def digest_of(store: CopyableStore, *, records_only: bool = False) -> StoreDigest:
    """Read all that a store holds, at one moment, and return its digests."""
    tally = Tally()
    await store.read_out(tally, records_only=records_only)
    return tally.digest
