"""``import compose``: Compose files, or folders that have some."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from discovery.compose.files import Files
from discovery.compose.interpolation import Variables
from discovery.compose.naming import BASES, Root, library, roots
from discovery.compose.objects import Project
from discovery.compose.observations import Observations
from discovery.compose.projects import Projects
from discovery.compose.world import World
from discovery.formats.documents import Document, documents_of
from discovery.formats.label_tags import LABELS, wanted_labels
from discovery.formats.options import option_faults
from discovery.formats.source_name import source_name_faults
from graph_service import (
    Event,
    Fault,
    InvalidInputError,
    Note,
    Place,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
)

SUFFIXES = (".yaml", ".yml")
OPTIONS = ("project", LABELS)
VARIABLE = "variable."
_SHOWN_MAX = 10


class ComposeCollector:
    """Reads Compose files, each as a project of its own with whatever it extends and includes.

    The option ``project`` names a project whose file does not; ``variable.NAME`` is what
    ``${NAME}`` is worth. ``labels`` of services become tags.
    """

    name = "compose"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Find the files; one reading of all projects."""
        data_source = request.data_source or self.name
        variables = {
            name.removeprefix(VARIABLE): value
            for name, value in request.options.items()
            if name.startswith(VARIABLE)
        }
        own = {name: value for name, value in request.options.items()
               if not name.startswith(VARIABLE)}  # fmt: skip
        labels, odd = wanted_labels(request)
        faults = [
            *source_name_faults(data_source, Place(data_source)),
            *option_faults(replace(request, options=own), [*OPTIONS, f"{VARIABLE}NAME"]),
            *odd,
        ]
        if faults:
            raise InvalidInputError(faults)
        documents = documents_of(request, SUFFIXES)
        found, notes = roots(documents)
        if not found:
            raise InvalidInputError([_nothing(request)])
        return [
            Reading(
                data_source=data_source,
                collector=self.name,
                complete=request.complete,
                events=_events(
                    documents,
                    (found, notes),
                    (Files(Variables(variables), labels), own.get("project", "")),
                    data_source,
                ),
            )
        ]

    def locate(self, place: Place) -> Place:
        """Return the place: these files are small, so places are known from the start."""
        return place


COLLECTOR = ComposeCollector()


def _events(
    documents: Sequence[Document],
    found: tuple[Sequence[Root], Sequence[Note]],
    said: tuple[Files, str],
    data_source: str,
) -> Iterator[Event]:
    starts, notes = found
    files, project = said
    kept = _projects(starts, Projects(files, library(documents)), project)
    yield Progress(len(starts), len(starts))
    yield from files.unreadable
    made = Observations(World(kept), data_source)
    yield from made.all()
    yield from notes
    yield from _notes(kept, made, files.variables)
    if not files.unreadable:
        yield ReadToTheEnd()


def _projects(starts: Sequence[Root], projects: Projects, name: str) -> list[Project]:
    wholes = [(each, projects.whole(each)) for each in starts]
    kept: dict[str, Project] = {}
    for root, whole in wholes:
        if whole is None or root.documents[0].name in projects.parts:
            continue
        project = projects.named(root, whole, name)
        if project and project.name in kept:
            projects.files.unreadable.append(_duplicate(project, kept[project.name]))
        elif project:
            kept[project.name] = project
    return [kept[each] for each in sorted(kept)]


def _duplicate(again: Project, first: Project) -> Unreadable:
    fault = Fault(
        code="DUPLICATE_PROJECT",
        message=f"there is another project called {again.name}",
        place=again.place,
        remedy=f"first at {first.place}; write `name:` into the file, or import it by itself "
        "with --option project=NAME",
    )
    return Unreadable(fault, {"project": again.name})


def _nothing(request: ReadingRequest) -> Fault:
    return Fault(
        code="NOTHING_TO_READ",
        message="there is no Compose file",
        place=Place(", ".join(str(each) for each in request.paths)),
        remedy=f"name the file; in folders it is called {', '.join(BASES)}",
    )


def _notes(projects: Sequence[Project], made: Observations, variables: Variables) -> Iterator[Note]:
    if variables.missing:
        names = sorted(variables.missing)
        place = variables.missing[names[0]]
        yield Note(f"nobody said what {_listed(names)} is worth, so what needs it is left out: "
                   f"--option {VARIABLE}{names[0]}=…", place)  # fmt: skip
    for project in projects:
        optional = sorted(name for name, each in project.services.items() if each.profiles)
        if optional:
            yield Note(f"only run under a profile in {project.name}: {_listed(optional)}",
                       project.place)  # fmt: skip
        unread = sorted({file for each in project.services.values() for file in each.unread_files})
        if unread:
            yield Note(f"may hold secrets and was not read, calls in it are unknown: "
                       f"{_listed(unread)}", project.place)  # fmt: skip
    if made.left_out:
        counted = sorted(made.left_out.items())
        yield Note("left out: " + ", ".join(f"{what} ({count})" for what, count in counted))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_MAX} more" if len(names) > _SHOWN_MAX else ""
    return ", ".join(names[:_SHOWN_MAX]) + more
