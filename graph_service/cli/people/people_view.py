"""People and teams as JSON objects, rows and pages of text."""

from collections.abc import Sequence

from rich.console import Console

from graph_service.cli.output import counted, plain, shown, table
from graph_service.cli.shapes import Shape

PEOPLE_COLUMNS = {
    "name": "name", "login": "login", "mails": "mail", "teams": "teams", "state": "state",
    "deputy": "deputy", "manager": "manager", "id": "id",
}  # fmt: skip

_OWNED_COLUMNS = {
    "key": "CI", "name": "name", "className": "class", "tier": "tier", "why": "why",
}  # fmt: skip


def person_shape(found: Shape, owned: Shape | None = None) -> Shape:
    """Shape a person, with what they own where that was asked for."""
    shape = {**found}
    shape["memberships"] = [
        {"team": each["teamKey"], "text": each["text"], "role": each["role"]}
        for each in found["memberships"]
    ]
    if owned is not None:
        shape["ownsCount"] = owned["totalCount"]
        shape["owns"] = [_owned(each) for each in owned["nodes"]]
    return shape


def team_shape(found: Shape, members: Sequence[Shape], owned: Shape) -> Shape:
    """Shape a team with its members."""
    ci = found["ci"]
    return {
        "id": ci["id"],
        "key": ci["key"],
        "name": ci["name"],
        "description": ci["description"],
        "leads": [each["name"] for each in found["leads"]],
        "outerTeams": [each["key"] for each in found["outerTeams"]],
        "innerTeams": [each["key"] for each in found["innerTeams"]],
        "members": [
            {
                **{name: each["person"][name] for name in ("id", "name", "login", "away")},
                "mails": _mails(each["person"]),
                "role": each["role"],
                "via": None if each["via"]["key"] == ci["key"] else each["via"]["key"],
            }
            for each in members
        ],
        "ownsCount": owned["totalCount"],
        "owns": [_owned(each) for each in owned["nodes"]],
    }


def _owned(found: Shape) -> Shape:
    return {
        **found["ci"],
        "duty": found["duty"],
        "team": found["team"] and found["team"]["key"],
        "whole": found["whole"] and found["whole"]["key"],
    }


def _mails(found: Shape) -> list[str]:
    return [each["value"] for each in found["contacts"] if each["way"] == "MAIL"]


def person_row(shape: Shape) -> Shape:
    """Return a person as a row of a table."""
    return {
        "id": shape["id"],
        "name": shape["name"],
        "login": shape["login"],
        "mails": "; ".join(_mails(shape)),
        "teams": "; ".join(_membership(each) for each in shape["memberships"]),
        "state": _state(shape),
        "deputy": shape["deputy"] and _named(shape["deputy"]),
        "manager": shape["manager"] and _named(shape["manager"]),
    }


def _membership(found: Shape) -> str:
    role = "" if found["role"] == "MEMBER" else f" ({found['role'].lower().replace('_', ' ')})"
    return f"{found['team'] or found['text'] + ' ?'}{role}"


def _state(shape: Shape) -> str:
    if shape["erased"]:
        return "erased"
    if shape["left"]:
        return f"left {shape['leftOn']}"
    if shape["away"]:
        return f"away until {shape['absentUntil']}" if shape["absentUntil"] else "away"
    return f"leaves {shape['leftOn']}" if shape["leftOn"] else "here"


def _named(found: Shape) -> str:
    if not found["personId"]:
        return f"{found['text']} (nobody we know)"
    return f"{found['label']} (left)" if found["left"] else str(found["label"])


def write_person(console: Console, shape: Shape) -> None:
    """Write everything about one person."""
    row = person_row(shape)
    console.print(f"{shown(shape['name'])}  ({_state(shape)})", style="bold")
    console.print(f"id {shape['id']}" + (f" · login {shown(row['login'])}" if row["login"] else ""))
    for each in shape["contacts"]:
        console.print(
            f"{each['way'].lower().replace('_', ' ')} {plain(each['value'])}", markup=False
        )
    lines = {"deputy": row["deputy"], "manager": row["manager"], "teams": row["teams"]}
    if shape["absentFrom"] or shape["absentUntil"]:
        lines["absent"] = f"{shape['absentFrom'] or '…'} to {shape['absentUntil'] or '…'}"
    for name, value in lines.items():
        if value:
            console.print(f"{name}: {plain(value)}", markup=False)
    _write_owned(console, shape)
    if shape.get("sources"):
        console.print()
        columns = {"dataSource": "said by", "nativeKey": "as", "statedAt": "since"}
        columns |= {"live": "still", "evidence": "where"}
        console.print(table(columns, shape["sources"], "Who says so"))


def write_team(console: Console, shape: Shape) -> None:
    """Write everything about one team."""
    console.print(f"{shown(shape['name'])}  (team {shown(shape['key'])})", style="bold")
    for name in ("description", "outerTeams", "innerTeams"):
        if shape[name]:
            words = {"outerTeams": "is in", "innerTeams": "has in it"}.get(name, name)
            value = shape[name] if isinstance(shape[name], str) else ", ".join(shape[name])
            console.print(f"{words}: {plain(value)}", markup=False)
    if shape["members"]:
        console.print()
        columns = {
            "name": "name",
            "login": "login",
            "role": "role",
            "via": "through",
            "away": "away",
        }
        rows = [{**each, "mails": "; ".join(each["mails"])} for each in shape["members"]]
        columns["mails"] = "mail"
        console.print(table(columns, rows, counted(len(rows), "member")))
    else:
        console.print("Nobody is in it.")
    _write_owned(console, shape)


def _write_owned(console: Console, shape: Shape) -> None:
    if not shape.get("owns"):
        return
    console.print()
    rows = [{**each, "why": _why(each)} for each in shape["owns"]]
    title = f"Owns {counted(shape['ownsCount'], 'CI')}"
    left = shape["ownsCount"] - len(rows)
    title += f", the first {len(rows)} by key" if left else ""
    console.print(table(_OWNED_COLUMNS, rows, title))


def _why(owned: Shape) -> str:
    words = {"OWNER": "owner", "SERVICE_OWNER": "service owner", "SUPPORT": "support"}
    why = words.get(owned["duty"], owned["duty"].lower())
    if owned["team"]:
        why += f": {owned['team']}"
    return f"{why}, of {owned['whole']} that contains it" if owned["whole"] else why
