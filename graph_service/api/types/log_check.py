"""The proof that nobody altered the log."""

import strawberry

from graph_service.api.scalars import Digest, RevisionNumber
from graph_service.api.types.discovery import fault
from graph_service.api.types.problems import Fault
from graph_service.use_cases.log import log_reading as model


@strawberry.type(description="What came of checking a stretch of the log.")
class ChainCheck:
    """What came of checking the log."""

    from_revision: RevisionNumber
    to_revision: RevisionNumber
    entry_count: int
    intact: bool = strawberry.field(description="Whether it is whole and what its hashes seal.")
    first_broken: RevisionNumber | None
    faults: list[Fault] = strawberry.field(description="What is wrong, in order; the first 50.")
    head_hash: Digest = strawberry.field(
        description="Hash of the last revision checked: it stands for all before it."
    )


def chain_check(found: model.ChainCheck) -> ChainCheck:
    """Show what came of it."""
    broken = found.first_broken
    return ChainCheck(
        from_revision=RevisionNumber(found.first),
        to_revision=RevisionNumber(found.last),
        entry_count=found.entry_count,
        intact=found.is_intact,
        first_broken=None if broken is None else RevisionNumber(broken),
        faults=[fault(each) for each in found.faults],
        head_hash=Digest(found.hash),
    )
