"""A service of a file → what it is, what it needs, and what it uses."""

import re
from collections.abc import Iterator, Mapping, Sequence

from discovery.compose.interpolation import UNKNOWN, Variables
from discovery.compose.objects import NOT_REQUIRED, Extension, Need, Service, Use, Variable
from discovery.compose.ports import ports
from discovery.formats.parts import Part

NAME = re.compile(r"[A-Za-z0-9._-]{1,250}")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ENDS_FIRST = "has to have done its work before this starts, and runs no more"
_TAKES_VOLUMES = "only its volumes are taken over (volumes_from)"
_SHARED = ("network_mode", "ipc", "pid")


def service(name: str, part: Part, variables: Variables, labels: list[str]) -> Service:
    """Read a service and these of its labels. What has the wrong shape is a fault of ``part``."""
    if not NAME.fullmatch(name):
        part.fault("INVALID_NAME", "a service is named with letters, digits, . _ and -")
    inside, published = ports(part, variables)
    needs = {(each.how, each.name): each for each in _needs(part, variables)}
    return Service(
        name=name,
        place=part.place,
        image=variables.text(part.at("image")),
        is_built=bool(part.at("build")),
        has_entrypoint=bool(part.at("entrypoint")),
        program=_program(part.at("command"), variables),
        replicas=_replicas(part, variables),
        container_name=variables.known(part.at("container_name")),
        hostname=variables.known(part.at("hostname")),
        network_mode=variables.known(part.at("network_mode")),
        ports=inside,
        published=published,
        needs=needs,
        aliases=dict(_aliases(part, variables)),
        variables=dict(_environment(part.at("environment"), variables)),
        uses=dict(_uses(part, variables)),
        networks=_networks(part.at("networks"), variables),
        profiles=dict.fromkeys(_texts(part.at("profiles"), variables)),
        unread_files=dict.fromkeys(_env_files(part.at("env_file"), variables)),
        labels=dict(_labels(part.at("labels"), variables, labels)) if labels else {},
        extension=_extension(part.at("extends"), variables),
    )


def _program(command: Part, variables: Variables) -> str:
    if command.is_list:
        words = [variables.text(each) for each in command.parts()[:1]]
    else:
        words = variables.text(command).split()[:1]
    word = words[0] if words else ""
    return "-" if word.startswith("-") else word.rpartition("/")[2]


def _replicas(part: Part, variables: Variables) -> int | None:
    for each in (part.at("deploy", "replicas"), part.at("scale")):
        text = variables.known(each)
        if not text:
            continue
        if text.isascii() and text.isdigit() and len(text) <= 9:  # noqa: PLR2004 - fits 32 bits
            return int(text)
        each.fault("MALFORMED", "how many there are is a whole number")
    return None


def _texts(part: Part, variables: Variables) -> list[str]:
    """Return a text, or the texts of a list."""
    found = part.parts() if part.is_list else [part]
    return [text for text in (variables.known(each) for each in found) if text]


def _env_files(part: Part, variables: Variables) -> Iterator[str]:
    for each in part.parts() if part.is_list else [part]:
        yield from _texts(each.at("path") if each.is_mapping else each, variables)


def _needs(part: Part, variables: Variables) -> Iterator[Need]:
    for name, spared, each in _depends_on(part.at("depends_on"), variables):
        yield Need(name=name, how="depends_on", spared=spared, place=each.place)
    for each in part.at("links").parts():
        if name := variables.known(each).partition(":")[0]:
            yield Need(name=name, how="links", place=each.place)
    for each in part.at("external_links").parts():
        if name := variables.known(each).partition(":")[0]:
            yield Need(name=name, how="external_links", is_container=True, place=each.place)
    for how in _SHARED:
        sort, _, name = variables.known(part.at(how)).partition(":")
        if name and sort in {"service", "container"}:
            is_container = sort == "container"
            yield Need(name=name, how=how, is_container=is_container, place=part.at(how).place)
    for each in part.at("volumes_from").parts():
        words = variables.known(each).split(":")
        is_container = len(words) > 1 and words[0] == "container"
        if name := words[is_container]:
            yield Need(
                name=name,
                how="volumes_from",
                spared=_TAKES_VOLUMES,
                is_container=is_container,
                place=each.place,
            )


