"""What a CI turned out to be, once it was merged into another."""

from graph_service.model.ci import CI
from graph_service.store import EstateReader


async def survivor(estate: EstateReader, ci: CI) -> CI:
    """Return the CI that another one is part of now: itself, unless it was merged."""
    seen = {ci.id}
    while ci.merged_into and ci.merged_into not in seen:
        seen.add(ci.merged_into)
        ci = (await estate.cis([ci.merged_into]))[ci.merged_into]
    return ci
