"""References that nothing answers: how they are kept until something does."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from graph_service.model.codec import digest
from graph_service.model.delta import Record
from graph_service.model.observation import Reference
from graph_service.model.place import Place
from graph_service.model.relationship import Origin
from graph_service.reconcile.import_plan import UnresolvedReference
from graph_service.reconcile.statement import RelationshipStatement

UNRESOLVED = "unresolved"
"""Kind of the records, grouped by data source."""

COUNTER = ("counter", UNRESOLVED)
"""Kind and id of the record whose ``version`` changes whenever the set of these records does."""

_SUFFIX_BITS = 12


def deferred_id(data_source: str, native_key: str) -> str:
    """Return the id of what one data source says of one relationship."""
    return f"unr_{digest([data_source, native_key])[:32]}"


def deferred_record(
    statement: RelationshipStatement,
    *,
    missing: Sequence[str],
    labels: tuple[str, str],
    subject: str | None,
    place: str,
) -> Record:
    """Return a statement that cannot become a relationship yet, with everything to retry it."""
    return Record(
        kind=UNRESOLVED,
        id=deferred_id(statement.data_source, statement.native_key),
        group=statement.data_source,
        data={
            "dataSource": statement.data_source,
            "nativeKey": statement.native_key,
            "type": statement.type,
            "source": _reference_data(statement.source),
            "target": _reference_data(statement.target),
            "labels": list(labels),
            "missing": list(missing),
            "subject": subject,
            "attributes": dict(statement.attributes),
            "origin": statement.origin.value,
            "digest": statement.digest,
            "scope": statement.scope,
            "place": place,
            "run": statement.run,
        },
    )


def deferred_statement(record: Record) -> RelationshipStatement:
    """Read the statement back."""
    data = record.data
    return RelationshipStatement(
        data_source=data["dataSource"],
        native_key=data["nativeKey"],
        type=data["type"],
        source=_reference(data["source"]),
        target=_reference(data["target"]),
        attributes=data["attributes"],
        origin=Origin(data["origin"]),
        digest=data["digest"],
        scope=data["scope"],
        place=Place(data["place"]),
        run=data["run"],
    )


def unresolved_reference(record: Record) -> UnresolvedReference:
    """Return a kept reference as every surface shows it."""
    data = record.data
    source, target = data["labels"]
    return UnresolvedReference(
        id=record.id,
        data_source=data["dataSource"],
        type=data["type"],
        source=source,
        target=target,
        missing=tuple(data["missing"]),
        subject=data["subject"],
        place=data["place"],
        run=data["run"],
    )


def says_the_same(record: Record, other: Record) -> bool:
    """Whether two records differ in nothing but the run that wrote them."""
    return {**record.data, "run": ""} == {**other.data, "run": ""}


def counter_record(milliseconds: int, salt: str) -> Record:
    """Return the counter with a version it never had before."""
    kind, record_id = COUNTER
    # Not an increment: two writers at once would both write the same next number.
    suffix = crc32(salt.encode()) & ((1 << _SUFFIX_BITS) - 1)
    return Record(
        kind=kind, id=record_id, data={"version": (milliseconds << _SUFFIX_BITS) | suffix}
    )


def _reference_data(reference: Reference) -> dict[str, str]:
    return {
        "key": reference.key,
        "id": reference.id,
        "class": reference.class_name,
        "dataSource": reference.data_source,
    }


def _reference(data: Mapping[str, Any]) -> Reference:
    return Reference(
        key=data["key"],
        id=data["id"],
        class_name=data["class"],
        data_source=data["dataSource"],
    )
