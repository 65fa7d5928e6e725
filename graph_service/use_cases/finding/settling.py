"""A condition as somebody said it → the same in ids, exact names and typed values.

Every name is looked up: a misspelt class, attribute, type, CI or saved query is a fault with what
may have been meant, never an answer without CIs. All faults come at once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from graph_service.model.condition import (
    NOTHING,
    TAG_PREFIX,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Contains,
    Exists,
    Incomplete,
    IsCI,
    Leaf,
    Match,
    Not,
    OfClass,
    OneOf,
    OwnedBy,
    Ref,
    RefBy,
    Related,
    Saved,
    Scalar,
    StartsWith,
    ValueBearing,
    Within,
    condition_of_data,
    terms,
    text_place,
)
from graph_service.model.errors import (
    AmbiguousReferenceError,
    CINotFoundError,
    Fault,
    InvalidInputError,
    UnknownName,
)
from graph_service.model.place import Place
from graph_service.model.vocabulary import AttributeDefinition, AttributeType, Vocabulary
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.completeness import incomplete_condition
from graph_service.reconcile.texts import Misfit, shown
from graph_service.store import EstateReader
from graph_service.use_cases.estates.revision_at import revision_at
from graph_service.use_cases.finding.owned_cis import Owning, owned_condition, ownership_of
from graph_service.use_cases.finding.saved_query import SavedQuery, saved_query, saved_query_keys
from graph_service.use_cases.inventory.references import CIRef, resolve

EXPANDED_TERMS_MAX = 10_000
"""Terms of a condition with everything written out that the saved queries in it say."""

_ORDERED = frozenset(
    {
        AttributeType.INTEGER,
        AttributeType.DECIMAL,
        AttributeType.MINUTES,
        AttributeType.DATE,
        AttributeType.INSTANT,
    }
)
_TEXTS = frozenset(
    {
        AttributeType.TEXT,
        AttributeType.URL,
        AttributeType.IP_ADDRESS,
        AttributeType.MAC_ADDRESS,
        AttributeType.ENUM,
    }
)
_TEXT = AttributeDefinition(name="text")
_OPEN_PREFIXES = (TAG_PREFIX, "redundancy.")
_NO_ATTRIBUTES = {"class": "write class:NAME", "tag": "write tag:NAME"}
_NEVER_IN_NAMES = ('"', "\\")


async def settled(  # noqa: PLR0913 - what a condition is settled for is all named
    estate: EstateReader,
    vocabulary: Vocabulary,
    condition: Condition,
    *,
    viewer: str = "",
    place: Place | None = None,
    inside: tuple[str, ...] = (),
    owning: Owning | None = None,
) -> Condition:
    """Settle a condition for one estate.

    ``viewer`` is the id of the actor who asks: to others, what a saved query of one's own says does
    not exist. ``place`` says where the condition stands. ``inside`` are the keys of saved queries
    that it is part of, which it must not name. ``owning`` tells who owns what in that estate;
    without it, all of the estate is read where the condition asks for that.

    Raises:
        InvalidInputError: Listing every name and value that means nothing.
        StoreUnavailableError: The store does not answer.

    """
    whole = owning or partial(
        ownership_of, estate, vocabulary, today=datetime.now(UTC).date().isoformat()
    )
    settling = _Settling(estate, vocabulary, viewer, place or Place("where"), whole, inside)
    found = await settling.condition(condition)
    if not settling.faults and terms(found) > EXPANDED_TERMS_MAX:
        settling.faults.append(
            Fault(
                code="CONDITION_TOO_LARGE",
                message="the saved queries in it say too much together",
                place=settling.place,
                remedy="ask for less at a time",
            )
        )
    if settling.faults:
        raise InvalidInputError(settling.faults)
    return found


@dataclass(slots=True)
class _Settling:
    estate: EstateReader
    vocabulary: Vocabulary
    viewer: str
    place: Place
    owning: Owning
    within: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)

    async def condition(self, condition: Condition) -> Condition:
        match condition:
            case AllOf(of):
                return AllOf(tuple([await self.condition(each) for each in of]))
            case AnyOf(of):
                return AnyOf(tuple([await self.condition(each) for each in of]))
            case Not(what):
                return Not(await self.condition(what))
            case OfClass() | Attribute() | ValueBearing() | Incomplete():
                return self._by_vocabulary(condition)
        return await self._looked_up(condition)

    def _by_vocabulary(self, leaf: OfClass | Attribute | ValueBearing | Incomplete) -> Condition:
        match leaf:
            case OfClass(names):
                return OfClass(self._classes(names, leaf.at))
            case Attribute():
                return self._attribute(leaf)
            case ValueBearing():
                return self._value_bearing()
            case Incomplete():
                return incomplete_condition(self.vocabulary)

    async def _looked_up(self, leaf: Leaf) -> Condition:
        match leaf:
            case IsCI(refs):
                found = [await self._ref(each, leaf.at) for each in refs]
                return IsCI(tuple(each for each in found if each is not None))
            case Related(types, end, to):
                self._known("UNKNOWN_TYPE", types, self.vocabulary.relationship_types, leaf.at)
                return Related(types, end, to and await self._ref(to, leaf.at))
            case Within(place):
                found_place = await self._ref(place, leaf.at)
                return NOTHING if found_place is None else Within(found_place)
            case ChangedSince(moment) if isinstance(moment, str):
                return await self._changed_since(moment, leaf.at)
            case Saved(key):
                return await self._saved(key, leaf.at)
            case OwnedBy(who):
                return await self._owned_by(who, leaf.at)
        return leaf

    def _fault(self, code: str, message: str, at: int, remedy: str = "") -> None:
        place = text_place(at, self.place)
        self.faults.append(Fault(code=code, message=message, place=place, remedy=remedy))

    def _known(self, code: str, names: Iterable[str], known: Iterable[str], at: int) -> None:
        there_are = [*known]
        for each in sorted({*names} - {*there_are}):
            what = {"UNKNOWN_CLASS": "class", "UNKNOWN_TYPE": "relationship type"}.get(
                code, "attribute"
            )
            near = nearest(each, there_are)
            self.faults.append(
                UnknownName(
                    code=code,
                    message=f"{what} {shown(each)} is not in the vocabulary",
                    place=text_place(at, self.place),
                    remedy=_meant(near),
                    name=each,
                    near=tuple(near),
                )
            )

    def _classes(self, names: Iterable[str], at: int) -> frozenset[str]:
        self._known("UNKNOWN_CLASS", names, self.vocabulary.classes, at)
        return frozenset(
            special for name in names for special in self.vocabulary.specialisations(name)
        )

    async def _ref(self, ref: Ref, at: int) -> Ref | None:
        if ref.by is RefBy.ID:
            return ref
        try:
            return Ref(RefBy.ID, (await resolve(self.estate, CIRef(**{ref.by: ref.value}))).id)
        except CINotFoundError as error:
            self._fault(
                "CI_NOT_FOUND", f"no CI is called {shown(ref.value)}", at, _meant(error.near)
            )
        except AmbiguousReferenceError as error:
            self._fault(error.code, str(error), at)
        return None

    async def _changed_since(self, moment: str, at: int) -> Condition:
        revision = await revision_at(self.estate, moment)
        if revision is None:
            message = f"{shown(moment)} is neither a revision nor an instant"
            self._fault("BAD_CONDITION", message, at, "write 41 or 2026-03-01T12:00:00Z")
        return ChangedSince(revision or 0)

    async def _saved(self, key: str, at: int) -> Condition:
        found = await saved_query(self.estate, key)
        if found is None or not found.is_visible_to(self.viewer):
            near = nearest(key, await saved_query_keys(self.estate, self.viewer))
            message = f"there is no saved query {shown(key)}"
            self._fault("UNKNOWN_SAVED_QUERY", message, at, _meant(near))
            return NOTHING
        if found.key in self.within:
            through = " → ".join((*self.within, found.key))
            self._fault(
                "SAVED_QUERY_CYCLE",
                f"a saved query says itself: {through}",
                at,
                "take one of them out",
            )
            return NOTHING
        inner = replace(
            self,
            within=(*self.within, found.key),
            faults=[],
            place=Place(f"saved query {found.key}"),
        )
        settled_inner = await _said_by(found, inner)
        self.faults.extend(inner.faults)
        return settled_inner

    async def _owned_by(self, who: str, at: int) -> Condition:
        ownership = await self.owning()
        found = owned_condition(ownership, who)
        if found is None:
            directory = ownership.directory
            several = [directory.label(each) for each in directory.meaning(who).candidates]
            message = f"nobody and no team is called {shown(who)}"
            if several:
                message = f"several are called {shown(who)}; name one by login or mail address"
            self._fault("PERSON_NOT_FOUND", message, at, _meant([*directory.near(who)]))
        return found or NOTHING

    def _value_bearing(self) -> Condition:
        classes = frozenset(
            each for each in self.vocabulary.classes if self.vocabulary.is_value_bearing(each)
        )
        unsaid = Not(Attribute("valueBearing", Exists()))
        return AnyOf((Attribute("valueBearing", OneOf((True,))), AllOf((OfClass(classes), unsaid))))

    def _attribute(self, leaf: Attribute) -> Condition:
        definitions = self._definitions(leaf)
        if not definitions or isinstance(leaf.match, Exists):
            return leaf
        misfits: list[Misfit] = []
        matches = {
            match: None
            for each in definitions
            for match in _typed(each, leaf.match, misfits.append)
        }
        if not matches:
            first = misfits[0]
            self._fault("BAD_VALUE", f"{leaf.name}: {first.message}", leaf.at, first.remedy)
            return leaf
        found = [Attribute(leaf.name, each) for each in matches]
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _definitions(self, leaf: Attribute) -> Sequence[AttributeDefinition]:
        """Return all definitions of an attribute that differ in type; classes may differ in it."""
        name = leaf.name
        if name in {"key", "name"}:
            return [_TEXT]
        is_odd = any(each in name for each in _NEVER_IN_NAMES) or not name.isprintable()
        if name.startswith(_OPEN_PREFIXES) and not is_odd:
            return [_TEXT]
        found = {
            (each.type, each.values): each
            for class_name in self.vocabulary.classes
            if (each := self.vocabulary.attributes(class_name).get(name))
        }
        if not found:
            known = [*self.vocabulary.attribute_names, "key", "name"]
            if name in _NO_ATTRIBUTES:
                message = f"{name} is no attribute"
                self._fault("BAD_CONDITION", message, leaf.at, _NO_ATTRIBUTES[name])
            else:
                self._known("UNKNOWN_ATTRIBUTE", [name], known, leaf.at)
        return [*found.values()]


async def _said_by(query: SavedQuery, settling: _Settling) -> Condition:
    """Settle what a saved query says; faults are those of the query."""
    try:
        said = condition_of_data(query.where, settling.place)
    except InvalidInputError as error:
        settling.faults.extend(error.faults)
        return NOTHING
    return await settling.condition(said)


def _typed(
    definition: AttributeDefinition, match_: Match, refuse: Callable[[Misfit], None]
) -> list[Match]:
    """Return what a comparison is for one type of value; nothing if it is none for it."""
    element = definition.model_copy(update={"list": False})
    of_type = definition.type
    match match_:
        case OneOf(values):
            return _one_of(element, values, refuse)
        case Contains() | StartsWith():
            if of_type in _TEXTS:
                return [match_]
            refuse(
                Misfit(f"a value of type {of_type} has no text in it", "compare it with : or >=")
            )
        case AtLeast(value) | AtMost(value):
            if of_type not in _ORDERED:
                refuse(Misfit(f"values of type {of_type} are in no order", "compare with : or ~"))
                return []
            unbounded = element.model_copy(update={"minimum": None, "maximum": None})
            bound = fitted(unbounded, value, from_text=True)
            if isinstance(bound, Misfit):
                refuse(bound)
                return []
            return [type(match_)(bound)]
    return []


def _one_of(
    element: AttributeDefinition, values: Iterable[Scalar], refuse: Callable[[Misfit], None]
) -> list[Match]:
    if element.type is AttributeType.JSON:
        refuse(Misfit("is an object, which cannot be compared", "ask whether there is one: has:…"))
        return []
    found: dict[Scalar, None] = {}
    for each in values:
        value = fitted(element, each, from_text=True)
        if isinstance(value, Misfit):
            refuse(value)
            return []
        found[value] = None
    return [OneOf(tuple(found))]


def _meant(near: Sequence[str]) -> str:
    return f"did you mean {', '.join(near)}?" if near else ""
