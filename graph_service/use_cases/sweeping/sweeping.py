"""What time does to the estate: values end, CIs grow stale and go, notes are finished."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import MANUAL, Claim
from graph_service.model.condition import AnyOf, AtMost, Attribute, OfClass, Stale
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.instants import instant_text
from graph_service.model.revision import Actor, ActorType
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.batches import Cover, deltas_of
from graph_service.reconcile.brakes import count_brakes, share_brakes
from graph_service.reconcile.by_hand import ByHand
from graph_service.reconcile.draft import Draft
from graph_service.reconcile.effective import keeps_alive
from graph_service.reconcile.ground import learn_cis, learn_relationships_of
from graph_service.reconcile.import_plan import Brake
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.letting_go import let_go
from graph_service.store import CIOrder, CIQuery, GraphStore, Position, position_of
from graph_service.use_cases.editing.idempotency import IDEMPOTENCY, IDEMPOTENCY_KEPT
from graph_service.use_cases.inventory.freshness import (
    Sightings,
    freshness_of,
    lifetime_of,
    sightings_for,
)
from graph_service.use_cases.rules.recomputing import finish_recomputing
from graph_service.use_cases.rules.relabelling import finish_relabelling
from graph_service.use_cases.sweeping.expiry import expire_claims

SWEEPER = Actor("graph-service", "Graph Service", ActorType.SYSTEM)
PAGE = 1_000
SAMPLES_MAX = 10
EXPIRED = "retireAt has come"
STALE = "not seen for longer than the class allows"
SEEN = "seen again"
UNSEEN = "not seen for so long that the class lets go of it"


@dataclass(slots=True)
class Swept:
    """CIs to which one thing happens: how many, and some of them by key."""

    count: int = 0
    samples: list[str] = field(default_factory=list)

    def add(self, key: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.samples) < SAMPLES_MAX:
            self.samples.append(key)


@dataclass(slots=True, kw_only=True)
class Sweep:
    """What a sweep would do or did.

    ``expired_values``: CIs of which values, tags among them, end. ``expired_cis``: retired because
    their ``retireAt`` has come. ``stale`` and ``seen_again``: their presence changes. ``unseen``:
    retired by the life time of their class. ``brakes`` hold the last, unless they are released.
    ``forgotten_count``: records of old requests. ``left_count``: CIs that somebody else changed
    meanwhile; the next sweep has them. ``revisions`` are those it wrote.
    """

    expired_values: Swept = field(default_factory=Swept)
    expired_cis: Swept = field(default_factory=Swept)
    stale: Swept = field(default_factory=Swept)
    seen_again: Swept = field(default_factory=Swept)
    unseen: Swept = field(default_factory=Swept)
    brakes: list[Brake] = field(default_factory=list)
    forgotten_count: int = 0
    recomputed_count: int = 0
    relabelled_count: int = 0
    left_count: int = 0
    revisions: list[int] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do, or nothing was done."""
        counts = (self.expired_values, self.expired_cis, self.stale, self.seen_again, self.unseen)
        return not (any(each.count for each in counts) or self.forgotten_count or self.brakes)


