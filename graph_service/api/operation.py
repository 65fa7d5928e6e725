"""A GraphQL request → an answer: parse, hold limits, validate, cost, allow, execute, format."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    recommended_rules,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values

from graph_service.api.answers import KeptAnswers
from graph_service.api.context import Pin, RequestContext, View
from graph_service.api.cost import Costing
from graph_service.api.cursors import Cursors
from graph_service.api.errors import formatted, status_of, wrapped
from graph_service.api.failures import (
    BadRequestError,
    DeadlineExceededError,
    EstateMovedError,
)
from graph_service.api.limits import Measurement, parsed
from graph_service.api.loaders import Loaders
from graph_service.api.permissions import refuse_unless_allowed, root_fields
from graph_service.api.responses import EVENT_STREAM
from graph_service.api.schema import SCHEMA
from graph_service.api.services import Options, Services, services
from graph_service.api.uploads import Uploads
from graph_service.model.errors import GraphServiceError
from graph_service.use_cases.access import Viewer
from graph_service.use_cases.log.log_following import LogFollower

log = structlog.get_logger("graph_service.api")

ATTEMPTS_MAX = 5
PREPARED_MAX = 256
PREPARED_LENGTH_MAX = 16_384
ERRORS_SHOWN_MAX = 20
LONG = frozenset(
    {
        "planImport",
        "applyPlan",
        "planWorkbook",
        "applyWorkbook",
        "chainCheck",
        "undoPlan",
        "undoRevision",
        "revertRun",
        "planVocabulary",
        "sweep",
        "sweepPlan",
        "applyVocabulary",
        "planPolicy",
        "applyPolicy",
    }
)
"""Root fields whose work takes as long as the estate or the log is large."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client sent."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What it is answered with. ``code`` is that of the first error, or ``OK``.

    ``status`` is the HTTP status when there is no data, for clients that want it. ``position`` is
    the revision that an event of a subscription is about: what to resume after.
    """

    body: dict[str, Any]
    status: int
    code: str
    operation: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run: what it is, what it costs, what it asks of its root."""

    document: DocumentNode
    operation: OperationDefinitionNode
    cost: int
    fields: frozenset[str]


