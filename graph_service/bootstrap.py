"""Choose the parts and join them: the one place that knows every concrete class."""

import hashlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import parse_qsl

from graph_service.config import PREFIX, Settings, address_faults
from graph_service.model.delta import Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.observation import Collector
from graph_service.model.place import Place
from graph_service.model.revision import Actor, ActorType
from graph_service.model.vocabulary import Vocabulary, packaged
from graph_service.store import GraphStore
from graph_service.store.copyable import CopyableStore
from graph_service.use_cases.access import Access
from graph_service.use_cases.copies.store_copy import check_finished
from graph_service.use_cases.product import Product, joined
from graph_service.use_cases.rules.vocabulary_in_force import vocabulary_in_force, vocabulary_of

COLLECTORS = "graph_service.collectors"
SYSTEM = Actor("graph-service", "Graph Service", ActorType.SYSTEM)
PEPPER_BYTES = 32


def utc_now() -> datetime:
    """Return this instant."""
    return datetime.now(UTC)


@asynccontextmanager
async def opened(settings: Settings, *, writing: bool = False) -> AsyncIterator[Product]:
    """Open the store and join everything over it; ``writing`` puts a new vocabulary in force."""
    lineages = _Lineages()
    store = await open_store(settings, lineages)
    try:
        await check_finished(store)
        vocabulary = await vocabulary_in_force(
            store, _extension(settings), actor=SYSTEM, record=writing, clock=utc_now
        )
        lineages.take_up(vocabulary)
        yield joined(
            store,
            vocabulary,
            clock=utc_now,
            deadline_seconds=settings.deadline_seconds,
            follows=writing or settings.vocabulary is None,
            taken_up=lineages.take_up,
        )
    finally:
        await store.close()


class _Lineages:
    """Answers with the classes a CI is labelled with.

    The vocabulary in force is recorded in the store that is opened with this, so until it has been
    read the packaged one answers.
    """

    def __init__(self) -> None:
        self.vocabulary = packaged()

    def take_up(self, vocabulary: Vocabulary) -> None:
        """Answer by this vocabulary from now on."""
        self.vocabulary = vocabulary

    def __call__(self, class_name: str) -> Sequence[str]:
        """Return a class and what it specialises."""
        return self.vocabulary.lineage(class_name)


async def open_store(
    settings: Settings, lineages: _Lineages | None = None, *, read_only: bool = False
) -> CopyableStore:
    """Open the store at the settings' address, making an embedded one that is absent.

    With ``read_only`` nothing is made or brought up to date.

    Raises:
        InvalidInputError: The address is not one.
        StoreUnavailableError: Nobody answers there.
        StoreUnusableError: What stands there is not ours, or newer than this program.

    """
    if faults := address_faults(settings.store):
        raise InvalidInputError(faults)
    if settings.store.startswith("sqlite:"):
        # Each store is imported only when it is used: the other's driver costs start-up time.
        from graph_service.store.sqlite import open_sqlite  # noqa: PLC0415 - see above

        return await open_sqlite(sqlite_path(settings), clock=utc_now, read_only=read_only)
    from graph_service.store.neo4j import open_neo4j  # noqa: PLC0415 - see above

    address, _, query = settings.store.partition("?")
    return await open_neo4j(
        address,
        user=settings.neo4j_user,
        password=settings.password(),
        database=dict(parse_qsl(query)).get("database"),
        clock=utc_now,
        lineage=lineages or _Lineages(),
        read_only=read_only,
    )


@asynccontextmanager
async def opened_to_read(settings: Settings) -> AsyncIterator[CopyableStore]:
    """Open a store from which everything is read and to which nothing is written."""
    store = await open_store(settings, read_only=True)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened_to_fill(
    settings: Settings, vocabulary: Record | None
) -> AsyncIterator[CopyableStore]:
    """Open a store that is to become a copy; its CIs are labelled by the original's vocabulary."""
    lineages = _Lineages()
    lineages.vocabulary = vocabulary_of(vocabulary)
    store = await open_store(settings, lineages)
    try:
        yield store
    finally:
        await store.close()


def check_different(one: Settings, other: Settings) -> None:
    """Raise unless two settings name two stores.

    Raises:
        InvalidInputError: It is one store under both, or one of the addresses is none.

    """
    faults = [*address_faults(one.store), *address_faults(other.store)]
    if not faults and _place(one) == _place(other):
        faults = [
            Fault(
                code="SAME_STORE",
                message=f"{other.store} is the same store",
                place=Place("--to"),
                remedy="give the address of another one",
            )
        ]
    if faults:
        raise InvalidInputError(faults)


def _place(settings: Settings) -> str:
    if settings.store.startswith("sqlite:"):
        return f"sqlite:{sqlite_path(settings).resolve()}"
    return settings.store


def sqlite_path(settings: Settings) -> Path:
    """Return the file of the embedded store."""
    return Path(settings.store.removeprefix("sqlite:")).expanduser()


def derived_key(settings: Settings, use: str) -> bytes:
    """Return a key for one use, the same for all replicas that share the pepper."""
    return hmac.new(_pepper(settings).encode(), use.encode(), hashlib.sha256).digest()


def access(store: GraphStore, settings: Settings) -> Access:
    """Return who may do what, over a store's tokens.

    Raises:
        InvalidInputError: The store is shared and nobody has given the secret that seals tokens.

    """
    return Access(store, peppers={1: _pepper(settings).encode()}, clock=utc_now)


def _pepper(settings: Settings) -> str:
    if given := settings.pepper():
        return given
    if not settings.store.startswith("sqlite:"):
        raise InvalidInputError(
            [
                Fault(
                    code="MISSING_SETTING",
                    message="a shared store needs the secret that seals its tokens",
                    place=Place("environment", f"{PREFIX}TOKEN_PEPPER_FILE"),
                    remedy="make one with: openssl rand -hex 32; the same for every replica",
                )
            ]
        )
    file = sqlite_path(settings).with_suffix(".pepper")
    if not file.exists():
        # Written aside and linked, so that whoever looks at the same time finds all of it.
        aside = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as opened_file:
                opened_file.write(secrets.token_hex(PEPPER_BYTES))
            with suppress(FileExistsError):
                os.link(aside, file)
        finally:
            aside.unlink()
    return file.read_text("ascii")


def collectors() -> tuple[Mapping[str, Collector], Mapping[str, str]]:
    """Return the collectors that are installed, by name, and why others are broken."""
    working: dict[str, Collector] = {}
    broken: dict[str, str] = {}
    for each in sorted(entry_points(group=COLLECTORS), key=lambda point: point.name):
        try:
            working[each.name] = each.load()
        except Exception as error:  # noqa: BLE001 - one broken plug-in must not take the rest along
            broken[each.name] = f"{type(error).__name__}: {error}"
    return working, broken


def _extension(settings: Settings) -> tuple[str, str] | None:
    if settings.vocabulary is None:
        return None
    try:
        return settings.vocabulary.name, settings.vocabulary.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        place = Place("environment", f"{PREFIX}VOCABULARY")
        message = f"cannot read {settings.vocabulary}: {error}"
        raise InvalidInputError(
            [Fault(code="INVALID_SETTING", message=message, place=place)]
        ) from error
