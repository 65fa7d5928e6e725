"""Commands that ask GraphQL within their own process: the API, without a network between."""

from pathlib import Path

import pytest

from graph_service.bootstrap import opened
from graph_service.cli.asking import WithinProcess
from graph_service.config import Settings
from graph_service.model.errors import AmbiguousReferenceError

pytestmark = pytest.mark.anyio

CREATE = """
mutation Create($edits: [EstateEdit!]!) {
  editEstate(input: {edits: $edits, reason: "two of a name"}) {
    ... on EstateWritten { revision createdCount }
    ... on Problem { code message }
  }
}"""


def settings(folder: Path) -> Settings:
    """Return the settings of a store in a folder."""
    return Settings.from_environment({"GRAPH_SERVICE_STORE": f"sqlite:{folder / 'estate.db'}"})


async def test_what_is_asked_within_the_process_is_answered_and_written(tmp_path: Path) -> None:
    async with opened(settings(tmp_path), writing=True) as product:
        here = WithinProcess(product)
        edits = [{"createCi": {"class": "Server", "name": f"web-{n}"}} for n in range(1_200)]
        written = await here.ask(CREATE, edits=edits)
        counted = await here.ask("query { estate { revision cis(first: 0) { totalCount } } }")

    assert written == {"editEstate": {"revision": 1, "createdCount": 1_200}}
    assert counted == {"estate": {"revision": 1, "cis": {"totalCount": 1_200}}}


async def test_a_refusal_within_the_process_is_the_error_it_stands_for(tmp_path: Path) -> None:
    edits = [{"createCi": {"class": "Server", "name": "web"}} for _ in range(2)]
    async with opened(settings(tmp_path), writing=True) as product:
        here = WithinProcess(product)
        await here.ask(CREATE, edits=edits)

        with pytest.raises(AmbiguousReferenceError, match="several configuration items"):
            await here.ask('query { estate { ci(ref: {name: "web"}) { key } } }')