def _depends_on(part: Part, variables: Variables) -> Iterator[tuple[str, str, Part]]:
    if part.is_list:
        for each in part.parts():
            if name := variables.known(each):
                yield name, "", each
        return
    for name, each in part.items():
        spared = ""
        if variables.known(each.at("condition")) == "service_completed_successfully":
            spared = _ENDS_FIRST
        if variables.known(each.at("required")) == "false":
            spared = NOT_REQUIRED
        yield name, spared, each


def _aliases(part: Part, variables: Variables) -> Iterator[tuple[str, str]]:
    for each in part.at("links").parts():
        name, _, alias = variables.known(each).partition(":")
        if alias:
            yield alias.lower(), name


def _environment(part: Part, variables: Variables) -> Iterator[tuple[str, Variable]]:
    """Walk the variables; one without a value is passed through from whoever starts the project."""
    if not part.is_list:
        for name, each in part.items():
            value = variables.text(each) if each else variables.values.get(name, "")
            yield name, Variable(value=value, place=each.place)
        return
    for each in part.parts():
        name, sign, value = variables.text(each).partition("=")
        yield name, Variable(value=value if sign else variables.values.get(name, ""),
                             place=each.place)  # fmt: skip


def _labels(part: Part, variables: Variables, wanted: list[str]) -> Iterator[tuple[str, str]]:
    """Walk the wanted labels whose value is known; nobody looks at the others."""
    if not part.is_list:
        for name, each in part.items():
            if name in wanted and UNKNOWN not in (said := variables.text(each)):
                yield name, said
        return
    for each in part.parts():
        name = each.text().partition("=")[0]
        if name in wanted and UNKNOWN not in (said := variables.text(each)):
            yield name, said.partition("=")[2]


def _uses(part: Part, variables: Variables) -> Iterator[tuple[tuple[str, str], Use | None]]:
    for sort, section in (("secret", "secrets"), ("config", "configs")):
        for each in part.at(section).parts():
            name = variables.known(each.at("source") if each.is_mapping else each)
            if name:
                yield (sort, name), Use(sort=sort, name=name, place=each.place)
    for each in part.at("volumes").parts():
        source, target = _long(each, variables) if each.is_mapping else _short(each, variables)
        is_named = NAME.fullmatch(source) and not source.startswith(".")
        use = Use(sort="volume", name=source, place=each.place) if is_named else None
        yield ("volume", target), use


def _long(mount: Part, variables: Variables) -> tuple[str, str]:
    is_volume = variables.known(mount.at("type")) in {"volume", "cluster", ""}
    source = variables.known(mount.at("source"))
    target = variables.text(mount.at("target"))
    return (source if is_volume else f"/{source}"), target


def _short(mount: Part, variables: Variables) -> tuple[str, str]:
    """Return source and target; a path on this machine has a sign that no name has."""
    text = variables.known(mount)
    drive = text[:2] if _DRIVE.match(text) else ""
    source, colon, rest = text.removeprefix(drive).partition(":")
    if not colon:
        return "/", text
    return drive + source, rest.partition(":")[0]


def _networks(part: Part, variables: Variables) -> Mapping[str, Sequence[str]]:
    if part.is_list:
        return dict.fromkeys(_texts(part, variables), ())
    return {name: _texts(each.at("aliases"), variables) for name, each in part.items()}


def _extension(part: Part, variables: Variables) -> Extension | None:
    name = variables.known(part.at("service") if part.is_mapping else part)
    file = variables.known(part.at("file")) if part.is_mapping else ""
    if part and not name:
        part.fault("MISSING_FIELD", "this does not say which service it extends")
    return Extension(service=name, file=file, place=part.place) if name else None
