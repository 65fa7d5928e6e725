"""What the commands ask, whoever answers: a store on this machine, or a running service."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from graph_service.cli.shapes import Shape
from graph_service.model.impact_state import ImpactState

Progress = Callable[[str, int, int | None], None]
"""Told (phase, done, total); the total is ``None`` while it is not known."""


Data = dict[str, Any]
"""What a GraphQL document is answered with."""


class Asked(Protocol):
    """Whoever answers the program's GraphQL documents.

    A command that is written against this works on a store and on a service alike, and prints the
    same, because both answer through the same API.
    """

    async def ask(self, document: str, **variables: object) -> Data:
        """Send a GraphQL document and return its data.

        Raises:
            GraphServiceError: Whatever it was refused for.

        """
        ...

    async def upload(self, document: bytes) -> str:
        """Hand over a document that is too large for an operation; return the id to name it by."""
        ...

    def follow(self, document: str, **variables: object) -> AsyncGenerator[Data, None]:
        """Subscribe by a GraphQL document, and yield the data of its events.

        Raises:
            GraphServiceError: Whatever it was refused for, or that it was broken off.

        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import, and as what."""

    collector: str
    paths: Sequence[Path]
    data_source: str = ""
    complete: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


class Answers(Protocol):
    """One method a command. All answers are JSON objects of the shapes in ``cli.shapes``."""

    async def impact(
        self,
        of: Sequence[str],
        *,
        state: ImpactState,
        duration_minutes: float | None,
        max_hops: int | None,
        rows_max: int | None = None,
    ) -> Shape:
        """Return the impact of CIs being in a state; of those there are, when some are unknown.

        With ``rows_max`` each list has at most as many rows; the figures count all of them.
        """
        ...

    async def ci(self, text: str) -> Shape:
        """Return everything about one CI."""
        ...

    async def keys_like(self, text: str) -> list[str]:
        """Return keys of CIs that a misspelt name may have meant."""
        ...

    async def unresolved(self, data_source: str | None) -> list[Shape]:
        """Return all references that nothing answers."""
        ...

    async def revisions(self, limit: int) -> list[Shape]:
        """Return the newest revisions, newest first."""
        ...

    async def plan(self, request: ImportRequest, progress: Progress) -> list[Shape]:
        """Plan an import and keep the plans, one for each data source in what is read."""
        ...

    async def apply(self, plan_id: str, approvals: Mapping[str, str], progress: Progress) -> Shape:
        """Apply a plan that was kept."""
        ...

    async def imports(
        self, request: ImportRequest, progress: Progress, shown: Callable[[Shape], None]
    ) -> list[Shape]:
        """Plan, show each plan, apply it unless a brake holds; return the results."""
        ...