class Operations:
    """Runs operations against the use cases."""

    def __init__(self, offered: Services, options: Options, uploads: Uploads) -> None:
        self._services = offered
        self._options = options
        self._uploads = uploads
        self.schema: GraphQLSchema = SCHEMA._schema  # noqa: SLF001 - strawberry has no door to it
        self._cursors = Cursors(options.cursor_key)
        self._answers = KeptAnswers()
        self._prepared: OrderedDict[str, DocumentNode] = OrderedDict()
        self._writing: set[asyncio.Task[ExecutionResult]] = set()
        self.follower = LogFollower(offered.store, options.follow_seconds)

    async def run(self, request: GraphQLRequest, viewer: Viewer, request_id: str) -> Answered:
        """Answer a request; whatever goes wrong is in the answer."""
        kind = "unknown"
        try:
            found = self.ready(request, viewer)
            kind = found.operation.operation.value
            if found.operation.operation is OperationType.SUBSCRIPTION:
                raise BadRequestError(f"send Accept: {EVENT_STREAM} to subscribe", 406)
            result = await self._executed(request, found, viewer, request_id)
        except FAILURES as error:
            return self.refused(errors_of(error), kind, request_id)
        return self.answered(result, found.cost, kind, request_id)

    def ready(self, request: GraphQLRequest, viewer: Viewer) -> Prepared:
        """Return an operation that may run.

        Raises:
            GraphQLError: It is not GraphQL.
            GraphServiceError: It is more than is allowed, or not allowed to this viewer.

        """
        document = self._document(request.query)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            raise BadRequestError("say by operationName which operation of the document to run")
        variables = self._variables(operation, request)
        cost = Costing(self.schema, document, variables).check(operation, self._options.limits)
        fields = root_fields(document, operation)
        if operation.operation is OperationType.MUTATION:
            refuse_unless_allowed(fields, viewer)
        return Prepared(document, operation, cost, fields)

    def _document(self, text: str) -> DocumentNode:
        """Return a document that is within the limits and valid; those asked for last are kept."""
        if text in self._prepared:
            self._prepared.move_to_end(text)
            return self._prepared[text]
        document = parsed(text, self._options.limits)
        Measurement(document).check(self._options.limits)
        rules = (*specified_rules, *recommended_rules)
        if errors := validate(self.schema, document, rules, max_errors=ERRORS_SHOWN_MAX):
            raise InvalidError(errors)
        if len(text) <= PREPARED_LENGTH_MAX:
            self._prepared[text] = document
        while len(self._prepared) > PREPARED_MAX:
            self._prepared.popitem(last=False)
        return document

    def _variables(
        self, operation: OperationDefinitionNode, request: GraphQLRequest
    ) -> dict[str, Any]:
        values = get_variable_values(
            self.schema,
            operation.variable_definitions or (),
            dict(request.variables),
            max_errors=ERRORS_SHOWN_MAX,
        )
        if isinstance(values, list):
            raise InvalidError(values)
        return values.coerced

    async def _executed(
        self,
        request: GraphQLRequest,
        found: Prepared,
        viewer: Viewer,
        request_id: str,
    ) -> ExecutionResult:
        await self.follow()
        limits = self._options.limits
        is_long = not found.fields.isdisjoint(LONG)
        seconds = limits.import_seconds if is_long else limits.operation_seconds
        is_write = found.operation.operation is OperationType.MUTATION

        async def once(context: RequestContext) -> ExecutionResult:
            result = execute(
                self.schema,
                found.document,
                context_value=context,
                variable_values=dict(request.variables),
                operation_name=request.operation_name,
            )
            return result if isinstance(result, ExecutionResult) else await result

        try:
            async with asyncio.timeout(seconds):
                if is_write:
                    written = await self._to_the_end(once(self.context(viewer, request_id)))
                    self.follower.look()
                    return written
                for _ in range(ATTEMPTS_MAX):
                    context = self.context(viewer, request_id)
                    result = await once(context)
                    if await context.pin.held():
                        return result
        except TimeoutError as error:
            raise DeadlineExceededError(
                f"no answer within {seconds:g} seconds"
                + ("; what was being written may still be" if is_write else "")
            ) from error
        raise EstateMovedError("the estate was written to each time this was read")

    async def follow(self) -> None:
        """Take up the rules in force; what is under way keeps those it began with."""
        product = await self._services.follow()
        if product.vocabulary is not self._services.vocabulary:
            self._services = services(product, self._services.access, self._services.collectors)

    async def _to_the_end(self, writing: Any) -> ExecutionResult:  # noqa: ANN401 - a coroutine
        """Let a write end in its own time: giving up on the answer must not tear it."""
        task = asyncio.create_task(writing)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for writes that nobody waits for any more."""
        await self.follower.close()
        await asyncio.gather(*self._writing, return_exceptions=True)

    def context(self, viewer: Viewer, request_id: str) -> RequestContext:
        """Return what the resolvers of one operation, or one event, may use."""
        pin = Pin(self._services.store)

        def reading() -> None:
            pin.reads_store = True

        loaders = Loaders(self._services.inventory, reading)
        return RequestContext(
            services=self._services,
            options=self._options,
            viewer=viewer,
            request_id=request_id,
            cursors=self._cursors,
            answers=self._answers,
            pin=pin,
            loaders=loaders,
            uploads=self._uploads,
            follower=self.follower,
            now=View(
                inventory=self._services.inventory,
                questions=self._services.questions,
                loaders=loaders,
                pin=pin,
            ),
        )

    def refused(self, errors: list[GraphQLError], kind: str, request_id: str) -> Answered:
        """Return the answer that refuses a request."""
        shown = [formatted(each, request_id) for each in errors]
        code = shown[0]["extensions"]["code"]
        status = status_of(code, errors[0].original_error)
        return Answered({"errors": shown}, status, code, kind)

    def answered(self, result: ExecutionResult, cost: int, kind: str, request_id: str) -> Answered:
        """Return the answer that has what an operation came to."""
        body: dict[str, Any] = {"data": result.data}
        code = "OK"
        if result.errors:
            body["errors"] = [formatted(each, request_id) for each in result.errors]
            code = body["errors"][0]["extensions"]["code"]
        body["extensions"] = {
            "cost": {"requested": cost, "limit": self._options.limits.cost},
            "requestId": request_id,
        }
        # Partial data is an answer; none at all is a failure, which its first error explains.
        failed = result.data is None and bool(result.errors)
        return Answered(body, status_of(code) if failed else 200, code, kind)


class InvalidError(Exception):
    """A request that GraphQL itself refuses, for all of these reasons."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


FAILURES = (GraphQLError, InvalidError, GraphServiceError)
"""Ways for a request to be refused."""


def errors_of(failure: BaseException) -> list[GraphQLError]:
    """Return the errors of a request that was refused."""
    if isinstance(failure, InvalidError):
        return failure.errors
    if isinstance(failure, GraphServiceError):
        return [wrapped(failure)]
    assert isinstance(failure, GraphQLError), failure  # noqa: S101 - there is no fourth sort
    return [failure]
