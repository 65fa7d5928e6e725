"""Subscriptions: one operation, answered anew with every event."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable
from dataclasses import replace
from typing import Any

from graphql import (
    ExecutionResult,
    Executor,
    OperationType,
    create_source_event_stream,
    execute_subscription_event,
)

from graph_service.api.failures import DeadlineExceededError
from graph_service.api.operation import (
    FAILURES,
    Answered,
    GraphQLRequest,
    InvalidError,
    Operations,
    Prepared,
    errors_of,
)
from graph_service.use_cases.access import Viewer


class Subscriptions:
    """Answers subscriptions; documents meet the same limits as any other operation.

    ``seconds`` is how long beginning one, or answering one event, may take.
    """

    def __init__(self, operations: Operations, seconds: float) -> None:
        self._operations = operations
        self._seconds = seconds

    async def begin(
        self, request: GraphQLRequest, viewer: Viewer, request_id: str
    ) -> AsyncGenerator[Answered, None] | Answered:
        """Begin a subscription: an answer an event, or one that refuses it.

        What is no subscription is answered as ``run`` does.
        """
        try:
            found = self._operations.ready(request, viewer)
            if found.operation.operation is not OperationType.SUBSCRIPTION:
                return await self._operations.run(request, viewer, request_id)
            executor = self._executor(request, found, viewer, request_id)
            events = create_source_event_stream(executor)
            async with asyncio.timeout(self._seconds):
                opened = await events if isinstance(events, Awaitable) else events
        except TimeoutError:
            late = DeadlineExceededError("the subscription did not begin in time")
            return self._operations.refused(errors_of(late), "subscription", request_id)
        except FAILURES as error:
            return self._operations.refused(errors_of(error), "subscription", request_id)
        if isinstance(opened, ExecutionResult):
            return self._operations.refused(opened.errors or [], "subscription", request_id)
        return self._events(request, found, viewer, request_id, opened)

    async def _events(
        self,
        request: GraphQLRequest,
        found: Prepared,
        viewer: Viewer,
        request_id: str,
        source: AsyncIterable[Any],
    ) -> AsyncGenerator[Answered, None]:
        """Answer one event after the other, each as an operation of its own."""
        kind = "subscription"
        events = aiter(source)
        try:
            while True:
                try:
                    event = await anext(events)
                    executor = self._executor(request, found, viewer, request_id, event)
                    async with asyncio.timeout(self._seconds):
                        result = execute_subscription_event(executor)
                        result = await result if isinstance(result, Awaitable) else result
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    late = DeadlineExceededError("an event took too long; select less of it")
                    yield self._operations.refused(errors_of(late), kind, request_id)
                    return
                except FAILURES as error:
                    yield self._operations.refused(errors_of(error), kind, request_id)
                    return
                answer = self._operations.answered(result, found.cost, kind, request_id)
                yield replace(answer, position=getattr(event, "number", None))
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _executor(
        self,
        request: GraphQLRequest,
        found: Prepared,
        viewer: Viewer,
        request_id: str,
        event: object = None,
    ) -> Executor[Any]:
        executor = Executor.build(
            self._operations.schema,
            found.document,
            root_value=event,
            context_value=self._operations.context(viewer, request_id),
            raw_variable_values=dict(request.variables),
            operation_name=request.operation_name,
        )
        if isinstance(executor, list):
            raise InvalidError(executor)
        return executor
