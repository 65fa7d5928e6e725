"""Who is asking, and what may they do: API tokens and roles."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError, NotAllowedError
from graph_service.model.ids import IdGenerator, new_id
from graph_service.model.place import Place
from graph_service.model.revision import Actor, ActorType
from graph_service.store import GraphStore

PREFIX = "gs"
"""First part of every token, so that scanners of leaked secrets can tell what one is."""

NAME_LENGTH_MAX = 200
_RECORD = "token"
_SECRET_BYTES = 32
_SHAPE = re.compile(r"gs\.(tok_[0-9a-f]{32})\.([A-Za-z0-9_-]{43})")
_REFUSED = (
    "this token is not valid: it is unknown, expired or revoked; ask an administrator for one"
)


class Role(StrEnum):
    """What a viewer may do; a viewer may have several."""

    VIEWER = "VIEWER"
    ENGINEER = "ENGINEER"
    DISCOVERY = "DISCOVERY"
    CHANGE_MANAGER = "CHANGE_MANAGER"
    CHANGE_AUTHORITY = "CHANGE_AUTHORITY"
    SERVICE_OWNER = "SERVICE_OWNER"
    CONTINUITY_PLANNER = "CONTINUITY_PLANNER"
    AUDITOR = "AUDITOR"
    ADMIN = "ADMIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who is signed in. ``expires_at`` is when that ends, if it does.

    ``person`` is the id of whoever a personal token is of, empty where it is nobody's.
    """

    actor: Actor
    roles: frozenset[Role]
    expires_at: datetime | None = None
    person: str = ""

    def has_one_of(self, roles: Collection[Role]) -> bool:
        """Whether any one of these roles is theirs; no roles asked is nothing asked."""
        return not roles or not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token without its secret, which nobody but its holder has.

    ``person`` is the id of whoever it is of, empty where it is nobody's.
    """

    id: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    created_by: Actor
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    person: str = ""

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything at this instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Access:
    """Creates, lists, revokes and verifies API tokens.

    What is stored is an HMAC-SHA-256 of the secret under a pepper that is not in the store, so a
    copy of the store opens nothing. ``peppers`` are by version: the highest seals new tokens, the
    others still verify older ones; a token whose pepper is gone is not
    valid. There is at least one.
    """

    def __init__(
        self,
        store: GraphStore,
        peppers: Mapping[int, bytes],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        ids: IdGenerator = new_id,
    ) -> None:
        self._store = store
        self._peppers = dict(peppers)
        self._now = clock
        self._ids = ids

    async def create(
        self,
        name: str,
        roles: Collection[Role],
        *,
        by: Actor,
        expires_at: datetime | None = None,
        person: str = "",
    ) -> tuple[Token, str]:
        """Make a token and return it with its text, which is shown this once.

        ``person`` is the id of whoever it is to be of.

        Raises:
            InvalidInputError: No name or role, or an end that has passed.

        """
        self._check(name, roles, expires_at)
        token = Token(
            id=self._ids("tok"),
            name=name.strip(),
            roles=frozenset(roles),
            created_at=self._now(),
            created_by=by,
            expires_at=expires_at,
            person=person,
        )
        secret = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).decode().rstrip("=")
        version = max(self._peppers)
        await self._save(token, version, self._seal(version, token.id, secret), by)
        return token, f"{PREFIX}.{token.id}.{secret}"

    async def tokens(self) -> list[Token]:
        """Return all tokens that ever were, oldest first."""
        found: list[Record] = []
        while page := await self._store.records(_RECORD, after=found[-1].id if found else ""):
            found += page
        return sorted((_token(each) for each in found), key=lambda token: token.created_at)

    async def revoke(self, token_id: str, *, by: Actor) -> Token | None:
        """End a token now and return it; ``None`` when there is none of this id.

        A token that was revoked before stays revoked as of then.
        """
        record = await self._store.record(_RECORD, token_id)
        if record is None:
            return None
        token = _token(record)
        if token.revoked_at is not None:
            return token
        token = replace(token, revoked_at=self._now())
        await self._save(token, record.data["pepper"], record.data["seal"], by)
        return token

    async def verify(self, text: str) -> Viewer:
        """Return whose token this is.

        Raises:
            NotAllowedError: It is not a token, or unknown, expired or revoked: never said which.

        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise NotAllowedError(_REFUSED)
        token_id, secret = match.groups()
        record = await self._store.record(_RECORD, token_id)
        version = record.data["pepper"] if record else max(self._peppers)
        expected = record.data["seal"] if record else ""
        known = version in self._peppers
        sealed = self._seal(version if known else max(self._peppers), token_id, secret)
        # Compared even when it cannot match, so that time tells nothing about which ids exist.
        same = hmac.compare_digest(sealed, expected)
        if record is None or not (same and known):
            raise NotAllowedError(_REFUSED)
        token = _token(record)
        if not token.is_valid(self._now()):
            raise NotAllowedError(_REFUSED)
        return Viewer(
            actor=Actor(token.id, token.name, ActorType.TOKEN),
            roles=token.roles,
            expires_at=token.expires_at,
            person=token.person,
        )

    def _seal(self, version: int, token_id: str, secret: str) -> str:
        message = f"{token_id}.{secret}".encode()
        return hmac.new(self._peppers[version], message, hashlib.sha256).hexdigest()

    async def _save(self, token: Token, pepper: int, seal: str, by: Actor) -> None:
        data = {**_token_data(token), "pepper": pepper, "seal": seal}
        head = await self._store.head()
        record = Record(kind=_RECORD, id=token.id, data=data)
        await self._store.apply(GraphDelta(based_on=head.revision, actor=by, records=(record,)))

    def _check(self, name: str, roles: Collection[Role], expires_at: datetime | None) -> None:
        faults = []
        if not name.strip() or len(name) > NAME_LENGTH_MAX or not name.isprintable():
            message = f"a token needs a name of 1 to {NAME_LENGTH_MAX} printable characters"
            faults.append(_fault("INVALID_NAME", message, "name", "say what will use it"))
        if not roles:
            remedy = f"give at least one of {', '.join(Role)}"
            faults.append(
                _fault("NO_ROLE", "a token without a role may do nothing", "roles", remedy)
            )
        if expires_at is not None and expires_at <= self._now():
            message = f"{expires_at.isoformat()} has passed"
            faults.append(_fault("INSTANT_PASSED", message, "expiresAt", "give a later instant"))
        if faults:
            raise InvalidInputError(faults)


def _fault(code: str, message: str, path: str, remedy: str) -> Fault:
    return Fault(code=code, message=message, place=Place("input", path), remedy=remedy)


def _token_data(token: Token) -> dict[str, Any]:
    def instant(value: datetime | None) -> str | None:
        return value.astimezone(UTC).isoformat() if value else None

    return {
        "name": token.name,
        "roles": sorted(token.roles),
        "createdAt": instant(token.created_at),
        "createdBy": [token.created_by.id, token.created_by.name, token.created_by.type],
        "expiresAt": instant(token.expires_at),
        "revokedAt": instant(token.revoked_at),
        "person": token.person,
    }


def _token(record: Record) -> Token:
    def instant(name: str) -> datetime | None:
        text = record.data[name]
        return datetime.fromisoformat(text) if text else None

    actor_id, actor_name, actor_type = record.data["createdBy"]
    return Token(
        id=record.id,
        name=record.data["name"],
        roles=frozenset(Role(each) for each in record.data["roles"]),
        created_at=datetime.fromisoformat(record.data["createdAt"]),
        created_by=Actor(actor_id, actor_name, ActorType(actor_type)),
        expires_at=instant("expiresAt"),
        revoked_at=instant("revokedAt"),
        person=record.data.get("person", ""),
    )
