"""How a person or program names a CI, and which CI that is."""

from dataclasses import dataclass

from graph_service.model.ci import CI, Presence
from graph_service.model.errors import AmbiguousReferenceError, CINotFoundError
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.store import CIQuery, EstateReader
from graph_service.use_cases.finding.search import suggestions
from graph_service.use_cases.inventory.survivors import survivor

NAMES_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class CIRef:
    """A CI by exactly one of: its id, its key, its name; or ``text``, which may be any of them."""

    id: str = ""
    key: str = ""
    name: str = ""
    text: str = ""

    def __str__(self) -> str:
        return self.id or self.key or self.name or self.text


async def resolve(store: EstateReader, ref: CIRef) -> CI:
    """Return the one CI a reference means.

    An id or a key may mean a retired CI; a name only a living one. One that was merged into another
    means that other one.

    Raises:
        CINotFoundError: Nothing answers to it; carries keys that look like it.
        AmbiguousReferenceError: A name that several CIs have.

    """
    wanted = str(ref)
    if ref.id or ref.text.startswith("ci_"):
        found = (await store.cis([wanted])).values()
        if found:
            return await survivor(store, next(iter(found)))
    if ref.key or ref.text:
        by_key = await store.cis_by_key([wanted])
        if by_key:
            return await survivor(store, by_key[wanted])
    if ref.name or ref.text:
        named = await store.cis_by_name(wanted, NAMES_SHOWN_MAX)
        if len(named) > 1:
            candidates = [f"{each.key} ({each.class_name}, {each.id})" for each in named]
            raise AmbiguousReferenceError(wanted, candidates)
        if named:
            return named[0]
    raise CINotFoundError(wanted, await keys_like(store, wanted))


async def keys_like(store: EstateReader, wanted: str) -> list[str]:
    """Return keys of living CIs that a misspelt reference may have meant."""
    if len(wanted) < 2:  # noqa: PLR2004 - one letter is like everything
        return []
    pages = [
        await store.find_cis(CIQuery(name_prefix=wanted[:length], limit=200)) for length in (3, 1)
    ]
    meant = await suggestions(store, wanted)
    pages += [await store.find_cis(CIQuery(text=each, limit=200)) for each in meant]
    known: dict[str, str] = {}
    for ci in (each for page in pages for each in page.cis):
        if ci.presence is not Presence.RETIRED:
            known.setdefault(ci.name, ci.key)
            known.setdefault(ci.key, ci.key)
    return list(dict.fromkeys(known[each] for each in nearest(wanted, known)))
