"""What a search found."""

import strawberry

from graph_service.api.types.ci import CI
from graph_service.api.types.connection import EstateConnection


@strawberry.type(description="A CI that fits, and where.")
class SearchHit:
    """A CI that fits."""

    ci: CI
    score: float = strawberry.field(description="1 fits best: it is called so. Never 0.")
    excerpt: str = strawberry.field(description="Plain text around the first match.")
    marks: list[int] = strawberry.field(
        description="Where in the excerpt a match begins and where it ends, in turn, in characters."
    )


@strawberry.type(description="CIs that fit, best first.")
class SearchHitConnection(EstateConnection[SearchHit]):
    """CIs that fit."""

    truncated: bool = strawberry.field(
        description="More fit than are put in order of how well: narrow it to see the others."
    )
    did_you_mean: list[str] = strawberry.field(
        description="When nothing fits: what would find something and looks like it."
    )
