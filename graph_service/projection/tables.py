"""The living estate as columns in memory: loaded from a store, then moved along by its log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from graph_service.model.ci import CI, Presence
from graph_service.model.codec import ci_to_data, relationship_to_data
from graph_service.model.ids import CIId, relationship_id
from graph_service.model.relationship import Relationship
from graph_service.model.revision import Head, LogEntry, RecordType
from graph_service.projection.codes import Flags, Ints, Longs
from graph_service.projection.meaning import (
    CIMeaning,
    RelationshipMeaning,
    ci_meaning,
    relationship_meaning,
)
from graph_service.store import CIColumns, RelationshipColumns
from graph_service.store.topology import impact_attributes

_ROW_BITS, _TYPE_BITS = 25, 13
CIS_MAX = 1 << _ROW_BITS
"""Most CIs a projection takes: a relationship's ends and type share one 63-bit number."""


class UnknownEndError(Exception):
    """A relationship's end is a CI the tables do not have. After a log entry: load them afresh."""


class EstateTables:
    """Rows of CIs, and relationships as numbers that refer to them.

    A CI keeps its row for good; ``alive`` says whether it is part of the estate today. Columns are
    replaced, never changed in place, so that what was read from them stays as it was.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.ids: list[str] = []
        self.keys: list[str] = []
        self.names: list[str] = []
        self.row_by_id: dict[str, int] = {}
        self.alive: Flags = np.zeros(0, np.bool_)
        self.stale: Flags = np.zeros(0, np.bool_)
        self.class_code: Ints = np.zeros(0, np.int32)
        self.attribute_code: Ints = np.zeros(0, np.int32)
        self.relationship: Longs = np.zeros(0, np.int64)
        """Source row, target row and type, packed and in ascending order."""
        self.relationship_attribute_code: Ints = np.zeros(0, np.int32)
        self.relationship_stale: Flags = np.zeros(0, np.bool_)
        self.class_names = _Numbered()
        self.type_names = _Numbered()
        self._ci_texts = _Numbered()
        self._relationship_texts = _Numbered()
        self.ci_meanings: list[CIMeaning] = []
        self.relationship_meanings: list[RelationshipMeaning] = []
        self.by_key: Ints = np.zeros(0, np.int32)
        """Rows of living CIs in the order of their keys."""
        self._keys_moved = False

    # Loading ------------------------------------------------------------------------------------

    @classmethod
    def loaded(cls, parts: Sequence[Head | CIColumns | RelationshipColumns]) -> "EstateTables":
        """Build the tables from everything a store's topology yielded."""
        tables = cls()
        ordinals: list[int] = []
        for part in parts:
            if isinstance(part, Head):
                tables.revision = part.revision
            elif isinstance(part, CIColumns):
                ordinals.extend(part.ordinal)
                tables._add_cis(part)
        tables._add_relationships(
            np.asarray(ordinals, np.int64),
            [each for each in parts if isinstance(each, RelationshipColumns)],
        )
        tables._keys_moved = True
        tables.settle_keys()
        return tables

    def _add_cis(self, columns: CIColumns) -> None:
        first = len(self.ids)
        count = len(columns.id)
        if first + count > CIS_MAX:
            message = f"more than {CIS_MAX} CIs do not fit a projection"
            raise OverflowError(message)
        self.ids.extend(columns.id)
        self.keys.extend(columns.key)
        self.names.extend(columns.name)
        self.row_by_id.update(zip(columns.id, range(first, first + count), strict=True))
        classes = self.class_names.codes(columns.class_name)
        attributes = self._ci_codes(columns.attributes)
        stale = np.zeros(count, np.bool_)
        stale[np.asarray(columns.stale, np.int64)] = True
        self.class_code = np.concatenate([self.class_code, classes])
        self.attribute_code = np.concatenate([self.attribute_code, attributes])
        self.alive = np.concatenate([self.alive, np.ones(count, np.bool_)])
        self.stale = np.concatenate([self.stale, stale])

    def _add_relationships(self, ordinals: Longs, parts: Iterable[RelationshipColumns]) -> None:
        order = np.argsort(ordinals, kind="stable")
        ascending = ordinals[order]
        packed, codes, stales = [self.relationship], [self.relationship_attribute_code], []
        for part in parts:
            ends = [_rows(ascending, order, each) for each in (part.source, part.target)]
            types = self.type_names.codes(part.type).astype(np.int64)
            packed.append((ends[0] << (_ROW_BITS + _TYPE_BITS)) | (ends[1] << _TYPE_BITS) | types)
            codes.append(self._relationship_codes(part.attributes))
            stale = np.zeros(len(types), np.bool_)
            stale[np.asarray(part.stale, np.int64)] = True
            stales.append(stale)
        self._set_relationships(
            np.concatenate(packed),
            np.concatenate(codes),
            np.concatenate([self.relationship_stale, *stales]),
        )

    def _set_relationships(self, packed: Longs, codes: Ints, stale: Flags) -> None:
        order = np.argsort(packed, kind="stable")
        self.relationship = packed[order]
        self.relationship_attribute_code = codes[order]
        self.relationship_stale = stale[order]

    # Moving -------------------------------------------------------------------------------------

    def copy(self) -> "EstateTables":
        """Return tables that go their own way from here; columns are shared until they change."""
        twin = EstateTables()
        twin.__dict__.update(self.__dict__)
        for name in ("ids", "keys", "ci_meanings", "relationship_meanings"):
            setattr(twin, name, getattr(self, name).copy())
        twin.row_by_id = self.row_by_id.copy()
        for name in ("class_names", "type_names", "_ci_texts", "_relationship_texts"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def follow(self, entries: Sequence[LogEntry]) -> None:
        """Move along by log entries that come right after what is known.

        Raises:
            UnknownEndError: An entry speaks of a CI nothing is known of.

        """
        newest = {each.record_id: each for each in entries}.values()
        self._put_cis([each.after for each in newest if each.record_type is RecordType.CI])
        self._put_relationships(
            [each.after for each in newest if each.record_type is RecordType.RELATIONSHIP]
        )
        if entries:
            self.revision = entries[-1].revision

    def put(self, cis: Iterable[CI] = (), relationships: Iterable[Relationship] = ()) -> None:
        """Put records in the place of what is known of them; each is named once.

        Raises:
            UnknownEndError: A living relationship has an end nothing is known of.

        """
        self._put_cis([ci_to_data(each) for each in cis])
        self._put_relationships([relationship_to_data(each) for each in relationships])

    def take_out(self, ids: Iterable[str]) -> None:
        """Take CIs out of the estate, and with them all their relationships."""
        rows = np.array([self.row_by_id[each] for each in ids if each in self.row_by_id], np.int64)
        if not len(rows):
            return
        self.alive = _replaced(self.alive, rows, values=False)
        self._keys_moved = True
        kept = self.alive[self.relationship_source] & self.alive[self.relationship_target]
        self.relationship = self.relationship[kept]
        self.relationship_attribute_code = self.relationship_attribute_code[kept]
        self.relationship_stale = self.relationship_stale[kept]

    def regroup(self, places: Longs, groups: Sequence[str]) -> None:
        """Have the relationships at these places of the columns join groups, as they are."""
        texts = self._relationship_texts.words
        pairs = [*zip(self.relationship_attribute_code[places].tolist(), groups, strict=True)]
        known = sorted(set(pairs))
        said = [_text({**orjson.loads(texts[code] or "{}"), "group": name}) for code, name in known]
        codes = dict(zip(known, self._relationship_codes(said).tolist(), strict=True))
        self.relationship_attribute_code = _replaced(
            self.relationship_attribute_code, places, [codes[each] for each in pairs]
        )

    def take_out_relationships(self, ids: Collection[str]) -> None:
        """Take relationships out of the estate, by id, which is a function of ends and type."""
        if not ids:
            return
        wanted = {*ids}
        names = self.type_names.words
        ends = zip(
            self.relationship_source.tolist(),
            self.relationship_type_code.tolist(),
            self.relationship_target.tolist(),
            strict=True,
        )
        kept = np.fromiter(
            (
                relationship_id(CIId(self.ids[source]), names[code], CIId(self.ids[target]))
                not in wanted
                for source, code, target in ends
            ),
            np.bool_,
            len(self.relationship),
        )
        self.relationship = self.relationship[kept]
        self.relationship_attribute_code = self.relationship_attribute_code[kept]
        self.relationship_stale = self.relationship_stale[kept]

    def _put_cis(self, images: Sequence[Mapping[str, Any]]) -> None:
        if not images:
            return
        self.names = self.names.copy()
        fresh = [each for each in images if each["id"] not in self.row_by_id]
        self._add_cis(
            CIColumns(
                ordinal=(),
                id=[each["id"] for each in fresh],
                key=[each["key"] for each in fresh],
                name=[each["name"] for each in fresh],
                class_name=[each["class"] for each in fresh],
                attributes=[None] * len(fresh),
            )
        )
        rows = np.fromiter((self.row_by_id[each["id"]] for each in images), np.int64, len(images))
        for row, image in zip(rows.tolist(), images, strict=True):
            self.names[row] = image["name"]
        presences = [image["presence"] for image in images]
        alive = _replaced(self.alive, rows, [each != Presence.RETIRED for each in presences])
        self._keys_moved |= bool(fresh) or not np.array_equal(alive, self.alive)
        self.alive = alive
        self.stale = _replaced(self.stale, rows, [each == Presence.STALE for each in presences])
        self.class_code = _replaced(
            self.class_code, rows, self.class_names.codes([each["class"] for each in images])
        )
        texts = [_text(impact_attributes(each["attributes"])) for each in images]
        self.attribute_code = _replaced(self.attribute_code, rows, self._ci_codes(texts))

    def _put_relationships(self, images: Sequence[Mapping[str, Any]]) -> None:
        images = [each for each in images if self._is_drawn(each)]
        if not images:
            return
        ends = np.array(
            [[self.row_by_id[each["source"]], self.row_by_id[each["target"]]] for each in images],
            np.int64,
        )
        types = self.type_names.codes([each["type"] for each in images]).astype(np.int64)
        packed = (ends[:, 0] << (_ROW_BITS + _TYPE_BITS)) | (ends[:, 1] << _TYPE_BITS) | types
        codes = self._relationship_codes([_text(each["attributes"]) for each in images])
        presences = [each["presence"] for each in images]
        stale = np.array([each == Presence.STALE for each in presences], np.bool_)
        lives = np.array([each != Presence.RETIRED for each in presences], np.bool_)
        kept = ~np.isin(self.relationship, packed)
        self._set_relationships(
            np.concatenate([self.relationship[kept], packed[lives]]),
            np.concatenate([self.relationship_attribute_code[kept], codes[lives]]),
            np.concatenate([self.relationship_stale[kept], stale[lives]]),
        )

    def _is_drawn(self, image: Mapping[str, Any]) -> bool:
        """Whether a relationship can be in the tables; one that is over need not have been."""
        for end in ("source", "target"):
            if image[end] not in self.row_by_id:
                if image["presence"] != Presence.RETIRED:
                    raise UnknownEndError(image[end])
                return False
        return True

    def settle_keys(self) -> None:
        """Bring the order of keys up to date."""
        if not self._keys_moved:
            return
        known = self.by_key[self.alive[self.by_key]]
        missing = self.alive.copy()
        missing[known] = False
        rows = [*known.tolist(), *np.flatnonzero(missing).tolist()]
        # Nearly in order already, which is what this sort is good at.
        rows.sort(key=self.keys.__getitem__)
        self.by_key = np.asarray(rows, np.int32)
        self._keys_moved = False

    # Columns of relationships -------------------------------------------------------------------

    @property
    def relationship_source(self) -> Longs:
        """Rows of the sources."""
        return self.relationship >> (_ROW_BITS + _TYPE_BITS)

    @property
    def relationship_target(self) -> Longs:
        """Rows of the targets."""
        return (self.relationship >> _TYPE_BITS) & (CIS_MAX - 1)

    @property
    def relationship_type_code(self) -> Longs:
        """Numbers of the types, by ``type_names``."""
        return self.relationship & ((1 << _TYPE_BITS) - 1)

    def types_from(self, row: int) -> frozenset[str]:
        """Return the types of the relationships of which a CI is the source."""
        bits = _ROW_BITS + _TYPE_BITS
        first, end = np.searchsorted(self.relationship, [row << bits, (row + 1) << bits]).tolist()
        codes = self.relationship[first:end] & ((1 << _TYPE_BITS) - 1)
        return frozenset(self.type_names.words[each] for each in set(codes.tolist()))

    def _ci_codes(self, texts: Sequence[str | None]) -> Ints:
        codes = self._ci_texts.codes(texts)
        known = len(self.ci_meanings)
        self.ci_meanings.extend(ci_meaning(each) for each in self._ci_texts.words[known:])
        return codes

    def _relationship_codes(self, texts: Sequence[str | None]) -> Ints:
        codes = self._relationship_texts.codes(texts)
        known = len(self.relationship_meanings)
        self.relationship_meanings.extend(
            relationship_meaning(each) for each in self._relationship_texts.words[known:]
        )
        return codes


class _Numbered:
    """Words and the number each was given when it first came by."""

    def __init__(self) -> None:
        self.words: list[Any] = []
        self._number: dict[Any, int] = {}

    def copy(self) -> "_Numbered":
        twin = _Numbered()
        twin.words, twin._number = self.words.copy(), self._number.copy()
        return twin

    def codes(self, words: Sequence[Any]) -> Ints:
        number = self._number
        for word in set(words) - number.keys():
            number[word] = len(self.words)
            self.words.append(word)
        return np.fromiter(map(number.__getitem__, words), np.int32, len(words))


def _rows(ascending: Longs, order: Longs, ordinals: Sequence[int]) -> Longs:
    """Return the rows of CIs given by ordinal."""
    wanted = np.asarray(ordinals, np.int64)
    places = np.searchsorted(ascending, wanted)
    if len(wanted) and (places.max() >= len(order) or (ascending[places] != wanted).any()):
        message = "a relationship's end is not among the CIs"
        raise UnknownEndError(message)
    return order[places]


def _replaced(column: Any, rows: Longs, values: Any) -> Any:  # noqa: ANN401 - any array
    copy = column.copy()
    copy[rows] = values
    return copy


def _text(attributes: dict[str, Any]) -> str | None:
    if not attributes:
        return None
    return orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode()
