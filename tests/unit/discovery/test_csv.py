"""Tables, ours and other people's."""

import csv as standard_csv
import re
from pathlib import Path

import pytest

from discovery.collectors.csv import COLLECTOR
from graph_service import Progress
from tests.unit.discovery.reading import read

ROOT = Path(__file__).parent.parent.parent.parent
CIS = "key,class,name,tier\n"


def test_reads_a_table_of_cis() -> None:
    """Columns beside key, class and name are attributes; an empty cell says nothing."""
    found = read(COLLECTOR, CIS + 'a,Server,"Server, one",2\nb,Server,,\n')

    assert found.to_the_end
    assert found.cis["a"].name == "Server, one"
    assert found.cis["a"].attributes == {"tier": "2"}
    assert found.cis["a"].text_values
    assert found.cis["b"].name == "b"
    assert found.cis["b"].attributes == {}
    assert (found.cis["b"].place.line, found.readings[0].strict) == (3, True)


def test_reads_a_table_of_relationships() -> None:
    """Numbers and lists are what they are in an estate file."""
    found = read(
        COLLECTOR,
        "source,type,target,group,role,port,tolerance_minutes,channels\n"
        "a,DEPENDS_ON,b,db,STANDBY,5432,1.5,DATA; CONFIG\nb,RUNS_ON,c,,,,,\n",
    )

    assert found.to_the_end
    assert found.arrow("a DEPENDS_ON b").attributes == {
        "group": "db",
        "role": "STANDBY",
        "port": 5432,
        "toleranceMinutes": 1.5,
        "channels": ["DATA", "CONFIG"],
    }
    assert found.arrow("b RUNS_ON c").attributes == {}


def test_reads_both_in_one_import() -> None:
    """The headers tell which is which."""
    found = read(COLLECTOR, "source,type,target\na,USES,b\n", CIS + "a,Server,,\nb,Server,,\n")

    assert (sorted(found.cis), found.arrows) == (["a", "b"], {"a USES b"})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_finds_the_separator(separator: str) -> None:
    """By the columns it makes, not by how often it stands in the text."""
    header = separator.join(["key", "class", "description"])
    found = read(COLLECTOR, f"{header}\na{separator}Server{separator}x. y: z\n")

    assert found.cis["a"].attributes == {"description": "x. y: z"}


def test_believes_a_spreadsheet_about_its_separator() -> None:
    """Its first line is no header, but counts as a line."""
    found = read(COLLECTOR, "sep=;\nkey;class\na;Server\nb\n")

    assert found.cis["a"].place.line == 3
    assert found.faults[0].place.line == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_finds_the_encoding_and_says_so(encoding: str) -> None:
    """With a mark it is certain, otherwise a guess that is called one."""
    found = read(COLLECTOR, (CIS + "a,Server,Büro München,1\n").encode(encoding))

    assert found.cis["a"].name == "Büro München"
    assert ("a guess" in found.notes[0]) == (encoding == "cp1252")


def test_guesses_scripts_other_than_latin() -> None:
    """From the words, where there are enough of them."""
    text = (
        CIS
        + "a,Server,Сервер базы данных бухгалтерии,1\nb,Server,Почтовый сервер отдела продаж,2\n"
    )

    found = read(COLLECTOR, text.encode("cp1251"))

    assert found.cis["a"].name == "Сервер базы данных бухгалтерии"


def test_says_when_an_encoding_cannot_be_told() -> None:
    """Better than names that nobody wrote."""
    found = read(COLLECTOR, b"key,class\nB\x81ro,Server\n")

    assert found.codes == ["WRONG_ENCODING"]
    assert "encoding" in found.faults[0].remedy


