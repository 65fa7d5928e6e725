"""Every promise of ``Collector``, kept by every collector there is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path

import orjson
import pytest

from graph_service import (
    CIObservation,
    Collector,
    Event,
    Fault,
    InvalidInputError,
    PersonObservation,
    Place,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    RelationshipObservation,
    Unreadable,
)
from graph_service.model.vocabulary import packaged
from graph_service.use_cases.intake.import_plan import ImportPlan
from tests.builders import ADA
from tests.readings import opened

FIXTURES = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True)
class Sample:
    """What a collector reads without faults, and the same with one."""

    collector: str
    files: Sequence[str]
    broken: str

    @property
    def paths(self) -> list[Path]:
        return [FIXTURES / each for each in self.files]


SAMPLES = [
    Sample("estate", ["estate/shop.yaml"], "\n  - {source: shop, type: USES}\n"),
    Sample("csv", ["csv/cis.csv", "csv/relationships.csv"], "only one cell\n"),
    Sample("kubernetes", ["kubernetes/shop.yaml"], "---\nkind: [\n"),
    Sample("people", ["people/staff.csv", "people/contractors.csv"], "only one cell\n"),
    Sample("compose", ["compose/shop.yaml", "compose/office.yaml"], "\n  broken: [a list]\n"),
]


def collectors() -> dict[str, Collector]:
    """Load every collector that is installed, as the product does."""
    return {each.name: each.load() for each in entry_points(group="graph_service.collectors")}


def test_every_collector_that_is_installed_is_tested_here() -> None:
    """A new one cannot be forgotten; each is called what people type."""
    assert sorted(collectors()) == sorted(each.collector for each in SAMPLES)
    assert all(name == each.name for name, each in collectors().items())


@pytest.fixture(params=SAMPLES, ids=lambda each: str(each.collector))
def sample(request: pytest.FixtureRequest) -> Sample:
    """Take each collector's sample in turn."""
    assert isinstance(request.param, Sample)
    return request.param


@pytest.fixture
def collector(sample: Sample) -> Collector:
    """Load the collector of the sample."""
    return collectors()[sample.collector]


def said(readings: Sequence[Reading]) -> list[Event]:
    """Return all events of all readings."""
    return [event for each in readings for event in each.events]


def records(events: Sequence[Event]) -> set[str]:
    """Return the observations without their places, in any order."""
    return {
        repr(replace(each, place=Place("")))
        for each in events
        if isinstance(each, CIObservation | RelationshipObservation | PersonObservation)
    }


def test_says_the_same_of_the_same(collector: Collector, sample: Sample) -> None:
    """A second reading of what did not change gives nothing new to think about."""
    request = ReadingRequest(paths=sample.paths)

    assert said(collector.readings(request)) == said(collector.readings(request))


def test_says_that_it_saw_all_there_was(collector: Collector, sample: Sample) -> None:
    """Last, and once a reading."""
    for reading in collector.readings(ReadingRequest(paths=sample.paths)):
        events = [*reading.events]
        assert isinstance(events[-1], ReadToTheEnd)
        assert sum(isinstance(each, ReadToTheEnd) for each in events) == 1


def test_does_not_say_so_when_something_could_not_be_read(
    collector: Collector, sample: Sample, tmp_path: Path
) -> None:
    """Then nothing may be retired. Everything else of the reading is there all the same."""
    broken = [tmp_path / each.name for each in sample.paths]
    for path, copy in zip(sample.paths, broken, strict=True):
        copy.write_text(path.read_text("utf-8") + sample.broken, encoding="utf-8")

    events = said(collector.readings(ReadingRequest(paths=broken)))

    faults = [each.fault for each in events if isinstance(each, Unreadable)]
    assert faults
    assert all(each.place.line and each.code and each.message for each in faults)
    assert not any(isinstance(each, ReadToTheEnd) for each in events)
    assert records(events) == records(said(collector.readings(ReadingRequest(paths=sample.paths))))


def test_reads_bytes_as_it_reads_files(collector: Collector, sample: Sample) -> None:
    """What arrives over the network is the same data source."""
    documents = [(each.name, each.read_bytes()) for each in sample.paths]

    from_bytes = said(collector.readings(ReadingRequest(documents=documents)))

    assert records(from_bytes) == records(
        said(collector.readings(ReadingRequest(paths=sample.paths)))
    )


def test_the_order_of_files_does_not_matter(collector: Collector, sample: Sample) -> None:
    """Whoever lists a folder lists it in some order."""
    forward = said(collector.readings(ReadingRequest(paths=sample.paths)))
    backward = said(collector.readings(ReadingRequest(paths=[*reversed(sample.paths)])))

    assert records(forward) == records(backward)


def test_speaks_the_words_of_the_vocabulary(collector: Collector, sample: Sample) -> None:
    """Classes, types and attributes there are; values that JSON can hold; ends that are named."""
    vocabulary = packaged()

    for each in said(collector.readings(ReadingRequest(paths=sample.paths))):
        match each:
            case CIObservation():
                known = vocabulary.attributes(each.class_name)
                plain = {n for n in each.attributes if not n.startswith("redundancy.")}
                assert each.native_key
                assert plain <= known.keys()
                assert orjson.dumps(dict(each.attributes))
            case RelationshipObservation():
                assert each.type in vocabulary.relationship_types
                assert each.source.key or each.source.id
                assert each.target.key or each.target.id
                assert orjson.dumps(dict(each.attributes))
            case _:
                pass