class Sweeping:
    """Sweeps: idempotent, in deltas of at most 5,000 records, however many replicas do it."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock
        self._new_id = new_id

    async def plan(self) -> Sweep:
        """Return what a sweep would do now; write nothing."""
        sweep = Sweep()
        now = self._clock()
        for delta in await self._ended_values(now):
            for ci in delta.cis:
                sweep.expired_values.add(ci.key)
        async for page in self._expired(now):
            for ci in page:
                sweep.expired_cis.add(ci.key)
        aged = await self._aged(now)
        sweep.brakes = self._brakes(aged)
        for ci, swept in aged.by_outcome(sweep):
            swept.add(ci.key)
        sweep.forgotten_count = len([each async for each in self._old_requests(now)])
        return sweep

    async def sweep(self, *, released: str = "") -> Sweep:
        """Do it. ``released`` is the reason for which brakes are released, if they are."""
        sweep = Sweep()
        now = self._clock()
        vocabulary = self._vocabulary
        sweep.recomputed_count = await finish_recomputing(
            self._store, vocabulary, actor=SWEEPER, reason="values follow from policies"
        )
        sweep.relabelled_count = await finish_relabelling(
            self._store, vocabulary, clock=self._clock, actor=SWEEPER
        )
        await self._end_values(sweep, now)
        await self._retire_expired(sweep, now)
        await self._age(sweep, now, released)
        await self._forget(sweep, now)
        return sweep

    # Values -------------------------------------------------------------------------------------

    async def _ended_values(self, now: datetime) -> Sequence[GraphDelta]:
        return await expire_claims(
            self._store, self._vocabulary, now, actor=SWEEPER, new_id=self._new_id
        )

    async def _end_values(self, sweep: Sweep, now: datetime) -> None:
        for delta in await self._ended_values(now):
            own = delta.own_revisions | frozenset(sweep.revisions)
            if await self._written(sweep, replace(delta, own_revisions=own)):
                for ci in delta.cis:
                    sweep.expired_values.add(ci.key)

    # Ends that somebody stated ------------------------------------------------------------------

    async def _expired(self, now: datetime) -> AsyncIterator[list[CI]]:
        where = Attribute("retireAt", AtMost(instant_text(now)))
        after: Position | None = None
        has_next = True
        while has_next:
            page = await self._store.find_cis(CIQuery(where=where, after=after, limit=PAGE))
            yield [*page.cis]
            has_next = page.has_next
            if page.cis:
                after = position_of(page.cis[-1], CIOrder.NAME)

    async def _retire_expired(self, sweep: Sweep, now: datetime) -> None:
        expired = [ci async for page in self._expired(now) for ci in page]
        base = (await self._store.head()).revision
        for start in range(0, len(expired), PAGE):
            some = expired[start : start + PAGE]
            draft = Draft(self._vocabulary)
            ids = {str(each.id) for each in some}
            await learn_cis(self._store, draft, ids)
            await learn_relationships_of(self._store, draft, ids)
            by_hand = ByHand(draft, instant_text(now))
            for each in some:
                by_hand.retire(each.id)
            let_go(draft, ids, Labels(draft, {}, {}))
            if await self._write_all(sweep, draft, base, EXPIRED, now):
                for each in some:
                    sweep.expired_cis.add(each.key)

    # Ages ---------------------------------------------------------------------------------------

    def _aging_classes(self) -> frozenset[str]:
        vocabulary = self._vocabulary
        return frozenset(
            special
            for rule in vocabulary.policies.time_to_live
            for special in vocabulary.specialisations(rule.class_name)
        )

    async def _aged(self, now: datetime) -> "_Aged":
        aged = _Aged()
        # Those that are stale already come along, so that they recover when a policy goes.
        where = AnyOf((OfClass(self._aging_classes()), Stale()))
        after: Position | None = None
        has_next = True
        while has_next:
            page = await self._store.find_cis(CIQuery(where=where, after=after, limit=PAGE))
            claims = await self._store.claims_of([each.id for each in page.cis])
            looks = await sightings_for(
                self._store, (claim for each in claims.values() for claim in each)
            )
            await asyncio.to_thread(self._look, aged, page.cis, claims, looks, now)
            has_next = page.has_next
            if page.cis:
                after = position_of(page.cis[-1], CIOrder.NAME)
        return aged

    def _look(
        self,
        aged: "_Aged",
        cis: Sequence[CI],
        claims: Mapping[str, Sequence[Claim]],
        looks: Sightings,
        now: datetime,
    ) -> None:
        for ci in cis:
            life = lifetime_of(self._vocabulary, ci)
            fresh = freshness_of(ci, claims.get(ci.id, ()), looks, life, now)
            aged.population[ci.class_name] += 1
            if not fresh.last_seen_at:
                continue
            seen = datetime.fromisoformat(fresh.last_seen_at)
            if life.retire_after is not None and seen + life.retire_after <= now:
                aged.unseen.append(ci)
            elif fresh.stale and ci.presence is Presence.ACTIVE:
                aged.stale.append(ci)
            elif not fresh.stale and ci.presence is Presence.STALE:
                aged.seen.append(ci)

    def _brakes(self, aged: "_Aged") -> list[Brake]:
        limits = self._vocabulary.policies.brakes
        retired = Counter(each.class_name for each in aged.unseen)
        return [
            *count_brakes(len(aged.unseen), limits),
            *share_brakes(retired, aged.population, limits),
        ]

    async def _age(self, sweep: Sweep, now: datetime, released: str) -> None:
        base = (await self._store.head()).revision
        aged = await self._aged(now)
        for cis, presence, swept, reason in (
            (aged.stale, Presence.STALE, sweep.stale, STALE),
            (aged.seen, Presence.ACTIVE, sweep.seen_again, SEEN),
        ):
            for start in range(0, len(cis), DELTA_RECORDS_MAX):
                some = cis[start : start + DELTA_RECORDS_MAX]
                delta = GraphDelta(
                    based_on=base,
                    actor=SWEEPER,
                    reason=reason,
                    own_revisions=frozenset(sweep.revisions),
                    cis=tuple(replace(each, presence=presence) for each in some),
                )
                if await self._written(sweep, delta):
                    for each in some:
                        swept.add(each.key)
        brakes = self._brakes(aged)
        if brakes and not released:
            sweep.brakes = brakes
            return
        reason = UNSEEN + (f"; brakes released: {released}" if brakes else "")
        for start in range(0, len(aged.unseen), PAGE):
            await self._let_go(sweep, aged.unseen[start : start + PAGE], base, reason, now)

    async def _let_go(
        self, sweep: Sweep, cis: Sequence[CI], base: int, reason: str, now: datetime
    ) -> None:
        """Withdraw what data sources said of CIs; those of which nobody else speaks end."""
        draft = Draft(self._vocabulary)
        ids = {str(each.id) for each in cis}
        await learn_cis(self._store, draft, ids)
        for each in cis:
            for claim in draft.claims.get(each.id, ()):
                if claim.live and claim.data_source != MANUAL:
                    draft.withdraw(claim)
        ended = {
            str(each.id)
            for each in cis
            if not any(keeps_alive(one) for one in draft.claims.get(each.id, ()))
        }
        await learn_relationships_of(self._store, draft, ended)
        let_go(draft, ended, Labels(draft, {}, {}))
        if await self._write_all(sweep, draft, base, reason, now):
            for each in cis:
                sweep.unseen.add(each.key)

    # Requests -----------------------------------------------------------------------------------

    async def _old_requests(self, now: datetime) -> AsyncIterator[str]:
        oldest = instant_text(now - IDEMPOTENCY_KEPT - timedelta(minutes=5))
        after = ""
        while page := await self._store.records(IDEMPOTENCY, after=after, limit=PAGE):
            for each in page:
                if each.data["at"] < oldest:
                    yield each.id
            after = page[-1].id

    async def _forget(self, sweep: Sweep, now: datetime) -> None:
        old = [each async for each in self._old_requests(now)]
        for start in range(0, len(old), DELTA_RECORDS_MAX):
            some = old[start : start + DELTA_RECORDS_MAX]
            removed = tuple((IDEMPOTENCY, each) for each in some)
            await self._store.apply(GraphDelta(based_on=0, actor=SWEEPER, removed_records=removed))
            sweep.forgotten_count += len(some)

    # Writing ------------------------------------------------------------------------------------

    async def _write_all(
        self, sweep: Sweep, draft: Draft, base: int, reason: str, now: datetime
    ) -> bool:
        cover = Cover(
            based_on=base,
            actor=SWEEPER,
            reason=reason,
            run=None,
            milliseconds=int(now.timestamp() * 1000),
            salt=self._new_id("swp"),
        )
        is_written = True
        for delta in deltas_of(draft.take(), cover):
            own = delta.own_revisions | frozenset(sweep.revisions)
            is_written &= await self._written(sweep, replace(delta, own_revisions=own))
        return is_written

    async def _written(self, sweep: Sweep, delta: GraphDelta) -> bool:
        """Write a delta, unless somebody was faster: then the next sweep looks again."""
        try:
            applied = await self._store.apply(delta)
        except (StaleRevisionError, InvalidInputError):
            sweep.left_count += len(delta.cis)
            return False
        if applied.revision is not None:
            sweep.revisions.append(applied.revision.number)
        return True


@dataclass(slots=True)
class _Aged:
    """CIs of classes that have a life time, by what becomes of them."""

    stale: list[CI] = field(default_factory=list)
    seen: list[CI] = field(default_factory=list)
    unseen: list[CI] = field(default_factory=list)
    population: Counter[str] = field(default_factory=Counter)

    def by_outcome(self, sweep: Sweep) -> list[tuple[CI, Swept]]:
        """Return each CI with where a sweep counts it."""
        return [
            *((each, sweep.stale) for each in self.stale),
            *((each, sweep.seen_again) for each in self.seen),
            *((each, sweep.unseen) for each in self.unseen),
        ]
