"""What somebody asks to have as a file, checked: the same on the command line and over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_service.api.exports.listing import Listing
from graph_service.api.exports.lists import LISTS
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.use_cases.files.columns import FileFormat
from graph_service.use_cases.impact.cone_direction import ConeDirection

CONE = "cone"
WORKBOOK = "workbook"
OF_LISTS = (FileFormat.CSV, FileFormat.JSON, FileFormat.JSONL, FileFormat.XLSX)
OF_WORKBOOKS = (FileFormat.XLSX,)
OF_CONES = (FileFormat.GRAPHML, FileFormat.JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What is to be exported.

    ``of`` are CIs by id, key or name; ``filter`` is a ``CIFilter`` as GraphQL takes it, and
    ``shown_filter`` says it in words. ``direction``, ``max_hops`` and ``impact`` shape a cone.
    """

    name: str
    file_format: FileFormat
    of: Sequence[str] = ()
    filter: Mapping[str, object] = field(default_factory=dict)
    shown_filter: str = ""
    columns: Sequence[str] = ()
    direction: ConeDirection = ConeDirection.BOTH
    max_hops: int | None = None
    impact: bool = False
    has_mark: bool = True

    @property
    def is_cone(self) -> bool:
        """Whether it is a cone, and no list."""
        return self.name == CONE

    @property
    def is_workbook(self) -> bool:
        """Whether it is all lists that come back, in one file."""
        return self.name == WORKBOOK

    @property
    def listing(self) -> Listing:
        """The list that is meant."""
        return LISTS[self.name]

    @property
    def classes(self) -> list[str]:
        """The classes that the filter names."""
        named = self.filter.get("classes")
        return [str(each) for each in named] if isinstance(named, list) else []

    @property
    def words(self) -> str:
        """Which rows it has, for people."""
        of = f"of {', '.join(self.of)}" if self.of and not self.is_cone else ""
        return ", ".join(each for each in (of, self.shown_filter) if each)

    def variables(self) -> dict[str, object]:
        """Return the variables of the list's document."""
        needs, takes = self.listing.needs, self.listing.takes
        variables: dict[str, object] = {}
        if "of" in needs:
            variables["of"] = [{"ci": {"text": each}} for each in self.of]
        if "ci" in needs:
            variables["ci"] = {"text": self.of[0]}
        if "cone" in takes and self.of:
            variables["cone"] = [{"text": each} for each in self.of]
        if "filter" in takes:
            variables["filter"] = dict(self.filter)
        return variables


def checked(request: ExportRequest, *, is_of_now: bool) -> ExportRequest:
    """Return a request that can be answered; ``is_of_now``: of no other state of the estate.

    Raises:
        InvalidInputError: Everything that does not fit together.

    """
    faults = [
        Fault(code=code, message=message, place=Place("export", spot), remedy=remedy)
        for code, spot, message, remedy in _faults(request, is_of_now=is_of_now)
    ]
    if faults:
        raise InvalidInputError(faults)
    return request


_Said = tuple[str, str, str, str]


def _faults(request: ExportRequest, *, is_of_now: bool) -> list[_Said]:
    if request.is_cone:
        return [*_format_faults(request, OF_CONES), *_cone_faults(request)]
    if request.is_workbook:
        return [*_format_faults(request, OF_WORKBOOKS), *_workbook_faults(request)]
    if request.name not in LISTS:
        known = (*LISTS, WORKBOOK, CONE)
        near = nearest(request.name, known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
        return [("UNKNOWN_LIST", "list", f"there is no list {request.name[:60]!r}", hint)]
    return [*_format_faults(request, OF_LISTS), *_list_faults(request, is_of_now=is_of_now)]


def _format_faults(request: ExportRequest, allowed: Sequence[FileFormat]) -> list[_Said]:
    if request.file_format in allowed:
        return []
    what = "a cone" if request.is_cone else "a workbook" if request.is_workbook else "a list"
    message = f"{what} is never {request.file_format}"
    return [("WRONG_FORMAT", "format", message, f"say one of {', '.join(allowed)}")]


def _cone_faults(request: ExportRequest) -> list[_Said]:
    faults = []
    if request.impact and not request.of:
        faults.append(("INCOMPLETE", "of", "the impact of nothing is nothing", "say what is down"))
    if request.filter:
        faults.append(("WRONG_LIST", "filter", "a cone takes no filter", "name its CIs"))
    return faults


def _workbook_faults(request: ExportRequest) -> list[_Said]:
    if not request.of:
        return []
    message = "a workbook is of all CIs, or of those that a filter names"
    return [("WRONG_LIST", "of", message, f"leave {request.of[0][:60]!r} out, or say --where")]


def _list_faults(request: ExportRequest, *, is_of_now: bool) -> list[_Said]:
    listing, name = request.listing, request.name
    faults = []
    if listing.needs and not request.of:
        faults.append(("INCOMPLETE", "of", f"{name} is the list of a CI", "say of which CI"))
    if "ci" in listing.needs and len(request.of) > 1:
        faults.append(("WRONG_LIST", "of", f"{name} is the list of one CI", "name one"))
    if request.of and not (listing.needs or "cone" in listing.takes):
        message = f"{name} is not the list of a CI"
        faults.append(("WRONG_LIST", "of", message, f"leave {request.of[0][:60]!r} out"))
    if request.filter and "filter" not in listing.takes:
        message = f"{name} is not a list of CIs: it takes no filter"
        faults.append(("WRONG_LIST", "filter", message, "leave it out"))
    if request.columns and not listing.ci_columns:
        message = f"{name} always has all its columns"
        faults.append(("WRONG_LIST", "columns", message, "leave them out"))
    if not is_of_now and not listing.is_of_estate:
        faults.append(("WRONG_LIST", "asOf", f"{name} is always that of now", "leave it out"))
    return faults
