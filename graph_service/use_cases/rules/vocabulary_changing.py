"""A vocabulary file → a plan that says what it does to what is there, and one revision."""

from collections.abc import Callable, Sequence
from datetime import datetime

from graph_service.model.condition import Saved
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError, StaleRevisionError
from graph_service.model.instants import instant_text
from graph_service.model.place import Place
from graph_service.model.revision import Actor, RecordType
from graph_service.model.vocabulary import (
    Vocabulary,
    extended,
    located_in,
    packaged,
    places_of_rows,
    read_policies,
)
from graph_service.reconcile.ground import all_records
from graph_service.store import GraphStore
from graph_service.use_cases.finding.saved_query import SAVED_QUERY, SavedQuery, query_of
from graph_service.use_cases.finding.settling import settled
from graph_service.use_cases.rules.relabelling import relabelling_record
from graph_service.use_cases.rules.rules_change import (
    RowAction,
    RulesVersion,
    RulesWritten,
    Section,
    VocabularyPlan,
)
from graph_service.use_cases.rules.rules_versions import rules_record, rules_versions
from graph_service.use_cases.rules.vocabulary_difference import RowDifference, differences
from graph_service.use_cases.rules.vocabulary_planning import (
    attribute_refusals,
    change_of,
    class_refusals,
    names_of,
    relabelled,
    type_refusals,
    warnings_of,
)
from graph_service.use_cases.rules.vocabulary_use import (
    attribute_use,
    class_use,
    type_use,
)

VOCABULARY = "vocabulary"
POLICY = "policy"
ENTRIES_READ = 5_000


