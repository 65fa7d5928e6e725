"""What differs between two estates: net, record by record and attribute by attribute."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from graph_service.model.ci import CI, Presence
from graph_service.model.codec import canonical, ci_to_data, relationship_to_data
from graph_service.model.ids import CIId
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Operation, RecordType
from graph_service.store import EstateReader, GraphStore
from graph_service.use_cases.estates.estate_view import EstateView

_ASKED_MAX = 5_000
_Record = CI | Relationship


@dataclass(frozen=True, slots=True, order=True)
class NetChange:
    """One record that differs. CIs come first, by key; then relationships by what they relate.

    What happened in between and was undone is no difference: a CI that was created and retired
    again, a value that is what it was. ``label`` is for people: a CI's key, or the ends' and type.
    """

    rank: int
    label: str
    id: str
    name: str
    operation: Operation

    @property
    def record_type(self) -> RecordType:
        """Whether it is a CI or a relationship."""
        return RecordType.RELATIONSHIP if self.rank else RecordType.CI


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedValue:
    """One field or attribute, as it was and as it is; absent and null are both ``None``."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NetChangeDetail:
    """A difference with its values. ``revision`` is the last that wrote it; 0: only an overlay."""

    change: NetChange
    revision: int
    values: Sequence[ChangedValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that differs between two estates, in order."""

    before: EstateView
    after: EstateView
    changes: Sequence[NetChange]

    def count(self, *operations: Operation) -> int:
        """Return to how many records one of these happened."""
        return sum(each.operation in operations for each in self.changes)

    async def details(self, changes: Sequence[NetChange]) -> list[NetChangeDetail]:
        """Return some of the changes with their values.

        Raises:
            StoreUnavailableError: The store does not answer.

        """
        ids = [each.id for each in changes]
        was = await _records(self.before.reader, ids)
        is_ = await _records(self.after.reader, ids)
        return [
            NetChangeDetail(
                change=each,
                revision=_revision_of(was.get(each.id), is_.get(each.id)),
                values=[*_values(was.get(each.id), is_.get(each.id), each.operation)],
            )
            for each in changes
        ]


async def difference(
    store: GraphStore, before: EstateView, after: EstateView, of: Collection[str] | None = None
) -> Difference:
    """Compare two estates; ``of`` are CIs, to which and to whose relationships it is narrowed.

    The cost follows what was written between the two.

    Raises:
        StoreUnavailableError: The store does not answer.

    """
    cis: dict[str, tuple[CI, Operation]] = {}
    relationships: dict[str, tuple[Relationship, Operation]] = {}
    async for ids in _candidates(store, before, after, of):
        was = await _records(before.reader, ids)
        is_ = await _records(after.reader, ids)
        # Comparing thousands of records would hold up everybody else's answers.
        await asyncio.to_thread(_compare, ids, was, is_, cis, relationships)
    keys = {each.id: each.key for each, _ in cis.values()}
    ends = {
        end
        for each, _ in relationships.values()
        for end in (each.source, each.target)
        if end not in keys
    }
    for reader in (before.reader, after.reader):
        for some in _batches(sorted(ends)):
            keys |= {each.id: each.key for each in (await reader.cis(some)).values()}
    changes = await asyncio.to_thread(_in_order_of_keys, cis, relationships, keys)
    return Difference(before=before, after=after, changes=changes)


def _compare(
    ids: Sequence[str],
    was: Mapping[str, _Record],
    is_: Mapping[str, _Record],
    cis: dict[str, tuple[CI, Operation]],
    relationships: dict[str, tuple[Relationship, Operation]],
) -> None:
    """Note which of some records differ."""
    for id_ in ids:
        operation = _operation(was.get(id_), is_.get(id_))
        shown = is_.get(id_) or was.get(id_)
        if operation is None or shown is None:
            continue
        if isinstance(shown, CI):
            cis[id_] = replace(shown, attributes={}), operation
        else:
            relationships[id_] = replace(shown, attributes={}), operation


def _in_order_of_keys(
    cis: Mapping[str, tuple[CI, Operation]],
    relationships: Mapping[str, tuple[Relationship, Operation]],
    keys: Mapping[CIId, str],
) -> list[NetChange]:
    changes = [NetChange(0, each.key, each.id, each.name, done) for each, done in cis.values()]
    for each, done in relationships.values():
        label = f"{keys[each.source]} -{each.type}-> {keys[each.target]}"
        changes.append(NetChange(1, label, each.id, label, done))
    return sorted(changes)


async def _candidates(
    store: GraphStore, before: EstateView, after: EstateView, of: Collection[str] | None
) -> AsyncIterator[list[str]]:
    """Yield the ids of what may differ, CIs first, each once."""
    overlaid = [each.images for each in (before, after) if each.images is not None]
    cis = {str(each.id) for images in overlaid for each in images.cis}
    relationships = {str(each.id) for images in overlaid for each in images.relationships}
    if of is None:
        first, last = sorted((before.head.revision, after.head.revision))
        cis |= {*await store.changed(RecordType.CI, after=first, until=last)}
        relationships |= {*await store.changed(RecordType.RELATIONSHIP, after=first, until=last)}
    else:
        cis = {*of}
        relationships = {
            str(each.id)
            for view in (before, after)
            for each in await view.reader.relationships_of(of, include_retired=True)
        }
    for some in chain(_batches(sorted(cis)), _batches(sorted(relationships))):
        yield some


async def _records(estate: EstateReader, ids: Sequence[str]) -> dict[str, _Record]:
    cis = [each for each in ids if not each.startswith("rel_")]
    relationships = [each for each in ids if each.startswith("rel_")]
    found: dict[str, _Record] = {}
    if cis:
        found |= {str(each.id): each for each in (await estate.cis(cis)).values()}
    if relationships:
        drawn = await estate.relationships(relationships)
        found |= {str(each.id): each for each in drawn.values()}
    return found


def _operation(was: _Record | None, is_: _Record | None) -> Operation | None:
    """Return what happened between the two, net; nothing where neither is alive."""
    was_there, is_there = _lives(was), _lives(is_)
    if is_there and not was_there:
        return Operation.CREATED if was is None else Operation.REACTIVATED
    if was_there and not is_there:
        return Operation.RETIRED
    if is_there and canonical(_image(was)) != canonical(_image(is_)):
        return Operation.UPDATED
    return None


def _lives(record: _Record | None) -> bool:
    return record is not None and record.presence is not Presence.RETIRED


def _image(record: _Record | None) -> Mapping[str, Any]:
    if record is None:
        return {}
    return ci_to_data(record) if isinstance(record, CI) else relationship_to_data(record)


def _revision_of(was: _Record | None, is_: _Record | None) -> int:
    """Return the revision that last wrote a record, unless only an overlay differs."""
    if is_ is None or (was is not None and was.revision == is_.revision):
        return 0
    return is_.revision


def _values(
    was: _Record | None, is_: _Record | None, operation: Operation
) -> Iterator[ChangedValue]:
    before, after = _flat(_image(was)), _flat(_image(is_))
    if is_ is None:
        # Here the other estate is the earlier one, in which this was not there yet.
        yield ChangedValue(name="presence", before=before.get("presence"), after=None)
        return
    told = {"id", "presence"} if operation is Operation.CREATED else {"id"}
    for name in _in_order(before, after):
        old, new = before.get(name), after.get(name)
        if name not in told and ((name in before) != (name in after) or not _same(old, new)):
            yield ChangedValue(name=name, before=old, after=new)


def _same(old: object, new: object) -> bool:
    return canonical(old) == canonical(new)


def _in_order(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    """Return all names once: those of the later image first, fields before attributes."""
    return dict.fromkeys((*after, *before))


def _flat(image: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: each for name, each in image.items() if name != "attributes"}
    attributes = sorted(image.get("attributes", {}).items())
    # No class may define an attribute that is called like a field, but a store holds any.
    return own | {f"attributes.{name}" if name in own else name: each for name, each in attributes}


def _batches(ids: Sequence[str]) -> Iterator[list[str]]:
    return ([*ids[at : at + _ASKED_MAX]] for at in range(0, len(ids), _ASKED_MAX))
