"""The lists that come back, as sheets of one workbook."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Any

from graph_service.api.exports.asked import ExportRequest
from graph_service.api.exports.estate_lists import CIS, GROUPS, RELATIONSHIPS
from graph_service.api.exports.export import Ask, Report, Wanted, estate_of, fill
from graph_service.use_cases.files.columns import About, FileFormat
from graph_service.use_cases.files.writing import Book


async def export_workbook(
    ask: Ask,
    request: ExportRequest,
    stream: IO[bytes],
    report: Report,
    *,
    estate: Mapping[str, object],
    exported_at: str,
) -> About:
    """Write CIs, their relationships and groups to a workbook; return what it says of itself.

    A filter names CIs; relationships are then those that have one of them as an end.
    """
    filtered = bool(request.filter)
    wanted = Wanted(
        listing=CIS,
        file_format=FileFormat.XLSX,
        exported_at=exported_at,
        variables={"filter": dict(request.filter)},
        estate=estate,
        columns=request.columns,
        classes=request.classes,
        shown_filter=request.words,
    )
    # All sheets are of one revision, whoever writes meanwhile.
    wanted = replace(wanted, estate=await estate_of(ask, wanted))
    book = Book(stream)
    keys: set[str] = set()
    cis = await fill(
        ask, replace(wanted, keep=_noting(keys) if filtered else None), book.sheet, report
    )
    related = replace(
        wanted,
        listing=RELATIONSHIPS,
        variables={},
        keep=(lambda row: not keys.isdisjoint((row["source"]["key"], row["target"]["key"])))
        if filtered
        else None,
    )
    relationships = await fill(ask, related, book.sheet, report)
    groups = await fill(ask, replace(wanted, listing=GROUPS), book.sheet, report)
    about = replace(
        cis,
        list="workbook",
        title="Estate",
        row_count=sum(each.row_count for each in (cis, relationships, groups)),
        total_count=None,
        notes=(
            *cis.notes,
            *(f"{each.title}: {each.row_count:,} rows" for each in (cis, relationships, groups)),
        ),
    )
    book.end(about)
    return about


def _noting(keys: set[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Return what keeps every CI, and notes its key."""

    def keep(row: Mapping[str, Any]) -> bool:
        keys.add(row["key"])
        return True

    return keep
