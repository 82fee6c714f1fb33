"""The folder of artifacts: what is stored, what never is, and that nothing leads out of it."""

import contextlib
import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.artifacts.errors import ArtifactIsFolder
from app.artifacts.local_store import LocalStore
from app.artifacts.paths import PRIVATE_FOLDER, ArtifactPath, parse
from app.artifacts.store import Entry
from app.core.errors import InvalidParameter, NoRoom, NotFound


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def local(root):
    return LocalStore(root)


def put(local, path, data=b"x"):
    return local.write(parse(path), [data], len(data))


def read(local, path):
    file, size = local.open(parse(path))
    with file:
        data = file.read()
    assert len(data) == size
    return data


def names_in(folder):
    return sorted(entry.name for entry in Path(folder).iterdir())


def leftovers(root):
    return names_in(root / PRIVATE_FOLDER)


def test_what_was_written_is_read_listed_and_measured(local):
    written = local.write(parse("0/run/a b.txt"), [b"one", b"", b"two"], None)
    assert written == (6, hashlib.sha256(b"onetwo").hexdigest())
    assert read(local, "0/run/a b.txt") == b"onetwo"
    assert local.size(parse("0/run/a b.txt")) == 6
    assert local.list(parse("0/run")) == [Entry("a b.txt", False, 6)]
    assert local.list(parse("")) == [Entry("0", True, None)]
    assert local.exists(parse("0/run")) and not local.exists(parse("0/other"))


def test_an_empty_file_is_a_file(local):
    assert local.write(parse("e"), [], 0).size == 0
    assert read(local, "e") == b""


def test_writing_again_replaces_and_changes_the_tag(local):
    put(local, "a", b"old")
    first = local.download(parse("a"))
    put(local, "a", b"new")
    second = local.download(parse("a"))
    with first.file, second.file:
        assert first.file.read() == b"old", "an open download keeps the file it began with"
        assert second.file.read() == b"new"
    assert first.tag != second.tag


def test_folders_and_files_are_the_servers_alone(local, root):
    old = os.umask(0)
    try:
        put(local, "a/b/c")
    finally:
        os.umask(old)
    modes = {
        name: stat.S_IMODE((root / name).stat().st_mode) for name in ("a", "a/b", "a/b/c", PRIVATE_FOLDER)
    }
    assert modes == {"a": 0o700, "a/b": 0o700, "a/b/c": 0o600, PRIVATE_FOLDER: 0o700}


def broken(error):
    yield b"some"
    raise error


@pytest.mark.parametrize(
    "error", [ConnectionResetError(), BlockingIOError(), ValueError("chunk"), InvalidParameter("x")]
)
def test_an_upload_that_breaks_off_leaves_what_was_there(local, root, error):
    put(local, "a", b"old")
    with pytest.raises(type(error)):
        local.write(parse("a"), broken(error), None)
    with pytest.raises(type(error)):
        local.write(parse("new/b"), broken(error), None)
    assert read(local, "a") == b"old"
    assert not (root / "new").exists()
    assert leftovers(root) == []


@pytest.mark.parametrize("expected", [0, 3, 5, 2**40])
def test_a_body_of_another_length_than_announced_is_no_file(local, root, expected):
    with pytest.raises(InvalidParameter, match=rf"size=4, expected={expected}\b"):
        local.write(parse("a"), [b"four"], expected)
    assert not local.exists(parse("a"))
    assert leftovers(root) == []


def test_a_full_disk_is_said_to_be_full_and_nothing_stays(local, root):
    with pytest.raises(NoRoom):
        local.write(parse("a"), broken(OSError(28, "No space left on device")), None)
    assert leftovers(root) == []


def test_a_file_never_takes_the_place_of_a_folder_nor_a_folder_that_of_a_file(local, root):
    put(local, "a/b")
    for path in ("a", "a/b/c", "a/b/c/d", ""):
        with pytest.raises(InvalidParameter):
            put(local, path)
        with pytest.raises(InvalidParameter):
            local.check_writable(parse(path))
    assert read(local, "a/b") == b"x"
    assert leftovers(root) == []


def test_a_folder_made_while_the_bytes_came_is_not_replaced(local, root):
    def chunks():
        yield b"x"
        (root / "a").mkdir()

    with pytest.raises(InvalidParameter):
        local.write(parse("a"), chunks(), None)
    assert (root / "a").is_dir()


def test_reading_a_folder_or_nothing_says_which(local):
    put(local, "a/b")
    for path in ("a", ""):
        with pytest.raises(ArtifactIsFolder):
            local.open(parse(path))
    for path in ("none", "a/none", "a/b/c", "none/b"):
        with pytest.raises(NotFound):
            local.open(parse(path))
        assert local.list(parse(path)) == []


@pytest.fixture
def outside(tmp_path, root):
    folder = tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "secret").write_bytes(b"secret")
    (root / "0").mkdir()
    (root / "0" / "folder").symlink_to(folder)
    (root / "0" / "file").symlink_to(folder / "secret")
    (root / "0" / "inside").symlink_to(root / "0")
    return folder


