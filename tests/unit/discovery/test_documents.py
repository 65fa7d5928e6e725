"""Which documents are read, and which cannot be."""

import io
import sys
from pathlib import Path

import pytest

from discovery.formats import documents
from discovery.formats.documents import documents_of
from graph_service import InvalidInputError, ReadingRequest


def refused(request: ReadingRequest, suffixes: tuple[str, ...] = ()) -> list[str]:
    """Return the codes of why nothing is read."""
    with pytest.raises(InvalidInputError) as caught:
        documents_of(request, suffixes)
    return [each.code for each in caught.value.faults]


def test_names_every_path_that_cannot_be_read(tmp_path: Path) -> None:
    """All at once: not the first alone."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    paths = [tmp_path / "missing", tmp_path / "link", tmp_path, Path("nul\0byte")]

    assert refused(ReadingRequest(paths=paths)) == [
        "CANNOT_OPEN",
        "CANNOT_OPEN",
        "IS_A_FOLDER",
        "CANNOT_OPEN",
    ]


def test_finds_what_is_in_folders_below(tmp_path: Path) -> None:
    """In a fixed order, without hidden folders, and each file once."""
    for name in ("b.yaml", "a.yml", "sub/c.JSON", "d.txt", ".git/e.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "sub/up").symlink_to(tmp_path)
    request = ReadingRequest(paths=[tmp_path, tmp_path / "b.yaml"])

    found = documents_of(request, (".yaml", ".yml", ".json"))

    assert [Path(each.name).name for each in found] == ["a.yml", "b.yaml", "c.JSON"]
    assert all(each.found for each in found)


def test_refuses_a_folder_with_nothing_in_it(tmp_path: Path) -> None:
    """Silence would look like an empty cluster."""
    assert refused(ReadingRequest(paths=[tmp_path]), (".yaml",)) == ["NOTHING_TO_READ"]


def test_refuses_two_documents_of_one_name() -> None:
    """An error could not say which."""
    assert refused(ReadingRequest(documents=[("a", b"1"), ("a", b"2")])) == ["DUPLICATE_DOCUMENT"]


def test_refuses_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read, and with a remedy; also where a file does not say how large it is."""
    monkeypatch.setattr(documents, "DOCUMENT_BYTES_MAX", 100)
    (tmp_path / "large").write_bytes(b"x" * 101)
    request = ReadingRequest(paths=[tmp_path / "large"], documents=[("also", b"x" * 101)])

    assert refused(request) == ["TOO_LARGE", "TOO_LARGE"]
    endless = documents_of(ReadingRequest(paths=[Path("/dev/zero")]))[0]
    with pytest.raises(InvalidInputError):
        endless.read()


def test_reads_standard_input_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the readings twice sees the same."""
    documents._standard_input.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hello")))
    request = ReadingRequest(paths=[Path("-")])

    assert [documents_of(request)[0].read() for _ in range(2)] == [b"hello", b"hello"]
    documents._standard_input.cache_clear()
