"""What is to be undone: a revision, or all that an import run wrote."""

from dataclasses import dataclass

from graph_service.model.errors import (
    Fault,
    InvalidInputError,
    NotFoundError,
    RevisionUnknownError,
)
from graph_service.model.place import Place
from graph_service.model.revision import Revision
from graph_service.store import GraphStore, LogQuery
from graph_service.use_cases.intake.import_run import RUN, ImportRun, RunState, run_from_record

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class UndoTarget:
    """What is to be undone: revisions in their order, and the run they are, if they are one.

    ``ending`` is the run that ends with them, whether or not all of it is undone: what it could not
    draw or take in was written with its last revision.
    """

    revisions: tuple[Revision, ...]
    run: ImportRun | None = None
    ending: ImportRun | None = None

    @property
    def entry_count(self) -> int:
        """How many entries of the log they are."""
        return sum(each.entry_count for each in self.revisions)

    @property
    def name(self) -> str:
        """How the reason of what is written calls it."""
        if self.run:
            return f"revert of run {self.run.id}"
        return f"undo of revision {self.revisions[0].number}"


async def revision_target(store: GraphStore, number: int) -> UndoTarget:
    """Return a revision as what is to be undone.

    Raises:
        RevisionUnknownError: There is none of this number.

    """
    newest = (await store.head()).revision
    if not 1 <= number <= newest:
        raise RevisionUnknownError(f"there is no revision {number}; the newest is {newest}")
    [revision] = await store.revisions(after=number - 1, limit=1)
    return UndoTarget((revision,), ending=await _run_that_ends_with(store, revision))


async def _run_that_ends_with(store: GraphStore, revision: Revision) -> ImportRun | None:
    if revision.run is None:
        return None
    later = LogQuery(run=revision.run, first=revision.number + 1)
    record = await store.record(RUN, revision.run)
    if record is None or await store.revisions(query=later, limit=1):
        return None
    return run_from_record(record)


async def run_target(store: GraphStore, run_id: str) -> UndoTarget:
    """Return all that a run wrote.

    Raises:
        NotFoundError: There is no such run.
        InvalidInputError: It wrote nothing, or is not the newest of its data source.

    """
    record = await store.record(RUN, run_id)
    if record is None:
        raise NotFoundError("run", run_id)
    run = run_from_record(record)
    revisions: list[Revision] = []
    # The log knows best: of a run that was killed, its record may not have all revisions.
    query = LogQuery(run=run_id)
    while page := await store.revisions(
        query=query, after=revisions[-1].number if revisions else 0, limit=_PAGE
    ):
        revisions += page
    if not revisions:
        raise _refused(f"run {run_id} wrote nothing", "there is nothing to revert")
    if newer := await _newer_than(store, run):
        raise _refused(
            f"run {run_id} is not the newest that {run.data_source} wrote by",
            f"revert {newer} first, or undo single revisions",
            "NOT_NEWEST_RUN",
        )
    return UndoTarget(tuple(revisions), run, run)


async def _newer_than(store: GraphStore, run: ImportRun) -> str:
    """Return the newest run of the same data source that still counts, if it is newer."""
    after = ""
    while page := await store.records(
        RUN, group=run.data_source, after=after, limit=_PAGE, newest_first=True
    ):
        for each in map(run_from_record, page):
            if each.id == run.id:
                return ""
            if each.state is not RunState.REVERTED and await store.revisions(
                query=LogQuery(run=each.id), limit=1
            ):
                return each.id
        after = page[-1].id
    return ""


def _refused(message: str, remedy: str, code: str = "NOTHING_TO_UNDO") -> InvalidInputError:
    place = Place("input", "run")
    return InvalidInputError([Fault(code=code, message=message, place=place, remedy=remedy)])
