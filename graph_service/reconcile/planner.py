"""What was heard, and what the store holds → what becomes of every record."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.errors import Fault
from graph_service.model.ids import CIId, IdGenerator, RelationshipId, relationship_id
from graph_service.model.observation import Reference
from graph_service.reconcile.brakes import count_brakes, empty_brakes, share_brakes
from graph_service.reconcile.deferred import (
    UNRESOLVED,
    deferred_statement,
    says_the_same,
)
from graph_service.reconcile.draft import Change, Draft
from graph_service.reconcile.ground import Ground
from graph_service.reconcile.import_plan import Brake, Finding
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.letting_go import dangling_record, let_go, relate
from graph_service.reconcile.listening import Listening, self_loop
from graph_service.reconcile.resolution import Resolver
from graph_service.reconcile.statement import (
    Provenance,
    RelationshipStatement,
    ci_claim,
    named_ends,
    restated,
)


@dataclass(frozen=True, slots=True)
class Gone:
    """A claim that a complete reading no longer makes, and the brakes that hold it."""

    claim: Claim
    brakes: frozenset[str]


class Planner:
    """Plans one reading. The steps are pure; whoever calls them looks things up in between.

    In order: ``plan_cis``, ``statements`` and ``resolve``, ``plan_relationships``,
    ``held_changes``.
    """

    def __init__(
        self,
        ground: Ground,
        listening: Listening,
        provenance: Provenance,
        new_id: IdGenerator,
        *,
        absence_counts: bool,
    ) -> None:
        self.draft = Draft()
        self.ci_changes: list[Change] = []
        self.relationship_changes: list[Change] = []
        self.brakes: list[Brake] = []
        self.findings: list[Finding] = []
        self.faults: list[Fault] = []
        self.unresolved: list[Record] = []
        self.records: list[Record] = []
        self.removed_records: list[tuple[str, str]] = []
        self.granted: dict[str, CIId] = {}
        self.own: dict[str, CIId] = {}
        self._ground = ground
        self._listening = listening
        self._provenance = provenance
        self._new_id = new_id
        self._absence_counts = absence_counts
        self._deferred = {
            (each.data["dataSource"], each.data["nativeKey"]): each
            for each in ground.deferred.values()
        }
        self._ids: dict[str, CIId] = {}
        self._held_cis: list[Gone] = []
        self._held_relationships: list[Gone] = []
        self._resolved: list[tuple[RelationshipStatement, CIId, CIId]] = []
        self._loops: list[RelationshipStatement] = []
        self._dangling: list[tuple[RelationshipStatement, CIId | None, CIId | None]] = []

    # CIs

    @cached_property
    def gone_rows(self) -> Sequence[int]:
        """Rows of the claim index that this reading should have said again and did not."""
        index = self._ground.index
        if not self._absence_counts:
            return ()
        return [
            row
            for row, seen in enumerate(self._listening.seen)
            if not seen and index.live[row] and index.scope[row] == self._provenance.scope
        ]

    def known_ci_subjects(self) -> set[str]:
        """Return the CIs whose record and claims must be looked up first."""
        index, rows = self._ground.index, self._listening.rows
        bound = {index.subject[rows[key]] for key in self._listening.cis if key in rows}
        return bound | {index.subject[row] for row in self.gone_rows if self._is_of_ci(row)}

    def wanted_keys(self) -> set[str]:
        """Return the keys that new CIs would like; which are taken must be looked up first."""
        rows = self._listening.rows
        return {each.key for key, each in self._listening.cis.items() if key not in rows}

    def plan_cis(self, taken_keys: Iterable[str]) -> None:
        """Decide what becomes of CIs: those that are stated, and those that no longer are."""
        taken = set(taken_keys)
        rows, index = self._listening.rows, self._ground.index
        for native_key, statement in sorted(self._listening.cis.items()):
            row = rows.get(native_key)
            if row is not None:
                ci_id = CIId(index.subject[row])
            else:
                ci_id = CIId(self._new_id("ci"))
                key = "" if statement.key in taken else statement.key
                taken.add(statement.key)
                if key:
                    self.granted[key] = ci_id
                self.draft.create_ci(ci_id, key)
            self._ids[native_key] = ci_id
            self.draft.state(ci_claim(statement, ci_id, self._provenance))
        self._let_cis_go()
        self.ci_changes = self.draft.take()
        self._note_denied()
        self._find_own()

    def _is_of_ci(self, row: int) -> bool:
        return self._ground.index.subject[row].startswith("ci_")

    def _let_cis_go(self) -> None:
        gone = self.gone_rows
        claims = [self._claim_in_row(row) for row in gone if self._is_of_ci(row)]
        names = {(each.data_source, each.native_key) for each in claims}
        retired: Counter[str] = Counter()
        classes = Counter(self.draft.cis[each.subject].class_name for each in claims)
        for subject in dict.fromkeys(each.subject for each in claims):
            remaining = [
                each
                for each in self.draft.keepers(subject)
                if (each.data_source, each.native_key) not in names
            ]
            ci = self.draft.cis[subject]
            if remaining:
                self._note_kept(ci, remaining)
            elif ci.presence is not Presence.RETIRED:
                retired[ci.class_name] += 1
        population = self._listening.seen_by_class + classes
        everything = [
            *empty_brakes(len(gone), saw_anything=self._listening.saw_anything),
            *count_brakes(retired.total()),
        ]
        shares = share_brakes(retired, population)
        self.brakes += [*everything, *shares]
        by_class = {each.class_name: each.id for each in shares}
        always = frozenset(each.id for each in everything)
        for claim in claims:
            name = self.draft.cis[claim.subject].class_name
            brakes = always | ({by_class[name]} if name in by_class else set())
            if brakes:
                self._held_cis.append(Gone(claim, brakes))
            else:
                self.draft.withdraw(claim)

    def _note_kept(self, ci: CI, remaining: Sequence[Claim]) -> None:
        others = ", ".join(sorted({each.data_source for each in remaining}))
        message = (
            f"{self._provenance.data_source} no longer speaks of {ci.key}; it stays, because "
            f"{others} still does"
        )
        self.findings.append(Finding(code="STILL_CLAIMED", subject=ci.key, message=message))

    def _claim_in_row(self, row: int) -> Claim:
        """Return the claim that a row of the index stands for; its subject was looked up."""
        index = self._ground.index
        wanted = (self._provenance.data_source, index.native_key[row])
        return next(
            each
            for each in self.draft.claims[index.subject[row]]
            if (each.data_source, each.native_key) == wanted
        )

    def _note_denied(self) -> None:
        """Say which CIs a data source goes on to report although a person retired them."""
        denied = self._ground.denied
        if not denied:
            return
        index = self._ground.index
        reported = sorted(
            index.native_key[row]
            for row, seen in enumerate(self._listening.seen)
            if seen and index.subject[row] in denied
        )
        for native_key in reported:
            label = " ".join(native_key.split())
            message = (
                f"{self._provenance.data_source} still reports {label}, which a person retired; "
                "it stays retired until a person brings it back"
            )
            self.findings.append(Finding(code="RETIRED_BY_HAND", subject=label, message=message))

    def _find_own(self) -> None:
        """Find the CIs of this data source that will be there, by native key."""
        index, denied = self._ground.index, self._ground.denied
        retired = _retired(self.ci_changes)
        self.own = {
            key: CIId(subject)
            for key, subject, live in zip(index.native_key, index.subject, index.live, strict=True)
            if live
            and subject.startswith("ci_")
            and subject not in retired
            and subject not in denied
        }
        for native_key, ci_id in self._ids.items():
            if self.draft.cis[ci_id].presence is not Presence.RETIRED:
                self.own[native_key] = ci_id

    # Relationships

    def ending_cis(self) -> set[str]:
        """Return the CIs that end, now or when a brake is released; their relationships end too."""
        return {*_retired(self.ci_changes), *(each.claim.subject for each in self._held_cis)}

    def rebound_keys(self) -> set[str]:
        """Return unchanged relationships whose ends may mean another CI than they used to.

        A bare key is a native key first: a CI that this data source begins to describe itself
        takes over the references that used to mean a CI of the estate.
        """
        rows, index = self._listening.rows, self._ground.index
        begun = {key for key in self._ids if key not in rows or not index.live[rows[key]]}
        if not begun:
            return set()
        gone = set(self.gone_rows)
        return {
            key
            for row, key in enumerate(index.native_key)
            if index.live[row]
            and not self._is_of_ci(row)
            and row not in gone
            and key not in self._listening.relationships
            and any(_bare(each) in begun for each in named_ends(key) or ())
        }

    def statements(self, rebound: Iterable[Claim]) -> list[RelationshipStatement]:
        """Return every statement of a relationship that has to be resolved, each once."""
        found = [
            *(restated(claim) for claim in rebound),
            *(each for _, each in sorted(self._listening.relationships.items())),
        ]
        heard = {each.native_key for each in found} if self._deferred else set()
        for (data_source, native_key), record in self._deferred.items():
            if data_source == self._provenance.data_source and native_key in heard:
                continue
            if self._is_no_longer_said(record):
                self.removed_records.append((UNRESOLVED, record.id))
            else:
                found.append(deferred_statement(record))
        return found

    def _is_no_longer_said(self, record: Record) -> bool:
        return (
            self._absence_counts
            and record.data["dataSource"] == self._provenance.data_source
            and record.data["scope"] == self._provenance.scope
        )

    def resolve(
        self, statements: Iterable[RelationshipStatement], resolver: Resolver
    ) -> set[RelationshipId]:
        """Find the ends; return the relationships to look up before planning goes on."""
        created = set(self.granted.values()) | {
            CIId(each.after.id) for each in self.ci_changes if each.before is None
        }
        wanted: set[RelationshipId] = set()
        for each in statements:
            source = resolver.resolve(each.data_source, each.source)
            target = resolver.resolve(each.data_source, each.target)
            if source is None or target is None:
                self._dangling.append((each, source, target))
            elif source == target:
                self._refuse_loop(each)
            else:
                self._resolved.append((each, source, target))
                if source not in created and target not in created:
                    wanted.add(relationship_id(source, each.type, target))
        index, rows = self._ground.index, self._listening.rows
        own = self._provenance.data_source
        wanted |= {
            RelationshipId(index.subject[rows[each.native_key]])
            for each in statements
            if each.data_source == own and each.native_key in rows
        }
        wanted |= {RelationshipId(each.subject) for each in resolver.bound.values()}
        wanted |= {
            RelationshipId(index.subject[row]) for row in self.gone_rows if not self._is_of_ci(row)
        }
        return wanted

    def nameless_ends(self) -> set[str]:
        """Return the ends of statements whose CI has not been looked up, so that it has no key."""
        return {
            end
            for _, *ends in (*self._resolved, *self._dangling)
            for end in ends
            if end is not None and end not in self.draft.cis
        }

    def _refuse_loop(self, statement: RelationshipStatement) -> None:
        if self._is_heard(statement):
            self.faults.append(self_loop(str(statement.source), statement.place))
            self._loops.append(statement)
        # What another data source said stays deferred: it is that one's reading that shows it.

    def _is_heard(self, statement: RelationshipStatement) -> bool:
        return (
            statement.data_source == self._provenance.data_source
            and self._listening.relationships.get(statement.native_key) is statement
        )

    def plan_relationships(
        self,
        bound: Mapping[tuple[str, str], Claim],
        places: Mapping[str, str],
        labels: Labels,
    ) -> None:
        """Decide what becomes of relationships, and of references that nothing answers.

        ``bound`` are other data sources' claims under the native keys of deferred statements;
        ``places`` the located places of this reading's dangling statements by native key.
        """
        for statement, source, target in self._resolved:
            self._relate(statement, (source, target), bound)
        for statement, *ends in self._dangling:
            self._defer(statement, (ends[0], ends[1]), bound, places, labels)
        for statement in self._loops:
            former = self._former_claim(statement, bound)
            if former is not None and former.live:
                self.draft.withdraw(former)
        self._let_relationships_go()
        let_go(self.draft, _retired(self.ci_changes), labels)
        self.relationship_changes = self.draft.take()

    @property
    def disturbed_count(self) -> int:
        """How many relationships change although this reading states them as before."""
        rows, seen = self._listening.rows, self._listening.seen
        own, heard = self._provenance.data_source, self._listening.relationships
        return sum(
            any(
                claim.data_source == own
                and claim.native_key not in heard
                and seen[rows[claim.native_key]]
                for claim in change.claims
            )
            for change in self.relationship_changes
        )

    @property
    def dangling(self) -> Sequence[RelationshipStatement]:
        """The statements of this reading that nothing answers."""
        return [each for each, _, _ in self._dangling if self._is_heard(each)]

    def _relate(
        self,
        statement: RelationshipStatement,
        ends: tuple[CIId, CIId],
        bound: Mapping[tuple[str, str], Claim],
    ) -> None:
        former = self._former_claim(statement, bound)
        at = self._provenance.observed_at
        subject = relate(self.draft, statement, ends, former, at)
        deferred = self._deferred.get((statement.data_source, statement.native_key))
        if deferred is not None:
            self.draft.remove_along(subject, UNRESOLVED, deferred.id)

    def _former_claim(
        self, statement: RelationshipStatement, bound: Mapping[tuple[str, str], Claim]
    ) -> Claim | None:
        if statement.data_source != self._provenance.data_source:
            return bound.get((statement.data_source, statement.native_key))
        row = self._listening.rows.get(statement.native_key)
        return None if row is None else self._claim_in_row(row)

    def _defer(
        self,
        statement: RelationshipStatement,
        ends: tuple[CIId | None, CIId | None],
        bound: Mapping[tuple[str, str], Claim],
        places: Mapping[str, str],
        labels: Labels,
    ) -> None:
        name = (statement.data_source, statement.native_key)
        place = places.get(statement.native_key, "") if self._is_heard(statement) else ""
        record = dangling_record(statement, *ends, labels, place or str(statement.place))
        known = self._deferred.get(name)
        if known is not None and says_the_same(known, record):
            record = known
        if statement.data_source == self._provenance.data_source:
            self.unresolved.append(record)
        former = self._former_claim(statement, bound)
        if former is not None and former.live:
            self.draft.withdraw(former)
            self.draft.write_along(former.subject, record)
        elif record is not known:
            self.records.append(record)

    def _let_relationships_go(self) -> None:
        rows = [row for row in self.gone_rows if not self._is_of_ci(row)]
        claims = [self._claim_in_row(row) for row in rows]
        ending = self.ending_cis()
        held_ends: dict[str, frozenset[str]] = {}
        for each in self._held_cis:
            held_ends[each.claim.subject] = each.brakes
        on_their_own: Counter[str] = Counter()
        types: Counter[str] = Counter()
        for claim in claims:
            types[claim.content["type"]] += 1
            ends = {claim.content["source"], claim.content["target"]}
            if not ends & ending and len(self.draft.keepers(claim.subject)) == 1:
                on_their_own[claim.content["type"]] += 1
        shares = share_brakes(on_their_own, self._listening.seen_by_class + types)
        self.brakes += shares
        by_type = {each.class_name: each.id for each in shares}
        always = frozenset(each.id for each in self.brakes if each.name == "EMPTY_READING")
        for claim in claims:
            content = claim.content
            brakes = always.union(
                held_ends.get(content["source"], ()), held_ends.get(content["target"], ())
            )
            if content["type"] in by_type:
                brakes |= {by_type[content["type"]]}
            if brakes:
                self._held_relationships.append(Gone(claim, brakes))
            else:
                self.draft.withdraw(claim)

    def _withdraw(self, gone: Iterable[Gone]) -> None:
        for each in gone:
            self.draft.withdraw(each.claim)

    # What waits for a brake

    def held_changes(self, labels: Labels) -> Iterator[tuple[frozenset[str], list[Change]]]:
        """Yield what each set of brakes holds back, as it would be after the rest of the plan.

        Each stands on its own, so that brakes can be released one by one.
        """
        groups = dict.fromkeys(each.brakes for each in (*self._held_cis, *self._held_relationships))
        main = self.draft
        for brakes in sorted(groups, key=sorted):
            self.draft = main.copy()
            self._withdraw(each for each in self._held_cis if each.brakes == brakes)
            changes = self.draft.take()
            self._withdraw(each for each in self._held_relationships if each.brakes == brakes)
            let_go(self.draft, _retired(changes), labels)
            yield brakes, [*changes, *self.draft.take()]
        self.draft = main


def _retired(changes: Iterable[Change]) -> set[str]:
    return {each.after.id for each in changes if each.after.presence is Presence.RETIRED}


def _bare(reference: Reference) -> str | None:
    narrowed = reference.id or reference.class_name or reference.data_source
    return None if narrowed else reference.key
