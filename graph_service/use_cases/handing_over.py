"""Handing over what lost its owner, and taking names out: the edits that do it."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph_service.model.edit import (
    Edit,
    EditRef,
    RetireRelationship,
    SetRelationship,
    UpdateCi,
)
from graph_service.model.errors import AmbiguousReferenceError, NotFoundError
from graph_service.model.person import Person
from graph_service.use_cases.directory import Directory
from graph_service.use_cases.duties import Bearer, Duty
from graph_service.use_cases.ownerless import Gap


def person_called(directory: Directory, text: str) -> Person:
    """Return the person whom a text means.

    Raises:
        NotFoundError: Nobody is; says who is called almost so.
        AmbiguousReferenceError: Several people are.

    """
    meaning = directory.meaning(text.strip())
    if meaning.person is not None:
        return meaning.person
    if len(meaning.candidates) > 1:
        people = [each for each in meaning.candidates if each in directory.people]
        raise AmbiguousReferenceError(
            text, [f"{directory.label(each)} ({each})" for each in people]
        )
    near = directory.near(text)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    error = NotFoundError("person", text)
    error.args = (f"{error}{hint}",)
    raise error


def reference_to(directory: Directory, text: str) -> str:
    """Return what is written on a CI for somebody: a person's id, a team's key.

    Ids of people say nothing about them, so what the log keeps of them is nothing to erase.

    Raises:
        NotFoundError: Nobody is called that; says who is almost.
        AmbiguousReferenceError: Several are.

    """
    team = directory.meaning(text).team
    return team.key if team else person_called(directory, text).id


def handing_over(directory: Directory, gaps: Sequence[Gap], chosen: str) -> list[Edit]:
    """Return the edits by which heirs stand where somebody was lost; ``chosen`` outranks all.

    Gaps without an heir are left as they are.
    """
    named: dict[str, dict[str, Any]] = {}
    ties: list[Edit] = []
    for gap in gaps:
        if not (chosen or gap.heir):
            continue
        to = chosen or reference_to(directory, gap.heir.id if gap.heir else "")
        for ci in gap.cis:
            if gap.tie:
                ties += _retied(directory, ci, gap, to)
            if not gap.tie or directory.meaning(to).team is None:
                values = named.setdefault(ci.id, {})
                values.update(_renamed(ci.named, gap.duty, gap.text, to, values))
    return [
        *(UpdateCi(ci=EditRef(id=ci), attributes=each) for ci, each in named.items()),
        *ties,
    ]


def _retied(directory: Directory, ci: Bearer, gap: Gap, to: str) -> list[Edit]:
    """Take the relationship to an empty team away, and draw it to the team that takes over."""
    source = EditRef(id=ci.id)
    edits: list[Edit] = [
        RetireRelationship(source=source, type=gap.tie, target=EditRef(key=gap.text))
    ]
    team = directory.meaning(to).team
    if team is not None:
        edits.append(SetRelationship(source=source, type=gap.tie, target=EditRef(id=team.id)))
    return edits


def _renamed(
    named: Mapping[Duty, Sequence[str]],
    duty: Duty,
    text: str,
    to: str,
    so_far: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the attribute of a duty with one of those it names exchanged for another."""
    if duty is not Duty.APPROVER:
        return {duty.value: to}
    before = so_far.get(duty.value, named.get(duty, ()))
    return {duty.value: list(dict.fromkeys(to if each == text else each for each in before))}


def without_names(directory: Directory, person: Person) -> list[Edit]:
    """Return the edits by which CIs name somebody's id where they named them by text."""
    changed: dict[str, dict[str, Any]] = {}
    bearers = directory.duties.bearers
    for (duty, text), cis in directory.duties.by_name.items():
        if text != person.id and directory.person(text) is person:
            for ci in cis:
                values = changed.setdefault(ci, {})
                values.update(_renamed(bearers[ci].named, duty, text, person.id, values))
    return [UpdateCi(ci=EditRef(id=ci), attributes=each) for ci, each in changed.items()]
