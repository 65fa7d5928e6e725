"""Which files are a project, what they take from each other, and what is wrong with them."""

from pathlib import Path

import pytest

from discovery.collectors.compose import COLLECTOR
from graph_service import (
    InvalidInputError,
    Note,
    ReadingRequest,
    ReadToTheEnd,
    RelationshipObservation,
    Unreadable,
)
from tests.unit.discovery.reading import Read, read


def written(folder: Path, **files: str) -> Path:
    """Write files; a name has __ for a slash and _ for the dot before yaml."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/').replace('_', '.')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def paths(*named: Path, **options: str) -> Read:
    """Read files and folders."""
    found = Read()
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=named, options=options))
    found.events = [*reading.events]
    found.faults = [each.fault for each in found.events if isinstance(each, Unreadable)]
    return found


def test_a_project_is_named_by_its_file_the_request_or_its_folder(tmp_path: Path) -> None:
    """In this order."""
    folder = written(tmp_path / "My_Shop!", compose="services: {a: }")
    assert [*paths(folder).cis] == ["my_shop/a"]
    assert [*paths(folder / "compose.yaml", project="given").cis] == ["given/a"]

    written(folder, compose="name: own\nservices: {a: }")
    assert [*paths(folder, project="given").cis] == ["own/a"]


def test_what_has_no_name_says_how_to_get_one() -> None:
    """Bytes have no folder; a name has its rules."""
    assert read(COLLECTOR, "services: {a: }").codes == ["MISSING_PROJECT"]
    assert read(COLLECTOR, "name: My Shop\nservices: {a: }").codes == ["INVALID_PROJECT"]
    assert [*read(COLLECTOR, "services: {a: }", options={"project": "p"}).cis] == ["p/a"]


def test_a_folder_has_the_projects_that_the_engine_would_find(tmp_path: Path) -> None:
    """One a folder, the preferred name; anything else that looks like one is told of."""
    written(
        tmp_path,
        one__compose="services: {a: }",
        one__prod_compose="services: {x: }",
        two__docker_compose="not read",
        two__other="services: {x: }",
    )
    (tmp_path / "one" / "docker-compose.yml").write_text("services: {x: }", "utf-8")
    (tmp_path / "two" / "docker-compose.yml").write_text("services: {b: }", "utf-8")

    found = paths(tmp_path)

    assert [*found.cis] == ["one/a", "two/b"]
    (note,) = found.notes
    assert "docker-compose.yml" in note
    assert "prod.compose.yaml" in note
    assert "other.yaml" not in note


def test_a_folder_without_one_is_nothing_to_read(tmp_path: Path) -> None:
    """Rather than an import that does nothing."""
    written(tmp_path, values="a: b")

    with pytest.raises(InvalidInputError) as caught:
        paths(tmp_path)

    assert [each.code for each in caught.value.faults] == ["NOTHING_TO_READ"]


def test_a_file_asked_for_by_name_may_have_any(tmp_path: Path) -> None:
    """As with ``-f``."""
    folder = written(tmp_path / "p", x_prod="services: {a: }")

    assert [*paths(folder / ".." / "p" / "x.prod.yaml").cis] == ["p/a"]


def test_an_override_comes_on_top(tmp_path: Path) -> None:
    """Single values anew, the rest added to, whether the folder or its files are named."""
    folder = written(
        tmp_path / "p",
        compose="services: {a: {image: a:1, environment: [B_HOST=b, C_HOST=c], ports: ['1:1']},"
        " b: , c: }",
        compose_override="services: {a: {image: a:2, environment: {B_HOST: }, depends_on: [c]},"
        " d: }",
    )

    for named in ([folder], [folder / "compose.override.yaml", folder / "compose.yaml"]):
        found = paths(*named)
        assert found.cis["p/a"].attributes["image"] == "a:2"
        assert found.cis["p/a"].attributes["ports"] == [1]
        assert found.arrows == {"p/a DEPENDS_ON p/c"}
        assert "p/d" in found.cis


def test_none_at_all_is_a_number_too(tmp_path: Path) -> None:
    """An override may switch a service off."""
    folder = written(
        tmp_path / "p",
        compose="services: {a: {scale: 3}}",
        compose_override="services: {a: {scale: 0}}",
    )

    assert paths(folder).cis["p/a"].attributes == {"replicas": 0}


def test_tells_of_an_override_that_was_not_named(tmp_path: Path) -> None:
    """The engine would have taken it; nothing is read that was not named."""
    folder = written(
        tmp_path / "p",
        compose="services: {a: {image: a}}",
        compose_override="services: {a: {image: b}}",
    )

    found = paths(folder / "compose.yaml")

    assert found.cis["p/a"].attributes == {"image": "a"}
    assert found.notes == ["compose.override.yaml would change this, but was not named"]


def test_several_documents_of_a_file_are_one_project() -> None:
    """The later on top of the earlier."""
    found = read(COLLECTOR, "name: p\nservices: {a: {image: x}}\n---\nservices: {a: {image: y}}\n")

    assert found.cis["p/a"].attributes == {"image": "y"}


def test_two_projects_of_one_name_are_a_fault(tmp_path: Path) -> None:
    """The first is read; nothing is retired."""
    written(tmp_path, a__compose="name: p\nservices: {a: }", b__compose="name: p\nservices: {b: }")

    found = paths(tmp_path)

    assert found.codes == ["DUPLICATE_PROJECT"]
    assert "compose.yaml" in found.faults[0].remedy
    assert [*found.cis] == ["p/a"]
    assert not found.to_the_end


def test_extends_a_service_of_the_same_and_of_another_file(tmp_path: Path) -> None:
    """The other file is found in the folder, and is no project of its own."""
    folder = written(
        tmp_path / "p",
        compose="services: {a: {extends: {file: lib/base.yaml, service: deep}, image: a},"
        " b: {extends: a, depends_on: [a]}, c: {extends: {service: b}}}",
        lib__base="services: {deep: {extends: base, scale: 2}, base: {image: x, depends_on: [z]}}",
    )

    for named in ([folder], [folder / "lib" / "base.yaml", folder / "compose.yaml"]):
        found = paths(*named)
        assert found.codes == []
        assert sorted(found.cis) == ["p/a", "p/b", "p/c"]
        assert found.cis["p/b"].attributes == {"image": "a", "replicas": 2}
        assert found.arrows >= {"p/c DEPENDS_ON p/a", "p/c DEPENDS_ON p/z of compose"}
        assert found.arrow("p/b DEPENDS_ON p/a").place.document.endswith("compose.yaml")
        assert found.arrow("p/a DEPENDS_ON p/z of compose").place.document.endswith("base.yaml")


def test_includes_belong_to_the_project(tmp_path: Path) -> None:
    """Short and long, of several files, and once however often."""
    folder = written(
        tmp_path / "p",
        compose="include: [x/compose.yaml, {path: [y.yaml, z.yaml]}]\n"
        "services: {a: {depends_on: [x, y]}}",
        x__compose="name: ignored\ninclude: [../w.yaml]\nservices: {x: }\nvolumes: {v: }",
        y="include: [w.yaml]\nservices: {y: {image: '1'}}",
        z="services: {y: {image: '2'}}",
        w="services: {w: }",
    )

    found = paths(folder)

    assert found.codes == []
    assert sorted(found.cis) == ["p/a", "p/volume/v", "p/w", "p/x", "p/y"]
    assert found.cis["p/y"].attributes == {"image": "2"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("include: [gone.yaml]\nservices: {a: }", ["MISSING_FILE"]),
        ("include: ['https://example.org/x.git']\nservices: {a: }", ["MISSING_FILE"]),
        ("include: [1]\nservices: {a: }", ["INCLUDE_CYCLE"]),
        ("include: [{}]\nservices: {a: }", ["MISSING_FIELD"]),
        ("services: {a: , b: {extends: {file: gone.yaml, service: a}}}", ["MISSING_FILE"]),
        ("services: {a: , b: {extends: gone}}", ["UNKNOWN_SERVICE"]),
        ("services: {a: , b: {extends: {}}}", ["MISSING_FIELD"]),
        ("services: {a: , b: {extends: b}}", ["EXTENDS_CYCLE"]),
        ("services: {a: , b: [1]}", ["MALFORMED"]),
        ("services: {a: , b: {ports: [web]}}", ["MALFORMED"]),
        ("services: {a: , b: {ports: ['9-1']}}", ["MALFORMED"]),
        ("services: {a: , b: {ports: [70000]}}", ["MALFORMED"]),
        ("services: {a: , b: {expose: [x]}}", ["MALFORMED"]),
        ("services: {a: , b: {expose: ['1-²']}}", ["MALFORMED"]),
        ("services: {a: , b: {ports: ['999999:1']}}", ["MALFORMED"]),
        ("services: {a: , b: {scale: many}}", ["MALFORMED"]),
        ("services: {a: , b: {environment: 7}}", ["MALFORMED"]),
        ("services: {a: , b: {image: {x: y}}}", ["MALFORMED"]),
        ("services: {a: , b: {image: 1, image: 2}}", ["DUPLICATE_NAME"]),
        ("services: {a: , 'b/c': }", ["INVALID_NAME"]),
        ("services: {a: }\nvolumes: {'b/c': }", ["INVALID_NAME"]),
        ("services: {a: }\nvolumes: [x]", ["MALFORMED"]),
    ],
)
def test_what_is_wrong_hides_nothing_else(text: str, codes: list[str]) -> None:
    """Each fault has its place; the rest is read, and the reading is partial."""
    found = read(COLLECTOR, f"name: p\n{text}\n")

    assert found.codes == codes
    assert all(each.place.line for each in found.faults)
    assert [*found.cis] == ["p/a"]
    assert not found.to_the_end


@pytest.mark.parametrize("text", ["services: {", "a: b", "[1]", "7", "", "services: {a: *x}"])
def test_a_file_that_cannot_be_read_hides_no_other(text: str) -> None:
    """Whatever it is instead."""
    found = read(COLLECTOR, text, "name: p\nservices: {a: }")

    assert len(found.codes) == 1
    assert found.faults[0].place.document == "1"
    assert [*found.cis] == ["p/a"]
    assert not found.to_the_end


def test_a_circle_of_services_ends() -> None:
    """And a chain that never seems to."""
    circle = "services: {a: {extends: b}, b: {extends: c}, c: {extends: a}, d: }"
    chain = [f"s{n}: {{extends: s{n + 1}}}" for n in range(3000)]

    assert {*read(COLLECTOR, f"name: p\n{circle}").codes} >= {"EXTENDS_CYCLE"}
    found = read(COLLECTOR, f"name: p\nservices: {{{', '.join(chain)}, s3000: }}")
    assert {*found.codes} == {"EXTENDS_CYCLE", "UNKNOWN_SERVICE"}


def test_services_that_are_included_must_be_others(tmp_path: Path) -> None:
    """The project's own is read."""
    folder = written(
        tmp_path / "p",
        compose="include: [x.yaml]\nservices: {a: {image: own}}",
        x="services: {a: }",
    )

    found = paths(folder)

    assert found.codes == ["DUPLICATE_SERVICE"]
    assert found.cis["p/a"].attributes == {"image": "own"}


