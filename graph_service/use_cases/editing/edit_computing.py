"""Edits → what becomes of the estate they are made to, before anything is written.

The estate may be that of a store, of the past, or one that other edits have changed already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL
from graph_service.model.codec import digest
from graph_service.model.delta import DELTA_RECORDS_MAX
from graph_service.model.edit import (
    CreateCi,
    Edit,
    EditRef,
    MergeCis,
    RemoveRedundancyGroup,
    RetireCi,
    RetireRelationship,
    SetRedundancyGroup,
    SetRelationship,
    SplitCi,
)
from graph_service.model.errors import AmbiguousReferenceError, CINotFoundError, Fault
from graph_service.model.ids import CIId, IdGenerator, relationship_id
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.by_hand import ByHand
from graph_service.reconcile.deferred import UNRESOLVED, deferred_statement, says_the_same
from graph_service.reconcile.draft import Change, Draft
from graph_service.reconcile.edit_references import touched_cis
from graph_service.reconcile.edit_steps import EditSteps
from graph_service.reconcile.ground import (
    all_records,
    learn_cis,
    learn_merges,
    learn_relationships,
    learn_relationships_of,
)
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.letting_go import dangling_record, let_go, relate
from graph_service.reconcile.resolution import Resolver, Wanted, in_batches
from graph_service.reconcile.terms import Author
from graph_service.store import EstateReader
from graph_service.use_cases.inventory.references import CIRef, resolve

_ReferenceError = CINotFoundError | AmbiguousReferenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedEdits:
    """Edits done on a draft. ``faults`` has all that is wrong with them, by index of the edit.

    ``errors`` are those of the faults that are references which mean no CI, or several.
    """

    steps: EditSteps
    draft: Draft
    faults: tuple[tuple[int, Fault], ...]
    errors: tuple[_ReferenceError, ...]


def digest_of(edits: Sequence[Edit], *others: object) -> str:
    """Return the digest of edits and of what else is asked about along with them."""
    said = [[type(each).__name__, _plain(asdict(each))] for each in edits]
    return digest([*said, *others])


async def drafted(
    estate: EstateReader,
    vocabulary: Vocabulary,
    edits: Sequence[tuple[int, Edit]],
    *,
    at: datetime,
    names: IdGenerator,
    author: Author | None = None,
) -> DraftedEdits:
    """Do edits, each with its index in the list that people know, in order on a draft.

    ``author`` is who states them, where that is to be kept with what is stated.
    """
    created = {each.key for _, each in edits if isinstance(each, CreateCi | SplitCi) and each.key}
    taken = await estate.cis_by_key(created)
    references, faults, errors = await _references(estate, edits, created - taken.keys())
    draft = Draft(vocabulary)
    await _learn(estate, draft, [each for _, each in edits], references)
    steps = EditSteps(vocabulary, draft, ByHand(draft, instant_text(at), author), references, names)
    for _, each in edits:
        if isinstance(each, CreateCi | SplitCi) and each.key not in taken:
            steps.announce(each)
    for index, edit in edits:
        before = len(steps.faults)
        steps.take(index, edit)
        faults += [(index, fault) for fault in steps.faults[before:]]
    return DraftedEdits(steps=steps, draft=draft, faults=tuple(faults), errors=tuple(errors))


async def changes_of(
    estate: EstateReader, vocabulary: Vocabulary, done: DraftedEdits, *, at: datetime
) -> list[Change]:
    """Return what becomes of every record under edits without a fault.

    What is said of CIs that end is kept for their return, and what was kept for CIs that begin is
    taken up.
    """
    steps, draft = done.steps, done.draft
    labels = Labels(draft, {}, {})
    if steps.ended:
        let_go(draft, steps.ended, labels)
    if steps.begun or steps.ended or steps.moved:
        anchor = next(iter((*steps.begun, *steps.ended, *steps.moved)))
        deferred = Deferred(instant_text(at), anchor, steps.granted)
        await answer_deferred(estate, vocabulary, draft, labels, deferred)
    return draft.take()


@dataclass(frozen=True, slots=True)
class Deferred:
    """How references that nothing answered are looked at again.

    ``anchor`` is a record that changes, with which what stays deferred is written. ``granted`` are
    the keys of CIs that begin. ``settled`` are claims (data source, native key) that are stated
    otherwise.
    """

    at: str
    anchor: str
    granted: Mapping[str, CIId]
    settled: frozenset[tuple[str, str]] = frozenset()


async def _references(
    estate: EstateReader, edits: Sequence[tuple[int, Edit]], created: set[str]
) -> tuple[dict[EditRef, CIId], list[tuple[int, Fault]], list[_ReferenceError]]:
    found: dict[EditRef, CIId] = {}
    faults: list[tuple[int, Fault]] = []
    errors: list[_ReferenceError] = []
    numbers = [index for index, _ in edits]
    asked = [*touched_cis([edit for _, edit in edits])]
    # All those by id at once: a bulk edit names thousands.
    for some in in_batches({each.id for _, _, each in asked if each.id}):
        known = await estate.cis(some)
        found |= {each: CIId(each.id) for _, _, each in asked if each.id in known}
    for position, path, each in asked:
        if each in found or each.key in created:
            continue
        try:
            reference = CIRef(id=each.id, key=each.key, name=each.name)
            found[each] = (await resolve(estate, reference)).id
        except (CINotFoundError, AmbiguousReferenceError) as error:
            errors.append(error)
            index = numbers[position]
            place = Place("input", f"edits[{index}].{path}")
            faults.append((index, Fault(code=error.code, message=str(error), place=place)))
    return found, faults, errors


async def _learn(
    estate: EstateReader, draft: Draft, edits: Sequence[Edit], references: Mapping[EditRef, CIId]
) -> None:
    """Teach a draft every record that edits touch or look at."""
    await learn_cis(estate, draft, references.values())
    around: set[str] = set()
    related: set[str] = set()
    merging: set[str] = set()
    for each in edits:
        if isinstance(each, RetireCi):
            around.update({references[each.ci]} if each.ci in references else ())
        elif isinstance(each, SetRedundancyGroup | RemoveRedundancyGroup):
            around.update({references[each.dependant]} if each.dependant in references else ())
        elif isinstance(each, SetRelationship | RetireRelationship):
            source, target = references.get(each.source), references.get(each.target)
            if source and target:
                related.add(relationship_id(source, each.type, target))
        elif isinstance(each, MergeCis | SplitCi):
            refs = [each.ci] if isinstance(each, SplitCi) else [each.survivor, *each.others]
            merging.update(references[ref] for ref in refs if ref in references)
    await learn_relationships(estate, draft, related)
    await learn_relationships_of(estate, draft, around)
    await learn_merges(estate, draft, merging)


async def answer_deferred(
    estate: EstateReader, vocabulary: Vocabulary, draft: Draft, labels: Labels, how: Deferred
) -> None:
    """Look again at references that nothing answered, now that CIs begin or end."""
    deferred = await all_records(estate, UNRESOLVED)
    said = {key: deferred_statement(each) for key, each in deferred.items()}
    statements = {
        key: each
        for key, each in said.items()
        if (each.data_source, each.native_key) not in how.settled
    }
    resolver = Resolver(vocabulary, MANUAL, {}, how.granted, _as_it_will_be(draft))
    wanted = Wanted()
    for each in statements.values():
        resolver.want(wanted, each.data_source, each.source)
        resolver.want(wanted, each.data_source, each.target)
        wanted.native_keys.setdefault(each.data_source, set()).add(each.native_key)
    await resolver.look_up(estate, wanted)
    draft.learn(cis=resolver.found.values())
    found = []
    for key, each in statements.items():
        source = resolver.resolve(each.data_source, each.source)
        target = resolver.resolve(each.data_source, each.target)
        if source and target and source != target:
            found.append((key, each, (source, target)))
        elif source is None or target is None:
            record = dangling_record(each, source, target, labels, str(each.place))
            if not says_the_same(record, deferred[key]):
                draft.write_along(how.anchor, record)
    drawn = {str(relationship_id(s, each.type, t)) for _, each, (s, t) in found}
    bound = {str(each.subject) for each in resolver.bound.values()}
    await learn_relationships(estate, draft, drawn | bound)
    for key, each, ends in found[:DELTA_RECORDS_MAX]:
        former = resolver.bound.get((each.data_source, each.native_key))
        subject = relate(draft, each, ends, former, how.at)
        draft.remove_along(subject, UNRESOLVED, key)


def _as_it_will_be(draft: Draft) -> Callable[[str], CI | None]:
    """Return how to look up what becomes of a CI in a draft."""
    changed = {each.after.id: each.after for each in draft.pending() if isinstance(each.after, CI)}
    return lambda ci_id: changed.get(CIId(ci_id)) or draft.cis.get(ci_id)


def _plain(value: object) -> object:
    """Return a value as JSON has it: sets in order, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
