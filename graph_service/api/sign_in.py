"""Signing in to a service on one's own machine: a link that works once, then a session.

Everything is kept in memory: a restart ends all sessions and prints a new link.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from graph_service.use_cases.access import Viewer

CODE_SECONDS = 3600.0
SESSION_SECONDS = 12 * 3600.0
SESSIONS_MAX = 100
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Session:
    viewer: Viewer
    ends_at: float


class SignIn:
    """One-time codes and sessions of one viewer, whoever sits at this machine.

    ``clock`` counts seconds and never goes back.
    """

    def __init__(
        self,
        viewer: Viewer,
        *,
        clock: Callable[[], float] = time.monotonic,
        code_seconds: float = CODE_SECONDS,
        session_seconds: float = SESSION_SECONDS,
    ) -> None:
        self._viewer = viewer
        self._clock = clock
        self._code_seconds = code_seconds
        self.session_seconds = session_seconds
        self._codes: dict[str, float] = {}
        self._sessions: dict[str, _Session] = {}

    def new_code(self) -> str:
        """Return a code that opens one session, for the address ``/sign-in?code=…``."""
        code = secrets.token_urlsafe(_SECRET_BYTES)
        self._codes[code] = self._clock() + self._code_seconds
        return code

    def redeem(self, code: str) -> str | None:
        """Use a code up and return the secret of a new session; ``None`` if it opens none."""
        now = self._clock()
        ends_at = self._codes.pop(code, None)
        if ends_at is None or ends_at <= now:
            return None
        self._sessions = {
            secret: each for secret, each in self._sessions.items() if each.ends_at > now
        }
        while len(self._sessions) >= SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        until = datetime.now(UTC) + timedelta(seconds=self.session_seconds)
        viewer = replace(self._viewer, expires_at=until)
        self._sessions[secret] = _Session(viewer, now + self.session_seconds)
        return secret

    def viewer(self, secret: str) -> Viewer | None:
        """Return whose session this is, while it lasts."""
        session = self._sessions.get(secret)
        return session.viewer if session and session.ends_at > self._clock() else None

    def end(self, secret: str) -> None:
        """Sign out."""
        self._sessions.pop(secret, None)
