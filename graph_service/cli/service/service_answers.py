"""Answers from a running service, in the same shapes as from a store."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import override

from graph_service.cli import operations
from graph_service.cli.answers import Answers, Asked, Data, ImportRequest, Progress
from graph_service.cli.chosen_estate import ChosenEstate
from graph_service.cli.in_turn import Planned, in_turn
from graph_service.cli.people.named_people import NAME_OF, ids_in
from graph_service.cli.service.service import problem_error
from graph_service.cli.shapes import Shape
from graph_service.model.errors import CINotFoundError, Fault, InvalidInputError, NotFoundError
from graph_service.model.impact_state import ImpactState
from graph_service.model.place import Place

RESULT_LISTS = ("unresolved", "quarantined", "findings")
"""Lists of a plan that its result has too."""
DOCUMENT_SUFFIXES = frozenset({".yaml", ".yml", ".json", ".csv", ".tsv"})


class ServiceAnswers(Answers):
    """Asks over GraphQL, page by page, about one estate: that of now unless chosen."""

    def __init__(self, asked: Asked, chosen: ChosenEstate | None = None) -> None:
        self._service = asked
        self._estate: Data = chosen.variables if chosen else {}

    @override
    async def impact(
        self,
        of: Sequence[str],
        *,
        state: ImpactState,
        duration_minutes: float | None,
        max_hops: int | None,
        rows_max: int | None = None,
    ) -> Shape:
        asked = {
            "of": [{"ci": {"text": each}, "state": state.name} for each in of],
            "minutes": duration_minutes,
            "maxHops": max_hops,
            **self._estate,
        }
        first = operations.PAGE // len(operations.ROWS)
        data = await self._service.ask(operations.IMPACT, first=first, **asked)
        found = data["estate"]["impact"]
        lists = {
            name: await self._rows(name, found[name], asked, rows_max) for name in operations.ROWS
        }
        counts = {each["state"]: each["count"] for each in found["summary"]["byState"]}
        return {
            "revision": found["revision"],
            "of": [{"key": each["ci"]["key"], "state": each["state"]} for each in found["causes"]],
            "summary": {
                "down": counts.get("DOWN", 0),
                "degraded": counts.get("DEGRADED", 0),
                "atRisk": counts.get("AT_RISK", 0),
                "saved": found["summary"]["savedCount"],
                "reachedOnly": found["summary"]["reachedOnlyCount"],
                "alreadyAffected": found["summary"]["alreadyAffectedCount"],
                "reached": found["summary"]["reachedCount"],
            },
            **{name: lists[name] for name in ("affected", "saved", "reachedOnly")},
            "alreadyAffected": lists["alreadyAffected"],
            "completeness": found["completeness"],
            "ifConfirmed": _if_confirmed(found["ifConfirmed"]),
            "versions": found["versions"],
            "answerDigest": found["answerDigest"],
        }

    async def _rows(self, name: str, first: Data, asked: Data, rows_max: int | None) -> list[Shape]:
        found = await self._pages(
            operations.rows_of(name),
            lambda data: data["estate"]["impact"]["page"],
            first,
            limit=sys.maxsize if rows_max is None else rows_max,
            **asked,
        )
        return [_row(each, name) for each in found[:rows_max]]

    async def _pages(
        self,
        document: str,
        page: Callable[[Data], Data],
        found: Data | None = None,
        *,
        limit: int = sys.maxsize,
        **variables: object,
    ) -> list[Any]:
        """Return the nodes of all pages, or of as many as the limit asks for.

        ``found`` is the first page, where it has been read already.
        """
        nodes: list[Any] = []
        after = None
        while True:
            if found is None:
                first = min(operations.PAGE, limit - len(nodes))
                data = await self._service.ask(document, first=first, after=after, **variables)
                found = page(data)
            nodes += found["nodes"]
            if len(nodes) >= limit or not found["pageInfo"]["hasNextPage"]:
                return nodes
            after = found["pageInfo"]["endCursor"]
            found = None

    @override
    async def ci(self, text: str) -> Shape:
        data = await self._service.ask(
            operations.PAGE_OF_A_CI, ref={"text": text}, first=operations.PAGE, **self._estate
        )
        found = data["estate"]["ci"]
        if found is None:
            raise CINotFoundError(text, await self.keys_like(text))
        beside = await self._pages(
            operations.NEIGHBOURS,
            lambda data: data["estate"]["ci"]["page"],
            found["relationships"],
            ref={"id": found["id"]},
            **self._estate,
        )
        people = {}
        for each in ids_in(found["attributes"]):
            somebody = (await self._service.ask(NAME_OF, ref=each))["person"]
            if somebody is not None:
                people[each] = somebody["name"]
        return {
            **{name: found[name] for name in operations.CI.split()},
            "attributes": found["attributes"],
            "tags": found["tags"],
            "needs": [_neighbour(each) for each in beside if each["end"] == "SOURCE"],
            "neededBy": [_neighbour(each) for each in beside if each["end"] == "TARGET"],
            "history": [_entry(each) for each in found["history"]["nodes"]],
            "freshness": found["freshness"],
            "completeness": found["completeness"],
            "people": people,
        }

    @override
    async def keys_like(self, text: str) -> list[str]:
        data = await self._service.ask(operations.KEYS_LIKE, text=text, **self._estate)
        keys: list[str] = data["estate"]["keysLike"]
        return keys

    @override
    async def unresolved(self, data_source: str | None) -> list[Shape]:
        found = await self._pages(
            operations.UNRESOLVED, lambda data: data["estate"]["page"], dataSource=data_source
        )
        return [_unresolved(each) for each in found]

    @override
    async def revisions(self, limit: int) -> list[Shape]:
        found = await self._pages(operations.REVISIONS, lambda data: data["page"], limit=limit)
        return [
            {
                "revision": each["number"],
                "at": each["committedAt"],
                "actor": each["actor"]["name"],
                "reason": each["reason"] or "",
                "run": each["run"],
                "entryCount": each["entryCount"],
                "hash": each["hash"],
            }
            for each in found
        ]

    @override
    async def plan(self, request: ImportRequest, progress: Progress) -> list[Shape]:
        plans = await self._planned(request, await self._sent(request, progress))
        return [await self._plan(each, operations.PLAN_LISTS) for each in plans]

    async def _sent(self, request: ImportRequest, progress: Progress) -> list[Data]:
        """Send all documents ahead; return how a plan names them."""
        documents = await asyncio.to_thread(_documents, request.paths)
        sent = []
        for index, (name, content) in enumerate(documents):
            progress("sending", index, len(documents))
            sent.append({"name": name, "content": {"fileId": await self._service.upload(content)}})
        return sent

    async def _planned(self, request: ImportRequest, documents: list[Data]) -> list[str]:
        """Have an import planned; return the plans' ids."""
        asked: Data = {
            "collector": request.collector,
            "documents": documents,
            "complete": request.complete,
            "options": [{"name": name, "value": value} for name, value in request.options.items()],
        }
        if request.data_source:
            asked["dataSource"] = request.data_source
        data = await self._service.ask(operations.PLAN_IMPORT, input=asked)
        made = data["planImport"]
        if "plans" not in made:
            raise problem_error(made)
        return [each["id"] for each in made["plans"]]

    async def _plan(self, plan_id: str, lists_of: Iterable[str]) -> Shape:
        """Return a plan with these of its lists; the operations of a large one take long."""
        document = operations.plan_with(lists_of)
        found = (await self._service.ask(document, id=plan_id, first=operations.PAGE))["plan"]
        if found is None:
            raise NotFoundError("plan", plan_id)
        lists = {
            name: await self._pages(
                operations.plan_list(name),
                lambda data: data["plan"]["page"],
                found[name],
                id=plan_id,
            )
            for name in lists_of
        }
        return {
            "plan": found["id"],
            "run": found["runId"],
            "dataSource": found["dataSource"],
            "baseRevision": found["baseRevision"],
            "readToTheEnd": found["readToTheEnd"],
            "complete": found["complete"],
            "cis": found["cis"],
            "relationships": found["relationships"],
            "people": found["people"],
            "operations": lists.get("operations", []),
            "unresolved": [_unresolved(each) for each in lists["unresolved"]],
            "quarantined": [
                {
                    "code": each["fault"]["code"],
                    "message": each["fault"]["message"],
                    "place": each["fault"]["place"],
                    "remedy": each["fault"]["hint"] or "",
                }
                for each in lists["quarantined"]
            ],
            "held": found["brakes"],
            "findings": [{**each, "place": each["place"] or ""} for each in lists["findings"]],
        }

    @override
    async def apply(self, plan_id: str, approvals: Mapping[str, str], progress: Progress) -> Shape:
        return await self._applied(await self._plan(plan_id, RESULT_LISTS), approvals, progress)

    async def _applied(
        self, plan: Shape, approvals: Mapping[str, str], progress: Progress
    ) -> Shape:
        progress("applying", 0, None)
        given = [{"brake": brake, "reason": reason} for brake, reason in approvals.items()]
        asked = {"plan": plan["plan"], "approvals": given}
        done = (await self._service.ask(operations.APPLY_PLAN, input=asked))["applyPlan"]
        if "revisions" not in done:
            raise problem_error(done)
        return {
            "run": plan["run"],
            "plan": plan["plan"],
            "dataSource": plan["dataSource"],
            "revisions": done["revisions"],
            "readToTheEnd": plan["readToTheEnd"],
            "cis": done["cis"],
            "relationships": done["relationships"],
            "people": done["people"],
            "unresolved": plan["unresolved"],
            "quarantined": plan["quarantined"],
            "held": done.get("brakes", []),
            "findings": plan["findings"],
        }

    @override
    async def imports(
        self, request: ImportRequest, progress: Progress, shown: Callable[[Shape], None]
    ) -> list[Shape]:
        documents = await self._sent(request, progress)

        async def planned(start: int, stop: int | None) -> list[Planned]:
            ids = (await self._planned(request, documents))[start:stop]
            plans = [await self._plan(each, RESULT_LISTS) for each in ids]
            return [Planned(each, partial(self._applied, each, {}, progress)) for each in plans]

        return await in_turn(planned, shown)


