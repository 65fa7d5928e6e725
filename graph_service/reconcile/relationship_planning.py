"""What becomes of relationships, and of references that nothing answers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from graph_service.model.claim import Claim
from graph_service.model.delta import Record
from graph_service.model.errors import Fault
from graph_service.model.ids import CIId, RelationshipId, relationship_id
from graph_service.model.observation import Reference
from graph_service.reconcile.basis import Basis
from graph_service.reconcile.brakes import share_brakes
from graph_service.reconcile.ci_planning import CIPlanning, Gone, retired
from graph_service.reconcile.deferred import UNRESOLVED, deferred_statement, says_the_same
from graph_service.reconcile.draft import Change
from graph_service.reconcile.effective import LOOPED, ORIGINAL
from graph_service.reconcile.import_plan import Brake, Finding
from graph_service.reconcile.labels import Labels
from graph_service.reconcile.letting_go import dangling_record, let_go, relate
from graph_service.reconcile.listening import self_loop
from graph_service.reconcile.merging import absorbed_by
from graph_service.reconcile.resolution import Resolver
from graph_service.reconcile.statement import (
    RelationshipStatement,
    named_ends,
    relationship_claim,
    restated,
)


class RelationshipPlanning:
    """Plans the relationships of one reading, once its CIs are planned.

    The steps are pure; whoever calls them looks things up in between: ``statements``,
    ``resolve``, ``plan``, ``held_changes``.
    """

    def __init__(self, basis: Basis, cis: CIPlanning) -> None:
        self.draft = cis.draft
        self.changes: list[Change] = []
        self.brakes: list[Brake] = []
        self.faults: list[Fault] = []
        self.unresolved: list[Record] = []
        self.records: list[Record] = []
        self.removed_records: list[tuple[str, str]] = []
        self._basis = basis
        self._cis = cis
        self._deferred = {
            (each.data["dataSource"], each.data["nativeKey"]): each
            for each in basis.ground.deferred.values()
        }
        self._held: list[Gone] = []
        self._resolved: list[tuple[RelationshipStatement, CIId, CIId]] = []
        self._loops: list[tuple[RelationshipStatement, CIId]] = []
        self.findings: list[Finding] = []
        self._dangling: list[tuple[RelationshipStatement, CIId | None, CIId | None]] = []

    def rebound_keys(self) -> set[str]:
        """Return unchanged relationships whose ends may mean another CI than they used to.

        A bare key is a native key first: a CI that this data source begins to describe itself
        takes over the references that used to mean a CI of the estate.
        """
        index = self._basis.ground.index
        begun = self._cis.begun
        if not begun:
            return set()
        gone = set(self._basis.gone_rows)
        return {
            key
            for row, key in enumerate(index.native_key)
            if index.live[row]
            and not self._basis.is_of_ci(row)
            and row not in gone
            and key not in self._basis.listening.relationships
            and any(_bare(each) in begun for each in named_ends(key) or ())
        }

    def statements(self, rebound: Iterable[Claim]) -> list[RelationshipStatement]:
        """Return every statement of a relationship that has to be resolved, each once."""
        found = [
            *(restated(claim) for claim in rebound),
            *(each for _, each in sorted(self._basis.listening.relationships.items())),
        ]
        heard = {each.native_key for each in found} if self._deferred else set()
        for (data_source, native_key), record in self._deferred.items():
            if data_source == self._basis.data_source and native_key in heard:
                continue
            if self._is_no_longer_said(record):
                self.removed_records.append((UNRESOLVED, record.id))
            else:
                found.append(deferred_statement(record))
        return found

    def _is_no_longer_said(self, record: Record) -> bool:
        return (
            self._basis.absence_counts
            and record.data["dataSource"] == self._basis.data_source
            and record.data["scope"] == self._basis.provenance.scope
        )

    def resolve(
        self, statements: Iterable[RelationshipStatement], resolver: Resolver
    ) -> set[RelationshipId]:
        """Find the ends; return the relationships to look up before planning goes on."""
        created = set(self._cis.granted.values()) | {
            CIId(each.after.id) for each in self._cis.changes if each.before is None
        }
        wanted: set[RelationshipId] = set()
        for each in statements:
            source = resolver.resolve(each.data_source, each.source)
            target = resolver.resolve(each.data_source, each.target)
            if source is None or target is None:
                self._dangling.append((each, source, target))
            elif source == target:
                self._note_loop(each, source)
            else:
                self._resolved.append((each, source, target))
                if source not in created and target not in created:
                    wanted.add(relationship_id(source, each.type, target))
        index, rows = self._basis.ground.index, self._basis.listening.rows
        own = self._basis.data_source
        wanted |= {
            RelationshipId(index.subject[rows[each.native_key]])
            for each in statements
            if each.data_source == own and each.native_key in rows
        }
        wanted |= {RelationshipId(each.subject) for each in resolver.bound.values()}
        wanted |= {
            RelationshipId(index.subject[row])
            for row in self._basis.gone_rows
            if not self._basis.is_of_ci(row)
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

    def _note_loop(self, statement: RelationshipStatement, end: CIId) -> None:
        if self._is_heard(statement):
            self._loops.append((statement, end))
        # What another data source said stays deferred: it is that one's reading that shows it.

    def loop_ends(self) -> set[str]:
        """Return the CIs whose claims tell whether statements lead to themselves by a merge."""
        return {end for _, end in self._loops}

    def judge_loops(self) -> None:
        """Refuse statements that lead from a CI to itself, unless that is so by a merge."""
        for statement, end in self._loops:
            if self._is_merged(end):
                message = (
                    f"{statement.source} -{statement.type}-> {statement.target}: both ends are one "
                    "CI by a merge; it is left out until they are split"
                )
                self.findings.append(
                    Finding(
                        code="MERGED_ENDS",
                        subject=str(statement.source),
                        message=message,
                        place=str(statement.place),
                    )
                )
            else:
                self.faults.append(self_loop(str(statement.source), statement.place))

    def _is_merged(self, ci_id: CIId) -> bool:
        return bool(absorbed_by(self.draft.claims.get(ci_id, ())))

    def _is_heard(self, statement: RelationshipStatement) -> bool:
        return (
            statement.data_source == self._basis.data_source
            and self._basis.listening.relationships.get(statement.native_key) is statement
        )

    def plan(
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
        for statement, end in self._loops:
            former = self._former_claim(statement, bound)
            if former is not None and former.live:
                self._leave_out(statement, former, is_merged=self._is_merged(end))
            deferred = self._deferred.get((statement.data_source, statement.native_key))
            if deferred is not None:
                self.removed_records.append((UNRESOLVED, deferred.id))
        self._let_relationships_go()
        let_go(self.draft, retired(self._cis.changes), labels)
        self.changes = self.draft.take()

    @property
    def disturbed_count(self) -> int:
        """How many relationships change although this reading states them as before."""
        rows, seen = self._basis.listening.rows, self._basis.listening.seen
        own, heard = self._basis.data_source, self._basis.listening.relationships
        return sum(
            any(
                claim.data_source == own
                and claim.native_key not in heard
                and claim.native_key in rows
                and seen[rows[claim.native_key]]
                for claim in change.claims
            )
            for change in self.changes
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
        at = self._basis.provenance.observed_at
        subject = relate(self.draft, statement, ends, former, at)
        deferred = self._deferred.get((statement.data_source, statement.native_key))
        if deferred is not None:
            self.draft.remove_along(subject, UNRESOLVED, deferred.id)

    def _former_claim(
        self, statement: RelationshipStatement, bound: Mapping[tuple[str, str], Claim]
    ) -> Claim | None:
        if statement.data_source != self._basis.data_source:
            return bound.get((statement.data_source, statement.native_key))
        row = self._basis.listening.rows.get(statement.native_key)
        return None if row is None else self._basis.claim_in_row(self.draft, row)

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
        if statement.data_source == self._basis.data_source:
            self.unresolved.append(record)
        former = self._former_claim(statement, bound)
        if former is not None and former.live:
            self.draft.withdraw(former)
            self.draft.write_along(former.subject, record)
        elif record is not known:
            self.records.append(record)

    def _leave_out(
        self, statement: RelationshipStatement, former: Claim, *, is_merged: bool
    ) -> None:
        if not is_merged:
            self.draft.withdraw(former)
            return
        # What is said now is kept where it was, for the day its ends are split.
        ends = (former.content["source"], former.content["target"])
        at = self._basis.provenance.observed_at
        said = relationship_claim(statement, RelationshipId(former.subject), ends, at)
        kept = {name: former.content[name] for name in (ORIGINAL, LOOPED) if name in former.content}
        self.draft.state(replace(said, content={**said.content, **kept}))

    def _let_relationships_go(self) -> None:
        rows = [row for row in self._basis.gone_rows if not self._basis.is_of_ci(row)]
        claims = [self._basis.claim_in_row(self.draft, row) for row in rows]
        ending = self._cis.ending
        held_ends: dict[str, frozenset[str]] = {}
        for each in self._cis.held:
            held_ends[each.claim.subject] = each.brakes
        on_their_own: Counter[str] = Counter()
        types: Counter[str] = Counter()
        for claim in claims:
            types[claim.content["type"]] += 1
            ends = {claim.content["source"], claim.content["target"]}
            if not ends & ending and len(self.draft.keepers(claim.subject)) == 1:
                on_their_own[claim.content["type"]] += 1
        shares = share_brakes(
            on_their_own, self._basis.listening.seen_by_class + types, self._basis.limits
        )
        self.brakes += shares
        by_type = {each.class_name: each.id for each in shares}
        always = frozenset(each.id for each in self._cis.brakes if each.name == "EMPTY_READING")
        for claim in claims:
            content = claim.content
            brakes = always.union(
                held_ends.get(content["source"], ()), held_ends.get(content["target"], ())
            )
            if content["type"] in by_type:
                brakes |= {by_type[content["type"]]}
            if brakes:
                self._held.append(Gone(claim, brakes))
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
        groups = dict.fromkeys(each.brakes for each in (*self._cis.held, *self._held))
        main = self.draft
        for brakes in sorted(groups, key=sorted):
            self.draft = main.copy()
            self._withdraw(each for each in self._cis.held if each.brakes == brakes)
            changes = self.draft.take()
            self._withdraw(each for each in self._held if each.brakes == brakes)
            let_go(self.draft, retired(changes), labels)
            yield brakes, [*changes, *self.draft.take()]
        self.draft = main


def _bare(reference: Reference) -> str | None:
    narrowed = reference.id or reference.class_name or reference.data_source
    return None if narrowed else reference.key
