"""Who uses the words of a vocabulary: what stands in the store and in the mouths of sources."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.vocabulary import AttributeDefinition, Vocabulary
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.deferred import UNRESOLVED, deferred_statement
from graph_service.reconcile.effective import is_retirement
from graph_service.reconcile.ground import all_records, denied
from graph_service.reconcile.texts import Misfit
from graph_service.store import CIOrder, CIQuery, GraphStore, Position, position_of
from graph_service.use_cases.rules.vocabulary_difference import is_compatible

SAMPLES_MAX = 5
PAGE = 1_000


@dataclass(slots=True)
class Use:
    """How many records use a word, and some of them by key."""

    count: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, label: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.samples) < SAMPLES_MAX:
            self.samples.append(label)


@dataclass(frozen=True, slots=True)
class AttributeUse:
    """How the attributes that a class loses or has otherwise are used, by class and name.

    ``lost``: CIs of the class say the attribute, and it would have none. ``misfit``: what they
    say is no value of its new definition.
    """

    lost: Mapping[tuple[str, str], Use]
    misfit: Mapping[tuple[str, str], Use]


async def cis_of(
    store: GraphStore, classes: Collection[str]
) -> AsyncIterator[tuple[CI, Sequence[Claim]]]:
    """Yield CIs of exactly these classes, or all if none are named, with their live claims.

    Retired ones are among them while a data source still speaks of them.
    """
    after: Position | None = None
    has_next = True
    while has_next:
        page = await store.find_cis(
            CIQuery(classes=frozenset(classes), include_retired=True, after=after, limit=PAGE)
        )
        claims = await store.claims_of([each.id for each in page.cis])
        for ci in page.cis:
            live = stated(claims.get(ci.id, ()))
            if live or ci.presence is not Presence.RETIRED:
                yield ci, live
        has_next = page.has_next
        if page.cis:
            after = position_of(page.cis[-1], CIOrder.NAME)


def stated(claims: Iterable[Claim]) -> list[Claim]:
    """Return the live claims that say something, rather than that a record is no more."""
    return [each for each in claims if each.live and not is_retirement(each)]


async def class_use(store: GraphStore, classes: Collection[str]) -> Mapping[str, Use]:
    """Return who is, or is said to be, of each of these classes."""
    found = {each: Use() for each in classes}
    if not found:
        return found
    async for ci, claims in cis_of(store, ()):
        said = {each.content.get("class") for each in claims} | {ci.class_name}
        for name in said & found.keys():
            found[str(name)].add(ci.key)
    return found


async def type_use(store: GraphStore, types: Collection[str]) -> Mapping[str, Use]:
    """Return the relationships of these types, and what may become one.

    Those are relationships that a person retired and a data source still reports, and references
    that nothing answers yet.
    """
    living = await store.type_counts() if types else {}
    found = {each: Use(living.get(each, 0)) for each in types}
    if not found:
        return found
    ids = [each for each in await denied(store) if each.startswith("rel_")]
    for start in range(0, len(ids), PAGE):
        some = await store.relationships(ids[start : start + PAGE])
        claims = await store.claims_of(some.keys())
        for each in some.values():
            if each.type in found and stated(claims.get(each.id, ())):
                found[each.type].count += 1
    for record in (await all_records(store, UNRESOLVED)).values():
        statement = deferred_statement(record)
        if statement.type in found:
            found[statement.type].add(f"{statement.source} -{statement.type}-> {statement.target}")
    return found


async def attribute_use(store: GraphStore, before: Vocabulary, after: Vocabulary) -> AttributeUse:
    """Return what is said under attributes that classes would lose or have otherwise."""
    concerned = {
        name: concern
        for name in before.classes.keys() & after.classes.keys()
        if (concern := _concern(before, after, name))
    }
    lost: dict[tuple[str, str], Use] = {}
    misfit: dict[tuple[str, str], Use] = {}
    if not concerned:
        return AttributeUse(lost, misfit)
    async for ci, claims in cis_of(store, concerned.keys()):
        said = [each.content.get("attributes") or {} for each in claims]
        if ci.presence is not Presence.RETIRED:
            said.append(ci.attributes)
        for name, definition in concerned[ci.class_name].items():
            values = [each[name] for each in said if name in each]
            if definition is None and values:
                lost.setdefault((ci.class_name, name), Use()).add(ci.key)
            elif definition is not None and not _all_fit(definition, values):
                misfit.setdefault((ci.class_name, name), Use()).add(ci.key)
    return AttributeUse(lost, misfit)


def _concern(
    before: Vocabulary, after: Vocabulary, class_name: str
) -> dict[str, AttributeDefinition | None]:
    """Return the attributes a class loses (``None``) or has otherwise (as they will be)."""
    old, new = before.attributes(class_name), after.attributes(class_name)
    return {
        name: new.get(name)
        for name, definition in old.items()
        if name not in new or not is_compatible(definition, new[name])
    }


def _all_fit(definition: AttributeDefinition, values: Iterable[Any]) -> bool:
    for value in values:
        found = fitted(definition, value)
        if isinstance(found, Misfit) or found != value:
            return False
    return True
