"""What an estate file says about itself: whose it is, and whether it is all there is."""

from dataclasses import dataclass
from typing import Any

from discovery.formats.nearest import hint
from discovery.formats.source_name import source_name_faults
from discovery.formats.yaml_reading import YamlReading
from discovery.formats.yaml_scalars import as_written, truth
from graph_service import Fault, Place

FORMAT_VERSION = 1
HEADER_FIELDS = ("graph_service", "data_source", "complete")
RECORD_FIELDS = ("cis", "relationships")


@dataclass(frozen=True, slots=True)
class Header:
    """The head of an estate file. ``version_said``: it says that it is one."""

    data_source: str = ""
    complete: bool = False
    version_said: bool = False

    def faults(self, document: str) -> list[Fault]:
        """List what is missing."""
        missing = []
        if not self.version_said:
            missing.append(("graph_service", f"write graph_service: {FORMAT_VERSION} at the top"))
        if not self.data_source:
            missing.append(("data_source", "say who says so, as in data_source: payments-team"))
        return [
            Fault(
                code="MISSING_FIELD",
                message=f"{name} is missing",
                place=Place(document, name, 1, 1),
                remedy=remedy,
            )
            for name, remedy in missing
        ]


def field_faults(name: str, value: Any, place: Place) -> list[Fault]:  # noqa: ANN401 - whatever was written
    """List what is wrong with a field of the head, or with a field there is not."""
    match name:
        case "graph_service" if type(value) is not int or value != FORMAT_VERSION:
            message = f"this program reads estate files of version {FORMAT_VERSION}"
            remedy = f"write graph_service: {FORMAT_VERSION}"
            return [Fault(code="UNKNOWN_VERSION", message=message, place=place, remedy=remedy)]
        case "data_source" if as_written(value) is None and value is not None:
            return [Fault(code="WRONG_TYPE", message="data_source must be text", place=place)]
        case "data_source":
            return source_name_faults(as_written(value) or "", place)
        case "complete" if value is not None and truth(value) is None:
            message = "complete must be true or false"
            return [Fault(code="WRONG_TYPE", message=message, place=place)]
        case "graph_service" | "complete":
            return []
        case _:
            message = f"there is no field {name[:60]!r}"
            remedy = hint(name, (*HEADER_FIELDS, *RECORD_FIELDS))
            return [Fault(code="UNKNOWN_FIELD", message=message, place=place, remedy=remedy)]


def read_header(content: bytes, document: str) -> Header:
    """Read the head only, as far into the file as it may reach.

    Faults are not looked for: whoever reads the whole file finds them all.

    Raises:
        UnreadableYamlError: What stands before the head's end is not YAML.

    """
    reading = YamlReading(content, document)
    said: dict[str, Any] = {}
    if not reading.next_document() or not reading.at_mapping:
        return Header()
    for name, _ in reading.entries():
        if name in HEADER_FIELDS:
            said[name] = reading.value()
        elif _is_said(said, content):
            break
        else:
            reading.skip()
    return Header(
        data_source=as_written(said.get("data_source")) or "",
        complete=bool(truth(said.get("complete"))),
        version_said="graph_service" in said,
    )


def _is_said(said: dict[str, Any], content: bytes) -> bool:
    """Whether nothing of the head can follow: most files begin with it, and are long."""
    return all(
        name in said or (name == "complete" and content.find(b"complete") < 0)
        for name in HEADER_FIELDS
    )
