"""The log: what was written, when, by whom and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
"""The previous hash of the first revision."""


class ActorType(StrEnum):
    """What an actor is."""

    PERSON = "PERSON"
    TOKEN = "TOKEN"  # noqa: S105 - the word, not a secret
    SOURCE = "SOURCE"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something; ``id`` is stable, ``name`` is for people."""

    id: str
    name: str
    type: ActorType = ActorType.PERSON


class Operation(StrEnum):
    """What happened to a record."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    RETIRED = "RETIRED"
    REACTIVATED = "REACTIVATED"


class RecordType(StrEnum):
    """Whose history an entry is part of."""

    CI = "CI"
    RELATIONSHIP = "RELATIONSHIP"
    VOCABULARY = "VOCABULARY"
    POLICY = "POLICY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One committed write. ``at`` is RFC 3339 in UTC with milliseconds and never goes back.

    ``hash`` seals the header, the payload hashes of all entries and ``previous_hash``, so no
    revision can be altered, dropped or reordered without breaking the chain.
    """

    number: int
    at: str
    actor: Actor
    reason: str = ""
    run: str | None = None
    change: str | None = None
    entry_count: int
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """What one revision did to one record.

    ``subject_a`` and ``subject_b`` are the CIs it concerns: the CI itself, or both ends of the
    relationship, so a CI's history includes its relationships; of rules (``VOCABULARY``,
    ``POLICY``) it is their own id. ``before`` has the changed fields' old values, ``after`` the
    whole record as ``graph_service.model.codec`` writes it, or the data of the rules with their id.
    ``claims`` lists the claims that changed, each ``{"before", "after"}``. ``payload_hash`` is over
    the three.
    """

    revision: int
    sequence: int
    record_type: RecordType
    record_id: str
    subject_a: str
    subject_b: str | None
    operation: Operation
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[Mapping[str, Any], ...] = ()
    payload_hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends. Revision 0 is the empty estate."""

    revision: int = 0
    at: str = ""
    hash: str = GENESIS
    next_ordinal: int = 1
