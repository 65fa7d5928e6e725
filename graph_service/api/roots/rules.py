"""Vocabulary and policies as files: plan, apply, and what was in force when."""

from collections.abc import Awaitable, Callable, Sequence

import strawberry

from graph_service.api.context import Info, RequestContext
from graph_service.api.directives import Needs
from graph_service.api.documents import document_text
from graph_service.api.errors import stale_revision, validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.connection import Connection, checked_first, page_info
from graph_service.api.types.discovery import fault
from graph_service.api.types.problems import StaleRevision, ValidationFailed, WriteWarning
from graph_service.api.types.rules import (
    ApplyPolicyResult,
    ApplyRulesInput,
    ApplyVocabularyResult,
    PlanPolicyResult,
    PlanRulesInput,
    PlanVocabularyResult,
    PolicyPlan,
    PolicyPlanned,
    RulesApplied,
    RulesVersion,
    VocabularyPlan,
    VocabularyPlanned,
)
from graph_service.api.written import nothing_written
from graph_service.model.errors import InvalidInputError, StaleRevisionError
from graph_service.use_cases.rules import rules_change as model

VERSIONS_COUNTED_MAX = 10_000


@strawberry.type
class RulesQueries:
    """Reading which rules were in force."""

    @field(description="Vocabularies of this organisation that were put in force, newest first.")
    async def vocabulary_versions(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[RulesVersion]:
        """List them."""
        found = info.context.services.vocabularies.versions
        return await _versions(info.context, "vocabularyVersions", found, first, after)

    @field(description="Policies that were put in force, newest first.")
    async def policy_versions(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[RulesVersion]:
        """List them."""
        found = info.context.services.policies.versions
        return await _versions(info.context, "policyVersions", found, first, after)


@strawberry.type
class RulesMutations:
    """Putting rules in force."""

    @mutation(
        description="Say what a vocabulary file would do. Nothing is written.",
        directives=[Needs(roles=[*MUTATION_ROLES["planVocabulary"]])],
    )
    async def plan_vocabulary(self, info: Info, input: PlanRulesInput) -> PlanVocabularyResult:  # noqa: A002 - the contract's word
        """Plan a vocabulary."""
        context = info.context
        try:
            text = await document_text(context, input.document)
            plan = await context.services.vocabularies.plan(input.document.name, text)
        except InvalidInputError as error:
            return validation_failed(error)
        return VocabularyPlanned(
            **await nothing_written(context),
            plan=VocabularyPlan(
                found=plan,
                refused=[fault(each) for each in plan.refusals],
                before_version=plan.before_version,
                after_version=plan.vocabulary.version,
                base_revision=RevisionNumber(plan.base_revision),
                in_force=plan.is_in_force,
                warnings=[*plan.warnings],
            ),
        )

    @mutation(
        description="Put a vocabulary file in force, as one revision. Rows in use stay.",
        directives=[Needs(roles=[*MUTATION_ROLES["applyVocabulary"]])],
    )
    async def apply_vocabulary(self, info: Info, input: ApplyRulesInput) -> ApplyVocabularyResult:  # noqa: A002 - the contract's word
        """Put a vocabulary in force."""
        return await _applied(info.context, input, info.context.services.vocabularies.apply)

    @mutation(
        description="Say what a policy file would do. Nothing is written.",
        directives=[Needs(roles=[*MUTATION_ROLES["planPolicy"]])],
    )
    async def plan_policy(self, info: Info, input: PlanRulesInput) -> PlanPolicyResult:  # noqa: A002 - the contract's word
        """Plan policies."""
        context = info.context
        try:
            text = await document_text(context, input.document)
            plan = await context.services.policies.plan(input.document.name, text)
        except InvalidInputError as error:
            return validation_failed(error)
        return PolicyPlanned(
            **await nothing_written(context),
            plan=PolicyPlan(
                found=plan,
                before_version=plan.before_version or None,
                after_version=f"{plan.policies.name}-{plan.policies.version}",
                base_revision=RevisionNumber(plan.base_revision),
                in_force=plan.is_in_force,
                value_count=plan.value_count,
                ci_count=plan.ci_count,
                odd_count=plan.odd_count,
                odd=[*plan.odd],
                warnings=[*plan.warnings],
            ),
        )

    @mutation(
        description="Put a policy file in force; values follow without asking data sources again.",
        directives=[Needs(roles=[*MUTATION_ROLES["applyPolicy"]])],
    )
    async def apply_policy(self, info: Info, input: ApplyRulesInput) -> ApplyPolicyResult:  # noqa: A002 - the contract's word
        """Put policies in force."""
        return await _applied(info.context, input, info.context.services.policies.apply)


async def _applied(
    context: RequestContext,
    asked: ApplyRulesInput,
    apply: Callable[..., Awaitable[model.RulesWritten]],
) -> RulesApplied | StaleRevision | ValidationFailed:
    try:
        text = await document_text(context, asked.document)
        written = await apply(
            asked.document.name,
            text,
            actor=context.viewer.actor,
            reason=asked.reason,
            expected_revision=given(asked.expected_revision),
        )
    except InvalidInputError as error:
        return validation_failed(error)
    except StaleRevisionError as error:
        return stale_revision(error)
    # Whoever asks next is answered by the rules that hold now.
    await context.services.follow(at_once=True)
    return RulesApplied(
        revision=RevisionNumber(written.revision),
        changed=written.changed,
        replayed=False,
        warnings=[
            WriteWarning(code="RULES", message=each, subject=None) for each in written.warnings
        ],
        version=written.version,
    )


async def _versions(
    context: RequestContext,
    question: str,
    versions: Callable[[int, int], Awaitable[Sequence[model.RulesVersion]]],
    first: int,
    after: str | None,
) -> Connection[RulesVersion]:
    first = checked_first(first, context.options.limits.page_size)
    last = context.cursors.read(question, after)[0] if after else 0
    context.pin.reads_store = True
    await context.pin.head()
    found = await versions(first + 1, last)
    page = found[:first]

    def cursor_at(index: int) -> str:
        return context.cursors.write(question, [page[index].revision])

    async def count() -> int:
        return len(await versions(VERSIONS_COUNTED_MAX, 0))

    return Connection(
        nodes=[RulesVersion.of(each) for each in page],
        page_info=page_info(page, cursor_at, has_next=len(found) > first, has_previous=bool(after)),
        cursor_at=cursor_at,
        count=count,
    )
