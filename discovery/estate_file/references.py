"""How an estate file names a CI."""

import sys
from typing import Any

from discovery.estate_file.fields import Fields
from discovery.formats.marked import MarkedMapping
from discovery.formats.yaml_scalars import as_written
from graph_service import Fault, Place, Reference

REFERENCE_FIELDS = frozenset({"id", "key", "class", "data_source"})


def reference(value: Any, place: Place, faults: list[Fault]) -> Reference | None:  # noqa: ANN401 - whatever was written
    """Read a bare key or a long form; ``None`` when it is neither, with the faults noted."""
    if isinstance(value, MarkedMapping):
        return _long_form(Fields(value, place.document, place.path, faults))
    text = as_written(value)
    if text:
        return Reference(key=sys.intern(text))
    faults.append(
        Fault(
            code="MISSING_FIELD" if value is None or text == "" else "WRONG_TYPE",
            message="a reference to a CI is missing here"
            if value is None or text == ""
            else "a reference is a key, or a mapping that names one CI",
            place=place,
            remedy="name the CI by its key",
        )
    )
    return None


def _long_form(fields: Fields) -> Reference | None:
    before = len(fields.faults)
    fields.only(REFERENCE_FIELDS)
    read = Reference(
        id=fields.text("id"),
        key=fields.text("key"),
        class_name=fields.text("class"),
        data_source=fields.text("data_source"),
    )
    if len(fields.faults) > before:
        return None
    if bool(read.id) == bool(read.key) or (read.id and (read.class_name or read.data_source)):
        message = "a CI is named by id alone, or by key with class or data_source"
        fields.fault("INVALID_REFERENCE", message, remedy="name the CI by its key")
        return None
    return read