class VocabularyChanging:
    """Plans and applies vocabularies, and lists those that were in force."""

    def __init__(
        self, store: GraphStore, vocabulary: Vocabulary, *, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._clock = clock

    async def plan(self, document: str, text: str) -> VocabularyPlan:
        """Return what a file would do; write nothing.

        The file is the whole of the organisation's own rows: what is in force and not in it would
        be removed.

        Raises:
            InvalidInputError: The file has faults; lists all of them with line and column.

        """
        after = extended(packaged(), document, text)
        before = self._vocabulary
        head = await self._store.head()
        paths = places_of_rows(document, text)
        found = differences(before, after, paths)
        removed = names_of(found, Section.CLASS, RowAction.REMOVE)
        abstract = {
            each.name
            for each in found
            if "abstract" in each.fields and after.classes[each.name].abstract
        }
        classes = await class_use(self._store, removed | abstract)
        gone_types = names_of(found, Section.RELATIONSHIP_TYPE, RowAction.REMOVE)
        changed_types = names_of(found, Section.RELATIONSHIP_TYPE, RowAction.CHANGE)
        types = await type_use(self._store, gone_types | changed_types)
        attributes = await attribute_use(self._store, before, after)
        counts = await self._store.class_counts()
        changes = [
            change_of(each, before, after, counts, {**classes, **types}, attributes)
            for each in found
        ]
        faults = [
            *class_refusals(document, paths, removed, abstract, classes),
            *type_refusals(document, gone_types, types),
            *attribute_refusals(document, paths, before, after, attributes),
            *await self._policy_refusals(document, after),
        ]
        recorded = await self._store.record(VOCABULARY, VOCABULARY)
        return VocabularyPlan(
            document=document,
            text=text,
            before_version=before.version,
            vocabulary=after,
            base_revision=head.revision,
            changes=changes,
            refusals=located_in(document, text, faults),
            warnings=[
                *warnings_of(before, after, found),
                *await self._saved_query_warnings(after, found),
            ],
            relabelled=relabelled(before, after),
            is_in_force=recorded is not None and recorded.data["text"] == text,
        )

    async def apply(
        self,
        document: str,
        text: str,
        *,
        actor: Actor,
        reason: str,
        expected_revision: int | None = None,
    ) -> RulesWritten:
        """Put a file in force, as one revision, unless it is already.

        ``expected_revision`` is the one a plan was computed from: another vocabulary since is
        refused. What uses the rows is looked up again in any case.

        Raises:
            InvalidInputError: The file has faults, or drops or retypes what is in use.
            StaleRevisionError: Somebody else put another vocabulary in force meanwhile, or began
                to use a row that this one drops.

        """
        plan = await self.plan(document, text)
        if plan.refusals:
            raise InvalidInputError(plan.refusals)
        if plan.is_in_force:
            return RulesWritten(
                version=plan.vocabulary.version, revision=plan.base_revision, changed=False
            )
        after = plan.vocabulary
        lineages = {each: after.lineage(each) for each in plan.relabelled}
        await self._store.prepare_types(
            after.relationship_types.keys() - self._vocabulary.relationship_types.keys()
        )
        # Nobody who asks for a general class by its label misses a CI: labels come before the
        # switch, and those that no longer hold go after it.
        await self._store.relabel(lineages, others_stay=True)
        base = plan.base_revision
        at = instant_text(self._clock())
        applied = await self._store.apply(
            GraphDelta(
                based_on=base if expected_revision is None else min(base, expected_revision),
                actor=actor,
                reason=reason,
                rules=(rules_record(VOCABULARY, document, text, after.version),),
                records=(relabelling_record(plan.relabelled, at),) if lineages else (),
            )
        )
        if applied.revision is None:
            return RulesWritten(
                version=plan.vocabulary.version, revision=applied.head.revision, changed=False
            )
        number = applied.revision.number
        await self._refuse_if_overtaken(plan, number, actor)
        await self._store.relabel(lineages, others_stay=False)
        return RulesWritten(
            version=plan.vocabulary.version, revision=number, changed=True, warnings=plan.warnings
        )

    async def versions(self, limit: int = 20, before: int = 0) -> list[RulesVersion]:
        """Return the vocabularies that were put in force, newest first.

        ``before`` is the revision of the last one of the previous page; 0: from the newest.
        """
        return await rules_versions(self._store, VOCABULARY, limit, before)

    async def _saved_query_warnings(
        self, after: Vocabulary, found: Sequence[RowDifference]
    ) -> list[str]:
        """Return which saved queries would name what is gone; they go on, and say so themselves."""
        if all(each.action is RowAction.ADD for each in found):
            return []
        warnings = []
        for record in (await all_records(self._store, SAVED_QUERY)).values():
            query = query_of(record)
            if query.removed:
                continue
            before, then = [
                await self._faults_of(query, words) for words in (self._vocabulary, after)
            ]
            if then and not before:
                warnings.append(f"the saved query {query.key} would no longer work: {then[0]}")
        return warnings

    async def _faults_of(self, query: SavedQuery, words: Vocabulary) -> list[str]:
        try:
            await settled(self._store, words, Saved(query.key), viewer=query.owner.id)
        except InvalidInputError as error:
            return [each.message for each in error.faults]
        return []

    async def _policy_refusals(self, document: str, after: Vocabulary) -> list[Fault]:
        """Return which policies in force name what would be gone."""
        recorded = await self._store.record(POLICY, POLICY)
        if recorded is None:
            return []
        try:
            read_policies(recorded.data["document"], recorded.data["text"], after)
        except InvalidInputError as error:
            return [
                Fault(
                    code="IN_USE",
                    message=f"the policies in force name it: {each.message}",
                    place=Place(document, ""),
                    remedy=f"take it out of the policies first ({each.place})",
                )
                for each in error.faults
            ]
        return []

    async def _refuse_if_overtaken(self, plan: VocabularyPlan, number: int, actor: Actor) -> None:
        """Put the former vocabulary back if a row came into use between look and write.

        Raises:
            StaleRevisionError: It did; says by which records.

        """
        if not any(each.action is not RowAction.ADD for each in plan.changes):
            return
        users = await self._users_between(plan, number)
        if not users:
            return
        former = await self._former(number)
        await self._store.apply(
            GraphDelta(
                based_on=number,
                actor=actor,
                reason=f"revision {number} undone: what it drops came into use meanwhile",
                rules=(former,),
            )
        )
        raise StaleRevisionError(plan.base_revision, number, users)

    async def _users_between(self, plan: VocabularyPlan, number: int) -> list[str]:
        """Return who was written after the look and does not fit the vocabulary it led to."""
        after = plan.vocabulary
        users: dict[str, None] = {}
        revision = plan.base_revision
        while revision < number - 1:
            entries = await self._store.entries_after(revision, ENTRIES_READ)
            for each in entries:
                if each.revision >= number:
                    return [*users]
                image = each.after
                if each.record_type is RecordType.CI:
                    known = after.classes.get(image["class"])
                    names = after.attributes(image["class"]) if known else {}
                    strange = [
                        name
                        for name in image["attributes"]
                        if name in self._vocabulary.attribute_names and name not in names
                    ]
                    if known is None or known.abstract or strange:
                        users[image["key"]] = None
                elif each.record_type is RecordType.RELATIONSHIP and (
                    image["type"] not in after.relationship_types
                ):
                    users[each.record_id] = None
            if not entries:
                break
            revision = entries[-1].revision
        return [*users]

    async def _former(self, number: int) -> Record:
        versions = await rules_versions(self._store, VOCABULARY, 1, number)
        if versions:
            one = versions[0]
            return rules_record(VOCABULARY, one.document, one.text, one.version)
        empty = "vocabulary: 1\nname: none\nversion: '0'\n"
        return rules_record(VOCABULARY, "none", empty, packaged().version)
