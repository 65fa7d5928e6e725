"""A cone → a graph that other programs open: GraphML, or node-link JSON."""

import re
from collections.abc import Iterable, Mapping
from typing import IO, Any, TypeAlias

import networkx as nx
import orjson

_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"  # what XML cannot hold
)
_OWN = frozenset({"id", "ciId", "key", "name", "class", "hops", "state"})

Graph: TypeAlias = "nx.MultiDiGraph[str]"


def empty_graph(about: Mapping[str, Any]) -> Graph:
    """Return a graph that says what it is of."""
    graph: Graph = nx.MultiDiGraph()
    graph.graph.update(about)
    return graph


def add_cis(graph: Graph, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add CIs: nodes are called by their keys, and attributes are theirs."""
    for row in rows:
        ci = row["ci"]
        attributes = {
            f"attribute.{name}" if name in _OWN else name: value
            for name, value in ci["values"].items()
        }
        graph.add_node(
            ci["key"],
            **attributes,
            ciId=ci["id"],  # node-link JSON calls the node itself id
            key=ci["key"],
            name=ci["name"],
            **{"class": ci["className"]},
            hops=row["hops"],
        )


def add_relationships(graph: Graph, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add relationships; the key of an edge is the relationship's id, so that none fold."""
    for row in rows:
        said = {
            name: row[name]
            for name in (
                "strength", "channels", "toleranceMinutes", "group", "role",
                "protocol", "port", "evidence", "origin",
            )
        }  # fmt: skip
        graph.add_edge(
            row["source"]["key"],
            row["target"]["key"],
            key=row["id"],
            id=row["id"],
            type=row["typeName"],
            **{name: value for name, value in said.items() if value is not None},
        )


def write_graphml(graph: Graph, stream: IO[bytes]) -> None:
    """Write GraphML. It knows neither lists nor nulls: the former are JSON text, the latter out."""
    plain: Graph = nx.MultiDiGraph()
    plain.graph.update(_plain(graph.graph))
    plain.add_nodes_from((_text(node), _plain(said)) for node, said in graph.nodes(data=True))
    for source, target, key, said in graph.edges(keys=True, data=True):
        plain.add_edge(_text(source), _text(target), key=key, **_plain(said))
    nx.write_graphml_xml(plain, stream, named_key_ids=False)


def write_node_link(graph: Graph, stream: IO[bytes]) -> None:
    """Write node-link JSON, in which everything is as the estate has it."""
    data = nx.node_link_data(graph, edges="edges")
    stream.write(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {_text(name): _value(value) for name, value in said.items() if value is not None}


def _value(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    return _text(value if isinstance(value, str) else orjson.dumps(value).decode())


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
