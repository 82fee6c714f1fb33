"""Sentences about artifacts: files that are missing or misplaced, uploads, and the disk."""

from collections.abc import Callable
from typing import Any

from app.artifacts import errors
from app.core.errors import GreenroomError


def _too_many_uploads(error: errors.TooManyUploads) -> str:
    who = "You have" if error.is_of_account else "Everyone together has"
    return (
        f"{who} {error.limit:,} uploads in parts open, the most that are allowed. Complete or abort some; those that "
        "are left alone end after a day."
    )


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.TooManyUploads: _too_many_uploads,
    errors.ArtifactNotFound: "No such artifact: '{path}'",
    errors.ArtifactIsFolder: "Artifact path refers to a directory, not a file: '{path}'",
    errors.FileNameMissing: "An artifact path must include a file name.",
    errors.RootNotDeletable: "The artifact root itself cannot be deleted.",
    errors.ArtifactMisplaced: (
        "'{path}' cannot be stored: a directory has that name, or a file the name of its directory."
    ),
    errors.FolderDeletedDuringUpload: "The folder of '{path}' was deleted during the upload; send it again.",
    errors.NameTooLongForDisk: "The server's file system takes no name as long as in '{path}'.",
    errors.UploadBrokeOff: "The upload broke off: {size} of {expected} bytes arrived.",
    errors.ArtifactTooLarge: "The server's file system takes no file as large as this artifact.",
    errors.DiskFull: "There is no room left for this artifact on the server.",
    errors.ArtifactFolderNotWritable: "The server may not write to its folder of artifacts.",
    errors.ArtifactRootMissing: (
        "The server's folder of artifacts is missing, as if its disk were not mounted. Try again once it is back."
    ),
    errors.UploadOver: "This upload was completed, aborted or left alone too long; begin it again.",
    errors.PartMissing: "Part {number} of this upload did not arrive with that ETag.",
    errors.UnknownUpload: "This is no upload of '{path}', or it was begun more than a day ago.",
    errors.PartTokenRefused: "This part's token is missing, wrong, or more than a day old.",
    errors.InvalidArtifactPath: "Invalid artifact path: {fault}.",
    errors.InvalidArtifactUri: "Invalid artifact location: an {scheme} URI {rule}.",
}