def test_what_was_sent_is_never_looked_for_on_this_machine(tmp_path: Path) -> None:
    """A sent document names files of whoever sent it."""
    written(tmp_path, x="services: {secret: }")
    extends = f"{{file: {tmp_path}/x.yaml, service: secret}}"
    text = f"name: p\ninclude: [x.yaml]\nservices: {{a: {{extends: {extends}}}}}"
    documents = [(str(tmp_path / "compose.yaml"), text.encode())]

    (reading,) = COLLECTOR.readings(ReadingRequest(documents=documents))

    events = [*reading.events]
    faults = [each.fault.code for each in events if isinstance(each, Unreadable)]
    assert faults == ["MISSING_FILE", "MISSING_FILE"]


def test_a_folder_that_was_sent_is_read_as_one(tmp_path: Path) -> None:
    """What stands beside a project belongs to it, as it does on disk."""
    documents = [
        ("p/compose.yaml", b"include: [x.yaml]\nservices: {a: {depends_on: [x]}}"),
        ("p/x.yaml", b"services: {x: }"),
        ("p/values.yaml", b"replicas: 3"),
        ("p/compose.prod.yaml", b"services: {y: }"),
    ]
    for name, content in documents:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    (sent,) = COLLECTOR.readings(ReadingRequest(documents=documents))
    (found,) = COLLECTOR.readings(ReadingRequest(paths=[tmp_path / "p"]))
    events = [*sent.events]

    arrows = [f"{e.source} {e.target}" for e in events if isinstance(e, RelationshipObservation)]
    assert arrows == ["p/a p/x"]
    assert any(isinstance(each, Note) and "compose.prod.yaml" in each.message for each in events)
    assert isinstance(events[-1], ReadToTheEnd)
    assert [type(each) for each in events] == [type(each) for each in found.events]
