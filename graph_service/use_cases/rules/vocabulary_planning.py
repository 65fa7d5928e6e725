"""Differences and who uses what → the lines of a plan, and what forbids it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from graph_service.model.errors import Fault
from graph_service.model.place import Place
from graph_service.model.vocabulary import Vocabulary
from graph_service.use_cases.rules.rules_change import RowAction, RowChange, Section
from graph_service.use_cases.rules.vocabulary_difference import RowDifference
from graph_service.use_cases.rules.vocabulary_use import SAMPLES_MAX, AttributeUse, Use


def names_of(found: Iterable[RowDifference], section: Section, action: RowAction) -> frozenset[str]:
    """Return the names of the rows of a section to which something happens."""
    return frozenset(
        each.name for each in found if (each.section, each.action) == (section, action)
    )


def relabelled(before: Vocabulary, after: Vocabulary) -> list[str]:
    """Return the classes in both whose lineage is another one now."""
    return sorted(
        each
        for each in before.classes.keys() & after.classes.keys()
        if before.lineage(each) != after.lineage(each)
    )


def change_of(
    found: RowDifference,
    before: Vocabulary,
    after: Vocabulary,
    counts: Mapping[str, int],
    uses: Mapping[str, Use],
    attributes: AttributeUse,
) -> RowChange:
    """Return a line of the plan."""
    change = RowChange(
        action=found.action,
        section=found.section,
        name=found.name,
        fields=found.fields,
        path=found.path,
    )
    if found.action is RowAction.ADD or found.section is Section.OPERATION:
        return change
    if found.section is Section.ATTRIBUTE:
        class_name, _, name = found.name.partition(".")
        return _attribute_change(change, before, class_name, name, attributes)
    if found.section is Section.RELATIONSHIP_TYPE:
        use = uses[found.name]
        effect = ""
        if not change.is_only_shown and use.count:
            effect = f"{use.count} relationships carry impact by the new row"
        return replace(
            change,
            use_count=use.count,
            samples=tuple(use.samples),
            where=f"related:{found.name}",
            effect=effect,
        )
    specials = before.specialisations(found.name)
    living = sum(counts.get(each, 0) for each in specials)
    known = uses.get(found.name)
    return replace(
        change,
        use_count=max(living, known.count if known else 0),
        samples=tuple(known.samples) if known else (),
        where=f"class:{found.name}",
        effect=_class_effect(found, before, after, living),
    )


def _class_effect(found: RowDifference, before: Vocabulary, after: Vocabulary, living: int) -> str:
    effects = []
    if "extends" in found.fields:
        old, new = before.lineage(found.name), after.lineage(found.name)
        gained = ", ".join(each for each in new if each not in old)
        lost = ", ".join(each for each in old if each not in new)
        effects.append(
            f"{_cis(living)} become {gained or 'nothing more'}"
            + (f" and are {lost} no longer" if lost else "")
        )
    if found.action is RowAction.CHANGE and before.is_value_bearing(
        found.name
    ) != after.is_value_bearing(found.name):
        verb = "is counted" if after.is_value_bearing(found.name) else "is no longer counted"
        effects.append(f"consequence {verb} on {_cis(living)}")
    return "; ".join(effects)


def _attribute_change(
    change: RowChange, before: Vocabulary, class_name: str, name: str, attributes: AttributeUse
) -> RowChange:
    specials = before.specialisations(class_name) if class_name in before.classes else frozenset()
    uses = [
        use
        for found in (attributes.lost, attributes.misfit)
        for (of, each), use in sorted(found.items())
        if each == name and of in specials
    ]
    samples = [label for use in uses for label in use.samples]
    return replace(
        change,
        use_count=sum(use.count for use in uses),
        samples=tuple(samples[:SAMPLES_MAX]),
        where=_holding(class_name, name),
    )


def _holding(class_name: str, attribute: str) -> str:
    """Return the condition that finds who has an attribute."""
    return f"class:{class_name} has:{attribute}"


def class_refusals(
    document: str,
    paths: Mapping[tuple[str, str], str],
    removed: Collection[str],
    abstract: Collection[str],
    uses: Mapping[str, Use],
) -> Iterator[Fault]:
    """Yield classes that are in use and would be gone, or be general terms."""
    for name in sorted({*removed, *abstract}):
        if use := uses[name].count:
            what = "would be gone" if name in removed else "would be a general term"
            yield _in_use(
                f"{name} {what}, and {_cis(use)} of it: {_listed(uses[name])}",
                Place(document, paths.get(("classes", name), "classes")),
                f"class:{name}",
            )


def type_refusals(
    document: str, removed: Collection[str], uses: Mapping[str, Use]
) -> Iterator[Fault]:
    """Yield types that are in use and would be gone."""
    for name in sorted(removed):
        if use := uses[name].count:
            listed = f": {_listed(uses[name])}" if uses[name].samples else ""
            yield _in_use(
                f"{name} would be gone, and {use} relationships or references are of it{listed}",
                Place(document, "relationship_types"),
                f"related:{name}",
            )


def attribute_refusals(
    document: str,
    paths: Mapping[tuple[str, str], str],
    before: Vocabulary,
    after: Vocabulary,
    uses: AttributeUse,
) -> Iterator[Fault]:
    """Yield attributes that are in use and would be gone, or be something else."""
    for (class_name, name), use in sorted(uses.lost.items()):
        yield _in_use(
            f"{class_name} would have no attribute {name}, and {_cis(use.count)} say it: "
            f"{_listed(use)}",
            Place(document, paths.get(("classes", class_name), "classes")),
            _holding(class_name, name),
        )
    for (class_name, name), use in sorted(uses.misfit.items()):
        old, new = before.attributes(class_name)[name], after.attributes(class_name)[name]
        was = f"{old.type}{' list' if old.list else ''}"
        becomes = f"{new.type}{' list' if new.list else ''}"
        changed = f"become {becomes}, not {was}" if was != becomes else "take other values"
        yield _in_use(
            f"{name} of {class_name} would {changed}, and {_cis(use.count)} with values that do "
            f"not fit: {_listed(use)}",
            Place(document, paths.get(("classes", class_name), "classes")),
            _holding(class_name, name),
        )


def _in_use(message: str, place: Place, where: str) -> Fault:
    return Fault(
        code="IN_USE",
        message=message,
        place=place,
        remedy=f"keep it, or change them first; they are found by: find --where '{where}'",
    )


def _listed(use: Use) -> str:
    more = use.count - len(use.samples)
    return ", ".join(use.samples) + (f" and {more} more" if more > 0 else "")


def warnings_of(before: Vocabulary, after: Vocabulary, found: Sequence[RowDifference]) -> list[str]:
    """Return what to look at before applying."""
    if found and before.version == after.version:
        return [f"the version is {after.version} as before, though rows differ; give it a new one"]
    return []


def _cis(count: int) -> str:
    return "1 CI" if count == 1 else f"{count} CIs"
