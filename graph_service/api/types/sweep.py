"""Sweeps and freshness, as clients see them."""

from typing import Annotated

import strawberry

from graph_service.api.directives import ListSize
from graph_service.api.inputs import UNSET
from graph_service.api.scalars import Instant, RevisionNumber, as_instant
from graph_service.api.types.discovery import TrippedBrake
from graph_service.api.types.problems import ValidationFailed, Written
from graph_service.use_cases.inventory import freshness as freshness_model
from graph_service.use_cases.sweeping import sweeping as model


@strawberry.type(description="When a CI was last seen, by whom, and whether that is too long ago.")
class Freshness:
    """How fresh a CI is."""

    last_seen_at: Instant | None = strawberry.field(
        description="Null: only people speak of it, and nobody looks at it."
    )
    last_source: str | None
    stale: bool = strawberry.field(
        description="Not seen for longer than its class allows by policy."
    )
    stale_since: Instant | None
    unverified_by: list[str] = strawberry.field(
        description="Data sources that spoke of it once and no longer do."
    )

    @classmethod
    def of(cls, found: freshness_model.Freshness) -> "Freshness":
        """Show it."""
        return cls(
            last_seen_at=as_instant(found.last_seen_at) if found.last_seen_at else None,
            last_source=found.last_source or None,
            stale=found.stale,
            stale_since=as_instant(found.stale_since) if found.stale_since else None,
            unverified_by=[*found.unverified_by],
        )


@strawberry.type(description="CIs to which a sweep does one thing: how many, and some by key.")
class SweptCIs:
    """CIs to which a sweep does one thing."""

    count: int
    samples: list[str]

    @classmethod
    def of(cls, found: model.Swept) -> "SweptCIs":
        """Show them."""
        return cls(count=found.count, samples=[*found.samples])


@strawberry.type(description="What a sweep would do, or did.")
class Sweep:
    """What a sweep would do, or did."""

    idle: bool = strawberry.field(description="There is nothing to do, or nothing was done.")
    expired_values: SweptCIs = strawberry.field(
        description="Values, tags among them, that were stated until now."
    )
    expired_cis: SweptCIs = strawberry.field(description="Retired: their retireAt has come.")
    stale: SweptCIs = strawberry.field(description="Not seen for longer than their class allows.")
    seen_again: SweptCIs
    unseen: SweptCIs = strawberry.field(
        description="Retired: not seen for so long that their class lets go of them."
    )
    brakes: list[TrippedBrake] = strawberry.field(
        description="They hold the retirement of what is unseen.",
        directives=[ListSize(assumed_size=5)],
    )
    forgotten_count: int = strawberry.field(description="Records of old requests.")
    recomputed_count: int = strawberry.field(
        description="CIs whose values did not follow from the policies yet."
    )
    relabelled_count: int = strawberry.field(description="CIs with labels of a former vocabulary.")
    left_count: int = strawberry.field(
        description="CIs that somebody else was changing; the next sweep has them."
    )

    @classmethod
    def of(cls, sweep: model.Sweep) -> "Sweep":
        """Show a sweep."""
        return cls(
            idle=sweep.is_idle,
            expired_values=SweptCIs.of(sweep.expired_values),
            expired_cis=SweptCIs.of(sweep.expired_cis),
            stale=SweptCIs.of(sweep.stale),
            seen_again=SweptCIs.of(sweep.seen_again),
            unseen=SweptCIs.of(sweep.unseen),
            brakes=[TrippedBrake.of(each) for each in sweep.brakes],
            forgotten_count=sweep.forgotten_count,
            recomputed_count=sweep.recomputed_count,
            relabelled_count=sweep.relabelled_count,
            left_count=sweep.left_count,
        )


@strawberry.input(description="Input of sweep.")
class SweepInput:
    """How to sweep."""

    release: str | None = strawberry.field(
        default=UNSET, description="Release the brakes, for this reason."
    )


@strawberry.type(description="The estate was swept.")
class EstateSwept(Written):
    """The estate was swept."""

    sweep: Sweep
    revisions: list[RevisionNumber] = strawberry.field(description="The revisions it wrote.")


SweepResult = Annotated[
    EstateSwept | ValidationFailed,
    strawberry.union("SweepResult", description="Result of sweep."),
]
