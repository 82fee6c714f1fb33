"""Parts in the artifact folder: what is kept of them, what they become, and what stays of those forgotten."""

import errno
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.artifacts.local_store import LocalStore
from app.artifacts.paths import PRIVATE_FOLDER, parse
from app.artifacts.store import STALE_AFTER
from app.core.errors import InvalidParameter, NoRoom, NotFound

PLACE = parse("0/run/model.bin")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def local(root):
    return LocalStore(root)


def send(local, upload, *pieces):
    return [
        local.uploads.write(upload, number, [data], len(data)).digest for number, data in enumerate(pieces, 1)
    ]


def read(local, path=PLACE):
    file, _size = local.open(path)
    with file:
        return file.read()


def names_below(root, prefix=""):
    return sorted(
        str(one.relative_to(root / PRIVATE_FOLDER))
        for one in (root / PRIVATE_FOLDER).rglob("*")
        if one.name.startswith(prefix)
    )


def broken(error):
    yield b"some"
    raise error


@pytest.mark.parametrize(
    "error, raised",
    [
        (ConnectionResetError(), ConnectionResetError),
        (InvalidParameter("x"), InvalidParameter),
        (OSError(errno.ENOSPC, "full"), NoRoom),
    ],
)
def test_a_torn_part_leaves_nothing_and_may_come_again(local, root, error, raised):
    upload = local.uploads.begin()
    with pytest.raises(raised):
        local.uploads.write(upload, 1, broken(error), None)
    with pytest.raises(InvalidParameter, match=r"size=4, expected=10\b"):
        local.uploads.write(upload, 1, [b"four"], 10)
    assert names_below(root) == [f"parts-{upload}"]
    local.uploads.complete(upload, send(local, upload, b"four"), PLACE)
    assert read(local) == b"four"


def test_an_upload_that_is_over_takes_no_part_and_reads_none(local, root):
    upload = local.uploads.begin()
    local.uploads.abort(upload)
    with pytest.raises(NotFound):
        local.uploads.write(upload, 1, broken(AssertionError("a byte was read")), None)

    other = local.uploads.begin()

    def meanwhile():
        yield b"x"
        local.uploads.abort(other)

    with pytest.raises(NotFound):
        local.uploads.write(other, 1, meanwhile(), None)
    assert names_below(root) == []


@pytest.mark.parametrize(
    "upload", ["", ".", "..", "../..", "x", "0" * 31, "0" * 33, "0" * 32, "0" * 31 + "\n"]
)
def test_an_id_that_was_never_given_out_is_no_upload(local, root, upload):
    with pytest.raises(NotFound):
        local.uploads.write(upload, 1, [b"x"], 1)
    with pytest.raises(NotFound):
        local.uploads.complete(upload, [], PLACE)
    assert names_below(root) == []


@pytest.fixture(params=["in the kernel", "by hand", "nothing to copy with"])
def copying(request, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EXDEV, "cross-device")

    if request.param == "by hand":
        monkeypatch.setattr(os, "copy_file_range", refuse)
    elif request.param == "nothing to copy with":
        monkeypatch.delattr(os, "copy_file_range")


@pytest.mark.usefixtures("copying")
def test_parts_of_any_size_are_joined_byte_by_byte(local):
    pieces = [os.urandom(3_000_001), b"", os.urandom(1), os.urandom(1024 * 1024)]
    upload = local.uploads.begin()
    local.uploads.complete(upload, send(local, upload, *pieces), PLACE)
    assert read(local) == b"".join(pieces)


def test_a_join_that_fails_leaves_the_parts_and_the_file_that_was_there(local, root, monkeypatch):
    local.write(PLACE, [b"old"], 3)
    upload = local.uploads.begin()
    digests = send(local, upload, b"one", b"two")

    def full(*_args):
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "copy_file_range", full)
        with pytest.raises(NoRoom):
            local.uploads.complete(upload, digests, PLACE)
    assert read(local) == b"old"
    assert names_below(root, "upload") == []
    local.uploads.complete(upload, digests, PLACE)
    assert read(local) == b"onetwo"


def test_a_file_or_link_in_a_parts_place_is_none(local, root, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    upload = local.uploads.begin()
    digest = hashlib.sha256(b"secret").hexdigest()
    (root / PRIVATE_FOLDER / f"parts-{upload}" / f"1-{digest}").symlink_to(secret)
    with pytest.raises(InvalidParameter):
        local.uploads.complete(upload, [digest], PLACE)
    assert not local.exists(PLACE)


def test_many_completions_at_once_all_succeed_with_one_whole_file(local, root):
    upload = local.uploads.begin()
    digests = send(local, upload, *[bytes([number]) * 100_000 for number in range(20)])
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(local.uploads.complete, upload, digests, PLACE) for _time in range(8)]:
            done.result()
    assert read(local) == b"".join(bytes([number]) * 100_000 for number in range(20))
    assert names_below(root) == [f"joined-{upload}"]


def test_parts_sent_at_once_are_all_kept(local):
    upload = local.uploads.begin()
    pieces = [str(number).encode() * 1000 for number in range(1, 41)]
    with ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(local.uploads.write, upload, number, [data], None)
            for number, data in enumerate(pieces, 1)
        ]
        local.uploads.complete(upload, [one.result().digest for one in sent], PLACE)
    assert read(local) == b"".join(pieces)


def test_dropping_beside_parts_on_their_way_leaves_nothing(local, root):
    upload = local.uploads.begin()

    def write(number):
        for _time in range(20):
            try:
                local.uploads.write(upload, number, [b"x" * 1000], None)
            except NotFound:
                return

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write, number) for number in range(1, 4)]
        local.uploads.abort(upload)
        for done in running:
            done.result()
    assert names_below(root) == []


def test_a_start_removes_parts_and_marks_that_a_day_went_by(local, root):
    old, new, done = (local.uploads.begin() for _time in range(3))
    send(local, old, b"x")
    local.uploads.complete(done, [], PLACE)
    for name in (f"parts-{old}", f"joined-{done}"):
        place = root / PRIVATE_FOLDER / name
        os.utime(place, (1, place.stat().st_mtime - STALE_AFTER - 2))
    LocalStore(root)
    assert names_below(root) == [f"parts-{new}"]


def test_no_open_file_is_left_behind(local):
    before = len(list(Path("/proc/self/fd").iterdir()))
    upload = local.uploads.begin()
    digests = send(local, upload, b"one", b"two")
    for wrong in (["0" * 64], [digests[0], "x"], digests[::-1]):
        with pytest.raises(InvalidParameter):
            local.uploads.complete(upload, wrong, PLACE)
    local.uploads.complete(upload, digests, PLACE)
    local.uploads.abort(upload)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
