"""Signed names for uploads in parts, so that no row has to remember them.

The id of an upload says which file it is for; a part's token lets its bearer store that one part and
nothing else. Both are worth nothing once their time is over or the server's key is another.
"""

import hashlib
from typing import NamedTuple

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from app.artifacts.errors import PartTokenRefused, UnknownUpload
from app.artifacts.store import STALE_AFTER
from app.core import clock

LIFETIME = STALE_AFTER  # seconds; no longer than parts that nobody asks for are kept


class Upload(NamedTuple):
    """An upload under way: its id in the store, the file it will be, in how many parts it comes.

    `account` is the key of the one who began it, 0 where there are no accounts.
    """

    id: str
    path: str
    parts: int
    account: int = 0


class UploadTokens:
    """Issues and reads the tokens of one server's secret key."""

    def __init__(self, secret: str):
        # A purpose of its own for each kind: neither passes for the other, nor for a cookie.
        self._uploads = URLSafeTimedSerializer(
            secret,
            salt="greenroom.upload",
            signer=_Signer,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
        self._parts = _Signer(
            secret, salt="greenroom.upload-part", key_derivation="hmac", digest_method=hashlib.sha256
        )

    def for_upload(self, upload: Upload) -> str:
        """The text by which the client names the upload from now on."""
        return self._uploads.dumps(upload)

    def upload(self, token: str, path: str, account: int = 0) -> Upload:
        """The upload that `token` names.

        Raises `InvalidParameter` where that is none of the file `path`, or another account began it.
        """
        try:
            found = Upload(*self._uploads.loads(token, max_age=LIFETIME))
        except BadData:
            found = None
        if found is None or (found.path, found.account) != (path, account):
            raise UnknownUpload(path)
        return found

    def for_part(self, upload: str, number: int) -> str:
        """The text whose bearer may store part `number`."""
        return self._parts.sign(_part(upload, number)).decode()

    def check_part(self, token: str, upload: str, number: int) -> None:
        """Raise `PermissionDenied` unless `token` is for this very part."""
        try:
            signed = self._parts.unsign(token, max_age=LIFETIME)
        except BadData:
            signed = None
        if signed != _part(upload, number):
            raise PartTokenRefused()


class _Signer(TimestampSigner):
    def get_timestamp(self) -> int:
        return clock.now_ms() // 1000


def _part(upload: str, number: int) -> bytes:
    return f"{upload}-{number}".encode()
