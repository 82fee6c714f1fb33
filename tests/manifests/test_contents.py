"""The digest is that of OpenSSF Model Signing, and the key covers what that leaves out.

The digests here are those of the library `model-signing` 1.1.1 (`hashing.Config().hash(folder)` and the subject of the
statement that it signs), taken once of folders with these files.
"""

import hashlib

import pytest

from app.manifests import contents
from app.manifests.contents import ManifestFile

FOLDERS = {
    "5469a946690d4fe32644065656564da08040499971948868d41de3f1456a80a5": {
        "requirements.txt": b"mlflow\n",
        "MLmodel": b"flavors: {}\n",
        "model.pkl": b"\x80\x04K\x01.",
    },
    "cda4e2acf80502ce9681f6e7763b98d3981145d5394f200386d479c23d679df9": {
        "a/b": b"1",
        "a.txt": b"2",
        "a-c/d": b"3",
        "B": b"4",
        "é": b"5",
        "z": b"6",
        "\U0001f600": b"7",
        "\uff21": b"8",
        "a b/c": b"9",
    },
    "d51c23570a7cde65847579291ea3e82b6d0945d0fd8189312df94da62e03cc98": {
        "x/y/z": b"",
        "x/y.z": b"1",
        "x/y-": b"2",
        "x!y/z": b"3",
        "MLmodel": b"m",
        "code/a.py": b"p",
        "data/model.pth": b"q",
        "data/.hidden": b"r",
    },
    # With what belongs to git, which the library leaves out by default.
    "a8d288f61d06577a8e49d8a6cf03bf4b59cd0cf4a12b1b6b2a5e63d4270bd4a8": {
        ".gitignore": b"*.pyc\n",
        ".git/config": b"[core]\n",
        "MLmodel": b"m",
    },
    "111fc90dd5838a80aeb59ee1477fa3ffe28cbb91e93156410fca6d754db17ae2": {".": b"\x80\x04K\x01."},
}


def files_of(folder: dict[str, bytes]) -> list[ManifestFile]:
    return [ManifestFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in folder.items()]


@pytest.mark.parametrize("digest", FOLDERS)
def test_the_digest_is_that_of_model_signing_whatever_the_order_of_listing(digest):
    files = files_of(FOLDERS[digest])
    assert contents.make(files).digest == digest
    assert contents.make(reversed(files)).digest == digest


def test_two_files_that_change_their_names_have_another_key():
    """The order of the names stays, and so does the digest."""
    one = contents.make(files_of({"a": b"1", "b": b"2"}))
    other = contents.make(files_of({"c": b"1", "d": b"2"}))
    assert one.digest == other.digest
    assert one.key != other.key


def test_no_files_have_a_key_and_no_digest():
    made = contents.make([])
    assert (made.digest, made.file_count, made.total_size) == (None, 0, 0)
    assert len(made.key) == 64


def test_what_is_stored_is_what_was_made():
    files = files_of(FOLDERS["d51c23570a7cde65847579291ea3e82b6d0945d0fd8189312df94da62e03cc98"])
    made = contents.make(files)
    assert contents.unpack(made.packed) == contents.in_order(files)
    assert made.total_size == sum(file.size for file in files)
