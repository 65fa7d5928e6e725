"""A service sweeps by itself, every so often, until it is told to stop."""

import asyncio

import structlog

from graph_service.model.errors import GraphServiceError
from graph_service.use_cases.product import Product

FIRST_SECONDS = 20.0
"""How long after its start a service sweeps for the first time, at the latest."""

log = structlog.get_logger("graph_service.sweep")


async def sweep_regularly(product: Product, seconds: float, stopping: asyncio.Event) -> None:
    """Sweep by the rules in force soon after the start, then whenever so many seconds have gone by.

    Soon, because a service that is restarted again and again would else never sweep; not at once,
    because whoever starts it waits for its first answer.

    A store that does not answer is tried again the next time. Several replicas may sweep at once:
    one of them is faster, and the others find nothing left to do.
    """
    wait = min(FIRST_SECONDS, seconds)
    while not await _is_stopped_within(wait, stopping):
        wait = seconds
        try:
            sweep = await (await product.follow()).sweeping.sweep()
        except GraphServiceError as error:
            log.warning("sweep_failed", code=error.code, reason=str(error))
            continue
        for each in sweep.brakes:
            log.warning("sweep_held", brake=each.id, reason=each.message)
        if sweep.revisions:
            log.info("swept", revisions=len(sweep.revisions), last=sweep.revisions[-1])


async def _is_stopped_within(seconds: float, stopping: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True
