"""Signs the names of uploads in parts, so that no row has to remember them.

The id of an upload says which file it is for; a part's token lets its bearer store that one part and
nothing else. Both are worth nothing once they expire or the server's key changes.
"""

import hashlib
from typing import Any, NamedTuple

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from app.artifacts.errors import PartTokenRefused, UnknownUpload
from app.artifacts.store import STALE_AFTER
from app.core import clock

PATIENCE = 60  # seconds by which the clock of the server that signed may be ahead of ours
LIFETIME = STALE_AFTER  # seconds; no longer than abandoned parts are kept


class Upload(NamedTuple):
    """An open upload: its id in the store, the path of the file, and how many parts it has.

    `account` is the key of the account that began it, 0 where there are no accounts.
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

    def sign_upload(self, upload: Upload) -> str:
        """Returns the id that names the upload to the client."""
        return self._uploads.dumps(upload)

    def read_upload(self, token: str, path: str, account: int = 0) -> Upload:
        """Returns the upload that `token` names.

        Raises `UnknownUpload` where that is not one of the file `path`, or another account began it.
        """
        try:
            upload = Upload(*self._uploads.loads(token, max_age=LIFETIME))
        except BadData:
            upload = None
        if upload is None or (upload.path, upload.account) != (path, account):
            raise UnknownUpload(path)
        return upload

    def sign_part(self, upload: str, number: int) -> str:
        """Returns the token whose bearer may store part `number`."""
        return self._parts.sign(_part_name(upload, number)).decode()

    def check_part(self, token: str, upload: str, number: int) -> None:
        """Raises `PartTokenRefused` unless `token` is for this very part."""
        try:
            signed = self._parts.unsign(token, max_age=LIFETIME)
        except BadData:
            signed = None
        if signed != _part_name(upload, number):
            raise PartTokenRefused()


class _Signer(TimestampSigner):
    def get_timestamp(self) -> int:
        return clock.now_ms() // 1000

    def unsign(self, signed_value: Any, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Returns what was signed, also by another server whose clock is a little ahead."""
        value, moment = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - moment.timestamp()
        if max_age is not None and not -PATIENCE <= age <= max_age:
            raise SignatureExpired(f"Signature age {age} is not within {max_age} seconds", payload=value)
        return (value, moment) if return_timestamp else value


def _part_name(upload: str, number: int) -> bytes:
    return f"{upload}-{number}".encode()
