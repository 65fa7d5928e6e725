"""TechSol is a company of any size, and what its file says of itself is so."""

import re
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from discovery.collectors.estate import COLLECTOR
from graph_service import ReadingRequest
from graph_service.model.vocabulary import packaged
from seed.__main__ import main
from seed.output import written
from seed.techsol import SIZE_MAX, SIZE_MIN, techsol
from seed.techsol.clients import CLIENTS_MAX, client_count, name_of
from seed.techsol.dice import Dice
from tests.architecture.sources import ROOT
from tests.unit.discovery.reading import Read

SOFTWARE_AND_SERVICES = {
    "BusinessService",
    "TechnicalService",
    "IdentityProvider",
    "DnsService",
    "Application",
    "Api",
}


def read(*paths: Path) -> Read:
    """Read an estate as the import would."""
    (reading,) = COLLECTOR.readings(ReadingRequest(paths=list(paths)))
    return Read(events=[*reading.events], readings=[reading])


@pytest.fixture(name="file", scope="module")
def default_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write TechSol as the guide says."""
    path = tmp_path_factory.mktemp("techsol") / "techsol.yaml"
    assert main(["techsol", "-o", str(path)]) == 0
    return path


@pytest.fixture(name="company", scope="module")
def default_company(file: Path) -> Read:
    """Read TechSol at its usual size."""
    return read(file)


def said(file: Path, of_what: str) -> int:
    """Return a number from the head of a file."""
    (number,) = re.findall(rf"# .*{re.escape(of_what)}: (\d+) ", file.read_text("utf-8"))
    return int(number)


@pytest.mark.parametrize("size", [SIZE_MIN, 431, 1000, 6000])
def test_has_the_size_that_was_asked_for(tmp_path: Path, size: int) -> None:
    """To the CI; three to five relationships each, and everything valid for the vocabulary."""
    path = tmp_path / "techsol.yaml"
    assert main(["techsol", "--size", str(size), "-o", str(path)]) == 0
    company, vocabulary = read(path), packaged()

    assert company.to_the_end
    assert company.readings[0].complete
    assert len(company.cis) == size
    assert 3 * size <= len(company.relationships) <= 5 * size
    assert {each.type for each in company.relationships} <= vocabulary.relationship_types.keys()
    for each in company.cis.values():
        plain = {name for name in each.attributes if "." not in name}
        assert plain <= vocabulary.attributes(each.class_name).keys()


def test_the_same_size_and_seed_are_the_same_bytes() -> None:
    """Another seed is another company around the same well-known services."""

    def company(size: int, seed: int) -> str:
        return "".join(techsol(size, seed))

    assert company(1500, 7) == company(1500, 7)
    assert company(1500, 7) != company(1500, 8)
    keys = re.compile(r"key: (\S+)")
    known = {"site-fra1", "identity", "payments", "pg-payments-1", "hv-fra1-1-1", "desk-pl"}
    assert known <= set(keys.findall(company(SIZE_MIN, 1))) & set(keys.findall(company(1500, 8)))


def test_chance_is_the_same_everywhere() -> None:
    """The numbers are ours: no Python, no platform and no library changes them."""
    dice = Dice(1, "solution 1")

    assert [dice.below(1000) for _ in range(6)] == [973, 812, 599, 119, 747, 554]


def test_every_face_of_the_dice_comes_up() -> None:
    """About as often as any other, whatever the things are called."""
    faces = Counter(Dice(3, f"solution {n}").below(10) for n in range(5000))

    assert set(faces) == set(range(10))
    assert 400 < min(faces.values()) <= max(faces.values()) < 600


def test_keeps_nothing_of_what_it_wrote() -> None:
    """A company eight times as large takes no more memory to write."""

    def peak(size: int) -> int:
        tracemalloc.start()
        try:
            for _ in techsol(size, 1):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(8_000) < 1.2 * peak(1_000)


def test_is_a_global_company(company: Read) -> None:
    """Over 20 countries in three regions, over 500 clients in three sectors, all served."""
    sites = [each.attributes for each in company.cis.values() if each.class_name == "Site"]
    clients = {k: each for k, each in company.cis.items() if each.class_name == "Customer"}
    served = {each.target.key for each in company.relationships if each.type == "CONSUMED_BY"}

    assert len({each["country"] for each in sites}) > 20
    assert {each["region"] for each in sites} == {"EMEA", "AMER", "APAC"}
    assert len(clients) > 500
    assert Counter(each.attributes["sector"] for each in clients.values()).keys() == {
        "finance",
        "healthcare",
        "retail",
    }
    assert clients.keys() == served


def test_its_estate_is_of_many_classes_and_types(company: Read) -> None:
    """What the product can show, it can show here."""
    classes = {each.class_name for each in company.cis.values()}
    types = {each.type for each in company.relationships}

    assert len(classes) > 25
    assert {"PROVIDED_BY", "OPERATED_BY", "CONSUMED_BY", "OWNED_BY", "MANAGED_BY"} <= types
    assert {"REPLICATES_TO", "BACKED_UP_TO", "FAILS_OVER_TO", "CONNECTS_TO"} <= types


def test_no_two_clients_have_one_name() -> None:
    """However many there are."""
    names = {name_of(index) for index in range(CLIENTS_MAX)}

    assert len(names) == CLIENTS_MAX
    assert client_count(SIZE_MIN) < client_count(2_000) < client_count(SIZE_MAX) <= CLIENTS_MAX


def test_the_guide_asks_about_what_there_is(tmp_path: Path, company: Read) -> None:
    """Every CI that a question of the guide names is in one of the two estates."""
    assert main(["story", "-o", str(tmp_path / "story.yaml")]) == 0
    known = company.cis.keys() | read(tmp_path / "story.yaml").cis.keys()
    guide = (ROOT / "docs/how-to/demonstration.md").read_text("utf-8")
    asked = {
        each
        for question in re.findall(r"`impact ([a-z0-9 -]+?)(?: --duration \w+)?`", guide)
        for each in question.split()
    }

    assert len(asked) > 15
    assert asked <= known


@pytest.mark.parametrize(("attribute", "stem"), [("owner", "tool"), ("tier", "job")])
def test_some_lack_an_owner_or_a_tier(file: Path, company: Read, attribute: str, stem: str) -> None:
    """As many services and applications as the head says, and those that it names."""
    lacking = {
        key
        for key, each in company.cis.items()
        if each.class_name in SOFTWARE_AND_SERVICES and attribute not in each.attributes
    }

    count = said(file, f"without {'an owner' if attribute == 'owner' else 'a tier'}")
    assert lacking == {f"{stem}-{n}" for n in range(1, count + 1)}


def test_some_references_lead_nowhere(file: Path, company: Read) -> None:
    """As many as the head says."""
    nowhere = [
        each.target.key for each in company.relationships if each.target.key not in company.cis
    ]

    assert len(nowhere) == len(set(nowhere)) == said(file, "unresolved references")


def test_some_names_are_shared(file: Path, company: Read) -> None:
    """As many as the head says; all other names are unique."""
    names = Counter(each.name for each in company.cis.values() if each.name)

    twice = [name for name, count in names.items() if count > 1]
    assert len(twice) == said(file, "names that two CIs share")
    assert set(names.values()) == {1, 2}


def test_some_names_look_stale(file: Path, company: Read) -> None:
    """In several scripts."""
    leftovers = [each.name or "" for key, each in company.cis.items() if "leftover-" in key]

    assert len(leftovers) == said(file, "names that look stale, in several scripts")
    assert sum(not each.isascii() for each in leftovers) > 1


def test_some_links_have_no_uplink(file: Path, company: Read) -> None:
    """As many as the head says; all others know theirs."""
    unknown = [
        each
        for each in company.relationships
        if each.type == "CONNECTS_TO" and "uplink" not in each.attributes
    ]

    assert len(unknown) == said(file, "network links without an uplink")


def test_two_services_lean_on_each_other(company: Read) -> None:
    """The one circle of services."""
    between = {
        (each.source.key, each.target.key)
        for each in company.relationships
        if each.type == "DEPENDS_ON"
    }

    assert {(a, b) for a, b in between if (b, a) in between} == {
        ("orders", "inventory"),
        ("inventory", "orders"),
    }


def test_an_estate_too_large_for_one_file_becomes_several(tmp_path: Path) -> None:
    """None is larger than an import takes; read together they say the same."""
    whole = written(tmp_path / "whole.yaml", techsol(600, 1))
    parts = written(tmp_path / "parts.yaml", techsol(600, 1), bytes_max=50_000)

    assert [each.name for each in whole] == ["whole.yaml"]
    assert [each.name for each in parts[:2]] == ["parts.yaml", "parts-2.yaml"]
    assert all(each.stat().st_size <= 50_000 for each in parts)
    one, several = read(*whole), read(*parts)
    assert several.readings[0].complete
    assert several.cis.keys() == one.cis.keys()
    assert several.arrows == one.arrows
    assert len(several.relationships) == len(one.relationships)


def test_the_command_says_which_files_belong_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever imports one of two would retire what is in the other."""
    monkeypatch.setattr("seed.__main__.written", lambda path, _: [path, path.with_stem("x-2")])

    assert main(["techsol", "--size", "400", "-o", str(tmp_path / "x.yaml")]) == 0

    assert f"{tmp_path / 'x.yaml'} {tmp_path / 'x-2.yaml'}" in capsys.readouterr().err


@pytest.mark.parametrize("size", [SIZE_MIN - 1, SIZE_MAX + 1])
def test_refuses_a_size_it_cannot_have(size: int, capsys: pytest.CaptureFixture[str]) -> None:
    """And says what it can have."""
    with pytest.raises(SystemExit):
        main(["techsol", "--size", str(size), "-o", "-"])

    assert "this estate" in capsys.readouterr().err