def test_links_are_neither_read_listed_nor_walked(local, outside):
    for path in ("0/file", "0/folder/secret", "0/folder", "0/inside/file"):
        with pytest.raises(NotFound):
            local.open(parse(path))
        assert not local.exists(parse(path))
    assert local.list(parse("0")) == []
    assert local.list(parse("0/folder")) == []
    assert local.walk(parse("0"), 10) == []


def test_links_are_never_written_through(local, outside):
    for path in ("0/folder/new", "0/folder/inner/new", "0/folder/secret"):
        with pytest.raises(InvalidParameter):
            put(local, path)
    put(local, "0/file", b"mine")
    assert read(local, "0/file") == b"mine", "a link in a file's place is replaced, not followed"
    assert names_in(outside) == ["inner", "secret"]
    assert (outside / "secret").read_bytes() == b"secret"


def test_links_are_never_deleted_through(local, root, outside):
    local.delete(parse("0/folder/secret"))
    local.delete(parse("0/folder"))
    local.delete(parse("0"))
    assert not (root / "0").exists()
    assert (outside / "secret").exists() and (outside / "inner").exists()


def test_writing_over_a_hard_link_leaves_its_other_end(local, root, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"other")
    os.link(other, root / "linked")
    put(local, "linked", b"mine")
    assert other.read_bytes() == b"other"


def test_a_pipe_or_device_is_no_artifact_and_nobody_waits_for_it(local, root):
    os.mkfifo(root / "pipe")
    with pytest.raises(NotFound):
        local.open(parse("pipe"))
    assert local.list(parse("")) == []


def test_deleting_takes_a_file_or_a_tree_and_may_be_repeated(local, root):
    put(local, "a/b/c")
    put(local, "a/d")
    local.delete(parse("a/d"))
    assert local.walk(parse("a"), 10) == [("b/c", 1)]
    for _time in range(2):
        local.delete(parse("a"))
        assert local.list(parse("")) == []
    local.delete(parse("a/b/c"))
    assert leftovers(root) == []


def test_the_root_is_not_deleted(local):
    put(local, "a")
    with pytest.raises(InvalidParameter):
        local.delete(ArtifactPath(()))
    assert read(local, "a") == b"x"


def test_walking_stops_at_its_limit_and_goes_by_name(local):
    for path in ("m/z", "m/a/2", "m/a/1", "m/b"):
        put(local, path, b"12")
    assert local.walk(parse("m"), 10) == [("a/1", 2), ("a/2", 2), ("b", 2), ("z", 2)]
    assert local.walk(parse("m"), 2) == [("a/1", 2), ("a/2", 2)]
    assert local.walk(parse("none"), 2) == []


def test_a_start_sweeps_what_a_killed_server_left_and_spares_what_is_under_way(local, root):
    private = root / PRIVATE_FOLDER
    for name in ("upload-old", "upload-new"):
        (private / name).write_bytes(b"x")
    os.utime(private / "upload-old", (1, 1))
    (private / "trash-1" / "deep").mkdir(parents=True)
    LocalStore(root)
    assert leftovers(root) == ["upload-new"]


def test_no_open_file_is_left_behind(local):
    put(local, "a/b")
    before = len(names_in("/proc/self/fd"))
    for path in ("a/b/c", "none/x", "a"):
        with pytest.raises((InvalidParameter, NotFound)):
            local.open(parse(path))
    local.list(parse("a"))
    local.delete(parse("a"))
    assert len(names_in("/proc/self/fd")) == before


def test_a_reader_beside_many_writers_sees_one_of_their_files_whole(local, root):
    put(local, "0/a", b"0" * 200_000)
    seen = set()

    def write(digit):
        for _time in range(10):
            local.write(parse("0/a"), [digit * 50_000] * 4, 200_000)

    def look():
        for _time in range(100):
            data = read(local, "0/a")
            assert len(data) == 200_000 and len(set(data)) == 1
            seen.add(data[:1])

    with ThreadPoolExecutor(5) as pool:
        for done in [*(pool.submit(write, digit) for digit in (b"1", b"2", b"3")), pool.submit(look)]:
            done.result()
    assert seen <= {b"0", b"1", b"2", b"3"}
    assert leftovers(root) == []


def test_a_write_into_a_folder_that_is_being_deleted_is_whole_or_refused(local, root):
    def write():
        for _time in range(50):
            with contextlib.suppress(InvalidParameter):
                put(local, "0/deep/er/a", b"x" * 1000)

    def remove():
        for _time in range(100):
            local.delete(parse("0"))

    with ThreadPoolExecutor(3) as pool:
        for done in (pool.submit(write), pool.submit(write), pool.submit(remove)):
            done.result()
    assert {size for _path, size in local.walk(parse(""), 10)} <= {1000}
    assert leftovers(root) == []
