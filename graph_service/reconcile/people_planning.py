"""What a reading says of people → who comes, changes and leaves, in deltas of records.

Identity: the native key under which the data source knew somebody before; else the login, else a
mail address that only one person has. Whoever a complete reading no longer has, has left, unless
another directory still has them; nobody is ever deleted by an import.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from graph_service.model.codec import digest
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.errors import Fault
from graph_service.model.ids import IdGenerator
from graph_service.model.person import (
    DIRECTORY_RANK,
    Person,
    PersonFacts,
    PersonObservation,
    PersonStatement,
    facts_to_data,
    person_of,
)
from graph_service.model.vocabulary import BrakeLimits
from graph_service.reconcile.brakes import DEFAULT_LIMITS
from graph_service.reconcile.directory import (
    PERSON_CLASS,
    DirectoryState,
    People,
    person_record,
    state_record,
)
from graph_service.reconcile.import_plan import (
    Action,
    Brake,
    Counts,
    Finding,
    PlannedOperation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePlan:
    """What a reading does to the directory; ``held`` waits for all ``brakes``."""

    counts: Counts = field(default_factory=Counts)
    operations: Sequence[PlannedOperation] = ()
    faults: Sequence[Fault] = ()
    findings: Sequence[Finding] = ()
    brakes: Sequence[Brake] = ()
    deltas: Sequence[GraphDelta] = ()
    held: Sequence[GraphDelta] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleReading:
    """What was heard of people: by whom, as what, on which day.

    ``absence_counts``: the reading was complete and without a fault, so who is not in it is gone.
    ``limits`` say how many may have left at once without somebody being asked.
    """

    data_source: str
    scope: str
    heard: Mapping[str, PersonObservation]
    absence_counts: bool
    today: str
    at: str
    saw_anything: bool
    rank: int = DIRECTORY_RANK
    limits: BrakeLimits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class _Change:
    action: Action
    before: Person | None
    after: Person


@dataclass(slots=True)
class _Bound:
    """Who is who: people by native key of this data source, and by what else they are known by."""

    by_native_key: dict[str, str] = field(default_factory=dict)
    by_login: dict[str, set[str]] = field(default_factory=dict)
    by_mail: dict[str, set[str]] = field(default_factory=dict)


def plan_people(
    reading: PeopleReading,
    known: People,
    state: DirectoryState,
    cover: GraphDelta,
    new_id: IdGenerator,
) -> PeoplePlan:
    """Return what becomes of everybody. ``cover`` is a delta without records to write them in."""
    bound = _bound(known, reading.data_source)
    findings: list[Finding] = []
    faults: list[Fault] = []
    wanted = _identified(reading, known, state, bound, (faults, findings))
    changes: list[_Change] = []
    unchanged = 0
    for native_key, person_id in wanted.items():
        before = known.by_id.get(person_id) if person_id else None
        change = _stated(reading, native_key, before, new_id)
        if change is None:
            unchanged += 1
        else:
            changes.append(change)
    if reading.absence_counts and not faults:
        again = {each for each in wanted.values() if each}
        changes += _gone(reading, known, again)
    leaving = [each for each in changes if each.action is Action.RETIRE]
    brakes = _brakes(reading, known, leaving)
    done = [each for each in changes if not brakes or each.action is not Action.RETIRE]
    waiting = leaving if brakes else []
    made = _deltas(done, state, reading.data_source, cover)
    return PeoplePlan(
        counts=_counts(done, unchanged),
        operations=[_operation(each, reading.data_source) for each in changes],
        faults=faults,
        findings=findings,
        brakes=brakes,
        deltas=made,
        held=_deltas(waiting, state.after(len(made)), reading.data_source, cover),
    )


def _bound(known: People, data_source: str) -> _Bound:
    bound = _Bound()
    for person in known.by_id.values():
        if data_source in person.said:
            bound.by_native_key[person.said[data_source].native_key] = person.id
        for login in {each.facts.login for each in person.said.values() if each.facts.login}:
            bound.by_login.setdefault(login.casefold(), set()).add(person.id)
        for mail in {mail for each in person.said.values() for mail in each.facts.mails}:
            bound.by_mail.setdefault(mail.casefold(), set()).add(person.id)
    return bound


def _identified(
    reading: PeopleReading,
    known: People,
    state: DirectoryState,
    bound: _Bound,
    notes: tuple[list[Fault], list[Finding]],
) -> dict[str, str]:
    """Return whom each native key means, by id; the empty id is somebody new."""
    faults, findings = notes
    wanted: dict[str, str] = {}
    taken: dict[str, str] = {}
    forgotten = 0
    logins: dict[str, PersonObservation] = {}
    shared = _shared_mails(reading.heard.values())
    for native_key, said in reading.heard.items():
        if known.forgotten and state.forgotten(reading.data_source, native_key) in known.forgotten:
            forgotten += 1
            continue
        login = said.facts.login.casefold()
        first = logins.setdefault(login, said) if login else said
        if first is not said:
            faults.append(_taken_login(said, f"stands at {first.place} already"))
            continue
        person_id = bound.by_native_key.get(native_key) or _meant(said, bound, shared)
        other = _other_key(known, person_id, reading.data_source, native_key)
        if other and (other in reading.heard or person_id in taken):
            faults.append(_taken_login(said, "is somebody else's in the same data source"))
            continue
        wanted[native_key] = person_id
        if person_id:
            taken[person_id] = native_key
    if forgotten:
        message = f"left out because they were erased on request: {forgotten}"
        findings.append(Finding(code="ERASED", subject="", message=message))
    return wanted


def _shared_mails(heard: Iterable[PersonObservation]) -> set[str]:
    """Return the addresses that several people have: they tell nobody apart."""
    seen: set[str] = set()
    shared: set[str] = set()
    for mail in (mail.casefold() for each in heard for mail in each.facts.mails):
        (shared if mail in seen else seen).add(mail)
    return shared


def _meant(said: PersonObservation, bound: _Bound, shared: set[str]) -> str:
    """Return who is known by what is said, if that is one person."""
    known = bound.by_login.get(said.facts.login.casefold(), set()) if said.facts.login else set()
    if not known:
        mails = {each.casefold() for each in said.facts.mails} - shared
        known = {name for each in mails for name in bound.by_mail.get(each, ())}
    return next(iter(known)) if len(known) == 1 else ""


def _other_key(known: People, person_id: str, data_source: str, native_key: str) -> str:
    """Return under which other native key the data source knew this person."""
    person = known.by_id.get(person_id)
    statement = person.said.get(data_source) if person else None
    return statement.native_key if statement and statement.native_key != native_key else ""


def _taken_login(said: PersonObservation, why: str) -> Fault:
    return Fault(
        code="DUPLICATE_KEY",
        message=f"this login or mail address {why}",
        place=said.place.inside("login"),
        remedy="describe everybody once, under one id",
    )


def person_digest(facts: PersonFacts, scope: str) -> str:
    """Return by what it is seen that nothing else is said."""
    return digest([facts_to_data(facts), scope])


def _stated(
    reading: PeopleReading, native_key: str, before: Person | None, new_id: IdGenerator
) -> _Change | None:
    said = reading.heard[native_key]
    seal = person_digest(said.facts, reading.scope)
    former = before.said.get(reading.data_source) if before else None
    if former and (former.digest, former.live, former.native_key) == (seal, True, native_key):
        return None
    statement = PersonStatement(
        native_key=native_key,
        facts=said.facts,
        digest=seal,
        scope=reading.scope,
        rank=reading.rank,
        stated_at=reading.at,
        place=str(said.place),
    )
    return _changed(reading, before, before.id if before else new_id("psn"), statement)


def _changed(
    reading: PeopleReading, before: Person | None, person_id: str, statement: PersonStatement
) -> _Change:
    others = before.said if before else {}
    after = person_of(person_id, {**others, reading.data_source: statement})
    if before is None:
        return _Change(Action.CREATE, None, after)
    was_gone, is_gone = before.has_left(reading.today), after.has_left(reading.today)
    action = Action.UPDATE
    if was_gone != is_gone:
        action = Action.RETIRE if is_gone else Action.REACTIVATE
    return _Change(action, before, after)


def _gone(reading: PeopleReading, known: People, again: set[str]) -> Iterable[_Change]:
    for person in known.by_id.values():
        former = person.said.get(reading.data_source)
        if former is None or not former.live or former.scope != reading.scope:
            continue
        if person.id not in again:
            statement = replace(former, live=False, gone_on=reading.today)
            yield _changed(reading, person, person.id, statement)


def _brakes(reading: PeopleReading, known: People, leaving: Sequence[_Change]) -> list[Brake]:
    """Return what is too much to believe: many leave at once, or the reading is empty."""
    count = len(leaving)
    living = sum(
        each.said[reading.data_source].live and not each.has_left(reading.today)
        for each in known.by_id.values()
        if reading.data_source in each.said
    )
    if not count:
        return []
    if not reading.saw_anything:
        message = f"this reading is empty, but {count} people were read here before"
        return [_brake("EMPTY_READING", count, (0, 1), message)]
    limits = reading.limits
    share = count / max(living, count)
    if (
        living >= limits.retire_share_population
        and count > limits.retire_share_count
        and share > limits.retire_share
    ):
        message = (
            f"{count} of {living} people would have left "
            f"({share:.0%}; {limits.retire_share:.0%} may go unasked)"
        )
        return [_brake("RETIRE_SHARE", count, (share, limits.retire_share), message)]
    if count > limits.retire_count:
        message = f"{count} people would have left ({limits.retire_count} may go unasked)"
        return [_brake("RETIRE_COUNT", count, (count, limits.retire_count), message)]
    return []


def _brake(name: str, count: int, figures: tuple[float, float], message: str) -> Brake:
    observed, limit = figures
    return Brake(
        id=f"{name}:{PERSON_CLASS}",
        name=name,
        class_name=PERSON_CLASS,
        observed=observed,
        limit=limit,
        held_count=count,
        message=message,
    )


def _deltas(
    changes: Sequence[_Change], state: DirectoryState, data_source: str, cover: GraphDelta
) -> list[GraphDelta]:
    """Return deltas of records; each says which state of the directory it leads to."""
    made: list[GraphDelta] = []
    most = DELTA_RECORDS_MAX
    for start in range(0, len(changes), most):
        some = changes[start : start + most]
        ahead = state.after(len(made) + 1, source=data_source)
        records = (*(person_record(each.after) for each in some), state_record(ahead))
        made.append(replace(cover, records=records))
    return made


def _counts(changes: Iterable[_Change], unchanged: int) -> Counts:
    actions = [each.action for each in changes]
    return Counts(
        created=actions.count(Action.CREATE) + actions.count(Action.REACTIVATE),
        updated=actions.count(Action.UPDATE),
        retired=actions.count(Action.RETIRE),
        unchanged=unchanged,
    )


def _operation(change: _Change, data_source: str) -> PlannedOperation:
    before, after = change.before, change.after
    changed = _changed_names(before, after) if before else ()
    why = {
        Action.CREATE: f"new from {data_source}",
        Action.REACTIVATE: f"{data_source} speaks of them again",
        Action.RETIRE: f"left on {after.left_on}, says {data_source}",
        Action.UPDATE: f"{data_source} speaks of them differently",
    }[change.action]
    if not after.said[data_source].live and change.action is Action.UPDATE:
        why = f"{data_source} no longer lists them"
    elif change.action is Action.UPDATE and not changed:
        why += ", but others outrank it"
    return PlannedOperation(
        action=change.action,
        id=after.id,
        label=after.label,
        class_name=PERSON_CLASS,
        is_relationship=False,
        changed=changed,
        why=why,
    )


def _changed_names(before: Person, after: Person) -> tuple[str, ...]:
    def value(person: Person, name: str) -> Any:  # noqa: ANN401 - any fact
        return getattr(person.facts, name)

    names = sorted(each.name for each in fields(PersonFacts))
    return tuple(each for each in names if value(before, each) != value(after, each))
