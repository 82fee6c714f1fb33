"""Uploads in parts, as MLflow's clients send them."""

from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.support.answers import FILES
from tests.support.team import Person


def mpu(person: Person, way: str, folder: str, **fields: Any) -> TestResponse:
    """Sends one of the calls of an upload in parts, of the file `big` in the folder."""
    return person.post(f"{FILES}mpu/{way}/{folder}", path="/home/me/big", **fields)


def send_parts(person: Person, upload: dict[str, Any]) -> list[dict[str, Any]]:
    """Sends each part of an upload; what to say of them when it is completed."""
    sent = []
    for credential in upload["credentials"]:
        # As clients do: without the credentials of whoever began it.
        answer = person.client.put(
            urlsplit(credential["url"]).path, headers=credential["headers"], data=b"part"
        )
        assert answer.status_code == 200
        sent.append({"part_number": credential["part_number"], "etag": answer.headers["ETag"], "url": ""})
    return sent
