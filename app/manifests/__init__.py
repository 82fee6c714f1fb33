"""Keeps the SHA-256 of every file of every version, and the one digest that stands for all of them."""

from app.manifests.contents import ManifestFile
from app.manifests.file_digests import record_upload
from app.manifests.making import begin
from app.manifests.pending import count_pending, make_pending
from app.manifests.verification import Verification, verify
from app.manifests.versions import VersionManifest, files, mismatched, of_version, of_versions

__all__ = [
    "ManifestFile",
    "Verification",
    "VersionManifest",
    "begin",
    "count_pending",
    "files",
    "make_pending",
    "mismatched",
    "of_version",
    "of_versions",
    "record_upload",
    "verify",
]
