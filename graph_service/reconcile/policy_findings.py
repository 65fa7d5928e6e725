"""What policies want of the CIs of a plan and nobody says: said in the plan, stops nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graph_service.model.ci import CI, Presence
from graph_service.model.vocabulary import Vocabulary
from graph_service.reconcile.completeness import completeness
from graph_service.reconcile.draft import Change
from graph_service.reconcile.import_plan import Finding

SAMPLES_MAX = 3
_SAYS = {
    "REQUIRED_BY_POLICY": "{name} is required by policy, and nobody says it",
    "NOT_ALLOWED_BY_POLICY": "{name} has a value that policy does not allow",
}


@dataclass(slots=True)
class _Met:
    """How often one thing is met with, and the first it is met with on."""

    keys: list[str]
    place: str
    count: int = 0


def policy_findings(
    vocabulary: Vocabulary, changes: Iterable[Change], places: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield what CIs would lack of policies once a plan is applied and did not before.

    One finding a class and attribute, however many CIs it is about. ``places`` say where what is
    new about a CI was read, by its id.
    """
    if not (vocabulary.policies.required or vocabulary.policies.allowed):
        return
    met: dict[tuple[str, str, str], _Met] = {}
    for each in changes:
        ci = each.after
        if not isinstance(ci, CI) or ci.presence is Presence.RETIRED:
            continue
        before = _lacking(vocabulary, each.before) if isinstance(each.before, CI) else set()
        for code, name in _lacking(vocabulary, ci) - before:
            found = met.setdefault((ci.class_name, code, name), _Met([], places.get(ci.id, "")))
            found.count += 1
            if len(found.keys) < SAMPLES_MAX:
                found.keys.append(ci.key)
    for (class_name, code, name), found in sorted(met.items()):
        more = found.count - len(found.keys)
        listed = ", ".join(found.keys) + (f" and {more} more" if more else "")
        yield Finding(
            code=code,
            subject=class_name,
            message=f"{_SAYS[code].format(name=name)}: {listed}",
            place=found.place,
        )


def _lacking(vocabulary: Vocabulary, ci: CI) -> set[tuple[str, str]]:
    found = completeness(vocabulary, ci.class_name, ci.attributes)
    return {("REQUIRED_BY_POLICY", each) for each in found.missing} | {
        ("NOT_ALLOWED_BY_POLICY", each) for each in found.odd
    }