def test_a_long_table_is_told_of_as_it_goes() -> None:
    """And its encoding is guessed from a part of it."""
    rows = "".join(f"k{n},Server,Prüfstand {n},\n" for n in range(3000))

    found = read(COLLECTOR, (CIS + rows).encode("cp1252"))

    assert found.cis["k2999"].name == "Prüfstand 2999"
    assert [each.done for each in found.events if isinstance(each, Progress)] == [
        1000,
        2000,
        3000,
        3000,
    ]


def test_an_encoding_can_be_named() -> None:
    """Then nothing is guessed."""
    found = read(
        COLLECTOR, (CIS + "a,Server,Łódź,\n").encode("cp1250"), options={"encoding": "cp1250"}
    )

    assert (found.cis["a"].name, "guess" in found.notes[0]) == ("Łódź", False)


def test_other_peoples_headers() -> None:
    """A map gives them our names; a class can be said for all."""
    found = read(
        COLLECTOR,
        "Hostname;OS\nsrv-1;Debian\n",
        options={"map": "Hostname=key, OS=operatingSystem", "class": "Server"},
    )

    assert found.cis["srv-1"].class_name == "Server"
    assert found.cis["srv-1"].attributes == {"operatingSystem": "Debian"}


def test_our_own_headers_in_any_case() -> None:
    """Spreadsheets begin words with capitals."""
    assert [*read(COLLECTOR, "Key, Class ,Name\na,Server,A\n").cis] == ["a"]
    assert read(COLLECTOR, "Source,Type,Target,Tolerance Minutes\na,USES,b,5\n").to_the_end


def test_a_quoted_cell_may_go_over_lines() -> None:
    """The lines of later rows are those of the file."""
    found = read(COLLECTOR, CIS + 'a,Server,"one\ntwo ""x""",\n\nb,Server\n')

    assert found.cis["a"].name == 'one\ntwo "x"'
    assert [each.place.line for each in found.faults] == [5]


@pytest.mark.parametrize(
    ("header", "example"),
    [("class,hostname,tier", "hostname=key"), ("class,tier", "hostname=key"), ("a,b", "a=class")],
)
def test_shows_how_to_map_a_column_that_has_no_meaning_yet(header: str, example: str) -> None:
    """An example that gave away a column we know would only move the fault."""
    faults = read(COLLECTOR, f"{header}\n").faults

    assert example in faults[-1].remedy


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "NO_HEADER", "1:1"),
        ("\n\n", "NO_HEADER", "1:1"),
        ('"key,class\n', "NO_HEADER", "1:1"),
        ("key,class,key\n", "DUPLICATE_NAME", "1:1 (key)"),
        ("key,tier\n", "MISSING_COLUMN", "1:1"),
        ("source,target\n", "MISSING_COLUMN", "1:1"),
        ("source,type,target,colour\n", "UNKNOWN_FIELD", "1:1 (colour)"),
        (CIS + "a,Server\n", "RAGGED_ROW", "1:2"),
        (CIS + "a,Server,x,1,y\n", "RAGGED_ROW", "1:2"),
        ("key,class,\na,Server,x\n", "RAGGED_ROW", "1:2"),
        (CIS + ",Server,x,1\n", "MISSING_FIELD", "1:2 (key)"),
        (CIS + "a,,x,1\n", "MISSING_FIELD", "1:2 (class)"),
        (CIS + "a,Server,x,1\na,Server,y,1\n", "DUPLICATE_KEY", "1:3 (key)"),
        (CIS + 'a,Server,"x,1\nb,Server,y,1\n', "NOT_CSV", "1:2"),
        (CIS + 'a,Server,"x"y,1\n', "NOT_CSV", "1:2"),
        (CIS + "a,Server,\0,1\n", "CONTROL_CHARACTER", "1:2"),
        ("source,type,target\na,USES,a\n", "SELF_LOOP", "1:2 (target)"),
        ("source,type,target\na,USES,\n", "MISSING_FIELD", "1:2 (target)"),
        ("source,type,target\na,USES,b\na,USES,b\n", "DUPLICATE_RELATIONSHIP", "1:3 (target)"),
        ("source,type,target,port\na,USES,b,x\n", "WRONG_TYPE", "1:2 (port)"),
        ("source,type,target,role\na,USES,b,x\n", "UNKNOWN_VALUE", "1:2 (role)"),
        ("source,type,target,channels\na,USES,b,DATA;X\n", "UNKNOWN_VALUE", "1:2 (channels[1])"),
    ],
)
def test_a_table_with_a_mistake_in_it(text: str, code: str, place: str) -> None:
    """Every mistake is placed to its line, and nothing is written."""
    found = read(COLLECTOR, text)

    assert not found.to_the_end
    assert [(each.code, str(each.place)) for each in found.faults] == [(code, place)]


