"""A policy file → a plan that says which values change, and what is done when it is applied."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from graph_service.model.ci import CI
from graph_service.model.claim import Claim
from graph_service.model.delta import DELTA_RECORDS_MAX, GraphDelta
from graph_service.model.errors import Fault, InvalidInputError, StaleRevisionError
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import (
    NO_POLICIES,
    Policies,
    Vocabulary,
    located_in_policies,
    read_policies,
)
from graph_service.model.vocabulary.policy_rows import OTHERS
from graph_service.model.vocabulary.vocabulary import ROOT
from graph_service.reconcile.attribute_value import fitted
from graph_service.reconcile.completeness import completeness
from graph_service.reconcile.draft import Change
from graph_service.reconcile.effective import claims_by_attribute, speakers
from graph_service.reconcile.texts import Misfit
from graph_service.store import GraphStore
from graph_service.use_cases.rules.policy_plan import PolicyPlan, SectionChange, ValueChange
from graph_service.use_cases.rules.recomputing import (
    finish_recomputing,
    looked_at,
    recomputing_record,
)
from graph_service.use_cases.rules.rules_change import RulesVersion, RulesWritten
from graph_service.use_cases.rules.rules_versions import rules_record, rules_versions

POLICY = "policy"
VALUES_SHOWN_MAX = 1_000
ODD_SHOWN_MAX = 20
SECTIONS = ("precedence", "required", "allowed", "time_to_live")


class PolicyChanging:
    """Plans and applies policies, and lists those that were in force."""

    def __init__(
        self, store: GraphStore, vocabulary: Vocabulary, *, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock

    async def plan(self, document: str, text: str) -> PolicyPlan:
        """Return what a file would do; write nothing. It is the whole of all policies.

        Raises:
            InvalidInputError: The file has faults; lists all of them with line and column.

        """
        policies = self._read(document, text)
        before = self._vocabulary.policies
        head = await self._store.head()
        recorded = await self._store.record(POLICY, POLICY)
        plan = PolicyPlan(
            document=document,
            text=text,
            before_version=_called(before),
            policies=policies,
            base_revision=head.revision,
            sections=[*_sections(before, policies)],
            warnings=[
                *_version_warnings(before, policies),
                *await self._source_warnings(policies),
            ],
            is_in_force=recorded is not None and recorded.data["text"] == text,
        )
        return await self._with_effects(plan, policies)

    async def apply(
        self,
        document: str,
        text: str,
        *,
        actor: Actor,
        reason: str,
        expected_revision: int | None = None,
    ) -> RulesWritten:
        """Put a file in force, and make values follow from it.

        One revision says so and has the first 5,000 CIs whose values change; more follow in
        revisions of their own. Broken off in between, the next sweep or application goes on.
        ``expected_revision`` is the one a plan was computed from: other policies since are refused.

        Raises:
            InvalidInputError: The file has faults.
            StaleRevisionError: Somebody else put other policies in force meanwhile, or changes the
                same CIs all the time.

        """
        policies = self._read(document, text)
        head = await self._store.head()
        vocabulary = replace(self._vocabulary, policies=policies)
        classes = _concerned(self._vocabulary, policies)
        first = await self._first_changes(vocabulary, classes)
        if expected_revision is not None:
            await self._refuse_if_overtaken(expected_revision, head.revision)
        delta = GraphDelta(
            based_on=head.revision,
            actor=actor,
            reason=reason,
            cis=tuple(first),
            rules=(rules_record(POLICY, document, text, policies.version, policies.name),),
            records=(recomputing_record(classes),) if classes else (),
        )
        applied = await self._store.apply(delta)
        if applied.revision is None:
            return RulesWritten(
                version=_called(policies), revision=applied.head.revision, changed=False
            )
        if classes:
            await finish_recomputing(self._store, vocabulary, actor=actor, reason=reason)
        newest = (await self._store.head()).revision
        return RulesWritten(
            version=_called(policies),
            revision=applied.revision.number,
            changed=True,
            warnings=[]
            if newest == applied.revision.number
            else [f"more values followed, up to revision {newest}"],
        )

    async def versions(self, limit: int = 20, before: int = 0) -> list[RulesVersion]:
        """Return the policies that were put in force, newest first; see vocabularies."""
        return await rules_versions(self._store, POLICY, limit, before)

    def _read(self, document: str, text: str) -> Policies:
        policies = read_policies(document, text, self._vocabulary)
        if faults := [*_value_faults(document, self._vocabulary, policies)]:
            raise InvalidInputError(located_in_policies(document, text, faults))
        return policies

    async def _first_changes(self, vocabulary: Vocabulary, classes: frozenset[str]) -> list[CI]:
        found: list[CI] = []
        if not classes:
            return found
        async for page in looked_at(self._store, vocabulary, classes):
            found += [
                change.after
                for _, _, change in page
                if change is not None and isinstance(change.after, CI)
            ]
            if len(found) >= DELTA_RECORDS_MAX:
                break
        return found[:DELTA_RECORDS_MAX]

    async def _refuse_if_overtaken(self, expected_revision: int, newest: int) -> None:
        """Refuse if other policies were put in force after a revision.

        Raises:
            StaleRevisionError: They were.

        """
        recorded = await self._store.record(POLICY, POLICY)
        if recorded is not None and recorded.data["revision"] > expected_revision:
            raise StaleRevisionError(expected_revision, newest, ["the policy in force"])

    async def _with_effects(self, plan: PolicyPlan, policies: Policies) -> PolicyPlan:
        """Look at every CI that could be concerned, and count what becomes of it."""
        before = self._vocabulary
        after = replace(before, policies=policies)
        classes = _concerned(before, policies)
        wants_all = (before.policies.required, before.policies.allowed) != (
            policies.required,
            policies.allowed,
        )
        if not (classes or wants_all):
            return plan
        counted = _Counted()
        scope = frozenset(before.classes) if wants_all else classes
        async for page in looked_at(self._store, after, scope):
            for ci, claims, change in page:
                counted.take(before, after, ci, claims, change)
        return replace(
            plan,
            value_count=counted.value_count,
            ci_count=counted.ci_count,
            values=counted.values,
            incomplete=counted.incomplete,
            odd_count=counted.odd_count,
            odd=counted.odd,
        )

    async def _source_warnings(self, policies: Policies) -> list[str]:
        named = {each for rule in policies.precedence for each in rule.sources} - {OTHERS}
        return [
            f"no data source called {name} has said anything yet"
            for name in sorted(named)
            if not (await self._store.claim_index(name)).native_key
        ]


class _Counted:
    """Figures of a plan, CI by CI."""

    def __init__(self) -> None:
        self.value_count = 0
        self.ci_count = 0
        self.values: list[ValueChange] = []
        self.incomplete: dict[str, tuple[int, int]] = {}
        self.odd_count = 0
        self.odd: list[str] = []

    def take(
        self,
        before: Vocabulary,
        after: Vocabulary,
        ci: CI,
        claims: Sequence[Claim],
        change: Change | None,
    ) -> None:
        """Take one CI into account."""
        becomes = change.after if change and isinstance(change.after, CI) else ci
        if becomes is not ci:
            changed = [*_value_changes(before, after, ci, becomes, claims)]
            self.ci_count += bool(changed)
            self.value_count += len(changed)
            self.values += changed[: VALUES_SHOWN_MAX - len(self.values)]
        lacked = bool(completeness(before, ci.class_name, ci.attributes).missing)
        then = completeness(after, becomes.class_name, becomes.attributes)
        if lacked or then.missing:
            old, new = self.incomplete.get(ci.class_name, (0, 0))
            self.incomplete[ci.class_name] = (old + lacked, new + bool(then.missing))
        if then.odd:
            self.odd_count += 1
            if len(self.odd) < ODD_SHOWN_MAX:
                self.odd.append(f"{ci.key}: {', '.join(then.odd)}")


def _value_changes(
    before: Vocabulary, after: Vocabulary, ci: CI, becomes: CI, claims: Sequence[Claim]
) -> Iterator[ValueChange]:
    pairs: list[tuple[str, Any, Any]] = [
        ("class", ci.class_name, becomes.class_name),
        ("name", ci.name, becomes.name),
    ]
    pairs += [
        (name, ci.attributes.get(name), becomes.attributes.get(name))
        for name in sorted({*ci.attributes, *becomes.attributes})
    ]
    for name, old, new in pairs:
        if old != new:
            yield ValueChange(
                ci=ci.key,
                class_name=ci.class_name,
                name=name,
                before=old,
                after=new,
                before_source=_winner(before, ci, name, claims),
                after_source=_winner(after, becomes, name, claims),
            )


def _winner(vocabulary: Vocabulary, ci: CI, name: str, claims: Sequence[Claim]) -> str:
    """Return the data source whose word counts; empty where nobody says anything."""
    if name in {"class", "name"}:
        class_name = ROOT if name == "class" else ci.class_name
        saying = speakers(claims, name, vocabulary.source_order(class_name, name))
    else:
        order = partial(vocabulary.source_order, ci.class_name)
        saying = claims_by_attribute(claims, order).get(name, ())
    return saying[0].data_source if saying else ""


def _concerned(before: Vocabulary, policies: Policies) -> frozenset[str]:
    """Return the classes about which whom to believe changes."""
    changed = {*before.policies.precedence} ^ {*policies.precedence}
    return frozenset(
        special for rule in changed for special in before.specialisations(rule.class_name)
    )


def _sections(before: Policies, after: Policies) -> Iterator[SectionChange]:
    for name in SECTIONS:
        old, new = {*getattr(before, name)}, {*getattr(after, name)}
        if old or new:
            yield SectionChange(
                section=name, added=len(new - old), removed=len(old - new), kept=len(old & new)
            )
    for name in ("brakes", "editing"):
        if getattr(before, name) != getattr(after, name):
            yield SectionChange(section=name, added=1, removed=1, kept=0)


def _called(policies: Policies) -> str:
    return "" if policies == NO_POLICIES else f"{policies.name}-{policies.version}"


def _version_warnings(before: Policies, after: Policies) -> list[str]:
    if before != after and _called(before) == _called(after):
        return [f"the version is {after.version} as before, though rules differ; give a new one"]
    return []


def _value_faults(document: str, vocabulary: Vocabulary, policies: Policies) -> Iterator[Fault]:
    """Yield values that policies allow and the attribute's definition does not."""
    for index, rule in enumerate(policies.allowed):
        definitions = [
            vocabulary.attributes(each)[rule.attribute]
            for each in sorted(vocabulary.specialisations(rule.class_name))
            if rule.attribute in vocabulary.attributes(each)
        ]
        definition = definitions[0].model_copy(update={"list": False})
        for position, value in enumerate(rule.values):
            found = fitted(definition, value)
            if isinstance(found, Misfit) or found != value:
                message = found.message if isinstance(found, Misfit) else f"is written {found!r}"
                yield Fault(
                    code="INVALID_VALUE",
                    message=f"{rule.attribute}: {message}",
                    place=Place(document, f"allowed[{index}].values[{position}]"),
                    remedy=found.remedy if isinstance(found, Misfit) else f"write {found!r}",
                )
