"""Conditions ↔ the text that people type: ``class:Server tier<=1 not (region:LAB or tag:exempt)``.

Terms beside each other all hold; ``or`` binds less than that, ``not`` more, parentheses group. A
term is ``NAME:VALUE`` (one of several: ``a,b``), ``NAME^=`` (begins with), ``NAME~`` (has in it),
``NAME>=``, ``NAME<=``; a word alone is looked for in all text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from graph_service.model.condition.tree import (
    DEPTH_MAX,
    EVERYTHING,
    TAG_PREFIX,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Attribute,
    ChangedSince,
    Condition,
    Conflicting,
    Contains,
    End,
    Exists,
    Incomplete,
    IsCI,
    KnownTo,
    Leaf,
    Match,
    Not,
    OfClass,
    OneOf,
    Orphan,
    OwnedBy,
    Ref,
    RefBy,
    Related,
    Saved,
    Scalar,
    Stale,
    StartsWith,
    Text,
    ValueBearing,
    Within,
    simplified,
)
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.vocabulary.vocabulary import nearest

LENGTH_MAX = 10_000

_NESTED_MAX = 4 * DEPTH_MAX
_BLANK = re.compile(r"\s*")
_KEYWORD = re.compile(r"(?:and|or|not)(?=[\s()]|$)", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z_][\w.\-/]*?(?=\^=|>=|<=|[:=~<>])")
_OPERATOR = re.compile(r"\^=|>=|<=|[:=~<>]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
BARE = re.compile(r'[^\s(),"]+')
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_RELATED = re.compile(r"(?P<types>[A-Z0-9_|]*)(?:(?P<way>->|<-|--)(?P<to>.*))?", re.DOTALL)
_TRUTH = {"true": True, "false": False}
ALIASES = {"env": "environment", "support": "supportGroup", "state": "operationalState"}
FLAGS: dict[str, Leaf] = {
    "stale": Stale(),
    "orphan": Orphan(),
    "conflicting": Conflicting(),
    "incomplete": Incomplete(),
    "value-bearing": ValueBearing(),
}
WAYS = {"->": End.SOURCE, "<-": End.TARGET, "--": None}

L = TypeVar("L", bound=Leaf)


@dataclass(frozen=True, slots=True)
class _Value:
    """A value as it was typed."""

    text: str
    is_quoted: bool
    at: int

    @property
    def scalar(self) -> Scalar:
        """What it stands for."""
        return self.text if self.is_quoted else scalar_of(self.text)


def scalar_of(text: str) -> Scalar:
    """Return what a bare word stands for: a number only if it is written as numbers are."""
    if text in _TRUTH:
        return _TRUTH[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text) and str(float(text)) == text:
        return float(text)
    return text


def condition_of_text(text: str, place: Place | None = None) -> Condition:
    """Read a condition that somebody typed; ``place`` says where it stands.

    Raises:
        InvalidInputError: Naming the position, what was expected there, and the nearest name.

    """
    return _Reader(text, place or Place("where")).condition()


def text_place(text_at: int, place: Place | None = None) -> Place:
    """Return the place of a leaf that was read from text; ``text_at`` is where it begins."""
    base = place or Place("where")
    if text_at < 0:
        return base
    path = base.path or ("" if base.document == "where" else "where")
    return Place(base.document, path, column=text_at + 1)


class _Reader:
    """Reads one text from the left."""

    def __init__(self, text: str, place: Place) -> None:
        self._text = text
        self._place = place
        self._at = 0
        self._nested = 0

    def condition(self) -> Condition:
        if len(self._text) > LENGTH_MAX:
            self._refuse(f"is {len(self._text):,} characters long", 0, f"at most {LENGTH_MAX:,}")
        if not self._text.strip():
            return EVERYTHING
        found = self._either()
        if not self._is_at_end():
            self._refuse("closes a parenthesis that nothing opened", self._at, "take it out")
        return simplified(found)

    def _either(self) -> Condition:
        parts = [self._together()]
        while self._keyword("or"):
            parts.append(self._together())
        return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _together(self) -> Condition:
        parts = [self._negated()]
        while not self._is_at_end() and self._text[self._at] != ")" and not self._sees("or"):
            self._keyword("and")
            parts.append(self._negated())
        return AllOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _negated(self) -> Condition:
        negations = 0
        while self._keyword("not"):
            negations += 1
        found = self._one()
        return Not(found) if negations % 2 else found

    def _one(self) -> Condition:
        if self._is_at_end() or self._text[self._at] == ")" or self._sees("or"):
            self._refuse("a condition is missing", self._at, "write one, such as class:Server")
        if self._text[self._at] != "(":
            return self._term()
        opened = self._at
        self._at += 1
        self._nested += 1
        if self._nested > _NESTED_MAX:
            self._refuse("is nested too deeply", opened, "take parentheses out")
        is_empty = not self._is_at_end() and self._text[self._at] == ")"
        found = EVERYTHING if is_empty else self._either()
        if self._is_at_end():
            self._refuse("this parenthesis is not closed", opened, "close it with )")
        self._at += 1
        self._nested -= 1
        return found

    def _term(self) -> Condition:
        at = self._at
        name = self._name()
        if name is None:
            return self.words([self._value()], of_names=False)
        operator = _OPERATOR.match(self._text, self._at)
        assert operator  # noqa: S101 - a name is only one before an operator
        self._at = operator.end()
        sign = operator[0].replace("=", ":") if operator[0] == "=" else operator[0]
        return self._said(ALIASES.get(name, name), sign, at)

    def _name(self) -> str | None:
        """Read a name if an operator follows, quoted or not; otherwise stay."""
        if found := NAME.match(self._text, self._at):
            self._at = found.end()
            return found[0]
        quoted = _QUOTED.match(self._text, self._at)
        if quoted and _OPERATOR.match(self._text, quoted.end()):
            self._at = quoted.end()
            return _unescaped(quoted[1])
        return None

    def _said(self, name: str, sign: str, at: int) -> Condition:
        if name not in _SPECIAL:
            return Attribute(name, self._match(name, sign), at=at)
        if sign != ":":
            self._refuse(f"{name} is not compared with {sign}", at, f"write {name}:…")
        values = [self._value(has_parts=name == "tag")]
        if name == "tag":
            return self._tag(values[0], at)
        while self._takes(","):
            values.append(self._value())
        return _SPECIAL[name](self, values, at)

    def _match(self, name: str, sign: str) -> Match:
        first = self._value()
        bound = first.text if isinstance(first.scalar, bool) else first.scalar
        match sign:
            case "~":
                return Contains(first.text)
            case "^=":
                return StartsWith(first.text)
            case ">=":
                return AtLeast(bound)
            case "<=":
                return AtMost(bound)
            case "<" | ">":
                message = f"{name}{sign} is not a comparison"
                self._refuse(message, first.at - 1, f"write {name}{sign}=…")
        values = [first.scalar]
        while self._takes(","):
            values.append(self._value().scalar)
        return OneOf(tuple(values))

    def _tag(self, tag: _Value, at: int) -> Condition:
        match_: Match = OneOf((self._value().text,)) if self._takes("=") else Exists()
        return Attribute(TAG_PREFIX + tag.text, match_, at=at)

    def words(self, values: Sequence[_Value], *, of_names: bool) -> Condition:
        for each in values:
            if not each.text:
                self._refuse("looks for no word", each.at, "write one between the quotation marks")
        return _any([Text(each.text, of_names=of_names) for each in values])

    def flags(self, values: Sequence[_Value], _at: int) -> Condition:
        for each in values:
            if each.text not in FLAGS:
                near = nearest(each.text, FLAGS, 1)
                remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(FLAGS)}"
                self._refuse(f"is:{each.text} is nothing one can ask", each.at, remedy)
        return _any([FLAGS[each.text] for each in values])

    def related(self, values: Sequence[_Value], at: int) -> Condition:
        return _any([self._one_related(each, at) for each in values])

    def _one_related(self, value: _Value, at: int) -> Condition:
        found = _RELATED.fullmatch(value.text)
        remedy = "write related:DEPENDS_ON->KEY, or with <- or -- and *"
        if found is None or not (found["types"] or found["way"]):
            self._refuse(f"{value.text!r} is no relationship", value.at, remedy)
        to = found["to"]
        if found["way"] and not to:
            self._refuse("says a direction and no CI", value.at, remedy)
        return Related(
            frozenset(filter(None, found["types"].split("|"))),
            WAYS[found["way"]] if found["way"] else None,
            None if to in {None, "*"} else Ref(RefBy.TEXT, to),
            at=at,
        )

    def since(self, values: Sequence[_Value], at: int) -> Condition:
        if len(values) > 1:
            self._refuse("is one moment only", values[1].at, "take the others out")
        moment = values[0].scalar
        if isinstance(moment, bool | float):
            moment = values[0].text
        return ChangedSince(moment, at=at)

    def _value(self, *, has_parts: bool = False) -> _Value:
        at = self._at
        if quoted := _QUOTED.match(self._text, at):
            self._at = quoted.end()
            return _Value(_unescaped(quoted[1]), is_quoted=True, at=at)
        if self._text.startswith('"', at):
            self._refuse("this quotation is not closed", at, 'close it with "')
        bare = BARE.match(self._text, at)
        if bare is None:
            self._refuse("a value is missing", at, "write one; put it in quotes if it has blanks")
        text = bare[0].partition("=")[0] if has_parts else bare[0]
        self._at += len(text)
        if not text:
            self._refuse("a value is missing", at, "write one")
        return _Value(text, is_quoted=False, at=at)

    def _takes(self, sign: str) -> bool:
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _sees(self, word: str) -> bool:
        found = _KEYWORD.match(self._text, self._at)
        return found is not None and found[0].lower() == word

    def _keyword(self, word: str) -> bool:
        if self._is_at_end() or not self._sees(word):
            return False
        self._at += len(word)
        return True

    def _is_at_end(self) -> bool:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._at >= len(self._text)

    def _refuse(self, message: str, at: int, remedy: str) -> NoReturn:
        place = text_place(at, self._place)
        raise InvalidInputError(
            [Fault(code="BAD_CONDITION", message=message, place=place, remedy=remedy)]
        )


def _any(conditions: Sequence[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))


def _refs(by: RefBy) -> "_Special":
    def read(_: _Reader, values: Sequence[_Value], at: int) -> Condition:
        return IsCI(tuple(Ref(by, each.text) for each in values), at=at)

    return read


_Special = Callable[[_Reader, Sequence[_Value], int], Condition]
_SPECIAL: dict[str, _Special] = {
    "ci": _refs(RefBy.TEXT),
    "id": _refs(RefBy.ID),
    "class": lambda _, values, at: OfClass(frozenset(each.text for each in values), at=at),
    "tag": lambda _, values, at: Attribute(TAG_PREFIX + values[0].text, Exists(), at=at),
    "within": lambda _, values, at: _any(
        [Within(Ref(RefBy.TEXT, each.text), at=at) for each in values]
    ),
    "related": _Reader.related,
    "source": lambda _, values, _at: KnownTo(frozenset(each.text for each in values)),
    "is": _Reader.flags,
    "has": lambda _, values, at: _any(
        [Attribute(ALIASES.get(each.text, each.text), Exists(), at=at) for each in values]
    ),
    "since": _Reader.since,
    "text": lambda reader, values, _at: reader.words(values, of_names=False),
    "called": lambda reader, values, _at: reader.words(values, of_names=True),
    "owned-by": lambda _, values, at: _any([OwnedBy(each.text, at=at) for each in values]),
    "query": lambda _, values, at: _any([Saved(each.text, at=at) for each in values]),
}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