def test_empty_columns_and_rows_do_not_count() -> None:
    """Spreadsheets leave them behind."""
    assert read(COLLECTOR, "key,class,,\na,Server,,\n,,,\n\n").to_the_end


def test_a_cell_of_a_million_characters() -> None:
    """More likely a quote that was never closed."""
    limit = standard_csv.field_size_limit()
    found = read(COLLECTOR, CIS + f"a,Server,{'x' * 1_000_000},1\n")

    assert [(each.code, each.place.line) for each in found.faults] == [("TOO_LARGE", 2)]
    assert standard_csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"mapp": "a=key"}, "did you mean map?"),
        ({"map": "key"}, "hostname=key"),
        ({"map": "a=key,a=class"}, "hostname=key"),
        ({"map": "nothing=key"}, "key"),
        ({"separator": "ab"}, "as in ;"),
        ({"separator": '"'}, "as in ;"),
        ({"encoding": "klingon"}, "windows-1252"),
    ],
)
def test_an_option_with_a_mistake_in_it(options: dict[str, str], hint: str) -> None:
    """An option that does nothing would be worse."""
    (fault,) = read(COLLECTOR, "key,class\na,Server\n", options=options).faults

    assert fault.code == "INVALID_OPTION"
    assert hint in fault.remedy


def test_what_is_not_in_the_encoding_it_claims() -> None:
    """Named or announced by a mark, an encoding is not guessed again."""
    assert read(COLLECTOR, b"key,class\n\xff,x\n", options={"encoding": "utf-8"}).codes == [
        "WRONG_ENCODING"
    ]
    assert read(COLLECTOR, b"\xef\xbb\xbfkey,class\n\xff,x\n").codes == ["WRONG_ENCODING"]


def test_a_list_has_a_name() -> None:
    """The collector's, or the one it is given, but never that of what people state by hand."""
    assert read(COLLECTOR, "key,class\n").readings[0].data_source == "csv"
    assert read(COLLECTOR, "key,class\n", data_source="cmdb").readings[0].data_source == "cmdb"
    assert read(COLLECTOR, "key,class\n", data_source="manual").codes == ["INVALID_DATA_SOURCE"]


def test_the_tables_that_are_documented_are_right() -> None:
    """What people copy works."""
    page = (ROOT / "docs/how-to/csv.md").read_text("utf-8")

    found = read(COLLECTOR, *re.findall(r"^```csv\n(.*?)^```", page, re.DOTALL | re.MULTILINE))

    assert found.to_the_end
    assert sorted(found.cis) == ["shop", "srv-1", "srv-2"]
    assert found.arrows == {"shop RUNS_ON srv-1", "shop RUNS_ON srv-2"}


def test_tags_stand_in_one_column_or_in_columns_of_their_own() -> None:
    """A tick is no value."""
    found = read(
        COLLECTOR,
        "key,class,tags,tag.pci,tag.team\na,Server,exempt; size=3,x,shop\nb,Server,,,\n",
    )

    assert found.cis["a"].attributes == {
        "tag.exempt": "",
        "tag.size": "3",
        "tag.pci": "",
        "tag.team": "shop",
    }
    assert found.cis["b"].attributes == {}
