"""Documents → files: every service of each, and why one could not be read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from discovery.compose.interpolation import Variables
from discovery.compose.objects import File, Include, Named, Service, one_after_another
from discovery.compose.services import NAME, service
from discovery.formats.documents import Document
from discovery.formats.parts import Part
from discovery.formats.text_encoding import utf8
from discovery.formats.yaml_faults import UnreadableYamlError
from discovery.formats.yaml_reading import YamlReading
from graph_service import Fault, InvalidInputError, Place, Unreadable

SECTIONS = {"volumes": "volume", "networks": "network", "secrets": "secret", "configs": "config"}

_JOINTS = re.compile(r"[.\[]")
_STEPS_MAX = 32


@dataclass(slots=True)
class Files:
    """Reads files, each once. What is wrong with them is gathered in ``unreadable``."""

    variables: Variables
    labels: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    _read: dict[str, File | None] = field(default_factory=dict)

    def file(self, document: Document) -> File | None:
        """Return what a document holds; nothing if none of it can be read."""
        if document.name not in self._read:
            self._read[document.name] = self._file(document)
        return self._read[document.name]

    def _file(self, document: Document) -> File | None:
        try:
            content = utf8(document.read(), document.name)
            parts = [*_parts(content, document.name)]
        except InvalidInputError as error:
            self.unreadable += (Unreadable(each) for each in error.faults)
            return None
        except UnreadableYamlError as error:
            self.unreadable.append(Unreadable(error.fault))
            return None
        files = [each for each in map(self._of_part, parts) if each]
        if not files:
            if not parts:
                self.unreadable.append(Unreadable(_no_services(Place(document.name, "", 1, 1))))
            return None
        return one_after_another(files)

    def _of_part(self, part: Part) -> File | None:
        sections = [*SECTIONS, "services", "include"]
        if not (part.is_mapping and any(each in part.value for each in sections)):
            self.unreadable += (Unreadable(each) for each in part.faults)
            self.unreadable.append(Unreadable(_no_services(part.place)))
            return None
        rest = [*part.faults]
        services, broken = self._services(part.at("services").apart([]), rest)
        faults: list[Fault] = []
        part = part.apart(faults)
        read = File(
            name=self.variables.known(part.at("name")),
            services=services,
            broken=frozenset(broken),
            named=dict(self._named(part)),
            includes=[*_includes(part.at("include"), self.variables)],
        )
        self.unreadable += (Unreadable(each) for each in (*rest, *faults))
        return read

    def _services(self, part: Part, faults: list[Fault]) -> tuple[dict[str, Service], set[str]]:
        """Read the services, each with its own share of ``faults``, which are taken out."""
        services: dict[str, Service] = {}
        broken: set[str] = set()
        inside = _by_whole(faults)
        taken: set[int] = set()
        for name, each in part.items():
            # A fragment that others merge, unless it is one to run: then x- is just its name.
            if name.startswith("x-") and not (
                each.is_mapping and {"image", "build"} & {*each.value}
            ):
                continue
            own = inside.pop(each.path, [])
            taken |= {id(fault) for fault in own}
            each = each.apart(own)  # noqa: PLW2901 - the same part
            read = service(name, each, self.variables, self.labels)
            if own:
                broken.add(name)
                # What has the wrong shape is looked at for many things, and wrong for each.
                told = {(fault.code, fault.place): fault for fault in own}
                known = {"service": name[:250]}
                self.unreadable += (Unreadable(fault, known) for fault in told.values())
            else:
                services[name] = read
        faults[:] = [*(fault for fault in faults if id(fault) not in taken), *part.faults]
        return services, broken

    def _named(self, part: Part) -> Iterator[tuple[tuple[str, str], Named]]:
        for section, sort in SECTIONS.items():
            for name, each in part.at(section).items():
                if not NAME.fullmatch(name):
                    each.fault("INVALID_NAME", "names here have letters, digits, . _ and -")
                    continue
                yield (sort, name), self._one_named(sort, name, each)

    def _one_named(self, sort: str, name: str, part: Part) -> Named:
        named = Named(sort=sort, name=name, place=part.place)
        if not part:
            return named
        external = part.at("external")
        is_external = external.is_mapping or self.variables.known(external) == "true"
        said = external.at("name") if external.is_mapping else part.at("name")
        real_name = self.variables.known(said)
        if is_external and not said:
            real_name = name
        return replace(named, real_name=real_name, is_external=is_external)


def _parts(content: bytes, document: str) -> Iterator[Part]:
    """Walk the YAML documents that say anything."""
    reading = YamlReading(content, document)
    while reading.next_document():
        mark = reading.mark
        value = reading.value()
        faults = [*reading.faults]
        reading.faults.clear()
        if value is not None or faults:
            yield Part(value, document, "", mark, faults)


def _includes(part: Part, variables: Variables) -> Iterator[Include]:
    for each in part.parts():
        paths = each.at("path") if each.is_mapping else each
        texts = paths.parts() if paths.is_list else [paths]
        files: Sequence[str] = [name for name in map(variables.known, texts) if name]
        if files:
            yield Include(files=files, place=each.place)
        elif not any(variables.text(text) for text in texts):
            each.fault("MISSING_FIELD", "this does not say what it includes")


def _by_whole(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    """Return the faults by everything that they are inside of; names may have dots themselves."""
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        path = fault.place.path
        ends = [each.start() for each in islice(_JOINTS.finditer(path), _STEPS_MAX)]
        for end in [*ends, len(path)]:
            found.setdefault(path[:end], []).append(fault)
    return found


def _no_services(place: Place) -> Fault:
    return Fault(
        code="NOT_A_COMPOSE_FILE",
        message="this is not a Compose file: it has no services",
        place=place,
        remedy="services stand under `services:`; read anything else with its own collector",
    )
