"""When absence is too much to believe: limits on what one reading may retire."""

from collections import Counter
from collections.abc import Mapping

from graph_service.model.vocabulary import BrakeLimits
from graph_service.reconcile.import_plan import Brake

DEFAULT_LIMITS = BrakeLimits()


def share_brakes(
    retired: Counter[str], population: Mapping[str, int], limits: BrakeLimits
) -> list[Brake]:
    """Return a brake for every class (or type) of which too large a part would go.

    Shares mean little on small sets, so a handful may always go, and all of a tiny class.
    """
    brakes = []
    for name, count in sorted(retired.items()):
        known = population[name]
        share = count / known
        if (
            known >= limits.retire_share_population
            and count > limits.retire_share_count
            and share > limits.retire_share
        ):
            brakes.append(
                Brake(
                    id=f"RETIRE_SHARE:{name}",
                    name="RETIRE_SHARE",
                    class_name=name,
                    observed=share,
                    limit=limits.retire_share,
                    held_count=count,
                    message=f"{count} of {known} {name} are gone from this reading "
                    f"({share:.0%}; {limits.retire_share:.0%} may go unasked)",
                )
            )
    return brakes


def count_brakes(count: int, limits: BrakeLimits) -> list[Brake]:
    """Return a brake when too many CIs would go."""
    if count <= limits.retire_count:
        return []
    return [
        Brake(
            id="RETIRE_COUNT",
            name="RETIRE_COUNT",
            class_name="",
            observed=count,
            limit=limits.retire_count,
            held_count=count,
            message=f"{count} CIs are gone from this reading "
            f"({limits.retire_count} may go unasked)",
        )
    ]


def empty_brakes(count: int, *, saw_anything: bool) -> list[Brake]:
    """Return a brake when there is nothing to read where there was something."""
    if saw_anything or not count:
        return []
    counted = "1 statement was" if count == 1 else f"{count} statements were"
    return [
        Brake(
            id="EMPTY_READING",
            name="EMPTY_READING",
            class_name="",
            observed=0,
            limit=1,
            held_count=count,
            message=f"this reading is empty, but {counted} read here before",
        )
    ]
