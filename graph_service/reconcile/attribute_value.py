"""A value as somebody wrote it → the value an attribute's definition asks for, or why not."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import TypeAdapter, ValidationError

from graph_service.model.vocabulary import AttributeDefinition, AttributeType
from graph_service.model.vocabulary.vocabulary import nearest
from graph_service.reconcile.texts import Misfit, shown, text_misfit

WHOLE_NUMBER_MAX = 2**63 - 1
JSON_BYTES_MAX = 1_000_000
JSON_DEPTH_MAX = 20
LIST_LENGTH_MAX = 10_000

_DURATION: TypeAdapter[timedelta] = TypeAdapter(timedelta)
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MAC = re.compile(r"(?:[0-9a-f]{12}|[0-9a-f]{16})")


def fitted(definition: AttributeDefinition, value: Any, *, from_text: bool = False) -> Any:  # noqa: ANN401 - JSON in, JSON or Misfit out
    """Return a value in its canonical form, or the ``Misfit`` that says why it is none.

    ``None`` is always a value: somebody states that there is none. ``from_text`` reads text as the
    type asks, for documents in which everything is text.
    """
    if value is None:
        return None
    if not definition.list:
        return _one(definition, value, from_text=from_text)
    if from_text and isinstance(value, str):
        value = [part.strip() for part in value.split(";") if part.strip()]
    if not isinstance(value, list | tuple):
        return Misfit("is a list", f"write [{_repeated(definition, value)}]")
    if len(value) > LIST_LENGTH_MAX:
        return Misfit(f"has {len(value):,} values", f"at most {LIST_LENGTH_MAX:,} fit in a list")
    values = [_one(definition, each, from_text=from_text) for each in value]
    for index, each in enumerate(values):
        if isinstance(each, Misfit):
            return Misfit(f"value {index + 1} of the list {each.message}", each.remedy)
    return values


def _one(definition: AttributeDefinition, value: Any, *, from_text: bool) -> Any:  # noqa: ANN401 - as above
    if from_text and definition.type in _FROM_TEXT:
        value = _FROM_TEXT[definition.type](value)
        if isinstance(value, Misfit):
            return value
    found = _READERS[definition.type](definition, value)
    if isinstance(found, (Misfit, bool)) or not isinstance(found, int | float):
        return found
    if definition.minimum is not None and found < definition.minimum:
        return Misfit(f"{found} is too small", f"the least is {definition.minimum:g}")
    if definition.maximum is not None and found > definition.maximum:
        return Misfit(f"{found} is too large", f"the most is {definition.maximum:g}")
    return found


def _repeated(definition: AttributeDefinition, value: object) -> str:
    """Return a value for a message, unless the value is nobody's business."""
    return "the value" if definition.sensitive else shown(value)


def _not_a(definition: AttributeDefinition, value: object, what: str, remedy: str = "") -> Misfit:
    return Misfit(f"{_repeated(definition, value)} is not {what}", remedy)


def _text(definition: AttributeDefinition, value: object) -> object:
    if not isinstance(value, str):
        return _not_a(definition, value, "text", "put it in quotes")
    return text_misfit(value) or value


