"""What becomes of CIs: those that are stated, and those that no longer are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graph_service.model.ci import CI, Presence
from graph_service.model.claim import Claim
from graph_service.model.ids import CIId, IdGenerator
from graph_service.reconcile.basis import Basis
from graph_service.reconcile.brakes import count_brakes, empty_brakes, share_brakes
from graph_service.reconcile.draft import Change, Draft
from graph_service.reconcile.effective import ORIGINAL
from graph_service.reconcile.import_plan import Brake, Finding
from graph_service.reconcile.statement import CIStatement, ci_claim
from graph_service.reconcile.texts import shown


@dataclass(frozen=True, slots=True)
class Gone:
    """A claim that a complete reading no longer makes, and the brakes that hold it."""

    claim: Claim
    brakes: frozenset[str]


class CIPlanning:
    """Plans the CIs of one reading; pure, given a draft that knows what ``known_subjects`` says.

    Afterwards ``own`` has the CIs of the data source that will be there, by native key,
    ``granted`` the new ones by key, and ``held`` what brakes hold.
    """

    def __init__(self, basis: Basis, draft: Draft, new_id: IdGenerator) -> None:
        self.draft = draft
        self.changes: list[Change] = []
        self.brakes: list[Brake] = []
        self.findings: list[Finding] = []
        self.held: list[Gone] = []
        self.granted: dict[str, CIId] = {}
        self.own: dict[str, CIId] = {}
        self._basis = basis
        self._new_id = new_id
        self._ids: dict[str, CIId] = {}

    def known_subjects(self) -> set[str]:
        """Return the CIs whose record and claims must be looked up first."""
        index, rows = self._basis.ground.index, self._basis.listening.rows
        bound = {index.subject[rows[key]] for key in self._basis.listening.cis if key in rows}
        return bound | {
            index.subject[row] for row in self._basis.gone_rows if self._basis.is_of_ci(row)
        }

    def wanted_keys(self) -> set[str]:
        """Return the keys that new CIs would like; which are taken must be looked up first."""
        rows = self._basis.listening.rows
        return {each.key for key, each in self._basis.listening.cis.items() if key not in rows}

    def plan(self, taken_keys: Iterable[str]) -> None:
        """Decide what becomes of CIs: those that are stated, and those that no longer are."""
        in_use = frozenset(taken_keys)
        taken = set(in_use)
        rows, index = self._basis.listening.rows, self._basis.ground.index
        for native_key, statement in sorted(self._basis.listening.cis.items()):
            row = rows.get(native_key)
            if row is not None:
                ci_id = CIId(index.subject[row])
            else:
                ci_id = CIId(self._new_id("ci"))
                key = "" if statement.key in taken else statement.key
                taken.add(statement.key)
                if key:
                    self.granted[key] = ci_id
                if statement.key in in_use:
                    self._note_key_in_use(statement)
                self.draft.create_ci(ci_id, key)
            self._ids[native_key] = ci_id
            claim = ci_claim(statement, ci_id, self._basis.provenance)
            if row is not None:
                claim = self._as_made_of(claim, self._basis.claim_in_row(self.draft, row))
            self.draft.state(claim)
        self._let_cis_go()
        self.changes = self.draft.take()
        self._note_denied()
        self._find_own()

    def _as_made_of(self, claim: Claim, former: Claim) -> Claim:
        """Return a claim that says whom the one before it was made of, if that was merged since."""
        if ORIGINAL not in former.content:
            return claim
        return replace(claim, content={**claim.content, ORIGINAL: former.content[ORIGINAL]})

    @property
    def begun(self) -> set[str]:
        """Native keys under which the data source begins, or begins again, to describe a CI."""
        rows, live = self._basis.listening.rows, self._basis.ground.index.live
        return {key for key in self._ids if key not in rows or not live[rows[key]]}

    @property
    def ending(self) -> set[str]:
        """CIs that end, now or when a brake is released; their relationships end too."""
        return {*retired(self.changes), *(each.claim.subject for each in self.held)}

    def _let_cis_go(self) -> None:
        gone = self._basis.gone_rows
        claims = [
            self._basis.claim_in_row(self.draft, row) for row in gone if self._basis.is_of_ci(row)
        ]
        names = {(each.data_source, each.native_key) for each in claims}
        ending: Counter[str] = Counter()
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
                ending[ci.class_name] += 1
        population = self._basis.listening.seen_by_class + classes
        everything = [
            *empty_brakes(len(gone), saw_anything=self._basis.listening.saw_anything),
            *count_brakes(ending.total(), self._basis.limits),
        ]
        shares = share_brakes(ending, population, self._basis.limits)
        self.brakes += [*everything, *shares]
        by_class = {each.class_name: each.id for each in shares}
        always = frozenset(each.id for each in everything)
        for claim in claims:
            name = self.draft.cis[claim.subject].class_name
            brakes = always | ({by_class[name]} if name in by_class else set())
            if brakes:
                self.held.append(Gone(claim, brakes))
            else:
                self.draft.withdraw(claim)

    def _note_key_in_use(self, statement: CIStatement) -> None:
        """Say that a CI is not the one that everybody knows by the key it would like."""
        label = shown(statement.key)
        message = (
            f"the key {label} belongs to another CI of the estate; what {self._basis.data_source} "
            "calls so is taken for a different one, and is assigned a key of its own"
        )
        place = str(statement.place)
        found = Finding(code="KEY_IN_USE", subject=statement.key, message=message, place=place)
        self.findings.append(found)

    def _note_kept(self, ci: CI, remaining: Sequence[Claim]) -> None:
        others = ", ".join(sorted({each.data_source for each in remaining}))
        message = (
            f"{self._basis.data_source} no longer speaks of {ci.key}; it stays, because "
            f"{others} still does"
        )
        self.findings.append(Finding(code="STILL_CLAIMED", subject=ci.key, message=message))

    def _note_denied(self) -> None:
        """Say which CIs a data source goes on to report although a person retired them."""
        denied = self._basis.ground.denied
        if not denied:
            return
        index = self._basis.ground.index
        reported = sorted(
            index.native_key[row]
            for row, seen in enumerate(self._basis.listening.seen)
            if seen and index.subject[row] in denied
        )
        for native_key in reported:
            label = " ".join(native_key.split())
            message = (
                f"{self._basis.data_source} still reports {label}, which a person retired; "
                "it stays retired until a person brings it back"
            )
            self.findings.append(Finding(code="RETIRED_BY_HAND", subject=label, message=message))

    def _find_own(self) -> None:
        """Find the CIs of this data source that will be there, by native key."""
        index, denied = self._basis.ground.index, self._basis.ground.denied
        ended = retired(self.changes)
        self.own = {
            key: CIId(subject)
            for key, subject, live in zip(index.native_key, index.subject, index.live, strict=True)
            if live and subject.startswith("ci_") and subject not in ended and subject not in denied
        }
        for native_key, ci_id in self._ids.items():
            if self.draft.cis[ci_id].presence is not Presence.RETIRED:
                self.own[native_key] = ci_id


def retired(changes: Iterable[Change]) -> set[str]:
    """Return what ends by these changes."""
    return {each.after.id for each in changes if each.after.presence is Presence.RETIRED}
