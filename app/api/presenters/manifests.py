"""The manifest of a version, as Greenroom's own calls write it."""

from collections.abc import Sequence
from typing import Any

from app.manifests import ManifestFile, VersionManifest


def present_manifest(manifest: VersionManifest, files: Sequence[ManifestFile]) -> dict[str, Any]:
    """Returns the manifest with its files; what is not known is left out, but for the digest."""
    shown: dict[str, Any] = {
        "digest": manifest.digest,
        "state": manifest.state,
        "files": [file._asdict() for file in files],
        "file_count": manifest.file_count,
        "total_size": manifest.total_size,
    }
    for name in (
        "key",
        "problem",
        "made_at",
        "verified_at",
        "mismatch_at",
        "reported_digest",
        "reported_by",
    ):
        if (value := getattr(manifest, name)) is not None:
            shown[name] = value
    return shown
