"""The vocabulary in force: given once, kept in the store, never poorer."""

from pathlib import Path

import pytest

from graph_service.model.errors import InvalidInputError
from graph_service.model.vocabulary import packaged
from graph_service.store import GraphStore
from graph_service.use_cases.rules.vocabulary_in_force import vocabulary_in_force
from tests.builders import ADA, TickingClock
from tests.unit.use_cases.stores import opened_in

pytestmark = pytest.mark.anyio


def extension(*classes: str) -> tuple[str, str]:
    """Return an extension file with these classes."""
    rows = ", ".join(f"{{name: {each}, extends: Application}}" for each in classes)
    return "acme.yaml", f"vocabulary: 1\nname: acme\nversion: '1'\nclasses: [{rows}]\n"


async def in_force(
    store: GraphStore, given: tuple[str, str] | None, *, record: bool = True
) -> set[str]:
    """Return the classes that are not packaged."""
    clock = TickingClock()
    found = await vocabulary_in_force(store, given, actor=ADA, record=record, clock=clock)
    return set(found.classes) - set(packaged().classes)


async def test_is_the_packaged_one_until_somebody_says_otherwise(tmp_path: Path) -> None:
    """A newcomer gives no file."""
    async with opened_in(tmp_path) as store:
        assert await in_force(store, None) == set()


async def test_an_extension_stays_in_force_without_its_file(tmp_path: Path) -> None:
    """Replicas and shells agree, because the store knows."""
    async with opened_in(tmp_path) as store:
        await in_force(store, extension("Robot"))

        assert await in_force(store, None) == {"Robot"}
        assert (await store.head()).revision == 1


async def test_reading_commands_leave_the_store_as_it_is(tmp_path: Path) -> None:
    """An answer is given by the file, and nothing is recorded."""
    async with opened_in(tmp_path) as store:
        assert await in_force(store, extension("Robot"), record=False) == {"Robot"}
        assert await in_force(store, None) == set()


async def test_a_later_file_may_add_and_must_keep(tmp_path: Path) -> None:
    """What is in force may be in use."""
    async with opened_in(tmp_path) as store:
        await in_force(store, extension("Robot"))

        assert await in_force(store, extension("Robot", "Drone")) == {"Robot", "Drone"}
        with pytest.raises(InvalidInputError, match="Robot is in force"):
            await in_force(store, extension("Drone"))
        assert await in_force(store, None) == {"Robot", "Drone"}


@pytest.mark.parametrize("left", ["[]", "[{name: arms, type: TEXT}]"])
async def test_an_attribute_in_force_stays_as_it_is(tmp_path: Path, left: str) -> None:
    """CIs may have values of it, which a later file must not make meaningless."""
    head = "vocabulary: 1\nname: acme\nversion: '1'\n"
    row = "classes: [{{name: Robot, attributes: {}}}]\n"
    async with opened_in(tmp_path) as store:
        await in_force(store, ("acme.yaml", head + row.format("[{name: arms, type: INTEGER}]")))

        with pytest.raises(InvalidInputError, match=r"Robot\.arms is in force"):
            await in_force(store, ("acme.yaml", head + row.format(left)))
