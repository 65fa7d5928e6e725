"""Codes and sessions end by themselves."""

from graph_service.api.sign_in import SESSIONS_MAX, SignIn
from graph_service.use_cases.access import Role, Viewer
from tests.builders import ADA

VIEWER = Viewer(actor=ADA, roles=frozenset({Role.VIEWER}))


class Clock:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_code_expires() -> None:
    """A link that nobody used in time opens nothing."""
    clock = Clock()
    sign_in = SignIn(VIEWER, clock=clock, code_seconds=60)
    code, late = sign_in.new_code(), sign_in.new_code()

    clock.now = 59.9
    assert sign_in.redeem(code) is not None
    clock.now = 60
    assert sign_in.redeem(late) is None


def test_a_session_expires() -> None:
    """A session lasts as long as it was made for."""
    clock = Clock()
    sign_in = SignIn(VIEWER, clock=clock, session_seconds=60)
    secret = sign_in.redeem(sign_in.new_code())
    assert secret is not None

    clock.now = 59.9
    found = sign_in.viewer(secret)
    assert found is not None
    assert found.expires_at is not None
    clock.now = 60
    assert sign_in.viewer(secret) is None


def test_keeps_a_bounded_number_of_sessions() -> None:
    """The oldest session makes room."""
    sign_in = SignIn(VIEWER)
    secrets = [sign_in.redeem(sign_in.new_code()) or "" for _ in range(SESSIONS_MAX + 1)]

    assert sign_in.viewer(secrets[0]) is None
    assert all(sign_in.viewer(each) for each in secrets[1:])
