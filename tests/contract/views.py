"""All that a store has to say, in one value, so that two can be compared."""

from asyncio import gather
from collections.abc import Awaitable
from itertools import chain, islice
from typing import Any

import orjson

from graph_service.model.delta import GraphDelta
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.revision import Head, RecordType
from graph_service.store import CIColumns, CIQuery, ClaimIndex, GraphStore, RelationshipColumns
from tests.contract.random_deltas import CI_IDS, DATA_SOURCES, NAMES, RELATIONSHIP_IDS

QUERIES = (
    CIQuery(include_retired=True),
    CIQuery(limit=2),
    CIQuery(limit=2, after=("b", CI_IDS[1])),
    CIQuery(classes=frozenset({"Server"}), tiers=frozenset({0, 1, 2})),
    CIQuery(environments=frozenset({"prod", "1"})),
    CIQuery(text="数据"),
    CIQuery(text="words sa", include_retired=True),
    CIQuery(name_prefix="\U0001f5a5"),
)


def comparable(value: object) -> bytes:
    """Write any answer so that equal bytes are equal answers; 1, 1.0 and True are not equal."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


async def outcome(store: GraphStore, delta: GraphDelta) -> object:
    """Apply a delta and return what its author is told."""
    try:
        return await store.apply(delta)
    except StaleRevisionError as refusal:
        return ["stale", refusal.based_on, refusal.current, refusal.moved]
    except InvalidInputError as refusal:
        return ["refused", sorted(str(each) for each in refusal.faults)]


async def view(store: GraphStore) -> dict[str, Any]:
    """Ask a store everything, all at once."""
    keys = [*NAMES, *(f"CI-{number:06d}" for number in range(12)), *(f"CI-{n}" for n in NAMES)]
    subjects = [*CI_IDS, *RELATIONSHIP_IDS]
    questions: dict[str, list[Awaitable[Any]]] = {
        "head": [store.head()],
        "cis": [store.cis(CI_IDS)],
        "by key": [store.cis_by_key(keys)],
        "by name": [store.cis_by_name(each) for each in ("a", "same")],
        "found": [store.find_cis(each) for each in QUERIES],
        "relationships": [store.relationships(RELATIONSHIP_IDS)],
        "of": [store.relationships_of(CI_IDS)],
        "of some": [store.relationships_of(CI_IDS[:2], include_retired=True)],
        "claims": [store.claims_of(subjects)],
        "claim index": [_index(store.claim_index(each)) for each in DATA_SOURCES],
        "revisions": [store.revisions(newest_first=True, limit=5)],
        "log": [store.entries_after(0, 1_000)],
        "as of": [store.as_of(each, subjects) for each in range(5)],
        "changed": [store.changed(each, after=2, until=9) for each in RecordType],
        "entries of": [store.entries_of(subjects, after=each) for each in (0, 3)],
        "size": [store.log_size(each) for each in range(5)],
        "history": [store.history(each, limit=4) for each in (*CI_IDS, *RELATIONSHIP_IDS[:3])],
        "topology": [_topology(store)],
        "records": [store.records(each) for each in ("run", "plan")],
    }
    answers = iter(await gather(*chain.from_iterable(questions.values())))
    return {question: [*islice(answers, len(those))] for question, those in questions.items()}


async def _index(asked: Awaitable[ClaimIndex]) -> list[tuple[Any, ...]]:
    index = await asked
    columns = (index.native_key, index.subject, index.scope, index.digest, index.live)
    return [*zip(*columns, strict=True)]


async def _topology(store: GraphStore) -> dict[str, Any]:
    """Return the topology in an order of its own: stores may stream in any."""
    drawn: dict[str, Any] = {"cis": [], "relationships": [], "stale": []}
    async for chunk in store.topology():
        match chunk:
            case Head():
                drawn["head"] = chunk
            case CIColumns():
                columns = (chunk.ordinal, chunk.id, chunk.key, chunk.name, chunk.class_name)
                drawn["cis"] += zip(*columns, map(_read, chunk.attributes), strict=True)
                drawn["stale"] += [chunk.id[each] for each in chunk.stale]
            case RelationshipColumns():
                ends = (chunk.source, chunk.target, chunk.type, chunk.origin)
                drawn["relationships"] += zip(
                    chunk.id, *ends, map(_read, chunk.attributes), strict=True
                )
                drawn["stale"] += [chunk.id[each] for each in chunk.stale]
    return {
        "head": drawn.pop("head"),
        **{name: sorted(rows, key=str) for name, rows in drawn.items()},
    }


def _read(attributes: str | None) -> Any:  # noqa: ANN401 - JSON
    return attributes and orjson.loads(attributes)
