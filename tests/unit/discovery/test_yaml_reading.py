"""Documents that people write by hand, and those written to do harm."""

from typing import Any

import pytest

from discovery.formats.marked import unmarked
from discovery.formats.yaml_faults import UnreadableYamlError
from discovery.formats.yaml_reading import DEPTH_MAX, YamlReading
from graph_service import Fault


def value(text: str) -> Any:  # noqa: ANN401 - whatever the text says
    """Return the value of the only document of a text without faults."""
    reading = YamlReading(text.encode(), "file")
    assert reading.next_document()
    read = reading.value()
    assert reading.faults == []
    assert not reading.next_document()
    return unmarked(read)


def stopped(text: str) -> Fault:
    """Return the fault at which reading cannot go on."""

    def to_the_end() -> None:
        reading = YamlReading(text.encode(), "file")
        while reading.next_document():
            reading.value()

    with pytest.raises(UnreadableYamlError) as caught:
        to_the_end()
    return caught.value.fault


def faults(text: str) -> list[str]:
    """Return the faults that reading goes on after."""
    reading = YamlReading(text.encode(), "file")
    while reading.next_document():
        reading.value()
    return [
        f"{each.code} {each.place.line}:{each.place.column} {each.place.path}"
        for each in reading.faults
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("=", "="),
        ("0123", "0123"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("1.10", "1.10"),
        ("-0", "-0"),
        (".nan", ".nan"),
        ("12:30:45", "12:30:45"),
        ("2026-03-01", "2026-03-01"),
        ("123456789012345678901", "123456789012345678901"),
        ("1.5", 1.5),
        ("-12", -12),
        ("true", True),
        ("True", "True"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("~", None),
        ("null", None),
        ("!!str 12", "12"),
        ("!!int 12", 12),
        ("!!null x", None),
        ("! 12", "12"),
    ],
)
def test_a_scalar_is_a_number_only_if_that_loses_nothing(written: str, meant: object) -> None:
    """What people write in a file is what they find in the estate."""
    read = value(f"x: {written}")["x"]

    assert read == meant
    assert type(read) is type(meant)


def test_names_are_text_however_they_look() -> None:
    """A key called NO, 12 or null is that word."""
    assert value("NO: 1\n12: 2\nnull: 3\ntrue: 4") == {"NO": 1, "12": 2, "null": 3, "true": 4}


def test_json_is_yaml() -> None:
    """What programs write is read as well, pairs of UTF-16 escapes and tabs included."""
    text = '{\n\t"a": ["\\ud83d\\ude00", "\\u00e9", "a\\/b", "\\\\ud83d"],\n\t"n": null\n}'

    assert value(text) == {"a": ["😀", "é", "a/b", "\\ud83d"], "n": None}


def test_aliases_and_merges_are_unfolded() -> None:
    """What is written once can be used twice; what is written beside a merge wins."""
    text = "base: &b {tier: 1, zone: a}\nx: {<<: *b, tier: 2}\ny: *b\nz: {<<: [*b, {q: 1}]}"

    assert value(text) == {
        "base": {"tier": 1, "zone": "a"},
        "x": {"tier": 2, "zone": "a"},
        "y": {"tier": 1, "zone": "a"},
        "z": {"tier": 1, "zone": "a", "q": 1},
    }


def test_a_name_can_be_used_again_as_well() -> None:
    """Anchors stand on names too."""
    assert value("&a name: 1\nx: *a") == {"name": 1, "x": "name"}


def test_refuses_aliases_that_unfold_without_end() -> None:
    """A kilobyte must not become a gigabyte."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    fault = stopped("\n".join(lines))

    assert (fault.code, fault.place.line, fault.place.path[:2]) == ("ALIAS_BOMB", 6, "a5")


def test_a_large_file_may_say_a_few_things_often() -> None:
    """Ten thousand records that share what they have in common are no attack."""
    shared = "{" + ", ".join(f"n{n}: {n}" for n in range(60)) + "}"
    records = "\n".join(f"- {{a: {n}, b: *s, c: x, d: y, e: z}}" for n in range(10_000))

    assert len(value(f"- &s {shared}\n{records}")) == 10_001


def test_refuses_a_value_that_contains_itself() -> None:
    """There is no end to it."""
    fault = stopped("a: &a [1, *a]")

    assert fault.code == "ALIAS_CYCLE"
    assert fault.remedy


def test_refuses_an_alias_of_nothing() -> None:
    """An anchor counts from where it stands, and in its document only."""
    assert stopped("a: *b\nb: &b 1").code == "UNKNOWN_ALIAS"
    assert stopped("a: &a 1\n---\nb: *a").code == "UNKNOWN_ALIAS"


def test_refuses_what_is_nested_too_deeply() -> None:
    """A million brackets are no estate; the depth that people use is fine."""
    assert stopped("[\n" * 1_000_000).code == "TOO_DEEP"
    assert value("[" * DEPTH_MAX + "]" * DEPTH_MAX) is not None


def test_refuses_to_pass_over_what_is_nested_too_deeply() -> None:
    """Not looking at it is no excuse for going down all the way."""
    reading = YamlReading(b"[\n" * 1_000_000, "file")
    reading.next_document()

    with pytest.raises(UnreadableYamlError, match="nested deeper"):
        reading.skip()


def test_finds_all_it_can_read_past() -> None:
    """One reading tells of every duplicate, tag and odd name, with its place."""
    text = "a:\n  b: 1\n  b: 2\nc: !vault x\n? [d]\n: e\ng: {<<: 1}"

    assert faults(text) == [
        "DUPLICATE_NAME 3:3 a.b",
        "UNKNOWN_TAG 4:4 c",
        "COMPLEX_KEY 5:3 ",
        "MERGE 7:5 g",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\n{{- if .Values.on }}\nb: 2\n{{- end }}\n", (2, 1)),
        ("a: {% if x %}\n", (1, 4)),
        ("a: b\n  c: {{ x }}: y\n", (2, 6)),
    ],
)
def test_says_that_a_template_is_not_yaml_yet(text: str, place: tuple[int, int]) -> None:
    """Whoever reads a chart is told to render it, not about brackets."""
    fault = stopped(text)

    assert (fault.code, (fault.place.line, fault.place.column)) == ("TEMPLATE", place)
    assert "helm template" in fault.remedy


def test_says_that_a_template_is_not_yaml_even_where_it_happens_to_be() -> None:
    """Two braces around a name are YAML, but nobody means it."""
    assert faults("a: {{ .Values.x }}\nb: 1") == ["TEMPLATE 1:5 a"]


def test_a_quoted_brace_is_no_template() -> None:
    """Text may have braces in it; what is wrong elsewhere is told."""
    assert stopped('a: "{{ x }}"\nb: [1').code == "NOT_YAML"
    assert stopped("# {{ x }}\nb: [1").code == "NOT_YAML"


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ('a: 1\nb: "abc', (2, 8), "cut off"),
        ("a: [1, 2", (2, 1), "cut off"),
        ("a:\n\tb: 1", (2, 1), "never with tabs"),
        ("a: b: c\nd: 1", (1, 5), "quotes"),
        ("a: @x\nd: 1", (1, 4), "quotes"),
        ("a: 1\n b: 2\nc: 3", (2, 3), "indentation"),
        ("a: [1\nb: 2\nc: 3", (2, 2), "brackets"),
        ("é: é\nb: é\x80x", (2, 5), "this line"),
    ],
)
def test_says_where_and_why_text_is_not_yaml(
    text: str, place: tuple[int, int], remedy: str
) -> None:
    """Line, column and what to do: the parser's words alone help nobody."""
    fault = stopped(text)

    assert (fault.code, (fault.place.line, fault.place.column)) == ("NOT_YAML", place)
    assert remedy in fault.remedy


def test_counts_lines_from_the_beginning_of_the_document() -> None:
    """A part of a document is read by itself; its places are those of the whole."""
    reading = YamlReading(b"a:\n  b: !x 1", "file", first_line=10)
    reading.next_document()
    reading.value()

    assert [(each.place.line, each.place.column) for each in reading.faults] == [(12, 6)]


def test_reads_names_in_any_script() -> None:
    """Whoever writes in Greek or with emoji is understood; columns count characters."""
    assert value("Ωμέγα: 決済\n😀: ‎ש") == {"Ωμέγα": "決済", "😀": "‎ש"}
