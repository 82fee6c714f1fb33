"""The kinds of errors about artifacts: files that are missing or misplaced, uploads, and the disk."""

from dataclasses import dataclass

from app.core.errors import (
    InvalidParameter,
    NoRoom,
    NotFound,
    PermissionDenied,
    TooLarge,
    TooMany,
    Unavailable,
)


@dataclass(eq=False)
class ArtifactNotFound(NotFound):
    """There is no such artifact, or one may not read it: the two look alike."""

    path: str


@dataclass(eq=False)
class ArtifactIsFolder(InvalidParameter):
    """A folder is there where a file is meant."""

    path: str
    field = "path"


@dataclass(eq=False)
class FileNameMissing(InvalidParameter):
    """The path names the artifact root, which is not a file."""

    field = "path"


@dataclass(eq=False)
class RootNotDeletable(InvalidParameter):
    """The artifact root itself cannot be deleted."""

    field = "path"


@dataclass(eq=False)
class ArtifactMisplaced(InvalidParameter):
    """A folder has the name of the file, or a file has the name of its folder."""

    path: str
    field = "path"


@dataclass(eq=False)
class FolderDeletedDuringUpload(InvalidParameter):
    """Somebody deleted the folder during the upload."""

    path: str


@dataclass(eq=False)
class NameTooLongForDisk(InvalidParameter):
    """The server's file system takes no name as long as this."""

    path: str


@dataclass(eq=False)
class UploadBrokeOff(InvalidParameter):
    """Fewer bytes arrived than were announced, or more."""

    size: int
    expected: int


@dataclass(eq=False)
class ArtifactTooLarge(TooLarge):
    """The server's file system takes no file as large as this."""


@dataclass(eq=False)
class DiskFull(NoRoom):
    """There is no room left on the disk."""


@dataclass(eq=False)
class ArtifactFolderNotWritable(NoRoom):
    """The server may not write to its folder of artifacts."""


@dataclass(eq=False)
class ArtifactRootMissing(Unavailable):
    """The folder of artifacts is not the one that the server was started with, as where its disk is not mounted."""


@dataclass(eq=False)
class UploadOver(NotFound):
    """The upload was completed or aborted, or nobody sent anything for too long."""


@dataclass(eq=False)
class PartMissing(InvalidParameter):
    """A part did not arrive, or with another content."""

    number: int
    field = "parts"


@dataclass(eq=False)
class UnknownUpload(InvalidParameter):
    """The id does not name an upload of this file that this account began."""

    path: str
    field = "upload_id"


@dataclass(eq=False)
class PartTokenRefused(PermissionDenied):
    """The token is not for this part, or too old."""


@dataclass(eq=False)
class InvalidArtifactPath(InvalidParameter):
    """A text is not plainly a relative path; `fault` says why, as the end of a sentence that begins with "it"."""

    fault: str
    field = "path"


@dataclass(eq=False)
class InvalidArtifactUri(InvalidParameter):
    """A text is not a URI of the server's own files; `rule` says what such a URI must be like."""

    scheme: str
    rule: str


@dataclass(eq=False)
class TooManyUploads(TooMany):
    """The account, or everybody together, has as many open uploads in parts as may be."""

    limit: int
    is_of_account: bool
    retry_after: int
