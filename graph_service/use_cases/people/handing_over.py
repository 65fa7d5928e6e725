"""Handing over what lost its owner, and taking names out: shown first, then done as shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graph_service.model.edit import (
    Edit,
    EditRef,
    RetireRelationship,
    SetRelationship,
    UpdateCi,
)
from graph_service.model.errors import (
    AmbiguousReferenceError,
    Fault,
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
)
from graph_service.model.person import Person
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.use_cases.editing.edit_computing import digest_of
from graph_service.use_cases.editing.edit_preview import EditPreview
from graph_service.use_cases.editing.edit_result import EditResult
from graph_service.use_cases.editing.editing import Editing
from graph_service.use_cases.editing.idempotency import AskedUnder
from graph_service.use_cases.finding.owned_cis import Owning
from graph_service.use_cases.people.directory import Directory
from graph_service.use_cases.people.duties import Bearer, Duty
from graph_service.use_cases.people.ownerless import Gap, GapFilter, gaps_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverPreview:
    """What handing over would do: who takes what over, and what becomes of the CIs.

    ``gaps`` are those that somebody takes over, ``left`` those for which nobody can be proposed.
    By ``seal`` it is seen that what is done later is still this.
    """

    seal: str
    gaps: tuple[Gap, ...]
    left: tuple[Gap, ...]
    edits: EditPreview


@dataclass(frozen=True, slots=True)
class _Meant:
    """What handing over means, at one revision and to whom is known."""

    revision: int
    edits: Sequence[Edit]
    gaps: tuple[Gap, ...]
    left: tuple[Gap, ...]

    @property
    def seal(self) -> str:
        """The revision it was computed at, and what it comes to."""
        return f"{self.revision}.{digest_of(self.edits)[:32]}"


class HandingOver:
    """Names heirs on CIs that lost somebody."""

    def __init__(self, owning: Owning, editing: Editing) -> None:
        self._owning = owning
        self._editing = editing

    async def preview(self, wanted: GapFilter, *, heir: str = "", actor: Actor) -> HandOverPreview:
        """Say what handing over would do, and what to know first; write nothing.

        Raises:
            InvalidInputError: As of ``hand_over``.
            NotFoundError: The heir of choice is nobody that is known.

        """
        meant = await self._meant(wanted, heir)
        found = await self._editing.preview(meant.edits, actor=actor)
        return HandOverPreview(seal=meant.seal, gaps=meant.gaps, left=meant.left, edits=found)

    async def hand_over(
        self,
        wanted: GapFilter,
        *,
        heir: str = "",
        actor: Actor,
        reason: str,
        seal: str = "",
        idempotency_key: str | None = None,
    ) -> EditResult:
        """Name heirs on all CIs of these gaps, as one revision: those proposed, or one of choice.

        Gaps for which nobody can be proposed are left, and counted among the warnings. With the
        ``seal`` of a preview, what that showed is done, or nothing.

        Raises:
            InvalidInputError: There is no such gap, nobody to propose for any of them, an heir of
                choice for all gaps there are, or a seal that no preview gave.
            NotFoundError: The heir of choice is nobody that is known.
            StaleRevisionError: One of the CIs was changed by somebody else meanwhile, or by what
                is known now other CIs or heirs are meant than the preview showed.

        """
        asked = ("handOver", wanted.as_data(), heir, reason, seal)
        under = AskedUnder(idempotency_key, asked) if idempotency_key else None
        if under and (again := await self._editing.answered(actor, under)):
            return again
        meant = await self._meant(wanted, heir)
        expected = _revision_of(seal) if seal else meant.revision
        if seal and meant.seal.partition(".")[2] != seal.partition(".")[2]:
            raise StaleRevisionError(expected, meant.revision, ["what was to be handed over"])
        result = await self._editing.edit(
            meant.edits,
            actor=actor,
            reason=reason,
            expected_revision=expected,
            idempotency_key=under,
        )
        warnings = [
            f"nobody to propose for {each.label} ({len(each.cis)} CIs)" for each in meant.left
        ]
        return replace(result, warnings=(*result.warnings, *warnings))

    async def _meant(self, wanted: GapFilter, heir: str) -> _Meant:
        if heir and wanted.is_empty:
            message = "one heir for all that ever lost anybody"
            remedy = "say for whom: a problem, a duty or a text"
            raise _refused("TOO_WIDE", message, "heir", remedy)
        ownership = await self._owning()
        directory = ownership.directory
        gaps = gaps_of(ownership, wanted)
        edits = handing_over(directory, gaps, reference_to(directory, heir) if heir else "")
        if not edits:
            message = "nobody can be proposed" if gaps else "nothing lost its owner in this way"
            remedy = "name the heir yourself" if gaps else "ownerless lists what did"
            raise _refused("NOTHING_TO_DO", message, "gaps", remedy)
        left = () if heir else tuple(each for each in gaps if each.heir is None)
        return _Meant(
            revision=directory.duties.revision,
            edits=edits,
            gaps=tuple(each for each in gaps if heir or each.heir),
            left=left,
        )


def _revision_of(seal: str) -> int:
    revision, _, digest = seal.partition(".")
    if not (revision.isascii() and revision.isdecimal() and len(revision) < _DIGITS_MAX and digest):
        raise _refused("INVALID_TEXT", "no preview gave this", "seal", "take it from a preview")
    return int(revision)


_DIGITS_MAX = 16


def _refused(code: str, message: str, path: str, remedy: str) -> InvalidInputError:
    fault = Fault(code=code, message=message, place=Place("input", path), remedy=remedy)
    return InvalidInputError([fault])


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
