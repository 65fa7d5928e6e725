"""Which CI a reference means: a native key of who speaks, else a key of the estate."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.ids import CIId
from graph_service.model.observation import Reference
from graph_service.model.vocabulary import Vocabulary
from graph_service.store import EstateReader

LOOK_UP_MAX = 5_000
"""How many records one question to the store asks for."""


@dataclass(slots=True)
class Wanted:
    """What must be looked up before references can be resolved."""

    keys: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    native_keys: dict[str, set[str]] = field(default_factory=dict)


class Resolver:
    """Answers references from look-ups made beforehand and from what the plan itself creates.

    ``own`` has the CIs of the data source being read that will be there, by native key;
    ``granted`` the new ones by key; ``ci_after`` what the plan makes of a CI it touches.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        data_source: str,
        own: Mapping[str, CIId],
        granted: Mapping[str, CIId],
        ci_after: Callable[[str], CI | None],
    ) -> None:
        self._vocabulary = vocabulary
        self._data_source = data_source
        self._own = own
        self._granted = granted
        self._ci_after = ci_after
        self._by_key: dict[str, CI] = {}
        self._by_native_key: dict[tuple[str, str], str] = {}
        self.found: dict[str, CI] = {}
        self.bound: dict[tuple[str, str], Claim] = {}

    def want(self, wanted: Wanted, data_source: str, reference: Reference) -> None:
        """Note what has to be looked up to answer a reference."""
        if reference.id:
            wanted.ids.add(reference.id)
            return
        speaker = reference.data_source or data_source
        if speaker != self._data_source:
            wanted.native_keys.setdefault(speaker, set()).add(reference.key)
        elif reference.key in self._own:
            if reference.class_name:
                wanted.ids.add(self._own[reference.key])
            return
        if not reference.data_source:
            wanted.keys.add(reference.key)

    async def look_up(self, store: EstateReader, wanted: Wanted) -> None:
        """Ask the store."""
        for keys in in_batches(wanted.keys):
            self._by_key.update(await store.cis_by_key(keys))
        ids = set(wanted.ids)
        for data_source, native_keys in sorted(wanted.native_keys.items()):
            for some in in_batches(native_keys):
                claims = await store.claims(data_source, some)
                for native_key, claim in claims.items():
                    if claim.is_of_relationship:
                        self.bound[data_source, native_key] = claim
                    elif claim.live:
                        self._by_native_key[data_source, native_key] = claim.subject
                        ids.add(claim.subject)
        for some in in_batches(ids):
            self.found.update((each.id, each) for each in (await store.cis(some)).values())
        self.found.update((each.id, each) for each in self._by_key.values())
        await self._find_survivors(store)

    async def _find_survivors(self, store: EstateReader) -> None:
        """Look up what CIs turned out to be that were merged into others, and those maybe too."""
        merged = {str(each.merged_into) for each in self.found.values() if each.merged_into}
        while missing := merged - self.found.keys():
            for some in in_batches(missing):
                self.found.update((each.id, each) for each in (await store.cis(some)).values())
            merged = {
                str(self.found[each].merged_into)
                for each in missing
                if each in self.found and self.found[each].merged_into
            }

    def _survivor(self, ci_id: CIId) -> CIId:
        seen: set[str] = set()
        while ci_id not in seen:
            seen.add(ci_id)
            ci = self._ci_after(ci_id) or self.found.get(ci_id)
            ci_id = (ci.merged_into if ci else None) or ci_id
        return ci_id

    def resolve(self, data_source: str, reference: Reference) -> CIId | None:
        """Return the living CI that a reference means, if any."""
        narrowed = reference.id or reference.class_name or reference.data_source
        if not narrowed and data_source == self._data_source:
            own = self._own.get(reference.key)
            if own is not None:
                return own
        for candidate in self._candidates(data_source, reference):
            if candidate is None:
                continue
            meant = self._survivor(candidate)
            if self._fits(meant, reference):
                return meant
        return None

    def _candidates(self, data_source: str, reference: Reference) -> Iterable[CIId | None]:
        if reference.id:
            return (CIId(reference.id),)
        speaker = reference.data_source or data_source
        if speaker == self._data_source:
            native = self._own.get(reference.key)
        else:
            bound = self._by_native_key.get((speaker, reference.key))
            native = CIId(bound) if bound else None
        return (native,) if reference.data_source else (native, self._of_estate(reference.key))

    def _of_estate(self, key: str) -> CIId | None:
        granted = self._granted.get(key)
        if granted is not None:
            return granted
        known = self._by_key.get(key)
        return known.id if known else None

    def _fits(self, ci_id: CIId, reference: Reference) -> bool:
        ci = self._ci_after(ci_id) or self.found.get(ci_id)
        if ci is None:
            # Neither new nor looked up: a living CI of this data source that nobody narrows.
            return not reference.id
        if ci.presence is Presence.RETIRED:
            return False
        if not reference.class_name:
            return True
        return self._vocabulary.is_a(ci.class_name, reference.class_name)


def in_batches(ids: Iterable[str]) -> Iterable[list[str]]:
    """Yield ids in order, a question's worth at a time."""
    ordered = sorted(ids)
    return (ordered[start : start + LOOK_UP_MAX] for start in range(0, len(ordered), LOOK_UP_MAX))
