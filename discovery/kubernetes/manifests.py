"""Documents → objects: every manifest of a file, and why one could not be read."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from discovery.formats.documents import Document
from discovery.formats.marked import MarkedMapping, joined, place_of
from discovery.formats.parts import Part
from discovery.formats.text_encoding import utf8
from discovery.formats.yaml_faults import UnreadableYamlError, template_fault
from discovery.formats.yaml_reading import YamlReading
from discovery.kubernetes.networking import ingress, service
from discovery.kubernetes.objects import ConfigMap, Named, Object
from discovery.kubernetes.storage import claim
from discovery.kubernetes.workloads import WORKLOADS, workload
from graph_service import Fault, InvalidInputError, Place, Unreadable

_MARKER = re.compile(rb"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_NOTHING = re.compile(rb"(?:(?:---)?[ \t]*(?:[#%][^\n]*)?(?:\r?\n|\Z))*")
_NAMED = frozenset({("", "Secret"), ("", "ServiceAccount"), ("", "Namespace")})
_OLD_GROUP = "extensions"
_ALWAYS_NAMED = frozenset({"apps", "batch", "networking.k8s.io"})


@dataclass(slots=True)
class Manifests:
    """Reads manifests one by one; ``left_out`` counts what nothing was made of, by why."""

    namespace: str
    left_out: Counter[str] = field(default_factory=Counter)

    def of(self, document: Document) -> Iterator[Object | Unreadable]:
        """Read all manifests of a document. One that cannot be read does not hide the others."""
        try:
            content = utf8(document.read(), document.name)
        except InvalidInputError as error:
            yield from (Unreadable(each) for each in error.faults)
            return
        is_template = False
        for index, (first_line, part) in enumerate(_split(content)):
            for each in self._part(part, document, index, first_line):
                # One is enough: in a template hardly any part is YAML.
                if isinstance(each, Unreadable) and each.fault.code == "TEMPLATE":
                    if is_template:
                        continue
                    is_template = True
                yield each

    def _part(
        self, content: bytes, document: Document, index: int, first_line: int
    ) -> Iterator[Object | Unreadable]:
        try:
            yield from self._manifests(content, document, index, first_line)
        except UnreadableYamlError as error:
            yield Unreadable(error.fault)

    def _manifests(
        self, content: bytes, document: Document, index: int, first_line: int
    ) -> Iterator[Object | Unreadable]:
        reading = YamlReading(content, document.name, first_line)
        while reading.next_document():
            path = f"documents[{index}]"
            if not reading.at_mapping:
                place = place_of(document.name, path, reading.mark)
                if reading.value() is not None:
                    yield Unreadable(_no_manifest(place))
                continue
            yield from self._manifest(reading, document, path)

    def _manifest(
        self, reading: YamlReading, document: Document, path: str
    ) -> Iterator[Object | Unreadable]:
        """Read one; the items of a list are read one by one, for a list may be a whole cluster."""
        body = MarkedMapping(reading.mark)
        is_list = False
        for name, mark in reading.entries():
            if name == "items" and reading.at_sequence:
                is_list = True
                for index in reading.items():
                    inner = joined(path, "items", index)
                    item_mark = reading.mark
                    item = reading.value()
                    part = Part(item, document.name, inner, item_mark, [*_taken(reading)])
                    yield from self._objects(part, document)
            else:
                body[name] = reading.value()
                body.marks[name] = mark
        if not is_list:
            part = Part(body, document.name, path, body.mark, [*_taken(reading)])
            yield from self._objects(part, document)

    def _objects(self, part: Part, document: Document) -> Iterator[Object | Unreadable]:
        if part.faults:
            yield from (Unreadable(each) for each in part.faults)
            return
        sort, name = part.at("kind").text(), part.at("metadata", "name")
        if not sort and not part.at("apiVersion") and document.found:
            self.left_out["documents that are no manifests"] += 1
            return
        read = self._object(part, sort, name)
        known = {"kind": sort, "name": name.text()}
        yield from (Unreadable(each, known) for each in part.faults)
        if read and not part.faults:
            yield read

    def _object(self, part: Part, sort: str, name: Part) -> Object | None:
        group = part.at("apiVersion").text().rpartition("/")[0]
        if not sort or not part.at("apiVersion"):
            part.faults.append(_no_manifest(part.place))
            return None
        if "{{" in name.text():
            part.faults.append(template_fault(name.place))
            return None
        if not name.text() and part.at("metadata", "generateName"):
            self.left_out[f"{sort} without a name of its own"] += 1
            return None
        namespace = part.at("metadata", "namespace").text() or self.namespace
        named = {
            "sort": sort,
            "namespace": "" if sort == "Namespace" else namespace,
            "name": name.text(),
            "place": part.place,
            "labels": part.at("metadata", "labels").texts(),
        }
        return self._read(part, group, named)

    def _read(self, part: Part, group: str, named: dict[str, Any]) -> Object | None:
        sort = named["sort"]
        read: Object | None = None
        match ("apps" if group == _OLD_GROUP and sort != "Ingress" else group, sort):
            case pair if pair in WORKLOADS:
                read = workload(part, named)
            case ("", "Service"):
                read = service(part, named)
            case ("networking.k8s.io" | "extensions", "Ingress"):
                read = ingress(part, named)
            case ("", "PersistentVolumeClaim"):
                read = claim(part, named)
            case ("", "ConfigMap"):
                read = ConfigMap(**named, data=part.at("data").texts())
            case pair if pair in _NAMED:
                read = Named(**named)
            case _ if named["name"] or group not in _ALWAYS_NAMED:
                self.left_out[sort] += 1
                return None
            case _:
                pass  # nothing of these groups is without a name: the file may end too early
        if not named["name"]:
            remedy = "is it cut off? write metadata: {name: …}"
            part.at("metadata").fault("MISSING_FIELD", f"this {sort} has no name", remedy)
        return read


def _split(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Split a stream at its document markers, so that one bad document stands alone."""
    starts = [0, *(each.start() for each in _MARKER.finditer(content))]
    line = 0
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        part = content[start:end]
        if not _NOTHING.fullmatch(part):
            yield line, part
        line += part.count(b"\n")


def _taken(reading: YamlReading) -> list[Fault]:
    faults = [*reading.faults]
    reading.faults.clear()
    return faults


def _no_manifest(place: Place) -> Fault:
    return Fault(
        code="NOT_A_MANIFEST",
        message="this is not a Kubernetes manifest: it has no apiVersion or no kind",
        place=place,
        remedy="read it with the collector made for it",
    )
