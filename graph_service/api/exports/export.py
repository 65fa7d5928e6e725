"""A list → a file, page by page, at one revision."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any, Protocol

from graph_service.api.exports.ci_columns import VOCABULARY, ci_columns, with_tags
from graph_service.api.exports.listing import Listing
from graph_service.model.errors import CINotFoundError
from graph_service.use_cases.files.ci_table import TAGS
from graph_service.use_cases.files.columns import About, Column, FileFormat
from graph_service.use_cases.files.writing import Writing, begun

_NEWEST = "query Newest { estate { revision } }"
_NESTED = frozenset({FileFormat.JSON, FileFormat.JSONL})


class Ask(Protocol):
    """Whoever answers GraphQL documents."""

    async def __call__(self, document: str, **variables: object) -> dict[str, Any]:
        """Return the data of a document."""
        ...


Report = Callable[[str, int, int | None], None]
"""Told (phase, rows so far, rows in all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which list, which of its rows and which columns.

    ``variables`` are what its document needs and takes; ``shown_filter`` says in words which rows.
    ``estate`` are the variables that say which state of the estate; none: that of now, as it is
    when the export begins.
    ``keep`` says which rows are wanted, where the list cannot be asked for them alone.
    ``has_mark``: CSV begins with a byte-order mark, by which spreadsheets know UTF-8.
    """

    listing: Listing
    file_format: FileFormat
    exported_at: str
    keep: Callable[[Mapping[str, Any]], bool] | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    estate: Mapping[str, object] = field(default_factory=dict)
    columns: Sequence[str] = ()
    classes: Sequence[str] = ()
    shown_filter: str = ""
    has_mark: bool = True


async def export(ask: Ask, wanted: Wanted, stream: IO[bytes], report: Report) -> About:
    """Write a list to a stream; return what the file says of itself.

    Raises:
        InvalidInputError: A column that there is none of.
        CINotFoundError: The list is that of a CI, and there is none of this name.

    """

    def begin(columns: Sequence[Column], about: About) -> Writing:
        return begun(wanted.file_format, stream, columns, about, has_mark=wanted.has_mark)

    return await fill(ask, wanted, begin, report)


async def fill(
    ask: Ask, wanted: Wanted, begin: Callable[[Sequence[Column], About], Writing], report: Report
) -> About:
    """Write a list to what begins with its columns; return what it says of itself."""
    listing = wanted.listing
    columns = await columns_of(ask, wanted)
    about = About(
        list=listing.name,
        title=listing.title,
        revision=0,
        exported_at=wanted.exported_at,
        filter=wanted.shown_filter,
    )
    writing = None
    async for page in _pages(ask, wanted, columns):
        about = _seen(about, page)
        writing = writing or begin(columns, about)
        await asyncio.to_thread(writing.rows, page.rows)
        report(listing.title, about.row_count, about.total_count)
    assert writing is not None  # noqa: S101 - there is a first page, if an empty one
    await asyncio.to_thread(writing.end, about)
    return about


async def columns_of(ask: Ask, wanted: Wanted) -> tuple[Column, ...]:
    """Return the columns a file will have."""
    if not wanted.listing.ci_columns:
        return wanted.listing.columns
    vocabulary = (await ask(VOCABULARY))["estate"]["vocabulary"]
    return ci_columns(
        wanted.listing,
        vocabulary,
        named=wanted.columns,
        classes=wanted.classes,
        is_nested=wanted.file_format in _NESTED,
    )


async def estate_of(ask: Ask, wanted: Wanted) -> Mapping[str, object]:
    """Return the variables that hold all pages at one state of the estate."""
    if wanted.estate or not wanted.listing.is_of_estate:
        return wanted.estate
    newest = (await ask(_NEWEST))["estate"]["revision"]
    return {"asOf": {"revision": newest}} if newest else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    rows: Sequence[Mapping[str, Any]]
    revision: int
    total_count: int | None
    hidden_ci_count: int
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


async def _pages(ask: Ask, wanted: Wanted, columns: Sequence[Column]) -> AsyncIterator[_Page]:
    listing = wanted.listing
    variables = {**wanted.variables, **await estate_of(ask, wanted)}
    if listing.ci_columns:
        named = [each.name for each in columns if len(each.path) == 2]  # noqa: PLR2004 - values, name
        # Tags are values that nobody knows the names of beforehand: all are asked for.
        has_tags = any(each.name == TAGS for each in columns)
        variables["attributes"] = None if has_tags else named or None
    after: str | None = None
    is_first = True
    while after is not None or is_first:
        if listing.is_counted:
            variables["counted"] = is_first
        data = await ask(listing.document, first=listing.page_size, after=after, **variables)
        holder: Any = data
        for step in listing.within:
            holder = holder[step]
            if holder is None:
                raise CINotFoundError(str(wanted.variables.get("ci", "")))
        page, completeness = holder["page"], holder.get("completeness") or {}
        info = page["pageInfo"]
        after, is_first = info["endCursor"] if info["hasNextPage"] else None, False
        yield _Page(
            rows=_rows(wanted, page["nodes"]),
            revision=holder.get("revision") or data["estate"]["revision"],
            total_count=page.get("totalCount"),
            hidden_ci_count=page.get("hiddenCiCount", 0),
            unknown=tuple(holder.get("unresolved", completeness.get("unresolved", ()))),
            notes=tuple(completeness.get("notes", ())),
        )


def _rows(wanted: Wanted, nodes: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    spread = wanted.listing.spread
    if spread:
        nodes = [{**node, "each": one} for node in nodes for one in node[spread]]
    if wanted.listing.ci_columns:
        nodes = [with_tags(each) for each in nodes]
    return [each for each in nodes if wanted.keep(each)] if wanted.keep else nodes


def _seen(about: About, page: _Page) -> About:
    """Return what is known of a file after one more page."""
    notes = dict.fromkeys((*about.notes, *page.notes))
    if about.revision and page.revision != about.revision:
        notes[f"written to meanwhile: the last rows are of revision {page.revision}"] = None
    return replace(
        about,
        revision=about.revision or page.revision,
        row_count=about.row_count + len(page.rows),
        total_count=about.total_count if page.total_count is None else page.total_count,
        hidden_ci_count=max(about.hidden_ci_count, page.hidden_ci_count),
        unknown=page.unknown,
        notes=(*notes,),
    )
