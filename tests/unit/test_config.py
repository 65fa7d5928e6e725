"""Settings come from the environment, and say what is wrong with it without showing secrets."""

from pathlib import Path

import pytest

from graph_service.config import Settings, address_faults
from graph_service.model.errors import InvalidInputError


def test_has_a_default_for_everything() -> None:
    """A newcomer sets nothing."""
    settings = Settings.from_environment({"PATH": "/bin", "HOME": "/home/ada"})

    assert settings.store.startswith("sqlite:")
    assert settings.password() == ""


def test_refuses_a_variable_it_does_not_know() -> None:
    """A misspelt name must not silently mean the default."""
    with pytest.raises(InvalidInputError) as caught:
        Settings.from_environment({"GRAPH_SERVICE_STOER": "sqlite:/x"})

    assert "did you mean GRAPH_SERVICE_STORE?" in str(caught.value)


def test_lists_all_faults_and_shows_no_value() -> None:
    """A secret in the wrong place does not end up in a log."""
    with pytest.raises(InvalidInputError) as caught:
        Settings.from_environment(
            {
                "GRAPH_SERVICE_DEADLINE_SECONDS": "s3cret",
                "GRAPH_SERVICE_LOG_FORMAT": "s3cret",
                "GRAPH_SERVICE_NEO4J_PASSWORD": "s3cret",
            }
        )

    assert len(caught.value.faults) == 2
    assert "s3cret" not in str(caught.value)


def test_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    """As containers give them; the line end is not part of it."""
    (tmp_path / "password").write_text("tr0ub4dor\n", "utf-8")
    variable = {"GRAPH_SERVICE_NEO4J_PASSWORD_FILE": str(tmp_path / "password")}

    assert Settings.from_environment(variable).password() == "tr0ub4dor"


def test_says_which_secret_file_cannot_be_read(tmp_path: Path) -> None:
    """The variable and the path are named."""
    settings = Settings.from_environment(
        {"GRAPH_SERVICE_TOKEN_PEPPER_FILE": str(tmp_path / "absent")}
    )

    with pytest.raises(InvalidInputError, match=r"TOKEN_PEPPER_FILE.*absent"):
        settings.pepper()


def test_a_secret_file_that_is_no_text_is_not_shown(tmp_path: Path) -> None:
    """Neither in the message nor in what caused it."""
    (tmp_path / "password").write_bytes(b"tr0ub4dor\xff")
    settings = Settings.from_environment(
        {"GRAPH_SERVICE_NEO4J_PASSWORD_FILE": str(tmp_path / "password")}
    )

    with pytest.raises(InvalidInputError, match="is not UTF-8") as raised:
        settings.password()

    assert raised.value.__cause__ is raised.value.__context__ is None


def test_leaves_the_variables_of_test_runs_alone() -> None:
    """They configure tests, not the product."""
    settings = Settings.from_environment({"GRAPH_SERVICE_TEST_NEO4J": "bolt://x"})

    assert settings.store.startswith("sqlite:")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("sqlite:", "INVALID_ADDRESS"),
        ("mysql://host", "INVALID_ADDRESS"),
        ("", "INVALID_ADDRESS"),
        ("neo4j://ada:s3cret@host:7687", "SECRET_IN_ADDRESS"),
        ("neo4j://host?password=s3cret", "INVALID_ADDRESS"),
        ("neo4j://host?databse=s3cret", "INVALID_ADDRESS"),
        ("neo4j://[::1", "INVALID_ADDRESS"),
    ],
)
def test_refuses_what_is_no_address(address: str, code: str) -> None:
    """Each with a remedy, none with the password."""
    (fault,) = address_faults(address)

    assert fault.code == code
    assert "s3cret" not in str(fault)


@pytest.mark.parametrize(
    "address",
    ["sqlite:/a b/estate.db", "neo4j://host", "bolt+s://host:7687", "neo4j+ssc://h?database=x"],
)
def test_accepts_what_is_an_address(address: str) -> None:
    """Both stores, with and without encryption."""
    assert address_faults(address) == []
