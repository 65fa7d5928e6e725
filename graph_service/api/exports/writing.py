"""Whatever is asked for → a file, be it a list, a workbook or a cone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO

from graph_service.api.exports.asked import ExportRequest
from graph_service.api.exports.cones import WantedCone, export_cone
from graph_service.api.exports.estate_workbook import export_workbook
from graph_service.api.exports.export import Ask, Report, Wanted, export
from graph_service.model.instants import instant_text
from graph_service.use_cases.files.columns import About


async def write_export(
    ask: Ask,
    request: ExportRequest,
    stream: IO[bytes],
    report: Report,
    *,
    estate: Mapping[str, object],
) -> About:
    """Write what is asked for to a stream; return what the file says of itself.

    ``estate`` are the variables that say which state of the estate; none: that of now.

    Raises:
        GraphServiceError: Whatever the questions behind it were refused for.

    """
    now = instant_text(datetime.now(UTC))
    if request.is_workbook:
        return await export_workbook(ask, request, stream, report, estate=estate, exported_at=now)
    if request.is_cone:
        cone = WantedCone(
            of=request.of,
            direction=request.direction.value,
            max_hops=request.max_hops,
            with_impact=request.impact,
            file_format=request.file_format,
            exported_at=now,
            estate=estate,
        )
        return await export_cone(ask, cone, stream, report)
    wanted = Wanted(
        listing=request.listing,
        file_format=request.file_format,
        exported_at=now,
        variables=request.variables(),
        estate=estate,
        columns=request.columns,
        classes=request.classes,
        shown_filter=request.words,
        has_mark=request.has_mark,
    )
    return await export(ask, wanted, stream, report)
