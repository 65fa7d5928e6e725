"""Where a page ended: opaque texts that only continue the question they came from."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import orjson

from graph_service.api.failures import CursorInvalidError
from graph_service.model.codec import canonical

_MAC_BYTES = 12


class Cursors:
    """Writes and reads cursors, sealed under a key so that nobody else can make one.

    ``question`` is any JSON value that says what was asked. It is sealed with the position but not
    part of the text: a cursor of another question is as invalid as an altered one.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, question: object, position: Sequence[object]) -> str:
        """Return the cursor of a position in the answer to a question."""
        body = orjson.dumps(position)
        return base64.urlsafe_b64encode(self._seal(question, body) + body).decode().rstrip("=")

    def read(self, question: object, text: str) -> list[Any]:
        """Return the position that ``write`` was given.

        Raises:
            CursorInvalidError: It was altered, or belongs to another question.

        """
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise CursorInvalidError("this is not a cursor; start over") from error
        seal, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(seal, self._seal(question, body)):
            raise CursorInvalidError("this cursor belongs to another question; start over")
        position: list[Any] = orjson.loads(body)
        return position

    def _seal(self, question: object, body: bytes) -> bytes:
        message = canonical(question) + b"\0" + body
        return hmac.new(self._key, message, hashlib.sha256).digest()[:_MAC_BYTES]
