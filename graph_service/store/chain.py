"""The hash chain of the log: how it is sealed, and the proof that nobody touched it since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from graph_service.model.codec import canonical, digest
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.revision import Head, LogEntry, RecordType, Revision


def payload_text(
    before: Mapping[str, Any], after: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]
) -> str:
    """Return an entry's payload as it is sealed, and stored."""
    return canonical([before, after, [*claims]]).decode()


def payload_hash(payload: str) -> str:
    """Return the hash under which an entry's payload is sealed; it outlives the payload."""
    return sha256(payload.encode()).hexdigest()


def revision_hash(revision: Revision, entries: Sequence[LogEntry]) -> str:
    """Return the hash that seals a revision: its header, its entries' payload hashes, the chain."""
    return digest(
        {
            "number": revision.number,
            "at": revision.at,
            "actor": [revision.actor.id, revision.actor.name, revision.actor.type.value],
            "reason": revision.reason,
            "run": revision.run,
            "change": revision.change,
            "previous": revision.previous_hash,
            "entries": [
                [each.record_type.value, each.record_id, each.operation.value, each.payload_hash]
                for each in entries
            ],
        }
    )


def sealed(revision: Revision, entries: Sequence[LogEntry]) -> Revision:
    """Return a revision with the hash that seals it and its entries."""
    return replace(revision, hash=revision_hash(revision, entries))


def verify(
    log: Iterable[tuple[Revision, Sequence[LogEntry]]],
    *,
    after: Head | None = None,
    until: Head | None = None,
) -> list[Fault]:
    """Return what is wrong with a stretch of the log: nothing, unless somebody altered it.

    ``after`` is the head the stretch follows (the empty estate unless given), ``until`` the one it
    must end on, so that a log from which the newest revisions were cut is found out as well.
    """
    faults: list[Fault] = []
    last = after or Head()
    for revision, entries in log:
        faults += _header_faults(revision, last)
        faults += _body_faults(revision, entries)
        last = Head(revision.number, revision.at, revision.hash)
    if until is not None and (last.revision, last.hash) != (until.revision, until.hash):
        faults.append(
            _fault("LOG_CUT", last.revision, f"the log ends here, the head is {until.revision}")
        )
    return faults


def _header_faults(revision: Revision, last: Head) -> Iterator[Fault]:
    number = revision.number
    if number != last.revision + 1:
        yield _fault("REVISION_MISSING", number, f"follows revision {last.revision}")
    if revision.previous_hash != last.hash:
        yield _fault("CHAIN_BROKEN", number, f"does not continue revision {last.revision}")
    if revision.at < last.at:
        yield _fault("TIME_WENT_BACK", number, f"at {revision.at}, after one at {last.at}")


def _body_faults(revision: Revision, entries: Sequence[LogEntry]) -> Iterator[Fault]:
    number = revision.number
    places = [(each.revision, each.sequence) for each in entries]
    if places != [(number, sequence) for sequence in range(revision.entry_count)]:
        yield _fault("ENTRIES_MISSING", number, f"does not have its {revision.entry_count} entries")
    if revision.hash != revision_hash(revision, entries):
        yield _fault("REVISION_ALTERED", number, "is not what its hash seals")
    for each in entries:
        payload = payload_text(each.before, each.after, each.claims)
        if each.payload_hash != payload_hash(payload):
            yield _fault("PAYLOAD_ALTERED", number, f"entry {each.sequence} is not what was sealed")
        elif _subjects(each) != (each.record_id, each.subject_a, each.subject_b):
            yield _fault("SUBJECTS_ALTERED", number, f"entry {each.sequence} speaks of another CI")


def _subjects(entry: LogEntry) -> tuple[str, str, str | None]:
    """Return record id and subjects as the sealed payload has them."""
    after = entry.after
    if entry.record_type is RecordType.RELATIONSHIP:
        return after["id"], after["source"], after["target"]
    return after["id"], after["id"], None


def _fault(code: str, revision: int, message: str) -> Fault:
    return Fault(code=code, message=message, place=Place("log", f"revision {revision}"))
