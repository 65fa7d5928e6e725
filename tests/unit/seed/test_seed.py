"""Demonstration estates are estate files like anybody's."""

from pathlib import Path

import pytest

from discovery.collectors.estate import COLLECTOR
from graph_service import CIObservation, ReadingRequest, RelationshipObservation
from graph_service.model.vocabulary import packaged
from seed.__main__ import main
from seed.scale import SIZE_MIN
from tests.unit.discovery.reading import Read


def written(path: Path, *arguments: str) -> Read:
    """Write an estate and read it as the import would."""
    assert main([*arguments, "-o", str(path)]) == 0
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=[path]))
    return Read(events=[*reading.events], readings=[reading])


def test_the_story_has_fourteen_cis(tmp_path: Path) -> None:
    """Small enough to check by eye; every reference leads to one of them."""
    story = written(tmp_path / "story.yaml", "story")

    assert story.to_the_end
    assert story.readings[0].complete
    assert len(story.cis) == 14
    ends = {end.key for each in story.relationships for end in (each.source, each.target)}
    assert ends == story.cis.keys()


@pytest.mark.parametrize("size", [SIZE_MIN, 100, 3000])
def test_a_large_estate_has_the_size_that_was_asked_for(tmp_path: Path, size: int) -> None:
    """About three relationships a CI, all of which lead somewhere, with groups among them."""
    estate = written(tmp_path / "estate.yaml", "scale", "--size", str(size))
    vocabulary = packaged()
    cis = estate.cis.keys()

    assert estate.to_the_end
    assert len(cis) == size
    assert 2 * size < len(estate.relationships) < 4 * size
    for each in estate.events:
        if isinstance(each, RelationshipObservation):
            assert {each.source.key, each.target.key} <= cis
            assert each.type in vocabulary.relationship_types
        if isinstance(each, CIObservation):
            plain = {name for name in each.attributes if "." not in name}
            assert plain <= vocabulary.attributes(each.class_name).keys()
    assert any("group" in each.attributes for each in estate.relationships)


def test_the_same_size_and_seed_are_the_same_bytes(tmp_path: Path) -> None:
    """A measurement can be repeated anywhere."""

    def estate(name: str, *arguments: str) -> bytes:
        assert main(["scale", "--size", "200", *arguments, "-o", str(tmp_path / name)]) == 0
        return (tmp_path / name).read_bytes()

    assert estate("a", "--seed", "7") == estate("b", "--seed", "7")
    assert estate("a", "--seed", "7") != estate("c", "--seed", "8")


def test_writes_to_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """So that it can be piped into an import."""
    assert main(["story", "-o", "-"]) == 0

    assert "graph_service: 1" in capsys.readouterr().out


def test_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there, an estate too small for its layers."""
    assert main(["story", "-o", str(tmp_path / "nowhere" / "x.yaml")]) == 1
    assert "No such file" in capsys.readouterr().err
    for size in ("7", "many"):
        with pytest.raises(SystemExit):
            main(["scale", "--size", size, "-o", "x"])
