"""The addresses in the value of an environment variable, and nothing else of it.

A value may hold a password, and a password may look like an address. What is not plainly an
address is therefore *doubtful*: it counts only where it names something that is known anyway, so
nothing of a secret can get into a record, a reference or an error.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

VALUE_LENGTH_MAX = 32_768
_PARTS_MAX = 100
_SCHEME_LENGTH_MAX = 32
_PORT_MAX = 65_535
_IPV4_PARTS = 4

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
_AUTHORITY_END = re.compile(r"[/?#\s\"'<>`\\]")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_\-]{1,63}(?:\.[A-Za-z0-9_\-]{1,63})*\.?")
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_DRIVER_FORM = re.compile(r"@(?:tcp|udp)\(([^()\s]{1,300})\)")
_SEPARATORS = re.compile(r"[,;|\s]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NETWORK_SCHEMES = _words("""
    http https ws wss h2c grpc grpcs tcp udp tls ssl ssh ftp sftp smtp smtps imap imaps ldap ldaps
    redis rediss amqp amqps mqtt mqtts nats kafka pulsar stomp mongodb mysql mariadb postgres
    postgresql sqlserver oracle clickhouse cassandra couchdb elasticsearch opensearch memcached
    influxdb bolt neo4j etcd consul zookeeper zk thrift dns syslog statsd otlp
""")
_ADDRESS_WORDS = _words("""
    HOST HOSTS ADDR ADDRS ADDRESS ADDRESSES URL URLS URI URIS ENDPOINT ENDPOINTS SERVER SERVERS
    SERVICE SERVICES SVC BROKER BROKERS UPSTREAM UPSTREAMS BACKEND BACKENDS PEER PEERS TARGET
    TARGETS DSN BOOTSTRAP REMOTE NODES QUORUM GATEWAY
""")
_ADDRESS_ENDINGS = ("HOST", "ADDR", "URL", "URI", "DSN")
_SECRET_WORDS = _words("""
    PASS PASSWORD PASSWD PWD PASSPHRASE SECRET SECRETS TOKEN TOKENS KEY KEYS APIKEY CREDENTIAL
    CREDENTIALS CREDS AUTH PRIVATE SALT SIGNATURE PIN COOKIE SESSION NONCE HASH CERT CERTIFICATE
""")
_OTHER_WORDS = _words("""
    NAME NAMES USER USERNAME HOSTNAME PORT PATH DATABASE DB SCHEMA TYPE MODE ENV ENVIRONMENT ID
    IMAGE TAG VERSION LEVEL ROLE TOPIC QUEUE REGION ZONE TIER
""")
_NOT_HOSTS = _words("true false yes no on off none null default auto")


@dataclass(frozen=True, slots=True)
class Address:
    """A host that something is reached at; ``is_doubtful``: only if that host is known anyway."""

    host: str
    port: int | None = None
    protocol: str = ""
    is_doubtful: bool = False


def addresses(variable: str, value: str) -> Iterator[Address]:
    """Find the addresses in a variable's value.

    Example:
        ``DB_URL=postgresql://app:s3cret@db.shop:5432/orders`` has ``db.shop``, port 5432.

    """
    words = [each.upper() for each in _WORDS.findall(variable)]
    is_secret = not _SECRET_WORDS.isdisjoint(words)
    value = value[:VALUE_LENGTH_MAX].strip()
    for each in _in_urls(value) if "://" in value else _in_list(value, words):
        yield replace(each, is_doubtful=each.is_doubtful or is_secret)


def is_this_machine(host: str) -> bool:
    """Whether a host is whoever calls it."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _in_urls(value: str) -> Iterator[Address]:
    start = value.find("://")
    while start >= 0:
        scheme = _SCHEME.search(value[max(0, start - _SCHEME_LENGTH_MAX) : start])
        if scheme:
            yield from _in_authority(scheme[0].lower().partition("+")[0], value[start + 3 :])
        start = value.find("://", start + 3)


def _in_authority(scheme: str, rest: str) -> Iterator[Address]:
    end = _AUTHORITY_END.search(rest)
    authority = rest[: end.start()] if end else rest
    # A password may have a slash, a blank or a whole URL in it: as long as an @ is still to come,
    # what looks like the host may be part of it.
    last = rest.rpartition("@")[2] if "@" in rest[len(authority) :] else ""
    is_doubtful = bool(last) or scheme not in _NETWORK_SCHEMES
    for part in authority.rpartition("@")[2].split(",")[:_PARTS_MAX]:
        yield from _host_and_port(part, scheme, is_doubtful=is_doubtful)
    if last:
        end = _AUTHORITY_END.search(last)
        yield from _host_and_port(last[: end.start()] if end else last, scheme, is_doubtful=True)


def _in_list(value: str, words: list[str]) -> Iterator[Address]:
    driver = _DRIVER_FORM.search(value)
    if driver:
        yield from _host_and_port(driver[1], "", is_doubtful=False)
        return
    if "IMAGE" in words or "TAG" in words or "VERSION" in words:
        return
    is_address = any(_is_address_word(each) for each in words)
    last = words[-1] if words else ""
    _, at, after = value.rpartition("@")
    for part in _SEPARATORS.split(after)[:_PARTS_MAX]:
        host = part.partition("/")[0]
        if ":" in host:
            yield from _host_and_port(host, "", is_doubtful=not is_address or bool(at))
        elif is_address and last not in _OTHER_WORDS:
            is_doubtful = not _is_address_word(last) or bool(at)
            yield from _host_and_port(host, "", is_doubtful=is_doubtful)


def _is_address_word(word: str) -> bool:
    return word in _ADDRESS_WORDS or word.endswith(_ADDRESS_ENDINGS)


def _host_and_port(part: str, protocol: str, *, is_doubtful: bool) -> Iterator[Address]:
    host, colon, port = part.partition(":")
    if not _is_host(host):
        return
    # No name of the internet has an underscore, but many a container's has.
    is_doubtful = is_doubtful or "_" in host
    if not colon:
        yield Address(host.lower().rstrip("."), None, protocol, is_doubtful)
    elif _PORT.fullmatch(port) and int(port) <= _PORT_MAX:
        yield Address(host.lower().rstrip("."), int(port), protocol, is_doubtful)


def _is_host(text: str) -> bool:
    if not _HOST.fullmatch(text) or text.lower() in _NOT_HOSTS:
        return False
    # Digits alone are a time, a size or a version, unless they are an IPv4 address.
    parts = text.rstrip(".").split(".")
    return not all(each.isdigit() for each in parts) or len(parts) == _IPV4_PARTS
