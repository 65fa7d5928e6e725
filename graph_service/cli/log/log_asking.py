"""What commands ask of the log: documents, and what they are answered with page by page."""

from collections.abc import AsyncIterator

from graph_service.cli.answers import Asked
from graph_service.cli.shapes import Shape

PAGE = 500

_ENTRY = """revision sequence at actor { id name type } action reason run change
      record { id key recordType name } differences { name before after }"""

_LOG = f"""
query Log($first: Int!, $after: String, $filter: LogFilter, $direction: Direction!) {{
  log(first: $first, after: $after, filter: $filter, direction: $direction) {{
    nodes {{ {_ENTRY} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

COUNT = """
query LogCount($filter: LogFilter) { log(first: 0, filter: $filter) { totalCount } }"""

_REVISION = f"""
query Revision($number: RevisionNumber!, $first: Int!, $after: String) {{
  revision(number: $number) {{
    number committedAt actor {{ id name type }} reason run change entryCount hash previousHash
    entries(first: $first, after: $after) {{
      nodes {{ {_ENTRY} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

CHECK = """
query Check($first: RevisionNumber!, $last: RevisionNumber) {
  chainCheck(from: $first, to: $last) {
    fromRevision toRevision entryCount intact firstBroken headHash faults { code message place }
  }
}"""

FOLLOW = """
subscription Follow($after: RevisionNumber!, $filter: LogFilter) {
  revisions(after: $after, filter: $filter) { number }
}"""

NEWEST = """
query Newest { revisions(first: 1) { nodes { number } } }"""


async def pages_of(
    asked: Asked, wanted: Shape, direction: str, most: int | None
) -> AsyncIterator[list[Shape]]:
    """Yield entries page by page: what was written is let go of before the next is asked for."""
    after, left = None, most
    while left is None or left > 0:
        first = PAGE if left is None else min(PAGE, left)
        answer = await asked.ask(_LOG, first=first, after=after, filter=wanted, direction=direction)
        page = answer["log"]
        yield page["nodes"]
        left = None if left is None else left - len(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


async def whole_revision(asked: Asked, number: int) -> Shape | None:
    """Return a revision with all its entries, or ``None`` if there is none of this number."""
    found: list[Shape] = []
    after = None
    while True:
        answer = await asked.ask(_REVISION, number=number, first=PAGE, after=after)
        page: Shape | None = answer["revision"]
        if page is None:
            return None
        found += page["entries"]["nodes"]
        after = page["entries"]["pageInfo"]["endCursor"]
        if not page["entries"]["pageInfo"]["hasNextPage"]:
            return {**page, "entries": found}
