"""People and teams as a use case: look up, list, what is owned, what lost its owner, erase."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from graph_service.model.claim import MANUAL
from graph_service.model.delta import GraphDelta
from graph_service.model.edit import UpdateCi
from graph_service.model.errors import Fault, InvalidInputError, StaleRevisionError
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.instants import instant_text
from graph_service.model.person import (
    MANUAL_RANK,
    SIGN_IN_RANK,
    Erasure,
    Person,
    PersonFacts,
    PersonObservation,
    PersonStatement,
    person_of,
)
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.sign_in_claims import GROUPS_CLAIM, person_of_claims
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.directory import (
    PERSON,
    DirectoryState,
    People,
    all_people,
    directory_state,
    guarded,
    person_from_record,
    person_record,
    state_record,
)
from graph_service.reconcile.people_planning import PeopleReading, person_digest, plan_people
from graph_service.reconcile.person_validation import plain_person
from graph_service.store import GraphStore
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.finding.owned_cis import team_aliases
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import CurrentDuties, Duties
from graph_service.use_cases.people.erasure import (
    Erased,
    forgetting,
    plans_about,
    still_said_by,
)
from graph_service.use_cases.people.handing_over import person_called, without_names
from graph_service.use_cases.people.ownerless import Gap, GapFilter, gaps_of
from graph_service.use_cases.people.ownership import Ownership


class WhoIsWho:
    """Answers who is who and who owns what, and writes what only the directory knows."""

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        editing: Editing,
        *,
        clock: Callable[[], datetime],
        new_id: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._editing = editing
        self._clock = clock
        self._new_id = new_id
        self._current = CurrentDuties(store, vocabulary)
        self._people: tuple[DirectoryState, People] | None = None
        self._aliases: tuple[Duties, Sequence[tuple[str, str]]] | None = None
        self._ownership: Ownership | None = None

    # Asking -------------------------------------------------------------------------------------

    async def ownership(self) -> Ownership:
        """Return who owns what now. It is a value: what is written later does not change it."""
        duties = await self._current.duties()
        people = await self._everybody()
        today = self._today()
        known = self._ownership
        if (
            known is None
            or known.directory.duties is not duties
            or known.directory.people is not people.by_id
            or known.directory.today != today
        ):
            directory = Directory(
                people=people.by_id,
                duties=duties,
                aliases=await self._team_aliases(duties),
                today=today,
            )
            known = self._ownership = Ownership(directory=directory)
        return known

    async def directory(self) -> Directory:
        """Return everybody and every team as of now."""
        return (await self.ownership()).directory

    async def person(self, text: str) -> Person:
        """Return the person whom a text means: an id, login, mail address, LDAP name or name.

        Raises:
            NotFoundError: Nobody is; says who is called almost so.
            AmbiguousReferenceError: Several people are.

        """
        return person_called(await self.directory(), text)

    async def names_of(self, ids: Collection[str]) -> dict[str, str]:
        """Return what those of these people that there are are called, by id."""
        records = [await self._store.record(PERSON, each) for each in sorted(ids)]
        people = [person_from_record(each) for each in records if each is not None]
        return {each.id: each.label for each in people}

    async def gaps(self, wanted: GapFilter) -> list[Gap]:
        """Return what lost its owner, with heirs; the most critical first."""
        return gaps_of(await self.ownership(), wanted)

    # Writing ------------------------------------------------------------------------------------

    async def state(self, text: str, facts: Mapping[str, Any], *, actor: Actor) -> Person:
        """State facts of a person by hand: absence, deputy, on-call link, manager, last day.

        They outrank what directories say. A fact that is empty is no longer stated.

        Raises:
            NotFoundError: Nobody is called that.
            InvalidInputError: Lists everything wrong with the facts.

        """
        before = await directory_state(self._store)
        directory = await self.directory()
        person = person_called(directory, text)
        meant = {
            name: person_called(directory, facts[name]).id
            for name in ("deputy", "manager")
            if facts.get(name)
        }
        by_hand = person.said.get(MANUAL)
        said = replace(by_hand.facts if by_hand else PersonFacts(), **{**facts, **meant})
        place = Place("input", "person")
        faults: list[Fault] = []
        # Whom they are said of is known, so that they need not say it.
        whole = replace(said, login=person.id)
        plain = plain_person(
            PersonObservation(native_key=person.id, facts=whole, place=place), faults
        )
        if faults:
            raise InvalidInputError(faults)
        said = replace(plain.facts, login="")
        statement = PersonStatement(
            native_key=person.id,
            facts=said,
            digest=person_digest(said, "all"),
            rank=MANUAL_RANK,
            stated_at=instant_text(self._clock()),
        )
        others = {source: each for source, each in person.said.items() if source != MANUAL}
        if said != PersonFacts():
            others[MANUAL] = statement
        after = person_of(person.id, others)
        records = (person_record(after), state_record(before.after(1)))
        await self._apply(GraphDelta(based_on=0, actor=actor, records=records), before)
        return after

    async def signed_in(
        self,
        claims: Mapping[str, Any],
        *,
        issuer: str,
        actor: Actor,
        groups_claim: str = GROUPS_CLAIM,
    ) -> Person:
        """Take in who signed in, from claims that the caller has verified, and their groups.

        Whoever is in the directory already is known again by login or mail address; the groups of
        this sign-in replace those of the last one. Signing in keeps nobody in the organisation.

        Raises:
            InvalidInputError: The claims do not say who it is, or it is somebody who was erased.

        """
        heard = person_of_claims(claims, Place(issuer, "claims"), groups_claim=groups_claim)
        faults: list[Fault] = []
        heard = plain_person(heard, faults)
        if faults:
            raise InvalidInputError(faults)
        source = f"sign-in {issuer}"
        before = await directory_state(self._store)
        reading = PeopleReading(
            data_source=source,
            scope="all",
            heard={heard.native_key: heard},
            absence_counts=False,
            today=self._today(),
            at=instant_text(self._clock()),
            saw_anything=True,
            rank=SIGN_IN_RANK,
        )
        cover = GraphDelta(based_on=0, actor=actor)
        plan = plan_people(reading, await self._everybody(), before, cover, self._new_id)
        for each in plan.deltas:
            await self._apply(each, before)
        for person in (await self._everybody()).by_id.values():
            if source in person.said and person.said[source].native_key == heard.native_key:
                return person
        message = "whoever this is was erased on request, or is taken for several people"
        raise InvalidInputError([*plan.faults, _fault("ERASED", message, "claims", "")])

    async def erase(self, text: str, *, actor: Actor, reason: str) -> Erased:
        """Erase what is known of a person; their id stays, so that references still mean somebody.

        CIs that name them by text name their id from now on, as one revision. The log says that a
        person was erased and not whom; texts that earlier revisions hold stay there.

        Raises:
            NotFoundError: Nobody is called that.
            InvalidInputError: There is no reason, or they were erased already.

        """
        directory = await self.directory()
        person = person_called(directory, text)
        if not reason.strip():
            message, remedy = "an erasure needs a reason", "say who asked for it"
            raise InvalidInputError([_fault("NO_REASON", message, "reason", remedy)])
        if person.erasure:
            message = "what is known of this person was erased already"
            raise InvalidInputError([_fault("NOTHING_TO_DO", message, "person", "")])
        edits = without_names(directory, person)
        written = None
        if edits:
            why = f"erasure of {person.id}: {reason}"
            written = await self._editing.edit(edits, actor=actor, reason=why)
        before = await directory_state(self._store)
        plans = await plans_about(self._store, person)
        erasure = Erasure(at=instant_text(self._clock()), by=actor.id, reason=reason)
        records, removed = forgetting(person, before, plans, erasure)
        await self._apply(
            GraphDelta(based_on=0, actor=actor, records=records, removed_records=removed), before
        )
        cis = [each.ci.id for each in edits if isinstance(each, UpdateCi)]
        return Erased(
            person=person.id,
            revision=written.revision if written and written.changed else None,
            replaced=len(edits),
            still_said_by=await still_said_by(self._store, person, directory, cis),
            plans_dropped=tuple(plans),
        )

    # How ----------------------------------------------------------------------------------------

    def _today(self) -> str:
        return self._clock().date().isoformat()

    async def _everybody(self) -> People:
        state = await directory_state(self._store)
        if self._people is None or self._people[0] != state:
            self._people = (state, await all_people(self._store))
        return self._people[1]

    async def _team_aliases(self, duties: Duties) -> Sequence[tuple[str, str]]:
        if self._aliases is None or self._aliases[0] is not duties:
            found = await team_aliases(self._store, duties)
            self._aliases = (duties, found)
        return self._aliases[1]

    async def _apply(self, delta: GraphDelta, state: DirectoryState) -> None:
        """Write to the directory, unless somebody else did since it was looked at."""
        made = await guarded(self._store, delta)
        if made is None or await directory_state(self._store) != state:
            head = await self._store.head()
            raise StaleRevisionError(head.revision, head.revision, ["the directory of people"])
        await self._store.apply(made)


def _fault(code: str, message: str, path: str, remedy: str) -> Fault:
    return Fault(code=code, message=message, place=Place("input", path), remedy=remedy)
