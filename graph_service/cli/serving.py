"""The server process: a socket, the application, and a line that says where it answers."""

import asyncio
import ipaddress
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import FrameType

import uvicorn
from typing_extensions import override

from graph_service.api.application import asgi_application
from graph_service.api.limits import Limits
from graph_service.api.services import LOOPBACK_HOSTS, Options, services
from graph_service.api.sign_in import SignIn
from graph_service.bootstrap import access, collectors, derived_key, opened
from graph_service.cli.exit_codes import ExitCode
from graph_service.cli.rules.sweeping_regularly import sweep_regularly
from graph_service.cli.server_log import configure_logging
from graph_service.cli.session import Session, messages
from graph_service.cli.store_answers import person
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.use_cases.access import Role, Viewer

SHUTDOWN_SECONDS = 10
BACKLOG = 128


async def serve_until_stopped(session: Session, host: str, port: int) -> ExitCode:
    """Answer requests until the process is told to stop; then finish those under way."""
    settings = session.settings
    configure_logging(settings.log_format)
    listening = _listen(host, port)
    async with opened(settings, writing=True) as product:
        working, broken = collectors()
        for name, why in broken.items():
            messages.print(f"The collector {name} does not load: {why}", markup=False)
        offered = services(product, access(product.store, settings), working)
        options = Options(
            cursor_key=derived_key(settings, "cursors"),
            version=version("graph-service"),
            hosts=LOOPBACK_HOSTS if _is_loopback(host) else frozenset(),
            limits=Limits(operation_seconds=settings.deadline_seconds),
            follow_seconds=settings.follow_seconds,
        )
        await product.questions.estate_counts()  # the projection is ready before we say so
        sign_in = _sign_in(session, host)
        application = asgi_application(offered, options, sign_in=sign_in)
        server = _Server(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            ),
            options.stopping,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_until_it_ends(server, listening, options.stopping))
            if settings.sweep_minutes:
                seconds = settings.sweep_minutes * 60
                tasks.create_task(sweep_regularly(product, seconds, options.stopping))
            tasks.create_task(_announce(server, listening, host, sign_in))
    return ExitCode.DONE


async def _until_it_ends(
    server: "_Server", listening: socket.socket, stopping: asyncio.Event
) -> None:
    try:
        await server.serve(sockets=[listening])
    finally:
        stopping.set()


class _Server(uvicorn.Server):
    """Ends with exit code 0 when told to stop, where uvicorn would end by the signal itself.

    ``stopping`` is set at once, for streams that would otherwise never end.
    """

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)


def _sign_in(session: Session, host: str) -> SignIn | None:
    """Offer a link without a token only where whoever follows it could read the store anyway."""
    if not (_is_loopback(host) and session.settings.store.startswith("sqlite:")):
        return None
    return SignIn(Viewer(actor=person(), roles=frozenset(Role)))


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        place = Place("serve", f"--host {host} --port {port}")
        # What was tried is in the place; Python repeats it, with its own brackets.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        message = f"cannot listen there: {reason or error}"
        remedy = "choose another port; 0 takes a free one"
        raise InvalidInputError(
            [Fault(code="CANNOT_LISTEN", message=message, place=place, remedy=remedy)]
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _announce(
    server: uvicorn.Server, listening: socket.socket, host: str, sign_in: SignIn | None
) -> None:
    """Say the address on standard output as soon as a request would be answered."""
    while not server.started:
        if server.should_exit:
            return
        await asyncio.sleep(0)
    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    print(address, flush=True)  # noqa: T201 - what a script waits for
    if sign_in is not None:
        code = sign_in.new_code()
        messages.print(
            f"Sign in once, in a browser here: {address}/sign-in?code={code}", markup=False
        )
    else:
        messages.print("Sign in with a token: graph-service token create --name … --role …")
