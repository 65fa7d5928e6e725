"""Who sent this request: a bearer token, or the session of a browser on this machine."""

from starlette.requests import Request

from graph_service.api.failures import UnauthenticatedError
from graph_service.api.sign_in import SignIn
from graph_service.model.errors import NotAllowedError
from graph_service.use_cases.access import Access, Viewer

COOKIE = "graph_service_session"
OWN_REQUEST_HEADER = "x-graph-service"
"""Sent by our own pages. No form and no link of another site can send it, so a session counts only
with it: a browser asks us first whether another site may, and we never say so."""


class Authentication:
    """Finds out who asks."""

    def __init__(self, access: Access, sign_in: SignIn | None) -> None:
        self._access = access
        self._sign_in = sign_in

    async def viewer(self, request: Request) -> Viewer:
        """Return who sent a request, and note it for the log.

        Raises:
            UnauthenticatedError: Nobody we know.

        """
        viewer = await self._found(request)
        request.scope["graph_service.actor"] = viewer.actor.id
        return viewer

    async def _found(self, request: Request) -> Viewer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.casefold() != "bearer":
                raise UnauthenticatedError("the Authorization header is not: Bearer TOKEN")
            try:
                return await self._access.verify(token.strip())
            except NotAllowedError as error:
                raise UnauthenticatedError(str(error)) from error
        secret = request.cookies.get(COOKIE)
        if secret is None or self._sign_in is None:
            raise UnauthenticatedError("nobody is signed in")
        if not _is_from_our_page(request):
            raise UnauthenticatedError("a session counts only in requests of our own pages")
        viewer = self._sign_in.viewer(secret)
        if viewer is None:
            raise UnauthenticatedError("this session has ended; start the service again for a link")
        return viewer


def _is_from_our_page(request: Request) -> bool:
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return (
        request.headers.get("origin") == own
        and bool(request.headers.get(OWN_REQUEST_HEADER))
        and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    )
