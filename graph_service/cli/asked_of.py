"""Commands that ask, of whichever estate was chosen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from graph_service.cli.answers import Answers
from graph_service.cli.chosen_estate import ChosenEstate, EstateChoice
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.session import Session
from graph_service.cli.shapes import Shape


@asynccontextmanager
async def asked_of(
    session: Session, choice: EstateChoice | None
) -> AsyncIterator[tuple[Answers, ChosenEstate | None]]:
    """Open whoever answers about an estate, and say which edits of it were left out."""
    if choice is None:
        async with session.answers() as answers:
            yield answers, None
        return
    # Of the estate as it is, the store answers without the API, which takes time to import.
    from graph_service.cli.service.service_answers import ServiceAnswers  # noqa: PLC0415 - see above

    async with session.asked() as asked:
        chosen = await choice.opened(asked)
        yield ServiceAnswers(asked, chosen), chosen
        chosen.say_faults()


def of_estate(shape: Shape, chosen: ChosenEstate | None) -> Shape:
    """Return an answer that says of which estate it is, unless that is the estate as it is."""
    return {**shape, "estate": chosen.shape} if chosen else shape


def left_out(chosen: ChosenEstate | None) -> ExitCode:
    """Return the exit code of an answer: not complete when edits were left out."""
    return ExitCode.INCOMPLETE if chosen and chosen.faults else ExitCode.DONE
