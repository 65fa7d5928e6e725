"""All that one estate has to say, in one value: of now, of the past, or of what might be."""

from asyncio import gather
from collections.abc import Awaitable
from itertools import chain, cycle, islice
from typing import Any

from graph_service.model.condition import (
    AllOf,
    AnyOf,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    End,
    IsCI,
    KnownTo,
    Not,
    OneOf,
    Orphan,
    Ref,
    RefBy,
    Related,
    Stale,
    Text,
    Within,
)
from graph_service.store import CIOrder, CIQuery, EstateReader
from tests.contract.random_deltas import CI_IDS, DATA_SOURCES, NAMES, RELATIONSHIP_IDS
from tests.contract.views import QUERIES

_A, _B = (Ref(RefBy.ID, each) for each in CI_IDS[:2])
_WHERE: tuple[Condition, ...] = (
    Related(frozenset({"USES"})),
    Related(frozenset(), End.SOURCE, _B),
    Not(Orphan()),
    Within(_A),
    KnownTo(frozenset({"cmdb"})),
    Conflicting(),
    ChangedSince(2),
    AnyOf((Attribute("tier", OneOf((0, 1))), Stale(), Orphan())),
    AllOf((Text("a", of_names=True), Not(IsCI((_B,))))),
)
CONDITIONS = tuple(
    CIQuery(where=where, order=order, descending=limit > 1, limit=limit, include_retired=limit > 1)
    for where, (order, limit) in zip(
        _WHERE,
        cycle([(CIOrder.NAME, 1), (CIOrder.TIER, 2), (CIOrder.UPDATED_AT, 9), (CIOrder.KEY, 2)]),
        strict=False,
    )
)


async def estate_view(estate: EstateReader) -> dict[str, Any]:
    """Ask an estate everything that is part of it, in the order in which it is told."""
    keys = [*NAMES, *(f"CI-{number:06d}" for number in range(12)), *(f"CI-{n}" for n in NAMES)]
    subjects = [*CI_IDS, *RELATIONSHIP_IDS]
    questions: dict[str, list[Awaitable[Any]]] = {
        "cis": [estate.cis(CI_IDS), estate.cis([])],
        "by key": [estate.cis_by_key(keys)],
        "by name": [estate.cis_by_name(each) for each in ("a", "same", "\ufeff")],
        "found": [estate.find_cis(each) for each in (*QUERIES, *CONDITIONS)],
        "counted": [estate.count_cis(each) for each in CONDITIONS],
        "former names": [estate.former_names(CI_IDS)],
        "relationships": [estate.relationships(RELATIONSHIP_IDS)],
        "of": [estate.relationships_of(CI_IDS)],
        "of some": [estate.relationships_of(CI_IDS[:2], include_retired=True)],
        "claims": [estate.claims(each, [*subjects, "shared", "absent"]) for each in DATA_SOURCES],
        "claims of": [estate.claims_of(subjects)],
        "revisions": [
            estate.revisions(newest_first=True, limit=3),
            estate.revisions(after=2, limit=2),
        ],
        "entries": [estate.entries(each) for each in (1, 2)],
        "history": [estate.history(each, limit=4) for each in (*CI_IDS, *RELATIONSHIP_IDS[:3])],
        "more history": [estate.history(each, before=(3, 1), limit=4) for each in CI_IDS],
    }
    answers = iter(await gather(*chain.from_iterable(questions.values())))
    return {question: [*islice(answers, len(those))] for question, those in questions.items()}
