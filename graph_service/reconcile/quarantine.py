"""Records that could not be taken in: shown until the data source says them right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph_service.model.codec import digest
from graph_service.model.delta import Record
from graph_service.model.errors import Fault
from graph_service.model.observation import Collector, Reading
from graph_service.model.place import Place
from graph_service.reconcile.import_plan import QuarantinedRecord

QUARANTINED = "quarantined"
"""Kind of the records, grouped by data source."""


def located(faults: Iterable[Fault], collector: Collector) -> list[Fault]:
    """Return faults with line and column, where the collector can tell."""
    return [replace(each, place=collector.locate(each.place)) for each in faults]


def quarantined_now(
    faults: Iterable[tuple[Fault, Mapping[str, Any]]],
    reading: Reading,
    collector: Collector,
    run: str,
) -> list[QuarantinedRecord]:
    """Return what a reading puts in quarantine; the same fault in the same place has one id."""
    now: dict[str, QuarantinedRecord] = {}
    for fault, known in faults:
        place = collector.locate(fault.place)
        named = [reading.data_source, reading.scope, fault.code, place.document, place.path]
        record_id = f"qua_{digest([*named, sorted(map(str, known.values()))])[:32]}"
        now[record_id] = QuarantinedRecord(
            id=record_id,
            data_source=reading.data_source,
            fault=replace(fault, place=place),
            record=known,
            run=run,
        )
    return list(now.values())


def quarantine_changes(
    now: Sequence[QuarantinedRecord],
    known: Mapping[str, Record],
    scope: str,
    *,
    is_all: bool,
) -> tuple[list[Record], list[tuple[str, str]]]:
    """Return the records to write and to remove; only a reading to the end removes any."""
    records = [
        record
        for record in (quarantine_record(each, scope) for each in now)
        if not _is_known(record, known.get(record.id))
    ]
    kept = {each.id for each in now}
    removed = [
        (QUARANTINED, record_id)
        for record_id, record in known.items()
        if is_all and record.data["scope"] == scope and record_id not in kept
    ]
    return records, removed


def quarantine_record(quarantined: QuarantinedRecord, scope: str) -> Record:
    """Return a quarantined record as it is kept."""
    fault = quarantined.fault
    return Record(
        kind=QUARANTINED,
        id=quarantined.id,
        group=quarantined.data_source,
        data={
            "dataSource": quarantined.data_source,
            "scope": scope,
            "fault": fault_data(fault),
            "record": dict(quarantined.record),
            "run": quarantined.run,
        },
    )


def quarantined_record(record: Record) -> QuarantinedRecord:
    """Read what ``quarantine_record`` wrote."""
    data = record.data
    return QuarantinedRecord(
        id=record.id,
        data_source=data["dataSource"],
        fault=fault_from_data(data["fault"]),
        record=data["record"],
        run=data["run"],
    )


def fault_data(fault: Fault) -> dict[str, Any]:
    """Write a fault."""
    place = fault.place
    return {
        "code": fault.code,
        "message": fault.message,
        "remedy": fault.remedy,
        "place": [place.document, place.path, place.line, place.column],
    }


def fault_from_data(data: Mapping[str, Any]) -> Fault:
    """Read what ``fault_data`` wrote."""
    return Fault(
        code=data["code"],
        message=data["message"],
        remedy=data["remedy"],
        place=Place(*data["place"]),
    )


def _is_known(record: Record, known: Record | None) -> bool:
    return known is not None and {**known.data, "run": ""} == {**record.data, "run": ""}
