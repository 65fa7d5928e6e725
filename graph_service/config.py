"""Everything an operator may change."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest

PREFIX = "GRAPH_SERVICE_"
TEST_PREFIX = "GRAPH_SERVICE_TEST_"


def default_store_address() -> str:
    """Return the address of the embedded store in the user's data folder."""
    return f"sqlite:{Path(platformdirs.user_data_dir('graph-service')) / 'estate.db'}"


class Settings(BaseModel):
    """One field per environment variable, without the prefix."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    store: str = Field(
        default_factory=default_store_address,
        description="Where the estate is kept: sqlite:PATH, neo4j://HOST:PORT, bolt://…",
    )
    neo4j_user: str = Field(default="neo4j", description="User of the Neo4j store.")
    neo4j_password: SecretStr | None = Field(
        default=None, description="Its password; never in the address."
    )
    neo4j_password_file: Path | None = Field(
        default=None, description="A file with that password, instead of the variable."
    )
    vocabulary: Path | None = Field(
        default=None, description="An organisation's own classes, types and operations (YAML)."
    )
    token_pepper: SecretStr | None = Field(
        default=None,
        description="Secret that seals API tokens; the same for all replicas. "
        "Default: a file beside the embedded store, made at first use.",
    )
    token_pepper_file: Path | None = Field(
        default=None, description="A file with that secret, instead of the variable."
    )
    url: str | None = Field(
        default=None, description="A running service to ask instead of a store (--server)."
    )
    token: SecretStr | None = Field(default=None, description="API token for that service.")
    deadline_seconds: float = Field(
        default=15.0, gt=0, description="Longest time a question may take."
    )
    follow_seconds: float = Field(
        default=0.5, gt=0, description="How often subscriptions look for what others wrote."
    )
    sweep_minutes: float = Field(
        default=15.0,
        ge=0,
        description="How often a service lets what has ended end (see sweep); 0: never.",
    )
    log_format: str = Field(
        default="text", pattern="^(text|json)$", description="Shape of log lines: text or json."
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read every variable with our prefix.

        Raises:
            InvalidInputError: Listing every variable that is unknown or not acceptable. Values are
                never shown, because they may be secrets.

        """
        values = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX)
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InvalidInputError(
                [
                    _fault(each["loc"], each["msg"])
                    for each in error.errors(
                        include_url=False, include_input=False, include_context=False
                    )
                ]
            ) from None

    def password(self) -> str:
        """Return the password of the Neo4j store, from the variable or the file; empty if none."""
        return _secret(self.neo4j_password, self.neo4j_password_file, "NEO4J_PASSWORD_FILE")

    def pepper(self) -> str:
        """Return the secret that seals tokens; empty when the operator gave none."""
        return _secret(self.token_pepper, self.token_pepper_file, "TOKEN_PEPPER_FILE")


def _fault(location: tuple[int | str, ...], message: str) -> Fault:
    name = str(location[0])
    known = nearest(name, Settings.model_fields)
    is_unknown = name not in Settings.model_fields
    return Fault(
        code="UNKNOWN_SETTING" if is_unknown else "INVALID_SETTING",
        message="no such setting" if is_unknown else message,
        place=Place("environment", f"{PREFIX}{name.upper()}"),
        remedy=f"did you mean {PREFIX}{known[0].upper()}?" if is_unknown and known else "",
    )


def _secret(value: SecretStr | None, file: Path | None, variable: str) -> str:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        message = f"cannot read {file}: {error.strerror}"
    except UnicodeDecodeError:
        # Not the cause of what is raised: it holds what stands in the file.
        message = f"{file} is not UTF-8"
    place = Place("environment", f"{PREFIX}{variable}")
    raise InvalidInputError([Fault(code="INVALID_SETTING", message=message, place=place)])


def address_faults(address: str) -> list[Fault]:
    """Return what is wrong with a store's address; without repeating it if it holds a password."""
    scheme = address.partition(":")[0]
    place = Place("store address")
    if scheme == "sqlite":
        if address.partition(":")[2]:
            return []
        return [Fault(code="INVALID_ADDRESS", message="no path after sqlite:", place=place)]
    if scheme.partition("+")[0] not in {"neo4j", "bolt"}:
        return [
            Fault(
                code="INVALID_ADDRESS",
                message=f"{scheme!r} is not a sort of store",
                place=place,
                remedy="sqlite:PATH, neo4j://HOST:PORT, neo4j+s://HOST:PORT or bolt://HOST:PORT",
            )
        ]
    if "@" in address:
        return [
            Fault(
                code="SECRET_IN_ADDRESS",
                message="the address holds a user or password",
                place=place,
                remedy=f"put them in {PREFIX}NEO4J_USER and {PREFIX}NEO4J_PASSWORD",
            )
        ]
    try:
        query = urlsplit(address).query
    except ValueError as error:
        return [Fault(code="INVALID_ADDRESS", message=str(error), place=place)]
    # The values are not shown: a password might have been put there.
    return [
        Fault(
            code="INVALID_ADDRESS",
            message=f"there is no option {name!r} of an address",
            place=place,
            remedy="there is one: ?database=NAME",
        )
        for name, _ in parse_qsl(query, keep_blank_values=True)
        if name != "database"
    ]


def settings_reference() -> str:
    """Return docs/reference/settings.md."""
    lines = [
        "# Settings",
        "",
        "Environment variables. An unknown one with our prefix is an error, so that a misspelt",
        "name never silently means the default. Secrets may stand in files instead.",
        "",
        "| variable | what | default |",
        "|---|---|---|",
    ]
    for name, each in Settings.model_fields.items():
        default = "" if each.default is None or each.is_required() else str(each.default)
        if each.default_factory is not None:
            default = "`estate.db` in the user's data folder"
        lines.append(f"| `{PREFIX}{name.upper()}` | {each.description} | {default} |")
    return "\n".join(lines) + "\n"
