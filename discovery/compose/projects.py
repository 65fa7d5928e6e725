"""Files → projects: overrides on top, what is extended below, what is included beside."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from discovery.compose.files import Files
from discovery.compose.naming import PROJECT_NAME, Library, Root
from discovery.compose.objects import (
    File,
    Include,
    Project,
    Service,
    merged,
    one_after_another,
)
from discovery.formats.documents import Document
from graph_service import Fault, Place, Unreadable

_DEPTH_MAX = 50
_NAME_IT = "name that file as well; nothing is read that was not named"


@dataclass(slots=True)
class Projects:
    """Puts projects together. What is wrong with them is gathered in ``files.unreadable``.

    ``parts`` are the documents that others extend or include: no projects of their own.
    """

    files: Files
    library: Library
    parts: set[str] = field(default_factory=set)
    _included_already: set[str] = field(default_factory=set)
    _told: set[tuple[str, Place]] = field(default_factory=set)

    def whole(self, root: Root) -> File | None:
        """Return all that belongs to a project; nothing if none of its files can be read."""
        self._included_already = {each.name for each in root.documents}
        return self._together(root.documents, ())

    def named(self, root: Root, whole: File, otherwise: str) -> Project | None:
        """Return a project under the name it gives itself, ``otherwise``, or that of its folder."""
        place = Place(root.documents[0].name, "", 1, 1)
        name = whole.name or otherwise or root.folder
        if not PROJECT_NAME.fullmatch(name):
            self._fault(
                "INVALID_PROJECT" if name else "MISSING_PROJECT",
                place,
                "the name of a project has small letters, digits, _ and - only"
                if name
                else "nothing says what this project is called",
                "write `name:` into the file, or give --option project=NAME",
            )
            return None
        return Project(
            name=name,
            place=place,
            services=whole.services,
            broken=whole.broken,
            named=whole.named,
        )

    def _together(self, documents: Sequence[Document], trail: tuple[str, ...]) -> File | None:
        """Return files as one, with all that they extend and include."""
        resolved = [each for each in (self._extended(one) for one in documents) if each]
        if not resolved:
            return None
        whole = one_after_another(resolved)
        trail = (*trail, *(each.name for each in documents))
        for document in documents:
            read = self.files.file(document)
            for include in read.includes if read else ():
                included = self._included(document, include, trail)
                whole = self._beside(whole, included) if included else whole
        return whole

    def _included(
        self, document: Document, include: Include, trail: tuple[str, ...]
    ) -> File | None:
        found: list[Document] = []
        for name in include.files:
            met = self.library.beside(document, name)
            if met is None:
                message = f"includes {name[:200]!r}, which is not among what is read"
                self._fault("MISSING_FILE", include.place, message, _NAME_IT)
            elif met.name in trail or len(trail) > _DEPTH_MAX:
                self._fault("INCLUDE_CYCLE", include.place, "this includes itself without end")
            else:
                self.parts.add(met.name)
                found.append(met)
        # What several include is there once.
        new = [each for each in found if each.name not in self._included_already]
        self._included_already |= {each.name for each in new}
        return self._together(new, trail) if len(found) == len(include.files) else None

    def _beside(self, whole: File, included: File) -> File:
        """Return a file with an included one beside it, whose services must be others."""
        twice = sorted(whole.services.keys() & included.services.keys())
        for name in twice:
            again, first = included.services[name].place, whole.services[name].place
            message = f"the service {name} is also included from elsewhere"
            remedy = f"first at {first}; keep one, or extend it"
            self._fault("DUPLICATE_SERVICE", again, message, remedy)
        return replace(
            whole,
            services={**included.services, **whole.services},
            broken=whole.broken | included.broken,
            named={**included.named, **whole.named},
        )

    def _extended(self, document: Document) -> File | None:
        read = self.files.file(document)
        if read is None:
            return None
        services: dict[str, Service] = {}
        for name in read.services:
            service = self._whole(document, name, ())
            if service:
                services[name] = service
        broken = read.broken | (read.services.keys() - services.keys())
        return replace(read, services=services, broken=frozenset(broken))

    def _whole(
        self, document: Document, name: str, trail: tuple[tuple[str, str], ...]
    ) -> Service | None:
        """Return a service with all that it extends; none if that cannot be read."""
        read = self.files.file(document)
        service = read.services.get(name) if read else None
        if service is None or service.extension is None:
            return service
        wanted = service.extension
        trail = (*trail, (document.name, name))
        where = self.library.beside(document, wanted.file) if wanted.file else document
        if where is None:
            message = f"extends a service of {wanted.file[:200]!r}, which is not among what is read"
            self._fault("MISSING_FILE", wanted.place, message, _NAME_IT, name)
            return None
        if where is not document:
            self.parts.add(where.name)
        if (where.name, wanted.service) in trail or len(trail) > _DEPTH_MAX:
            self._fault("EXTENDS_CYCLE", wanted.place, "this extends itself without end", "", name)
            return None
        base = self._whole(where, wanted.service, trail)
        if base is None:
            message = f"extends {wanted.service[:200]!r}, which cannot be read there"
            self._fault("UNKNOWN_SERVICE", wanted.place, message, "check its name", name)
            return None
        return replace(merged(base, service), place=service.place, name=name)

    def _fault(
        self, code: str, place: Place, message: str, remedy: str = "", service: str = ""
    ) -> None:
        if (code, place) in self._told:
            return
        self._told.add((code, place))
        fault = Fault(code=code, message=message, place=place, remedy=remedy)
        known = {"service": service} if service else {}
        self.files.unreadable.append(Unreadable(fault, known))
