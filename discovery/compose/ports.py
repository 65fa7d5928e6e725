"""Ports, in their short and their long form."""

import re
from collections.abc import Iterator

from discovery.compose.interpolation import UNKNOWN, Variables
from discovery.formats.parts import Part

_PORT_MAX = 65_535
_RANGE_MAX = 100
_RANGE = r"[0-9]{1,5}(?:-[0-9]{1,5})?"
_SHORT = re.compile(
    rf"(?:(?:(?P<ip>\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(?P<published>(?:{_RANGE})?):)?"
    rf"(?P<target>{_RANGE})(?:/(?P<protocol>[a-z]+))?"
)
_ANYWHERE = "0.0.0.0"  # noqa: S104 - what the file says; nothing listens here


def ports(service: Part, variables: Variables) -> tuple[dict[int, None], dict[str, None]]:
    """Return the ports of the containers, and the addresses of the machine that lead to them."""
    inside: dict[int, None] = {}
    published: dict[str, None] = {}
    for each in service.at("expose").parts():
        _take(inside, variables.text(each).partition("/")[0], each)
    for each in service.at("ports").parts():
        target, address = _long(each, variables) if each.is_mapping else _short(each, variables)
        _take(inside, target, each)
        if address and UNKNOWN not in address:
            published[address] = None
    return inside, published


def _long(port: Part, variables: Variables) -> tuple[str, str]:
    published = variables.text(port.at("published"))
    ip = variables.text(port.at("host_ip")) or _ANYWHERE
    address = _address(ip, published, variables.text(port.at("protocol")))
    return variables.text(port.at("target")), address if published else ""


def _short(port: Part, variables: Variables) -> tuple[str, str]:
    text = variables.text(port)
    found = _SHORT.fullmatch(text)
    if found is None:
        if UNKNOWN in text:
            return text.rpartition(":")[2].partition("/")[0], ""
        if text:
            port.fault("MALFORMED", "this is not a port", 'write "8080:80", or its long form')
        return "", ""
    address = _address(found["ip"] or _ANYWHERE, found["published"] or "", found["protocol"] or "")
    return found["target"], address if found["published"] else ""


def _address(ip: str, published: str, protocol: str) -> str:
    return f"{ip}:{published}{f'/{protocol}' if protocol not in {'', 'tcp'} else ''}"


def _take(inside: dict[int, None], text: str, part: Part) -> None:
    for each in _numbers(text, part):
        inside[each] = None


def _numbers(text: str, part: Part) -> Iterator[int]:
    if not text or UNKNOWN in text:
        return
    first, _, last = text.partition("-")
    if not re.fullmatch(_RANGE, text):
        part.fault("MALFORMED", "this is not a port", "write a number, or two with - between them")
        return
    low, high = int(first), int(last or first)
    if not low <= high <= _PORT_MAX:
        part.fault("MALFORMED", f"ports go from low to high, up to {_PORT_MAX}")
    # A long range is one of many connections, such as media streams, and not of so many services.
    elif high - low < _RANGE_MAX:
        yield from range(low, high + 1)
