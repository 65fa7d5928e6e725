"""What the fields of one operation share: who asks, and the one revision everything is read at."""

import asyncio
from dataclasses import dataclass, field

import strawberry

from graph_service.api.answers import A, Answer, KeptAnswers
from graph_service.api.cursors import Cursors
from graph_service.api.failures import CursorInvalidError
from graph_service.api.loaders import Loaders
from graph_service.api.services import Options, Services
from graph_service.api.uploads import Uploads
from graph_service.model.errors import NotAllowedError
from graph_service.model.revision import Head
from graph_service.store import GraphStore
from graph_service.use_cases.access import Role, Viewer
from graph_service.use_cases.estates.estate_view import EstateView
from graph_service.use_cases.impact.questions import Questions
from graph_service.use_cases.inventory.inventory import Inventory
from graph_service.use_cases.log.log_following import LogFollower
from graph_service.use_cases.people.ownership import Ownership


@dataclass(slots=True)
class Pin:
    """The revision an operation is read at, and whether everything in it was.

    The store is read as it is now. If it has not moved between the first read and the last, all
    reads saw one revision; otherwise the operation is run again from the start.
    """

    store: GraphStore
    _head: Head | None = None
    _seen: set[int] = field(default_factory=set)
    reads_store: bool = False

    async def head(self) -> Head:
        """Return the newest revision as of the first time this is asked."""
        if self._head is None:
            self._head = await self.store.head()
            self._seen.add(self._head.revision)
        return self._head

    def saw(self, revision: int) -> None:
        """Note the revision that an answer was computed at."""
        self._seen.add(revision)

    async def held(self) -> bool:
        """Whether everything so far was read at one revision."""
        if len(self._seen) > 1:
            return False
        if not (self.reads_store and self._seen):
            return True
        return (await self.store.head()).revision in self._seen


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The estate that the fields below one root field answer from.

    ``seal`` is what cursors of that estate are sealed with beside the question. The estate of now
    has a ``pin``, for it may move while it is read; every other one (``estate``) stays as it is.
    """

    inventory: Inventory
    questions: Questions
    loaders: Loaders
    seal: tuple[object, ...] = ()
    estate: EstateView | None = None
    pin: Pin | None = None

    def reading(self) -> None:
        """Note that the store is read."""
        if self.pin is not None:
            self.pin.reads_store = True

    def saw(self, revision: int) -> None:
        """Note the revision that an answer was computed at."""
        if self.pin is not None:
            self.pin.saw(revision)

    async def revision(self) -> int:
        """Return the revision this is the estate of."""
        if self.pin is not None:
            return (await self.pin.head()).revision
        return self.estate.head.revision if self.estate else 0

    def instant(self, now: str) -> str:
        """Return at which instant what holds for a time is judged: of the past, that of then."""
        estate = self.estate
        return now if estate is None or estate.is_newest else estate.head.at


@dataclass(slots=True, kw_only=True)
class RequestContext:
    """What every resolver may use.

    ``now`` is the estate as it is; ``views`` are the others that the operation opened, by the name
    under which the answer has them.
    """

    services: Services
    options: Options
    viewer: Viewer
    request_id: str
    cursors: Cursors
    answers: KeptAnswers
    pin: Pin
    loaders: Loaders
    uploads: Uploads
    follower: LogFollower
    now: View
    views: dict[str, View] = field(default_factory=dict)
    _ownership: asyncio.Task[Ownership] | None = field(init=False, default=None)

    async def ownership(self) -> Ownership:
        """Return who owns what and who is who: one value for all fields of the operation."""
        if self._ownership is None:
            self._ownership = asyncio.ensure_future(self.services.who_is_who.ownership())
        found = await asyncio.shield(self._ownership)
        self.pin.saw(found.directory.duties.revision)
        return found

    def require(self, *roles: Role) -> None:
        """Refuse unless the viewer has one of these roles.

        Raises:
            NotAllowedError: It has none of them.

        """
        if not self.viewer.has_one_of(roles):
            raise NotAllowedError(f"this needs one of the roles {', '.join(roles)}")


Info = strawberry.Info[RequestContext, None]
"""What a resolver is told."""


def root_name(info: Info) -> str:
    """Return the name under which the answer has the root field that a field stands below."""
    step = info.path
    while step.prev is not None:
        step = step.prev
    return str(step.key)


def view_of(info: Info) -> View:
    """Return the estate that a field answers from: that of the root field it stands below."""
    return info.context.views.get(root_name(info), info.context.now)


def answered(info: Info, answer: Answer) -> None:
    """Note the revision of an answer, and keep it, so that its pages outlive the revision.

    One of the past is the same whenever it is asked for, and keeps a whole estate in memory.
    """
    view = view_of(info)
    view.saw(answer.revision)
    if view.pin is not None:
        info.context.answers.keep(answer)


def answer_at(info: Info, answer: A, revision: int) -> A:
    """Return the answer to the same question that a cursor of some revision continues.

    Raises:
        CursorInvalidError: It is of another estate, or no longer kept.

    """
    if view_of(info).pin is None and revision != answer.revision:
        raise CursorInvalidError(
            f"this cursor is of revision {revision}, and this estate is of {answer.revision}; "
            "ask asOf one revision to page through it"
        )
    return info.context.answers.at(answer, revision)
