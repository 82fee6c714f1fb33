"""Greenroom's calls for the manifest of a version: the digests of all of its files."""

from types import SimpleNamespace

from app import manifests
from app.api.fields import Text
from app.api.presenters.manifests import present_manifest
from app.api.routing import call
from app.authz.permissions import Permission
from app.core import blocking
from app.http.application import current_actor
from app.manifests import VersionManifest
from app.registry import queries, version_files

NAME = Text(name="name", required=True)
VERSION = Text(name="version", required=True)


@call("GET", "/greenroom/manifest", Permission.MODELS_READ, NAME, VERSION)
def get_manifest(args: SimpleNamespace) -> dict:
    """Returns the manifest of a version with all of its files."""
    row = queries.version_keys(args.name, args.version)
    return {"manifest": _present(manifests.of_version(row.id))}


@call(
    "POST", "/greenroom/manifest", Permission.MODELS_EDIT, NAME, VERSION, Text(name="digest", required=True)
)
def report_digest(args: SimpleNamespace) -> dict:
    """Keeps the digest of a version whose files are elsewhere."""
    manifest = version_files.report_digest(args.name, args.version, args.digest, actor=current_actor())
    return {"manifest": _present(manifest)}


def _present(manifest: VersionManifest) -> dict:
    files = manifests.files(manifest.key) if manifest.key else []
    return blocking.run(present_manifest, manifest, files)
