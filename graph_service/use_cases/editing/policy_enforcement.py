"""Edits that leave a CI without what policies require, or with what they do not allow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.edit import CreateCi, Edit, UpdateCi
from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary import Requirement, Vocabulary
from graph_service.reconcile.completeness import disallowing, requirements
from graph_service.reconcile.draft import Draft
from graph_service.use_cases.editing.edit_computing import DraftedEdits


def enforced_faults(
    vocabulary: Vocabulary,
    draft: Draft,
    edits: Sequence[tuple[int, Edit]],
    subjects: Sequence[str],
) -> Iterator[tuple[int, Fault]]:
    """Yield what policies refuse of edits that were done on a draft, each with its edit's index.

    ``subjects`` are the records the edits are about. Only rules that are enforced count, and only
    what the edits bring about: a CI that lacked something before may be edited otherwise.
    """
    if not (vocabulary.policies.required or vocabulary.policies.allowed):
        return
    last = {
        subject: (index, edit)
        for (index, edit), subject in zip(edits, subjects, strict=True)
        if subject and isinstance(edit, CreateCi | UpdateCi)
    }
    for subject, (index, edit) in last.items():
        ci = draft.cis.get(subject)
        name = type(edit).__name__
        place = Place("input", f"edits[{index}].{name[0].lower()}{name[1:]}")
        for fault in _faults(vocabulary, draft, subject, ci, place):
            yield index, fault


def refused(
    vocabulary: Vocabulary, done: DraftedEdits, edits: Sequence[tuple[int, Edit]]
) -> tuple[tuple[int, Fault], ...]:
    """Return why edits are refused: what is wrong with them, or else what policies say."""
    return done.faults or tuple(enforced_faults(vocabulary, done.draft, edits, done.steps.subjects))


def _faults(
    vocabulary: Vocabulary, draft: Draft, subject: str, before: CI | None, place: Place
) -> Iterator[Fault]:
    class_name, attributes = draft.class_of(subject), draft.effective(subject)
    lacked = _lacking(vocabulary, before.class_name, before.attributes) if before else set()
    for name in sorted(_lacking(vocabulary, class_name, attributes) - lacked):
        tier = attributes.get("tier")
        of = f" of tier {tier}" if tier is not None else ""
        yield Fault(
            code="REQUIRED_BY_POLICY",
            message=f"{name} is required of {class_name}{of} by policy, and nobody says it",
            place=place.inside("attributes").inside(name),
            remedy=f"state {name} in the same edit",
        )
    known: Mapping[str, Any] = before.attributes if before else {}
    for name, value in sorted(attributes.items()):
        rule = disallowing(vocabulary, class_name, name, value)
        if rule is not None and rule.enforce and known.get(name) != value:
            allowed = ", ".join(str(each) for each in rule.values)
            yield Fault(
                code="NOT_ALLOWED_BY_POLICY",
                message=f"{name} cannot have this value by policy",
                place=place.inside("attributes").inside(name),
                remedy=f"allowed: {allowed}",
            )


def _lacking(vocabulary: Vocabulary, class_name: str, attributes: Mapping[str, Any]) -> set[str]:
    wanted = requirements(vocabulary, class_name, attributes.get("tier"))
    return {
        name
        for name, rule in wanted.items()
        if rule.level is Requirement.REQUIRED and rule.enforce and attributes.get(name) is None
    }
