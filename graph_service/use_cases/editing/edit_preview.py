"""What edits would do, before anybody does them, and what to know first."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.edit import Edit
from graph_service.model.errors import Fault
from graph_service.model.ids import IdGenerator
from graph_service.model.relationship import Relationship
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.draft import Change, Draft
from graph_service.reconcile.effective import keeps_alive
from graph_service.reconcile.group_findings import group_findings, touched_dependants
from graph_service.reconcile.import_plan import Action
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.terms import Author, terms_of
from graph_service.store import EstateReader
from graph_service.use_cases.editing.edit_computing import changes_of, drafted
from graph_service.use_cases.editing.policy_enforcement import refused

_ABSENT = object()
_FIELDS = ("name", "class")
_Record = CI | Relationship

NotOwned = Callable[[Sequence[Change]], Awaitable[Mapping[str, Fault]]]
"""Says which changes are refused because somebody else owns what they change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedValue:
    """A value that would change. ``None`` is nothing, or none."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedChange:
    """What would become of one record; ``label`` is a CI's key, or ``source TYPE target``."""

    action: Action
    id: str
    label: str
    class_name: str
    is_relationship: bool
    values: tuple[PreviewedValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWarning:
    """What to know before the edits are done. ``subject`` is the label of the record, if any."""

    code: str
    message: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPreview:
    """What edits would do to the estate at one revision; write with it as ``expectedRevision``.

    Edits with ``faults`` come to nothing here; writing them refuses all.
    """

    revision: int
    changes: tuple[PreviewedChange, ...]
    warnings: tuple[EditWarning, ...]
    faults: tuple[Fault, ...]


async def preview(  # noqa: PLR0913 - what edits are done to, by whom and when, named
    estate: EstateReader,
    vocabulary: Vocabulary,
    edits: Sequence[Edit],
    author: Author,
    *,
    at: datetime,
    names: IdGenerator,
    not_owned: NotOwned,
) -> EditPreview:
    """Return what edits would do; write nothing."""
    head = await estate.head()
    numbered = [*enumerate(edits)]
    done = await drafted(estate, vocabulary, numbered, at=at, names=names, author=author)
    faults = [fault for _, fault in refused(vocabulary, done, numbered)]
    changes = await changes_of(estate, vocabulary, done, at=at)
    changes = [each for each in changes if not each.is_bystander]
    draft = done.draft
    if not faults:
        faults = [*dict.fromkeys((await not_owned(changes)).values())]
    ends = {
        end
        for each in changes
        if not isinstance(each.after, CI)
        for end in (each.after.source, each.after.target)
    }
    draft.learn(cis=(await estate.cis(ends - draft.cis.keys())).values())
    labels = Labels(draft, {}, done.steps.granted)
    said = [EditWarning(code="EDIT", message=each) for each in done.steps.warnings]
    odd = [each async for each in _odd_groups(estate, vocabulary, draft, changes, labels)]
    return EditPreview(
        revision=head.revision,
        changes=tuple(previewed(each, labels) for each in changes),
        warnings=(*said, *source_warnings(changes, draft, labels), *odd),
        faults=tuple(faults),
    )


def previewed(change: Change, labels: Labels) -> PreviewedChange:
    """Return what would become of one record."""
    after, before = change.after, change.before
    is_ci = isinstance(after, CI)
    return PreviewedChange(
        action=change.action,
        id=after.id,
        label=_label(change, labels),
        class_name=after.class_name if isinstance(after, CI) else after.type,
        is_relationship=not is_ci,
        values=tuple(values_of(before, after)),
    )


def values_of(before: _Record | None, after: _Record) -> Iterator[PreviewedValue]:
    """Yield what differs between two images of a record; of a new one, all of it."""
    old, new = (_flat(each) if each is not None else {} for each in (before, after))
    for name in dict.fromkeys((*old, *new)):
        is_as_all = before is None and name == "presence"
        if old.get(name, _ABSENT) != new.get(name, _ABSENT) and not is_as_all:
            yield PreviewedValue(name=name, before=old.get(name), after=new.get(name))


def _flat(record: _Record) -> Mapping[str, Any]:
    if isinstance(record, CI):
        own = {"key": record.key, "name": record.name, "class": record.class_name}
    else:
        own = {"origin": record.origin.value}
    return {**own, "presence": record.presence.value, **dict(sorted(record.attributes.items()))}


def _label(change: Change, labels: Labels) -> str:
    after = change.after
    if isinstance(after, CI):
        return after.key or labels[after.id]
    return f"{labels[after.source]} {after.type} {labels[after.target]}"


def source_warnings(
    changes: Sequence[Change], draft: Draft, labels: Labels
) -> Iterator[EditWarning]:
    """Yield what data sources say otherwise, and will go on saying."""
    for change in changes:
        label = _label(change, labels)
        claims = draft.claims.get(change.after.id, ())
        others = [each for each in claims if each.live and each.data_source != MANUAL]
        if change.action is Action.RETIRE:
            yield from _still_reported(change, label, others)
            continue
        for claim in change.claims:
            if claim.data_source == MANUAL and claim.live:
                yield from _disagreeing(change, claim, others, label)


def _still_reported(change: Change, label: str, others: Sequence[Claim]) -> Iterator[EditWarning]:
    if not any(each.data_source == MANUAL for each in change.claims):
        return  # it goes along with a CI that is warned of already
    sources = sorted({each.data_source for each in others if keeps_alive(each)})
    if sources and isinstance(change.after, CI) and change.after.merged_into is None:
        verb = "still reports" if len(sources) == 1 else "still report"
        yield EditWarning(
            code="STILL_REPORTED",
            subject=label,
            message=f"{', '.join(sources)} {verb} {label}; it stays retired until a person brings "
            "it back, and each import will say so",
        )
    elif sources and not isinstance(change.after, CI):
        yield EditWarning(
            code="STILL_REPORTED",
            subject=label,
            message=f"{', '.join(sources)} still says {label}; it stays away until a person "
            "relates the two again",
        )


def _disagreeing(
    change: Change, claim: Claim, others: Sequence[Claim], label: str
) -> Iterator[EditWarning]:
    stated = _said_in(claim)
    for name in sorted(stated.keys() & {*change.changed}):
        terms = terms_of(claim, name)
        until = f"until {terms.until}" if terms and terms.until else "until it is withdrawn"
        for other in others:
            said = _said_in(other).get(name, _ABSENT)
            if said is not _ABSENT and said != stated[name]:
                yield EditWarning(
                    code="SOURCE_DISAGREES",
                    subject=label,
                    message=f"{other.data_source} says {name} of {label} is {said}; what you state "
                    f"outranks that {until}, and then what {other.data_source} says surfaces again",
                )


def _said_in(claim: Claim) -> Mapping[str, Any]:
    """Return what a claim says of a record, by the names that changes go by."""
    fields = {name: claim.content[name] for name in _FIELDS if claim.content.get(name)}
    return {**fields, **(claim.content.get("attributes") or {})}


async def _odd_groups(
    estate: EstateReader,
    vocabulary: Vocabulary,
    draft: Draft,
    changes: Sequence[Change],
    labels: Labels,
) -> AsyncIterator[EditWarning]:
    touched = touched_dependants(changes, vocabulary)
    if not touched:
        return
    found = await estate.relationships_of(touched)
    draft.learn(relationships=found)
    ends = {end for each in found for end in (each.source, each.target)}
    draft.learn(cis=(await estate.cis(ends | touched)).values())
    relationships = draft.relationships.values()
    for each in group_findings(touched, draft.cis, relationships, vocabulary, labels, {}):
        yield EditWarning(code=each.code, message=each.message, subject=each.subject)
