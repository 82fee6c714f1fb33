"""Calls that move artifact bytes by path: what a client does with an `mlflow-artifacts:` location."""

from collections.abc import Iterator
from types import SimpleNamespace

from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter

from app.api.errors import DownloadInPartsNotOffered, FileNameMissing, UploadInterrupted
from app.api.fields import Text
from app.api.mlflow.artifact_responses import PIECE, file_answer, present_entries
from app.api.routing import answer, call, v2
from app.artifacts import parse
from app.authz.permissions import Permission
from app.http.application import current_actor, needs
from app.registry.files import access, changes

FILE = "/mlflow-artifacts/artifacts/<anything:path>"


class Anything(PathConverter):
    """The rest of the path, whatever it is: the path guard decides what may be in it, and answers 400.

    Flask's own `path` would leave out a leading slash and redirect `//etc` to a path that nobody sent.
    """

    regex = r"[\s\S]+?"
    part_isolating = False


v2.record(lambda state: state.app.url_map.converters.update(anything=Anything))


@needs(Permission.EXPERIMENTS_EDIT, reads=True)
def upload(path: str) -> Response:
    """Stores the body of the request, whatever its size, as the file `path`; all of it or nothing."""
    target = parse(path)
    if path.endswith("/"):
        access.check_write(target, current_actor())
        raise FileNameMissing
    changes.write(target, body_pieces(), request.content_length, actor=current_actor())
    return Response(status=200, content_type="text/plain; charset=utf-8")


def body_pieces() -> Iterator[bytes]:
    """Yields the body in pieces. Raises `UploadInterrupted` where it breaks off."""
    while True:
        try:
            piece = request.stream.read(PIECE)
        except HTTPException:
            raise
        except (
            Exception
        ) as error:  # each WSGI server has its own for a client that has gone or sends nonsense
            raise UploadInterrupted from error
        if not piece:
            return
        yield piece


@needs(Permission.EXPERIMENTS_READ)
def download(path: str) -> Response:
    """Returns the file `path` as an attachment."""
    return file_answer(parse(path), current_actor())


@needs(Permission.EXPERIMENTS_MANAGE, reads=True)
def delete(path: str) -> Response:
    """Removes a file, or a folder and all that it holds. As in MLflow, a missing one is no error."""
    changes.delete(parse(path), actor=current_actor())
    return answer({})


for _method, _view in (("PUT", upload), ("GET", download), ("DELETE", delete)):
    v2.add_url_rule(FILE, endpoint=f"artifacts_{_view.__name__}", view_func=_view, methods=[_method])


@call("GET", "/mlflow-artifacts/artifacts", Permission.EXPERIMENTS_READ, Text(name="path", default=""))
def list_folder(args: SimpleNamespace) -> dict:
    """Returns the folder's entries, named without their folder; none for a file or a missing folder."""
    entries = access.entries(parse(args.path), current_actor())
    return {"files": present_entries(entries)} if entries else {}


@call("GET", "/mlflow-artifacts/presigned/<anything:path>", Permission.EXPERIMENTS_READ)
def presigned_download(args: SimpleNamespace) -> dict:
    """Not offered: there is no object store to send the client to."""
    parse(args.path)
    raise DownloadInPartsNotOffered
