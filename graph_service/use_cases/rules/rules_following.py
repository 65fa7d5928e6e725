"""Which rules are in force now: looked at again every few moments, by every replica."""

import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from graph_service.model.vocabulary import Vocabulary
from graph_service.projection import CurrentEstate
from graph_service.store import GraphStore
from graph_service.use_cases.rules.vocabulary_in_force import (
    POLICY,
    Recorded,
    recorded_vocabulary,
    rules_in_force,
)

LOOK_SECONDS = 1.0
"""How old the answer may be, unless it is asked for at once."""


class RulesFollowing:
    """Remembers the rules in force, and looks in the store whether they still are."""

    def __init__(
        self,
        store: Recorded,
        vocabulary: Vocabulary,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._seconds = seconds
        self._looked_at = float("-inf")
        self._seen: object = None

    async def vocabulary(self, *, at_once: bool = False) -> Vocabulary:
        """Return the vocabulary with the policies in force, or those of a moment ago."""
        now = self._seconds()
        if at_once or now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            await self._look()
        return self._vocabulary

    async def _look(self) -> None:
        records = (await recorded_vocabulary(self._store), await self._store.record(POLICY, POLICY))
        seen = [each.data if each else None for each in records]
        if seen != self._seen:
            found = await rules_in_force(self._store)
            known = self._vocabulary
            if (found.digest, found.policies) != (known.digest, known.policies):
                self._vocabulary = found
            self._seen = seen


class Read(Protocol):
    """What is read by a vocabulary."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The one it is read by."""
        ...


P = TypeVar("P", bound=Read)


class Following(Generic[P]):
    """Makes a product anew whenever other rules are in force.

    What is under way keeps the product it began with: nothing of that is ever changed.
    """

    def __init__(
        self,
        store: GraphStore,
        vocabulary: Vocabulary,
        by: Callable[[Vocabulary, CurrentEstate], P],
        taken_up: Callable[[Vocabulary], None],
        *,
        follows: bool,
    ) -> None:
        self._follows = follows
        self._store = store
        self._by = by
        self._taken_up = taken_up
        self._rules = RulesFollowing(store, vocabulary)
        self._current = CurrentEstate(store, vocabulary)
        self._vocabulary = vocabulary
        self._newest: P

    def begin(self) -> P:
        """Make the first one."""
        self._newest = self._by(self._vocabulary, self._current)
        return self._newest

    async def product(self, *, at_once: bool = False) -> P:
        """Return the product by the rules in force, or those of a moment ago."""
        if not self._follows:
            return self._newest
        vocabulary = await self._rules.vocabulary(at_once=at_once)
        known = self._newest.vocabulary
        if vocabulary is not known:
            # Policies change no meaning: what was built from the words stays.
            if vocabulary.digest != known.digest:
                self._current = CurrentEstate(self._store, vocabulary)
            self._taken_up(vocabulary)
            self._newest = self._by(vocabulary, self._current)
        return self._newest
