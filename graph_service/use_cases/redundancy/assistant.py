"""Proposed redundancy groups: the queue, and what people make of it."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from graph_service.analysis import warm
from graph_service.model import edit
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.edit import (
    Edit,
    EditRef,
    SetRedundancyGroup,
    SetRelationship,
    UpdateCi,
)
from graph_service.model.errors import Fault, InvalidInputError, NotFoundError
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import ImpactFlow, Vocabulary
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.projection import CurrentEstate
from graph_service.projection.build import built
from graph_service.reconcile.redundancy import GROUP_PREFIX
from graph_service.reconcile.texts import reason_misfit
from graph_service.store import GraphStore
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.redundancy.candidates import Sort
from graph_service.use_cases.redundancy.proposal import Confidence, Proposal, Queue
from graph_service.use_cases.redundancy.proposing import queue_of

REJECTION = "redundancyRejection"
REJECTED_FOR = timedelta(days=60)
"""How long a rejected proposal is not made again."""

REVIEWED_AFTER = timedelta(days=365)
"""How long a confirmation holds unless said otherwise; then the group is of unknown size again."""

AT_ONCE_MAX = 500
"""Proposals that are confirmed as one revision at most."""

_EVIDENCE_LENGTH_MAX = 1_000
_READ = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """That somebody said no to a proposal, and until when it is not made again."""

    proposal_id: str
    reason: str
    by: str
    at: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which proposals; empty conditions are none. ``classes`` are those of the dependants."""

    confidences: frozenset[Confidence] = frozenset()
    sorts: frozenset[Sort] = frozenset()
    classes: frozenset[str] = frozenset()
    rejected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a person says otherwise than proposed, and for how many days (``None``: without end)."""

    k: int | None = None
    mode: str | None = None
    days: int | None = REVIEWED_AFTER.days


class RedundancyAssistant:
    """Says which groups look redundant, and writes what people confirm."""

    def __init__(
        self,
        store: GraphStore,
        current: CurrentEstate,
        vocabulary: Vocabulary,
        editing: Editing,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._current = current
        self._vocabulary = vocabulary
        self._editing = editing
        self._clock = clock
        self._turn = asyncio.Lock()
        self._known: Queue | None = None

    async def queue(self, wanted: Wanted | None = None) -> Queue:
        """Return the proposals for the estate of now, those with most effect first.

        Raises:
            InvalidInputError: A class is none of the vocabulary.
            StoreUnavailableError: The store does not answer.

        """
        wanted = wanted or Wanted()
        whole = await self._whole()
        rejected = {each.proposal_id for each in await self.rejections()}
        classes = self._with_specialisations(wanted.classes)
        chosen = [
            each
            for each in whole.proposals
            if (not wanted.confidences or each.confidence in wanted.confidences)
            and (not wanted.sorts or each.sort in wanted.sorts)
            and (not classes or each.dependant.class_name in classes)
            and (each.id in rejected) is wanted.rejected
        ]
        uncomputed = sum(each.effect is None for each in chosen)
        return replace(whole, proposals=chosen, uncomputed=uncomputed)

    async def proposals(self, ids: Sequence[str]) -> list[Proposal]:
        """Return proposals by id, rejected ones as well.

        Raises:
            NotFoundError: One of them is not made any more: the estate changed, or it is confirmed.

        """
        known = (await self._whole()).by_id()
        for each in ids:
            if each not in known:
                raise NotFoundError("redundancy proposal", each)
        return [known[each] for each in ids]

    async def confirm(
        self,
        ids: Sequence[str],
        *,
        actor: Actor,
        reason: str = "",
        terms: Terms | None = None,
        idempotency_key: str | None = None,
    ) -> EditResult:
        """Make proposed groups real, as one revision: statements by hand, with the evidence.

        Raises:
            NotFoundError: One of them is not made any more.
            InvalidInputError: None or too many of them, or a k that fits not all of them.

        """
        _check_count(ids)
        said = terms or Terms()
        chosen = await self.proposals([*dict.fromkeys(ids)])
        faults = [
            _fault(f"{each.id}.k", f"{said.k} of {each.n} members cannot be needed")
            for each in chosen
            if said.k is not None and not 1 <= said.k <= each.n
        ]
        until = "" if said.days is None else self._after(said.days, faults)
        if faults:
            raise InvalidInputError(faults)
        known = await self._store.cis({each.dependant.id for each in chosen})
        by_id = {str(ci_id): ci for ci_id, ci in known.items()}
        edits: list[Edit] = []
        for each in chosen:
            stated = by_id[each.dependant.id].attributes.get(GROUP_PREFIX + each.name) or {}
            edits += self._edits(each, self._rules(each, stated, said, actor), until)
        return await self._editing.edit(
            edits, actor=actor, reason=reason, idempotency_key=idempotency_key
        )

    async def reject(
        self,
        ids: Sequence[str],
        *,
        actor: Actor,
        reason: str,
        days: int = REJECTED_FOR.days,
    ) -> list[Rejection]:
        """Say no to proposals: they are not made again for some time, unless members change.

        Raises:
            NotFoundError: One of them is not made any more.
            InvalidInputError: None or too many of them, no reason, or no days.

        """
        _check_count(ids)
        faults = []
        if misfit := reason_misfit(reason):
            faults.append(_fault("reason", misfit.message))
        if not reason.strip():
            faults.append(_fault("reason", "says nothing; whoever finds it later has to know why"))
        until = self._after(days, faults)
        if faults:
            raise InvalidInputError(faults)
        chosen = await self.proposals([*dict.fromkeys(ids)])
        made = [
            Rejection(
                proposal_id=each.id,
                reason=reason,
                by=actor.name,
                at=instant_text(self._clock()),
                until=until,
            )
            for each in chosen
        ]
        await self._store.apply(
            GraphDelta(
                based_on=(await self._store.head()).revision,
                actor=actor,
                records=tuple(_rejection_record(each) for each in made),
            )
        )
        return made

    async def rejections(self) -> list[Rejection]:
        """Return the rejections that hold now, by proposal."""
        now = instant_text(self._clock())
        found: list[Rejection] = []
        after = ""
        while records := await self._store.records(REJECTION, after=after, limit=_READ):
            found += (_rejection(each) for each in records if each.data["until"] > now)
            after = records[-1].id
        return found

    async def _whole(self) -> Queue:
        async with self._turn:
            head = await self._store.head()
            if self._known is None or self._known.revision != head.revision:
                tables, _ = await self._current.branch()

                def work() -> Queue:
                    warm()
                    return queue_of(tables, built(tables, self._vocabulary), self._vocabulary)

                self._known = await asyncio.to_thread(work)
            return self._known

    def _with_specialisations(self, classes: Collection[str]) -> frozenset[str]:
        found: set[str] = set()
        faults: list[Fault] = []
        for each in sorted(classes):
            if each in self._vocabulary.classes:
                found |= self._vocabulary.specialisations(each)
            else:
                near = nearest(each, self._vocabulary.classes)
                faults.append(
                    Fault(
                        code="UNKNOWN_CLASS",
                        message=f"there is no class {each!r}",
                        place=Place("input", "classes"),
                        remedy=f"did you mean {' or '.join(near)}?" if near else "",
                    )
                )
        if faults:
            raise InvalidInputError(faults)
        return frozenset(found)

    def _after(self, days: int, faults: list[Fault]) -> str:
        """Return the instant some days from now, or note that there is none."""
        try:
            if days >= 1:
                return instant_text(self._clock() + timedelta(days=days))
            faults.append(_fault("days", f"{days} days are no time"))
        except OverflowError:
            faults.append(_fault("days", f"in {days} days the year is after 9999"))
        return ""

    def _rules(
        self, proposal: Proposal, stated: Mapping[str, object], said: Terms, actor: Actor
    ) -> dict[str, object]:
        """Return the rules of a group as they are stated once it is confirmed."""
        rules = dict(stated)
        if said.k is not None or not proposal.k_known:
            rules.pop("percent", None)
            rules["k"] = proposal.k if said.k is None else said.k
        mode = said.mode or proposal.mode
        if mode is not None and (said.mode or "mode" not in rules):
            rules["mode"] = mode
        if not rules.get("evidence"):
            rules["evidence"] = self._evidence(proposal, actor)
        return rules

    def _edits(self, proposal: Proposal, rules: dict[str, object], until: str) -> Iterator[Edit]:
        dependant = EditRef(id=proposal.dependant.id)
        for each in proposal.members:
            if each.is_drawn:
                yield self._related(proposal, dependant, EditRef(id=each.ci.id))
        moves = any(each.is_plain or each.is_drawn for each in proposal.members)
        members = tuple((EditRef(id=each.ci.id), each.is_standby) for each in proposal.members)
        yield SetRedundancyGroup(
            dependant=dependant,
            name=proposal.name,
            rules=rules,
            members=members if moves else None,
        )
        if until:
            attribute = GROUP_PREFIX + proposal.name
            terms = {attribute: edit.Terms(until=until)}
            yield UpdateCi(ci=dependant, attributes={attribute: rules}, terms=terms)

    def _related(self, proposal: Proposal, dependant: EditRef, standby: EditRef) -> SetRelationship:
        row = self._vocabulary.relationship_types[proposal.drawn_type]
        to_source = row.impact is ImpactFlow.TO_SOURCE
        return SetRelationship(
            source=dependant if to_source else standby,
            type=proposal.drawn_type,
            target=standby if to_source else dependant,
        )

    def _evidence(self, proposal: Proposal, actor: Actor) -> str:
        facts = "; ".join(each.text for each in proposal.evidence)
        day = instant_text(self._clock())[:10]
        said = f"confirmed by {actor.name} on {day}"
        room = _EVIDENCE_LENGTH_MAX - len(said) - 2
        return f"{said}: {facts}" if len(facts) <= room else f"{said}: {facts[: room - 1]}…"


def _check_count(ids: Sequence[str]) -> None:
    if not 1 <= len(set(ids)) <= AT_ONCE_MAX:
        message = f"{len(set(ids))} proposals; one revision takes 1 to {AT_ONCE_MAX}"
        raise InvalidInputError([_fault("proposals", message)])


def _fault(path: str, message: str) -> Fault:
    return Fault(code="OUT_OF_RANGE", message=message, place=Place("input", path))


def _rejection_record(rejection: Rejection) -> Record:
    return Record(
        REJECTION,
        rejection.proposal_id,
        {
            "reason": rejection.reason,
            "by": rejection.by,
            "at": rejection.at,
            "until": rejection.until,
        },
    )


def _rejection(record: Record) -> Rejection:
    return Rejection(proposal_id=record.id, **record.data)
