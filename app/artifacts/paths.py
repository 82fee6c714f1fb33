"""The one path guard: a text becomes an `ArtifactPath` here or is refused; nothing else names a file.

A registry's worst holes were one hole many times over: each cure looked at one spelling of "..". So a
path is parsed once into parts, the parts are judged under every reading that some later layer could
give them (percent-decoded to any depth, compatibility characters folded), and only the parts are used
from then on, exactly as they were sent. What no reading makes dangerous is a legal name, odd or not.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from app.artifacts.errors import InvalidArtifactPath

MAX_PART_BYTES = 255  # bytes; what the file systems take
MAX_PATH_BYTES = 4096  # bytes
MAX_DEPTH = 100  # parts; a tree is walked with one open folder for each

# Below the root, the store keeps what is not (or no longer) an artifact in a folder of this name.
PRIVATE_FOLDER = ".incoming"

# Below the root, what says whose root it is: a disk that is not mounted has none.
ROOT_MARKER = ".greenroom-root"

SERVERS_OWN = (PRIVATE_FOLDER, ROOT_MARKER)

# Below the root, what versions are made of that were copied when they were registered.
COPIES_FOLDER = "model-versions"

# A whole path that begins with `mlflow-artifacts:` or the like, some reader would take for a URI.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# `C:/x` and `file:/x` are absolute to readers of MLflow's, also where a client names them below a run.
_ABSOLUTE = re.compile(r"[A-Za-z]:|file:", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# Longer UTF-8 spellings of shorter characters ("." as C0 AE): no decoder may accept them, some did.
_OVERLONG = re.compile(rb"[\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]")
_MAX_DECODINGS = 16
# MLflow's client calls an image `loss%step%12%timestamp%1795887700000%x`, which is encoded nowhere but reads
# as if it were. What two digits spell are these control characters, on which no reader acts.
_ENCODED_BY_DIGITS = frozenset(map(chr, range(0x10, 0x1A)))


@dataclass(frozen=True, slots=True)
class ArtifactPath:
    """A path below the artifact root, as the parts of its name; no parts at all is the root itself.

    It cannot exist with parts that lead elsewhere: making one raises `InvalidArtifactPath`.
    """

    parts: tuple[str, ...]

    def __post_init__(self) -> None:
        _check(self.parts)
        if self.parts and (own := self.parts[0].casefold()) in SERVERS_OWN:
            raise InvalidArtifactPath(f"{own!r} at its beginning is the server's own")

    def __str__(self) -> str:
        return "/".join(self.parts)

    @property
    def is_copy(self) -> bool:
        """Whether it lies among the copies that versions are made of, which belong to no experiment."""
        return bool(self.parts) and self.parts[0].casefold() == COPIES_FOLDER

    @property
    def is_root(self) -> bool:
        return not self.parts

    @property
    def name(self) -> str:
        """The last part; empty for the root."""
        return self.parts[-1] if self.parts else ""

    def joined(self, relative: str) -> "ArtifactPath":
        """Returns the path that `relative` names seen from here, never one above.

        Raises `InvalidArtifactPath` for a text that is not plainly a relative path. What is judged is the whole
        path: a name that can be stored can be found, whichever way it is named.
        """
        return ArtifactPath(self.parts + _split(relative))

    def check_new_name(self) -> None:
        """Raises `InvalidArtifactPath` where MLflow's clients could not list the folder of a file of that name.

        They look for a "#" in each name of a folder, decoded, and refuse the whole folder for it; so does MLflow's
        server when such a file is stored. Files that have such a name can still be read and deleted.
        """
        if any("#" in reading for part in self.parts for reading in _readings(part)):
            raise InvalidArtifactPath(
                "it holds '#', and no MLflow client can list a folder that has such a name"
            )


def check_relative(text: str) -> None:
    """Raises `InvalidArtifactPath` for a text that `ArtifactPath.joined` refuses below any folder."""
    ArtifactPath(("-", *_split(text)))


def parse(text: str) -> ArtifactPath:
    """Returns the path that `text` names below the artifact root; a trailing slash is ignored, "" is the root.

    Raises `InvalidArtifactPath` for everything that is not plainly a relative path.
    """
    return ArtifactPath(_split(text))


def _split(text: str) -> tuple[str, ...]:
    text = text.removesuffix("/") if len(text) > 1 else text
    return tuple(text.split("/")) if text else ()


def _check(parts: tuple[str, ...]) -> None:
    """Refuses parts that any reading turns into something other than names of files and folders."""
    if len(parts) > MAX_DEPTH:
        raise InvalidArtifactPath(f"it is deeper than {MAX_DEPTH} folders")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError as error:
        raise InvalidArtifactPath("it is not valid Unicode") from error
    if sum(sizes) + len(parts) > MAX_PATH_BYTES or max(sizes, default=0) > MAX_PART_BYTES:
        raise InvalidArtifactPath(
            f"a name is longer than {MAX_PART_BYTES} bytes or the whole longer than {MAX_PATH_BYTES}"
        )
    for part in parts:
        _check_part(part)
    if parts and any(_SCHEME.fullmatch(reading) for reading in _readings(parts[0])):
        raise InvalidArtifactPath("it must be relative, without a drive or a scheme")


def _check_part(part: str) -> None:
    for reading in _readings(part):
        if reading == "":
            raise InvalidArtifactPath("it must be relative, without empty parts")
        if _ABSOLUTE.fullmatch(reading):
            raise InvalidArtifactPath("it must be relative, without a drive or a scheme")
        if reading in (".", ".."):
            raise InvalidArtifactPath("'.' and '..' lead nowhere here")
        if "/" in reading or "\\" in reading:
            raise InvalidArtifactPath("it must not hold a backslash or an encoded slash")
        harmless = frozenset() if reading is part else _ENCODED_BY_DIGITS
        if any(unicodedata.category(char) == "Cc" and char not in harmless for char in reading):
            raise InvalidArtifactPath("it must not hold control characters")
        if "\ufffd" in part:
            raise InvalidArtifactPath("it is not valid UTF-8")


def _readings(part: str) -> list[str]:
    """Returns the part as sent, then as each further decoding would read it, until none changes it any more.

    Raises `InvalidArtifactPath` for an encoded dot and for overlong UTF-8, which only tricks need, and for
    a text that is still not decoded after many rounds.
    """
    readings = [part]
    if part.isascii() and "%" not in part:
        return readings
    for _round in range(_MAX_DECODINGS):
        after = unicodedata.normalize("NFKC", _decoded(readings[-1]))
        if after == readings[-1]:
            return readings
        readings.append(after)
    raise InvalidArtifactPath("it is encoded many times over")


def _decoded(text: str) -> str:
    if not _ESCAPE.search(text):
        return text
    data = unquote_to_bytes(text)
    if _OVERLONG.search(data):
        raise InvalidArtifactPath("it holds overlong UTF-8")
    decoded = data.decode("utf-8", "replace")
    if decoded.count(".") != text.count("."):
        raise InvalidArtifactPath("it holds an encoded dot")
    return decoded
