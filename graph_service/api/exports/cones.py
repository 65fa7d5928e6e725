"""A cone of the estate → a graph that other programs open."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from graph_service.api.exports.export import Ask, Report
from graph_service.api.exports.listing import PAGE
from graph_service.use_cases.files.columns import About, FileFormat
from graph_service.use_cases.files.graph_files import (
    add_cis,
    add_relationships,
    empty_graph,
    write_graphml,
    write_node_link,
)

_SIZE = 500
_CONE = "cone(of: $of, direction: $direction, maxHops: $maxHops)"
_VARIABLES = "$of: [CIRef!], $direction: ConeDirection!, $maxHops: Int, $asOf: AsOf, \
$overlay: [EstateEdit!]"
_ESTATE = "estate(asOf: $asOf, overlay: $overlay)"

_ABOUT = f"""
query Cone({_VARIABLES}) {{
  {_ESTATE} {{ revision {_CONE} {{ ciCount frontierCount unresolved }} }}
}}"""

_PART = f"""
query ConePart({_VARIABLES}, $first: Int!, $after: String) {{
  {_ESTATE} {{ {_CONE} {{ page: %s(first: $first, after: $after) {{ nodes {{ %s }} {PAGE} }} }} }}
}}"""

_SAID = """id typeName source { key } target { key } strength channels toleranceMinutes group role
  protocol port evidence origin"""

_CIS = _PART % ("cis", "hops ci { id key name className values }")
_RELATIONSHIPS = _PART % ("relationships", _SAID)

_STATES = f"""
query ConeStates($states: [CIState!]!, $first: Int!, $after: String, $asOf: AsOf,
                 $overlay: [EstateEdit!]) {{
  {_ESTATE} {{ impact(of: {{states: $states}}) {{
    page: %s(first: $first, after: $after) {{ nodes {{ %s ci {{ key }} }} {PAGE} }}
  }} }}
}}"""

_LISTS = {"affected": "after", "saved": "", "reachedOnly": "", "alreadyAffected": "after"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCone:
    """Which cone. Without ``of`` it is the whole estate.

    ``with_impact`` puts on every CI the state it is in when those the cone opens at are DOWN.
    """

    of: Sequence[str]
    direction: str
    max_hops: int | None
    with_impact: bool
    file_format: FileFormat
    exported_at: str
    estate: Mapping[str, object] = field(default_factory=dict)


async def export_cone(ask: Ask, wanted: WantedCone, stream: IO[bytes], report: Report) -> About:
    """Write a cone to a stream; return what the file says of itself.

    Raises:
        AmbiguousReferenceError: A name that several CIs have.

    """
    variables: dict[str, object] = {
        "of": [{"text": each} for each in wanted.of] or None,
        "direction": wanted.direction,
        "maxHops": wanted.max_hops,
        **wanted.estate,
    }
    estate = (await ask(_ABOUT, **variables))["estate"]
    cone = estate["cone"]
    if not wanted.estate and estate["revision"]:
        variables["asOf"] = {"revision": estate["revision"]}
    about = About(
        list="cone",
        title="Cone" if wanted.of else "Estate",
        revision=estate["revision"],
        exported_at=wanted.exported_at,
        filter=_words(wanted),
        row_count=cone["ciCount"],
        total_count=cone["ciCount"] + cone["frontierCount"],
        is_whole=cone["frontierCount"] == 0,
        unknown=cone["unresolved"],
        notes=_cut(cone["frontierCount"]),
    )
    graph = empty_graph(about.shape())
    async for nodes in _pages(ask, _CIS, ("cone",), variables):
        add_cis(graph, nodes)
        report("CIs", len(graph), cone["ciCount"])
    done = 0  # counted here: networkx goes over all nodes to count edges
    async for nodes in _pages(ask, _RELATIONSHIPS, ("cone",), variables):
        add_relationships(graph, nodes)
        done += len(nodes)
        report("Relationships", done, None)
    if wanted.with_impact:
        states = await _states(ask, wanted, variables)
        for key, said in graph.nodes(data=True):
            said["state"] = states.get(key, "UP")
    write = write_graphml if wanted.file_format is FileFormat.GRAPHML else write_node_link
    await asyncio.to_thread(write, graph, stream)
    return about


async def _states(ask: Ask, wanted: WantedCone, variables: Mapping[str, object]) -> dict[str, str]:
    """Return the state of every CI that the impact speaks of, by key."""
    states: dict[str, str] = {}
    asked = {
        "states": [{"ci": {"text": each}} for each in wanted.of],
        **{name: variables[name] for name in ("asOf", "overlay") if name in variables},
    }
    for name, own in _LISTS.items():
        async for nodes in _pages(ask, _STATES % (name, own), ("impact",), asked):
            for each in nodes:
                states[each["ci"]["key"]] = each.get("after", "UP")
    for each in (await ask(_CAUSES, **asked))["estate"]["impact"]["causes"]:
        states[each["ci"]["key"]] = each["state"]
    return states


_CAUSES = f"""
query ConeCauses($states: [CIState!]!, $asOf: AsOf, $overlay: [EstateEdit!]) {{
  {_ESTATE} {{ impact(of: {{states: $states}}) {{ causes {{ ci {{ key }} state }} }} }}
}}"""


async def _pages(
    ask: Ask, document: str, within: Sequence[str], variables: Mapping[str, object]
) -> AsyncIterator[list[dict[str, Any]]]:
    after: str | None = None
    goes_on = True
    while goes_on:
        data = await ask(document, first=_SIZE, after=after, **variables)
        holder: Any = data["estate"]
        for step in within:
            holder = holder[step]
        page = holder["page"]
        yield page["nodes"]
        after, goes_on = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def _words(wanted: WantedCone) -> str:
    if not wanted.of:
        return ""
    way = {"NEEDS": "what they need", "NEEDED_BY": "what needs them", "BOTH": "both ways"}
    hops = f", at most {wanted.max_hops} hops" if wanted.max_hops else ""
    return f"{', '.join(wanted.of)}: {way[wanted.direction]}{hops}"


def _cut(frontier: int) -> tuple[str, ...]:
    return (f"{frontier} more CIs are one hop behind the limit",) if frontier else ()
