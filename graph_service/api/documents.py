"""Documents that clients hand in → readings of a collector."""

import asyncio
from collections.abc import Sequence

from graph_service.api.context import RequestContext
from graph_service.api.inputs import UNSET
from graph_service.api.types.writing import ContentInput, DocumentInput
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.observation import Collector, Reading, ReadingRequest
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest


def collector_called(context: RequestContext, name: str) -> Collector:
    """Return a collector by its name.

    Raises:
        InvalidInputError: There is none; says which there are.

    """
    collectors = context.services.collectors
    if name in collectors:
        return collectors[name]
    near = nearest(name, collectors)
    raise InvalidInputError(
        [
            Fault(
                code="UNKNOWN_COLLECTOR",
                message=f"there is no collector {name[:200]!r}",
                place=Place("input", "collector"),
                remedy=f"did you mean {near[0]}?" if near else f"one of {', '.join(collectors)}",
            )
        ]
    )


async def file_content(context: RequestContext, file_id: str, path: str) -> bytes:
    """Return what the viewer uploaded.

    Raises:
        InvalidInputError: The viewer has uploaded no such file, or it has expired.

    """
    content = await context.uploads.content(context.viewer.actor.id, file_id)
    if content is None:
        raise InvalidInputError(
            [
                Fault(
                    code="UNKNOWN_FILE",
                    message=f"there is no file {file_id[:100]!r} of yours",
                    place=Place("input", path),
                    remedy="send it to POST /files again and use the fileId it answers",
                )
            ]
        )
    return content


async def document_content(context: RequestContext, content: ContentInput, path: str) -> bytes:
    """Return what a document says, whichever way it was handed in.

    Raises:
        InvalidInputError: The viewer has uploaded no such file, or it has expired.

    """
    if content.text is not None and content.text is not UNSET:
        return content.text.encode()
    return await file_content(context, content.file_id or "", f"{path}.fileId")


async def opened(collector: Collector, request: ReadingRequest) -> Sequence[Reading]:
    """Open documents for reading, off the event loop.

    Raises:
        InvalidInputError: They cannot be read.

    """
    return await asyncio.to_thread(collector.readings, request)


async def document_text(context: RequestContext, document: DocumentInput) -> str:
    """Return what a document says, inline or uploaded.

    Raises:
        InvalidInputError: The viewer has uploaded no such file, or it is not UTF-8.

    """
    content = document.content
    if content.text is not None and content.text is not UNSET:
        return content.text
    found = await file_content(context, content.file_id or "", "document.content.fileId")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            [
                Fault(
                    code="NOT_UTF8",
                    message="is not UTF-8",
                    place=Place(document.name, "", line, 1),
                    remedy="save it as UTF-8",
                )
            ]
        ) from error
