"""The files of a model version: a tree, and a preview of each."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import artifacts
from app.artifacts import ArtifactPath
from app.authz.permissions import Permission
from app.http.application import current_actor, needs
from app.http.errors import FilesOutOfReach
from app.registry import versions
from app.registry.files import access
from app.registry.queries import VersionRow
from app.web.rendering import file_browser, previews

blueprint = Blueprint("version_files", __name__)

MAX_FILES = 2_000


@blueprint.get("/models/<name>/versions/<int(max=2147483647):number>/files")
@needs(Permission.MODELS_READ)
def show(name: str, number: int) -> ResponseReturnValue:
    """Shows the tree of files and a preview of the one at `path`; the MLmodel file unless one is named."""
    version = versions.get(name, number)
    root = _root(version)
    files = artifacts.store().walk(root, MAX_FILES + 1)
    path = request.args.get("path") or next((name for name, _size in files if name == "MLmodel"), "")
    preview = None
    if path:
        preview = previews.of_file(root.joined(path), digest=request.args.get("checksum") == "1")
    return render_template(
        "versions/files.html",
        version=version,
        branch=file_browser.tree(files[:MAX_FILES]),
        path=path,
        has_more=len(files) > MAX_FILES,
        preview=preview,
        is_empty=not files,
        url_of=lambda path: url_for("version_files.show", name=name, number=number, path=path),
    )


def _root(version: VersionRow) -> ArtifactPath:
    if version.storage is None:
        raise FilesOutOfReach(f"version {version.number}", version.source)
    root = artifacts.parse(version.storage)
    access.check_read(root, current_actor())
    return root
