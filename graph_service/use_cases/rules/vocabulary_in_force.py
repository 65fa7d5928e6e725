"""By which vocabulary and policies an estate is read: kept in the store, so all replicas agree."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from graph_service.model.delta import Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import (
    NO_POLICIES,
    Policies,
    Vocabulary,
    extended,
    packaged,
    read_policies,
)
from graph_service.store import GraphStore
from graph_service.use_cases.rules.rules_change import RowAction
from graph_service.use_cases.rules.vocabulary_changing import VocabularyChanging

VOCABULARY = "vocabulary"
POLICY = "policy"

_FORMER_ID = "in-force"
"""Under which it was kept before it was part of the log."""


class Recorded(Protocol):
    """Where rules are recorded."""

    async def record(self, kind: str, record_id: str) -> Record | None:
        """Return a record."""
        ...


async def recorded_vocabulary(store: Recorded) -> Record | None:
    """Return the record of the organisation's own rows that are in force."""
    recorded = await store.record(VOCABULARY, VOCABULARY)
    return recorded or await store.record(VOCABULARY, _FORMER_ID)


def vocabulary_of(recorded: Record | None) -> Vocabulary:
    """Return the vocabulary that a record of the one in force stands for; the packaged if none."""
    if recorded is None:
        return packaged()
    return extended(packaged(), recorded.data["document"], recorded.data["text"])


def policies_of(recorded: Record | None, vocabulary: Vocabulary) -> Policies:
    """Return the policies that a record of those in force stands for; none if none."""
    if recorded is None:
        return NO_POLICIES
    return read_policies(recorded.data["document"], recorded.data["text"], vocabulary)


async def rules_in_force(store: Recorded) -> Vocabulary:
    """Return the vocabulary in force with the policies in force."""
    vocabulary = vocabulary_of(await recorded_vocabulary(store))
    policies = policies_of(await store.record(POLICY, POLICY), vocabulary)
    return replace(vocabulary, policies=policies)


async def vocabulary_in_force(
    store: GraphStore,
    extension: tuple[str, str] | None,
    *,
    actor: Actor,
    record: bool,
    clock: Callable[[], datetime],
) -> Vocabulary:
    """Return the vocabulary to read this estate by, with the policies in force.

    ``extension`` is (document name, text) of an organisation's own rows; without it the ones
    recorded in the store apply. With ``record`` a new extension is put in force for everybody.

    Raises:
        InvalidInputError: The extension has faults, or it does more than add rows to those in
            force, which records may be using.

    """
    before = await rules_in_force(store)
    if extension is None:
        return before
    document, text = extension
    changing = VocabularyChanging(store, before, clock=clock)
    plan = await changing.plan(document, text)
    faults = [
        Fault(
            code="IN_USE",
            message=f"{each.name} is in force, and this file no longer has it so",
            place=Place(document, each.path),
            remedy="keep it, or look with: graph-service vocabulary plan",
        )
        for each in plan.changes
        if each.action is not RowAction.ADD and not each.is_only_shown
    ]
    if faults or plan.refusals:
        raise InvalidInputError([*faults, *plan.refusals])
    if record and plan.changes:
        await changing.apply(document, text, actor=actor, reason="given when the program started")
    return replace(plan.vocabulary, policies=before.policies)