def _documents(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Read what is to be sent; of a folder, the files that a collector may read."""
    found: list[tuple[str, bytes]] = []
    for path in paths:
        if str(path) == "-":
            found.append(("standard input", sys.stdin.buffer.read()))
            continue
        files = [path]
        if path.is_dir():
            files = [each for each in sorted(path.rglob("*")) if _is_document(each, path)]
        try:
            found += [(str(each), each.read_bytes()) for each in files]
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise InvalidInputError(
                [Fault(code="UNREADABLE", message=message, place=Place(str(path)))]
            ) from error
    return found


def _is_document(file: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in DOCUMENT_SUFFIXES and not is_hidden and file.is_file()


def _if_confirmed(found: Mapping[str, Any] | None) -> Shape | None:
    if found is None:
        return None
    return {
        "unconfirmedGroupCount": found["unconfirmedGroupCount"],
        "down": found["downCount"],
        "degraded": found["degradedCount"],
        "atRisk": found["atRiskCount"],
        "saved": found["savedCount"],
        "noLongerDownCount": found["noLongerDownCount"],
        "noLongerDown": [each["key"] for each in found["noLongerDown"]],
    }


def _row(row: Mapping[str, Any], name: str) -> Shape:
    shape = {
        **row["ci"],
        "before": row.get("before", "UP"),
        "state": row.get("after", "UP"),
        "hops": row["hops"],
        "path": [
            {"key": each["ci"]["key"]}
            if each["typeName"] is None
            else {"key": each["ci"]["key"], "type": each["typeName"], "group": each["group"]}
            for each in row["path"]
        ],
        "reason": row["reason"],
    }
    if name == "saved":
        shape["by"] = [
            {"key": ci["key"], "group": saving["group"], "rule": saving["rule"]}
            for saving in row["savedBy"]
            for ci in saving["remaining"]
        ]
        shape["savedBy"] = [saving["text"] for saving in row["savedBy"]]
    return shape


def _neighbour(found: Mapping[str, Any]) -> Shape:
    relationship = found["relationship"]
    return {
        "verb": found["verb"],
        "type": relationship["typeName"],
        **found["other"],
        **{name: relationship[name] for name in ("origin", "strength", "group", "role")},
        **{name: relationship[name] for name in ("toleranceMinutes", "evidence")},
    }


def _entry(found: Mapping[str, Any]) -> Shape:
    created = found["action"] == "CREATED"
    return {
        "revision": found["revision"],
        "at": found["at"],
        "actor": found["actor"]["name"],
        "action": found["action"],
        "recordType": found["record"]["recordType"],
        "label": found["record"]["key"],
        "changed": [] if created else sorted(each["name"] for each in found["differences"]),
    }


def _unresolved(found: Mapping[str, Any]) -> Shape:
    missing_target = "TARGET" in found["missing"]
    return {
        "dataSource": found["dataSource"],
        "source": found["source"],
        "type": found["typeName"],
        "target": found["target"],
        "missing": found["missing"],
        "reference": found["target"] if missing_target else found["source"],
        "place": found["evidence"] or "",
    }
