"""Uploads in parts: MLflow's multipart upload, whose parts its client sends to addresses that we name.

The client sends a part with nothing but what `create_multipart_upload` gave it, its credentials left out
(`mlflow.store.artifact.http_artifact_repo`). So each part has a token of its own, in a header and not in
the address: addresses are written to the logs of servers and proxies.
"""

import re
from types import SimpleNamespace

from flask import Response, request, url_for
from werkzeug.http import unquote_etag

from app.api.errors import PartCountOutOfRange, PartFileNameMissing, PartsIncomplete
from app.api.fields import Item, Text, Whole
from app.api.mlflow.artifacts import body_pieces
from app.api.routing import call, v2
from app.artifacts import ArtifactPath, parse, store
from app.artifacts.upload_tokens import Upload, UploadTokens
from app.authz.permissions import Permission
from app.db.transactions import db
from app.http.application import current_actor, current_greenroom, needs
from app.registry.files import access, changes

TOKEN_HEADER = "Greenroom-Part-Token"  # noqa: S105  (the name of a header)
MAX_PARTS = 10_000  # as in the object stores that MLflow's client was written for

PATH = Text(name="path", required=True)
UPLOAD = Text(name="upload_id", default="")
PARTS = Item(
    Whole(name="part_number", default=0),
    Text(name="etag", default=""),
    Text(name="url"),
    name="parts",
    many=True,
    required=True,
)


def _tokens() -> UploadTokens:
    return UploadTokens(current_greenroom().settings.secret_key)


def _account() -> int:
    return current_actor().account_id or 0


def _file_path(args: SimpleNamespace) -> ArtifactPath:
    """Returns the path of the file: in the folder that the URL names, with its name on the client's machine.

    `args.path` is spelled as that machine does, which may be Windows: only its last part counts here.
    """
    # In a POSIX path, a backslash is part of a name, which the path guard refuses.
    separators = "/" if args.path.startswith("/") else r"[/\\]"
    name = re.split(separators, args.path)[-1]
    if not name:
        raise PartFileNameMissing
    return parse(args.folder).joined(name)


def _writable_path(args: SimpleNamespace) -> ArtifactPath:
    path = _file_path(args)
    access.check_write(path, current_actor())
    return path


@call(
    "POST",
    "/mlflow-artifacts/mpu/create/<anything:folder>",
    Permission.EXPERIMENTS_EDIT,
    PATH,
    Whole(name="num_parts", required=True),
    reads=True,
)
def create_multipart_upload(args: SimpleNamespace) -> dict:
    """Opens an upload and says where its parts go. An upload without parts makes an empty file."""
    path = _writable_path(args)
    if not 0 <= args.num_parts <= MAX_PARTS:
        raise PartCountOutOfRange(MAX_PARTS)
    store().check_writable(path)
    quotas = current_greenroom().settings.quotas
    upload = Upload(store().uploads.begin(_account(), quotas), str(path), args.num_parts, _account())
    tokens = _tokens()
    address = url_for(".upload_part", upload=upload.id, number=0, _external=True).removesuffix("0")
    credentials = [
        {
            "url": f"{address}{number}",
            "part_number": number,
            "headers": {TOKEN_HEADER: tokens.sign_part(upload.id, number)},
        }
        for number in range(1, upload.parts + 1)
    ]
    return {"upload_id": tokens.sign_upload(upload), "credentials": credentials}


# PUBLIC: the client sends a part without its credentials. The token is the permission, for this one part
# of an upload that somebody who may do so has begun; only they can make an artifact of it.
@v2.put("/mlflow-artifacts/mpu/part/<upload>/<int:number>", endpoint="upload_part")
@needs(Permission.PUBLIC, reads=True)
def upload_part(upload: str, number: int) -> Response:
    """Stores the body of the request as a part, all of it or nothing; the ETag is its SHA-256."""
    _tokens().check_part(request.headers.get(TOKEN_HEADER, ""), upload, number)
    db.session.close()
    written = store().uploads.write(upload, number, body_pieces(), request.content_length)
    answer = Response(status=200, content_type="text/plain; charset=utf-8")
    answer.set_etag(written.digest)
    return answer


@call(
    "POST",
    "/mlflow-artifacts/mpu/complete/<anything:folder>",
    Permission.EXPERIMENTS_EDIT,
    PATH,
    UPLOAD,
    PARTS,
    reads=True,
)
def complete_multipart_upload(args: SimpleNamespace) -> dict:
    """Joins the parts to one file. A second call after that succeeds and does nothing."""
    path = _writable_path(args)
    upload = _tokens().read_upload(args.upload_id, str(path), _account())
    tags = {part.part_number: unquote_etag(part.etag)[0] or "" for part in args.parts}
    if len(args.parts) != upload.parts or sorted(tags) != list(range(1, upload.parts + 1)):
        raise PartsIncomplete(upload.parts)
    changes.join(upload.id, [tags[number] for number in sorted(tags)], path, actor=current_actor())
    return {}


@call(
    "POST",
    "/mlflow-artifacts/mpu/abort/<anything:folder>",
    Permission.EXPERIMENTS_EDIT,
    PATH,
    UPLOAD,
    reads=True,
)
def abort_multipart_upload(args: SimpleNamespace) -> dict:
    """Removes the parts of an upload. One that was completed or aborted before is no error."""
    path = _file_path(args)
    access.check_abort(path, current_actor())
    upload = _tokens().read_upload(args.upload_id, str(path), _account())
    db.session.close()
    store().uploads.abort(upload.id)
    return {}