def test_every_place_says_where(collector: Collector, sample: Sample) -> None:
    """Document and line, so that a person can look it up."""
    names = {str(each) for each in sample.paths}

    for each in said(collector.readings(ReadingRequest(paths=sample.paths))):
        if isinstance(each, CIObservation | RelationshipObservation | PersonObservation):
            assert each.place.document in names
            assert each.place.line
            assert collector.locate(each.place) == each.place


def test_native_keys_are_unique(collector: Collector, sample: Sample) -> None:
    """One CI, one name in its data source; one handle as well."""
    events = said(collector.readings(ReadingRequest(paths=sample.paths)))
    cis = [each for each in events if isinstance(each, CIObservation)]
    people = [each for each in events if isinstance(each, PersonObservation)]

    assert len({each.native_key for each in cis}) == len(cis)
    assert len({each.key or each.native_key for each in cis}) == len(cis)
    assert len({each.native_key for each in people}) == len(people)


def test_no_secret_gets_out(collector: Collector, sample: Sample) -> None:
    """Not into records, notes or faults, whatever the documents hold."""
    text = "".join(each.read_text("utf-8") for each in sample.paths)
    assert ("hunter2" in text) == (sample.collector in {"compose", "kubernetes"})
    documents = [("file", (text + sample.broken).encode())]

    events = said(collector.readings(ReadingRequest(documents=documents)))

    assert "hunter2" not in repr(events)
    assert "hunter2" not in " ".join(str(e.fault) for e in events if isinstance(e, Unreadable))


def test_progress_never_passes_its_end(collector: Collector, sample: Sample) -> None:
    """A bar that goes back or over is worse than none."""
    events = said(collector.readings(ReadingRequest(paths=sample.paths)))
    steps = [each for each in events if isinstance(each, Progress)]

    assert steps
    assert [each.done for each in steps] == sorted(each.done for each in steps)
    assert all(each.total is None or each.done <= each.total for each in steps)


def test_is_complete_if_the_request_says_so(collector: Collector, sample: Sample) -> None:
    """Whoever names all there is may say that it is."""
    request = ReadingRequest(paths=sample.paths, complete=True)

    assert all(each.complete for each in collector.readings(request))


def test_is_named_as_the_request_says_unless_it_names_itself(
    collector: Collector, sample: Sample
) -> None:
    """Two clusters, two lists: two data sources."""
    (reading,) = collector.readings(ReadingRequest(paths=sample.paths, data_source="mine"))

    assert reading.data_source == ("shop-team" if sample.collector == "estate" else "mine")
    assert reading.collector == sample.collector


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02", b"\xff\xfe\xfd" * 100, b"\x89PNG\r\n\x1a\n\x00"]
)
def test_refuses_what_is_no_text(collector: Collector, content: bytes) -> None:
    """A picture by mistake: an error or an unreadable document, never half a reading."""
    request = ReadingRequest(documents=[("picture", content)])
    faults: Sequence[Fault] = []
    events: list[Event] = []
    try:
        events = said(collector.readings(request))
    except InvalidInputError as error:
        faults = error.faults

    faults = [*faults, *(each.fault for each in events if isinstance(each, Unreadable))]
    assert {each.place.document for each in faults} == {"picture"}
    assert records(events) == set()
    assert not any(isinstance(each, ReadToTheEnd) for each in events)


def test_refuses_paths_that_are_not_there(collector: Collector, tmp_path: Path) -> None:
    """All of them at once, before anything is read."""
    with pytest.raises(InvalidInputError) as caught:
        collector.readings(ReadingRequest(paths=[tmp_path / "a", tmp_path / "b"]))

    assert [Path(each.place.document).name for each in caught.value.faults] == ["a", "b"]


def test_refuses_to_read_nothing(collector: Collector) -> None:
    """A request without documents is a mistake of whoever makes it."""
    with pytest.raises(InvalidInputError):
        collector.readings(ReadingRequest())


@pytest.mark.anyio
async def test_a_second_import_writes_nothing(
    collector: Collector, sample: Sample, tmp_path: Path
) -> None:
    """What is taken in as a whole is known when it comes again, in whatever order."""
    async with opened(tmp_path / "estate.db") as estate:

        async def imported(paths: Sequence[Path]) -> ImportPlan:
            (reading,) = collector.readings(ReadingRequest(paths=paths))
            plan = await estate.intake.plan(reading, collector=collector, actor=ADA)
            await estate.apply(plan)
            return plan

        first = await imported(sample.paths)
        second = await imported([*reversed(sample.paths)])

        assert first.cis.created + first.people.created > 0
        assert not first.quarantined
        assert not second.changes_anything
        # People are no part of the estate, so that what is known of them can be erased.
        assert (await estate.revision() > 0) == (first.cis.created > 0)
