"""What ``${NAME}`` is worth: what the request says, and nothing from our own environment."""

import pytest

from discovery.collectors.compose import COLLECTOR
from tests.unit.discovery.reading import Read, read

SECRET = "hunter2"  # noqa: S105 - looked for in what comes out


def image(text: str, **variables: str) -> Read:
    """Read a service whose image is a text."""
    options = {f"variable.{name}": value for name, value in variables.items()}
    return read(COLLECTOR, f"name: p\nservices: {{a: {{image: '{text}'}}}}\n", options=options)


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("a:$T", "a:1"),
        ("a:${T}", "a:1"),
        ("a:${T}b$T", "a:1b1"),
        ("a:${NO:-2}", "a:2"),
        ("a:${NO-2}", "a:2"),
        ("a:${EMPTY:-2}", "a:2"),
        ("a${EMPTY-2}", "a"),
        ("a:${T:-2}", "a:1"),
        ("a:${T:?say it}", "a:1"),
        ("a:${T:+3}", "a:3"),
        ("a${NO+3}", "a"),
        ("a${EMPTY:+3}", "a"),
        ("a${EMPTY+3}", "a3"),
        ("a:${NO:-${T}}", "a:1"),
        ("a:${NO:-x${NOT:-y}z}", "a:xyz"),
        ("a:$$T", "a:$T"),
        ("a:${NO:-$$}", "a:$"),
        ("a:${NO:-}b", "a:b"),
    ],
)
def test_fills_in(text: str, worth: str) -> None:
    """As the container engine does, given the same values."""
    found = image(text, T="1", EMPTY="")

    assert found.cis["p/a"].attributes["image"] == worth
    assert found.notes == []


@pytest.mark.parametrize("text", ["a:$NO", "a:${NO}", "a:${NO:?hunter2}", "a:${NO?}"])
def test_does_not_guess(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody said is left out and told of, even if our own process knows such a name."""
    monkeypatch.setenv("NO", SECRET)

    found = image(text)

    assert found.cis["p/a"].attributes == {}
    (note,) = found.notes
    assert "NO is worth" in note
    assert "--option variable.NO=" in note
    assert SECRET not in repr(found.events)
    assert found.to_the_end


@pytest.mark.parametrize(
    "text", ["hunter2$", "${", "${hunter2", "$-hunter2", "${1}", "${A!hunter2}"]
)
def test_a_dollar_that_begins_no_variable_is_a_fault(text: str) -> None:
    """With its place and a remedy; the text may be a password and is not shown."""
    found = image(text)

    assert found.codes == ["INVALID_VARIABLE"]
    assert found.faults[0].place.path == "services.a.image"
    assert "$$" in found.faults[0].remedy
    assert SECRET not in repr(found.events)
    assert found.cis == {}


def test_defaults_in_defaults_end() -> None:
    """However deep somebody nests them."""
    assert image("${A:-" * 5000 + "}" * 5000).codes == ["INVALID_VARIABLE"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("postgres://app:${PW}@db:5432/x", True),
        ("http://db:${PORT}/x", True),
        ("db:${PORT}", True),
        ("${SCHEME}://db", False),
        ("http://${PREFIX}db", False),
        ("${HOST}:5432", False),
        ("${HOST:-db}:5432", True),
    ],
)
def test_an_address_counts_if_its_host_is_known(value: str, *, found: bool) -> None:
    """Half a name is another name; a password or port that is not known does not matter."""
    text = f"name: p\nservices: {{a: {{environment: {{DB_URL: '{value}'}}}}, db: }}\n"

    assert read(COLLECTOR, text).arrows == ({"p/a DEPENDS_ON p/db"} if found else set())


def test_a_variable_without_a_value_is_passed_through() -> None:
    """From the request, as from whoever starts the project."""
    for environment in ("[DB_HOST]", "{DB_HOST: }"):
        text = f"name: p\nservices: {{a: {{environment: {environment}}}, db: }}\n"

        assert read(COLLECTOR, text).arrows == set()
        assert read(COLLECTOR, text, options={"variable.DB_HOST": "db"}).arrows == {
            "p/a DEPENDS_ON p/db"
        }


def test_names_may_have_variables_too() -> None:
    """The project's, and those of what others make."""
    text = (
        "name: ${P:-shop}\nvolumes: {vol: {external: true, name: '${V}'}}\n"
        "services: {a: {volumes: ['vol:/v']}}\n"
    )

    assert read(COLLECTOR, text).arrows == set()
    assert read(COLLECTOR, text, options={"variable.V": "real"}).arrows == {
        "shop/a STORES_DATA_IN Storage real"
    }


def test_other_options_are_refused() -> None:
    """A misspelt one would do nothing."""
    assert read(COLLECTOR, "services: {}", options={"projekt": "x"}).codes == ["INVALID_OPTION"]
