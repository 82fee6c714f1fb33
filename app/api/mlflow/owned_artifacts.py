"""Calls that reach artifacts through what they belong to: a run, a logged model, a model version.

The client names the owner and a path within; where the owner's files are, the server knows by itself.
"""

from types import SimpleNamespace

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from app.api.errors import (
    FormUploadTooLarge,
    OneOwnerNeeded,
    PresignedDownloadNotOffered,
    PresignedUploadNotOffered,
    QueryFieldMissing,
    UploadFieldMissing,
)
from app.api.fields import Text, Whole
from app.api.mlflow.artifact_responses import file_answer, present_entries
from app.api.mlflow.artifacts import body_pieces
from app.api.routing import call, v2
from app.artifacts import ArtifactPath, parse
from app.artifacts.paths import check_relative
from app.artifacts.uris import from_uri
from app.authz.permissions import Permission
from app.core.ids import LoggedModelId
from app.http.application import current_actor, needs
from app.http.errors import FilesOutOfReach
from app.registry import versions
from app.registry.files import access as file_access
from app.registry.files import changes
from app.tracking import access as tracking
from app.tracking import runs
from app.tracking.logged_models import models

READ = Permission.EXPERIMENTS_READ
EDIT = Permission.EXPERIMENTS_EDIT

# MLflow has these two beside its API, for links in pages.
links = Blueprint("artifact_links", __name__)

MAX_FORM_UPLOAD = 10 * 1024 * 1024  # bytes, as MLflow's upload-artifact takes


def _root(uri: str, owner: str) -> ArtifactPath:
    """Returns the path of an owner's artifacts. Raises `FilesOutOfReach` where they are kept elsewhere."""
    path = from_uri(uri)
    if path is None:
        raise FilesOutOfReach(owner, uri)
    return path


def _run_root(run_id: str) -> ArtifactPath:
    return _root(runs.find(run_id).artifact_uri, f"run {run_id}")


def _listing(uri: str, owner: str, relative: str) -> dict:
    root = _root(uri, owner)
    path = root.joined(relative)
    below = "/".join(path.parts[len(root.parts) :])
    files = present_entries(file_access.entries(path, current_actor()), below)
    return {"root_uri": uri, "files": files} if files else {"root_uri": uri}


@call(
    "GET",
    "/mlflow/artifacts/list",
    READ,
    Text(name="run_id", required=True, alias="run_uuid"),
    Text(name="path", default=""),
    Text(name="page_token"),
)
def list_of_run(args: SimpleNamespace) -> dict:
    """ListArtifacts: one folder of a run. As in MLflow, one answer holds all of it and no token follows."""
    check_relative(args.path)
    return _listing(runs.find(args.run_id).artifact_uri, f"run {args.run_id}", args.path)


@call(
    "GET",
    "/mlflow/logged-models/<model_id>/artifacts/directories",
    READ,
    Text(name="artifact_directory_path", default=""),
)
def list_of_logged_model(args: SimpleNamespace) -> dict:
    """ListLoggedModelArtifacts: one folder of a logged model."""
    check_relative(args.artifact_directory_path)
    row = models.find(args.model_id)
    return _listing(row.artifact_uri, f"logged model {args.model_id}", args.artifact_directory_path)


@v2.get("/mlflow/logged-models/<model_id>/artifacts/files")
@needs(READ)
def file_of_logged_model(model_id: str) -> Response:
    """Returns a file of a logged model as an attachment."""
    relative = request.args.get("artifact_file_path")
    if not relative:
        raise BadRequest('Request must include the "artifact_file_path" query parameter.')
    return _file_of_model(model_id, relative)


@links.get("/logged-models/get-artifact")
@needs(READ)
def file_of_model() -> Response:
    """Returns a file of a logged model, too, at an address for links in pages, as the two below do."""
    return _file_of_model(_query("model_id"), _query("path"))


def _file_of_model(model_id: str, relative: str) -> Response:
    check_relative(relative)
    row = models.find(LoggedModelId(model_id))
    path = _root(row.artifact_uri, f"logged model {model_id}").joined(relative)
    return file_answer(path, current_actor())


@links.get("/get-artifact")
@needs(READ)
def file_of_run() -> Response:
    """Returns a file of a run as an attachment."""
    relative = _query("path")
    check_relative(relative)
    root = _run_root(request.args.get("run_id") or request.args.get("run_uuid", ""))
    return file_answer(root.joined(relative), current_actor())


@links.get("/model-versions/get-artifact")
@needs(Permission.MODELS_READ)
def file_of_version() -> Response:
    """Returns a file of a model version as an attachment, wherever in this store the version's files are."""
    relative = _query("path")
    check_relative(relative)
    version = versions.get(_query("name"), _query("version"))
    if version.storage is None:
        raise FilesOutOfReach(f"version {version.number}", version.source)
    return file_answer(parse(version.storage).joined(relative), current_actor())


def _query(name: str) -> str:
    value = request.args.get(name)
    if value is None:
        raise QueryFieldMissing(name)
    return value


@v2.post("/mlflow/upload-artifact")
@needs(EDIT, reads=True)
def upload_to_run() -> Response:
    """Stores the body, up to 10 MiB, as a file of a run, as MLflow's pages send it."""
    run_id, relative = request.args.get("run_uuid"), request.args.get("path")
    for name, value in (("run_uuid", run_id), ("path", relative)):
        if not value:
            raise UploadFieldMissing(name)
    check_relative(relative or "")
    request.max_content_length = MAX_FORM_UPLOAD
    if (request.content_length or 0) > MAX_FORM_UPLOAD:
        raise FormUploadTooLarge
    data = b"".join(body_pieces())
    if not data:
        raise UploadFieldMissing("data")
    path = _run_root(run_id or "").joined(relative or "")
    changes.write(path, [data], len(data), actor=current_actor())
    return Response(status=200, content_type="application/json")


@call(
    "POST",
    "/mlflow/artifacts/presigned-upload-url",
    EDIT,
    Text(name="run_id", default=""),
    Text(name="model_id", default=""),
    Text(name="path", required=True),
    Whole(name="expiration"),
    reads=True,
)
def presigned_upload_url(args: SimpleNamespace) -> dict:
    """CreatePresignedUploadUrl: there is no object store of ours to send the client to."""
    if bool(args.run_id) == bool(args.model_id):
        raise OneOwnerNeeded
    check_relative(args.path)
    if args.run_id:
        runs.find(args.run_id)
        tracking.check_run(args.run_id, EDIT, current_actor())
    else:
        models.find(args.model_id)
        tracking.check_logged_model(args.model_id, EDIT, current_actor())
    raise PresignedUploadNotOffered


@call(
    "POST",
    "/mlflow/artifacts/presigned-download-url",
    READ,
    Text(name="run_id", required=True),
    Text(name="path", required=True),
    Whole(name="expiration"),
    reads=True,
)
def presigned_download_url(args: SimpleNamespace) -> dict:
    """CreatePresignedDownloadUrl: as for uploads."""
    check_relative(args.path)
    runs.find(args.run_id)
    raise PresignedDownloadNotOffered
