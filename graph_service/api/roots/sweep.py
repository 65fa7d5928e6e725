"""The sweep: what time does to the estate."""

import strawberry

from graph_service.api.context import Info
from graph_service.api.directives import Cost, Needs
from graph_service.api.errors import validation_failed
from graph_service.api.fields import field, mutation
from graph_service.api.inputs import given
from graph_service.api.permissions import MUTATION_ROLES
from graph_service.api.scalars import RevisionNumber
from graph_service.api.types.sweep import EstateSwept, Sweep, SweepInput, SweepResult
from graph_service.model.errors import InvalidInputError


@strawberry.type
class SweepQueries:
    """Looking at what a sweep would do."""

    @field(description="What a sweep would do now.", directives=[Cost(weight=100)])
    async def sweep_plan(self, info: Info) -> Sweep:
        """Plan a sweep."""
        return Sweep.of(await info.context.services.sweeping.plan())


@strawberry.type
class SweepMutations:
    """Sweeping."""

    @mutation(
        description="Let what has ended end: values and tags stated until now, CIs that expired or "
        "that nobody has seen for as long as policies say. Safe to repeat.",
        directives=[Needs(roles=[*MUTATION_ROLES["sweep"]])],
    )
    async def sweep(self, info: Info, input: SweepInput) -> SweepResult:  # noqa: A002 - the contract's word
        """Sweep."""
        services = info.context.services
        try:
            done = await services.sweeping.sweep(released=given(input.release) or "")
        except InvalidInputError as error:
            return validation_failed(error)
        head = await services.store.head()
        return EstateSwept(
            revision=RevisionNumber(max(done.revisions, default=head.revision)),
            changed=bool(done.revisions),
            replayed=False,
            warnings=[],
            sweep=Sweep.of(done),
            revisions=[RevisionNumber(each) for each in done.revisions],
        )
