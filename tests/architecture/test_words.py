"""The words of the glossary, and no others."""

import re

from tests.architecture.sources import PRODUCT, ROOT, modules, names_defined

ROW = re.compile(r"^\| (?P<word>[^|]+) \| [^|]+ \| (?P<rejected>[^|]*) \|$", re.MULTILINE)
WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")

FORMAT_WORDS = {
    # Words of formats that are not ours, in the modules that read them.
    "parent": "graph_service/cli/reference.py",
    "edge": "graph_service/api",
}


def rejected_words() -> set[str]:
    """Return the last column of the glossary."""
    text = (ROOT / "docs/glossary.md").read_text("utf-8")
    cells = [match["rejected"] for match in ROW.finditer(text)][1:]
    return {word.strip() for cell in cells for word in cell.split(",") if word.strip().isalpha()}


def test_the_glossary_rejects_words() -> None:
    """The table is where this test looks for it."""
    assert {"upstream", "parent", "edge", "seed"} <= rejected_words()


def test_names_are_made_of_the_glossarys_words() -> None:
    """One word for one thing: synonyms that mean opposite things to others stay out."""
    rejected = rejected_words() - {"seed"}  # a random seed and the seed folder are meant otherwise
    found = [
        f"{path}: {name}"
        for path, text in modules(*PRODUCT)
        for name in names_defined(text)
        for word in WORDS.findall(name)
        if word.lower() in rejected
        and not str(path).startswith(FORMAT_WORDS.get(word.lower(), "nowhere"))
    ]

    assert found == []
