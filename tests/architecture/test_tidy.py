"""The house stays tidy: sizes, forbidden shortcuts, forbidden rooms."""

import re

from tests.architecture.sources import PRODUCT, modules

LINES_MAX = 400
FORBIDDEN_ROOMS = re.compile(r"(^|_)(utils?|helpers?|common|misc|core|base|managers?|handlers?)$")
SHORTCUTS = re.compile(
    r"pytest\.(mark\.)?(skip|xfail)|importorskip"
    r"|\b(TODO|FIXME|XXX)\b|NotImplementedError|unittest\.mock|MagicMock|mocker\."
)
SLEEP = re.compile(r"time\.sleep|asyncio\.sleep\((?!0\))")


def test_keeps_modules_short_enough_to_read() -> None:
    """A module that outgrows a few screens holds more than one thing."""
    long = {str(path): text.count("\n") for path, text in modules(*PRODUCT)}

    assert {path: lines for path, lines in long.items() if lines > LINES_MAX} == {}


def test_has_no_room_for_odds_and_ends() -> None:
    """A module is named for what it holds."""
    found = [str(path) for path, _ in modules(*PRODUCT) if FORBIDDEN_ROOMS.search(path.stem)]

    assert found == []


def test_takes_no_shortcuts() -> None:
    """No test that is not run, no waiting for time to pass, no stand-in for our own code."""
    own = "tests/architecture/test_tidy.py"
    found = [
        f"{path}:{number}: {line.strip()}"
        for path, text in modules(*PRODUCT, "tests", "bench")
        for number, line in enumerate(text.splitlines(), 1)
        if str(path) != own and SHORTCUTS.search(line)
    ]

    assert found == []


def test_no_test_waits_for_time_to_pass() -> None:
    """Tests wait for events; only what starts foreign servers polls them."""
    found = [
        f"{path}:{number}"
        for path, text in modules("tests")
        for number, line in enumerate(text.splitlines(), 1)
        if SLEEP.search(line) and not str(path).startswith(("tests/servers", "tests/architecture"))
    ]

    assert found == []


def test_every_exception_to_a_rule_gives_its_reason() -> None:
    """A silenced warning says why it is right."""
    silent = re.compile(r"#\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z-, ]+\])?)\s*$")
    found = [
        f"{path}:{number}"
        for path, text in modules(*PRODUCT)
        for number, line in enumerate(text.splitlines(), 1)
        if silent.search(line)
    ]

    assert found == []
