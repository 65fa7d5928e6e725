"""The secret that seals tokens, where nobody gave one."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from graph_service.bootstrap import derived_key
from graph_service.config import Settings


def settings(folder: Path) -> Settings:
    """Return settings with an embedded store in a folder."""
    return Settings(store=f"sqlite:{folder / 'estate.db'}")


def test_everybody_who_starts_at_once_has_the_same_secret(tmp_path: Path) -> None:
    """Or tokens made by one process would not open another."""
    with ThreadPoolExecutor(8) as pool:
        keys = {*pool.map(lambda _: derived_key(settings(tmp_path), "tokens"), range(32))}

    assert len(keys) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["estate.pepper"]


def test_the_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else on the machine can check guesses."""
    derived_key(settings(tmp_path), "tokens")

    assert stat.S_IMODE((tmp_path / "estate.pepper").stat().st_mode) == 0o600


def test_each_use_has_a_key_of_its_own(tmp_path: Path) -> None:
    """A cursor tells nothing about tokens; and it is the same key the next time."""
    tokens, cursors, again = (
        derived_key(settings(tmp_path), use) for use in ("tokens", "cursors", "tokens")
    )

    assert tokens == again != cursors
