"""How a run of the program ends, whatever happens, and where it writes."""

import io
import sys

import pytest

from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.session import FAULTS_SHOWN_MAX, outcome, prepare_streams
from graph_service.model.errors import (
    CINotFoundError,
    Fault,
    GraphServiceError,
    InvalidInputError,
    NotAllowedError,
    StoreUnavailableError,
)
from graph_service.model.place import Place


def ended(error: BaseException) -> ExitCode:
    """Return the code of a command that fails so."""

    def command() -> ExitCode:
        raise error

    return outcome(command)


def faults(count: int) -> InvalidInputError:
    """Return an input with so many faults."""
    return InvalidInputError(
        [
            Fault(code="X", message=f"fault {number}", place=Place("a.yaml", line=number))
            for number in range(1, count + 1)
        ]
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CINotFoundError("pg-9"), ExitCode.INCOMPLETE),
        (StoreUnavailableError("nobody answers"), ExitCode.UNREACHABLE),
        (NotAllowedError("not you"), ExitCode.ERROR),
        (GraphServiceError("anything else"), ExitCode.ERROR),
        (faults(1), ExitCode.ERROR),
        (KeyboardInterrupt(), ExitCode.ERROR),
    ],
)
def test_each_error_has_the_code_of_the_table(error: BaseException, code: ExitCode) -> None:
    """So that a pipeline need not read messages."""
    assert ended(error) is code


def test_shows_faults_and_how_many_there_are(capfd: pytest.CaptureFixture[str]) -> None:
    """One says itself; many are counted, and cut for people."""
    ended(faults(1))
    one = capfd.readouterr().err.splitlines()
    ended(faults(FAULTS_SHOWN_MAX + 7))
    many = capfd.readouterr().err.splitlines()

    assert one == ["a.yaml:1: fault 1"]
    assert many[FAULTS_SHOWN_MAX - 1 :] == [
        f"a.yaml:{FAULTS_SHOWN_MAX}: fault {FAULTS_SHOWN_MAX}",
        "… and 7 more",
        f"{FAULTS_SHOWN_MAX + 7} faults in all.",
    ]


def test_a_defect_of_ours_is_not_hidden() -> None:
    """What nobody expected keeps its traceback, or nobody can mend it."""
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError())


def test_writes_every_letter_somehow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of ASCII shows a code for what it does not know, and the answer goes on."""
    few = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", few)

    prepare_streams()
    few.write("Zürich – 東京")
    few.seek(0)

    assert few.read() == "Z\\xfcrich \\u2013 \\u6771\\u4eac"


def test_an_output_that_is_closed_takes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after ``>&-``."""
    monkeypatch.setattr(sys, "stdout", None)

    prepare_streams()
    with sys.stdout as stream:
        stream.write("nobody reads this")