def _integer(definition: AttributeDefinition, value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return _not_a(definition, value, "a whole number", "write digits, without quotes")
    if abs(value) > WHOLE_NUMBER_MAX:
        return Misfit("is too large a number", f"the most is {WHOLE_NUMBER_MAX}")
    return value


def _decimal(definition: AttributeDefinition, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _not_a(definition, value, "a number", "write digits, without quotes")
    if not math.isfinite(value) or abs(value) > WHOLE_NUMBER_MAX:
        return Misfit(f"{shown(value)} is not a number one can count with")
    return value


def _boolean(definition: AttributeDefinition, value: object) -> object:
    if isinstance(value, bool):
        return value
    return _not_a(definition, value, "true or false", "write true or false, without quotes")


def _date(definition: AttributeDefinition, value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    remedy = "write it as 2026-03-31"
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return _not_a(definition, value, "a date", remedy)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return _not_a(definition, value, "a day of the calendar", remedy)


def _instant(definition: AttributeDefinition, value: object) -> object:
    remedy = "write it as 2026-03-31T12:00:00Z"
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if isinstance(value, datetime | str) and at.tzinfo is not None:
            return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return _not_a(definition, value, "an instant", remedy)
    return _not_a(definition, value, "an instant with an offset from UTC", remedy)


def _minutes(definition: AttributeDefinition, value: object) -> object:
    if isinstance(value, str) and value.upper().lstrip("+-").startswith("P"):
        try:
            value = _DURATION.validate_python(value.upper()) / timedelta(minutes=1)
        except (ValidationError, OverflowError):
            return _not_a(definition, value, "a duration", "write minutes, or PT1H30M")
    if isinstance(value, timedelta):
        value = value / timedelta(minutes=1)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return _not_a(definition, value, "a number of minutes", "write 90, or PT1H30M")
    return int(value) if float(value).is_integer() else value


def _enum(definition: AttributeDefinition, value: object) -> object:
    # YAML readers take a bare YES for a truth value.
    said = {True: "YES", False: "NO"}[value] if isinstance(value, bool) else value
    if isinstance(said, str) and said in definition.values:
        return said
    near = nearest(said, definition.values, 1) if isinstance(said, str) else []
    allowed = ", ".join(definition.values)
    remedy = f"did you mean {near[0]}? allowed: {allowed}" if near else f"allowed: {allowed}"
    return _not_a(definition, value, "a value it may have", remedy)


def _ip_address(definition: AttributeDefinition, value: object) -> object:
    try:
        if not isinstance(value, str):
            return _not_a(definition, value, "an IP address", "put it in quotes")
        # A zone (fe80::1%eth0) means something on one machine only.
        address = ipaddress.ip_address(value.strip().partition("%")[0])
    except ValueError:
        return _not_a(definition, value, "an IP address", "write 192.0.2.7, without a prefix")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _mac_address(definition: AttributeDefinition, value: object) -> object:
    remedy = "write it as 02:00:5e:10:00:01"
    digits = re.sub(r"[:.\-\s]", "", value).lower() if isinstance(value, str) else ""
    if not _MAC.fullmatch(digits):
        return _not_a(definition, value, "a MAC address", remedy)
    if not digits.strip("0"):
        return _not_a(definition, value, "an address of anything", "leave it out")
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def _url(definition: AttributeDefinition, value: object) -> object:
    if not isinstance(value, str):
        return _not_a(definition, value, "a URL", "write https://host/path")
    try:
        parts = urlsplit(value.strip())
        # Never repeated: the port of a broken URL may be the password of a whole one.
        if parts.username is not None or parts.password is not None:
            return Misfit(
                "is a URL with a user or password in it", "take them out; they are secret"
            )
        _ = parts.port
    except ValueError:
        return Misfit("is not a URL", "write https://host/path")
    if not parts.scheme or not parts.netloc:
        return Misfit("is not a URL with scheme and host", "write https://host/path")
    return text_misfit(value) or value.strip()


def _json(definition: AttributeDefinition, value: object) -> object:
    if misfit := _json_misfit(value, JSON_DEPTH_MAX):
        return misfit
    plain = orjson.dumps(value)
    if len(plain) > JSON_BYTES_MAX:
        remedy = f"at most {JSON_BYTES_MAX:,} fit in {definition.name}"
        return Misfit(f"is {len(plain):,} bytes of JSON", remedy)
    return orjson.loads(plain)


def _json_misfit(value: object, depth: int) -> Misfit | None:
    if depth == 0:
        return Misfit("is nested too deeply", f"at most {JSON_DEPTH_MAX} levels")
    if isinstance(value, str):
        return text_misfit(value)
    if isinstance(value, list | tuple):
        return next(filter(None, (_json_misfit(each, depth - 1) for each in value)), None)
    if isinstance(value, Mapping):
        if not all(isinstance(each, str) for each in value):
            return Misfit("has a name in it that is not text", "put names in quotes")
        parts = (part for pair in value.items() for part in pair)
        return next(filter(None, (_json_misfit(each, depth - 1) for each in parts)), None)
    return _scalar_misfit(value)


def _scalar_misfit(value: object) -> Misfit | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        fits = math.isfinite(value) and abs(value) <= WHOLE_NUMBER_MAX
        return None if fits else Misfit("has a number in it that JSON cannot hold")
    return Misfit(f"has a {type(value).__name__} in it", "put it in quotes")


def _text_from_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _number_from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else value


def _boolean_from_text(value: object) -> object:
    return _TRUTH.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _enum_from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    return re.sub(r"[\s\-]+", "_", value.strip()).upper()


def _json_from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return Misfit(f"{shown(value)} is not JSON", 'write {"name": "value"}')


_FROM_TEXT: dict[AttributeType, Callable[[object], object]] = {
    AttributeType.TEXT: _text_from_text,
    AttributeType.INTEGER: _number_from_text,
    AttributeType.DECIMAL: _number_from_text,
    AttributeType.MINUTES: _number_from_text,
    AttributeType.BOOLEAN: _boolean_from_text,
    AttributeType.ENUM: _enum_from_text,
    AttributeType.JSON: _json_from_text,
}

_READERS: dict[AttributeType, Callable[[AttributeDefinition, object], object]] = {
    AttributeType.TEXT: _text,
    AttributeType.INTEGER: _integer,
    AttributeType.DECIMAL: _decimal,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.DATE: _date,
    AttributeType.INSTANT: _instant,
    AttributeType.MINUTES: _minutes,
    AttributeType.ENUM: _enum,
    AttributeType.IP_ADDRESS: _ip_address,
    AttributeType.MAC_ADDRESS: _mac_address,
    AttributeType.URL: _url,
    AttributeType.JSON: _json,
}
