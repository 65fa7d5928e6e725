"""Which documents are read, and which cannot be."""

import io
import os
import sys
from pathlib import Path
from threading import Thread

import pytest

from discovery.formats import documents
from discovery.formats.documents import documents_of, is_file_of_ours
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
    assert refused(ReadingRequest(paths=[Path("/dev/zero")])) == ["TOO_LARGE"]
    grown = tmp_path / "grown"
    grown.write_bytes(b"x")
    (document,) = documents_of(ReadingRequest(paths=[grown]))
    grown.write_bytes(b"x" * 101)
    with pytest.raises(InvalidInputError, match="larger than"):
        document.read()


def test_reads_a_pipe_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever asks for the readings twice sees the same, of standard input or of any other pipe."""
    documents._read_once.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hello")))
    os.mkfifo(tmp_path / "pipe")
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=(b"world",))
    writer.start()
    request = ReadingRequest(paths=[Path("-"), tmp_path / "pipe"])

    found = [[each.read() for each in documents_of(request)] for _ in range(2)]

    writer.join()
    assert found == [[b"hello", b"world"]] * 2
    documents._read_once.cache_clear()


def test_knows_files_of_ours_from_names_that_somebody_sent(tmp_path: Path) -> None:
    """A document called like a file is not that file."""
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    documents_of(ReadingRequest(paths=[tmp_path / "a"]))
    documents_of(ReadingRequest(documents=[(str(tmp_path / "b"), b"x")]))

    assert is_file_of_ours(str(tmp_path / "a"))
    assert not is_file_of_ours(str(tmp_path / "b"))


def test_remembers_only_so_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest."""
    monkeypatch.setattr(documents, "_FILES_MAX", 2)
    names = [tmp_path / name for name in "abc"]
    for each in names:
        each.write_text("x")
    documents_of(ReadingRequest(paths=names))

    assert [is_file_of_ours(str(each)) for each in names] == [False, True, True]
