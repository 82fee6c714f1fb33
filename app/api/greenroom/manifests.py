"""Greenroom's call for the manifest of a version: the digests of all of its files."""

from types import SimpleNamespace

from app import manifests
from app.api.fields import Text
from app.api.presenters.manifests import present_manifest
from app.api.routing import call
from app.authz.permissions import Permission
from app.core import blocking
from app.registry import queries

NAME = Text(name="name", required=True)
VERSION = Text(name="version", required=True)


@call("GET", "/greenroom/manifest", Permission.MODELS_READ, NAME, VERSION)
def get_manifest(args: SimpleNamespace) -> dict:
    """Returns the manifest of a version with all of its files."""
    row = queries.version_keys(args.name, args.version)
    manifest = manifests.of_version(row.id)
    files = manifests.files(manifest.key) if manifest.key else []
    return {"manifest": blocking.run(present_manifest, manifest, files)}
