"""Copies in the artifact folder: the same bytes under other names, which stay when the others change."""

import contextlib
import errno
import os

import pytest

from app.artifacts import local_copies
from app.artifacts.local_store import LocalStore
from app.artifacts.paths import PRIVATE_FOLDER, parse

FILES = {"MLmodel": b"flavors: {}", "data/model.pkl": b"1234", "data/deep/er/x": b""}
SOURCE, TARGET = parse("0/run/artifacts/model"), parse("model-versions/1")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def local(root):
    local = LocalStore(root)
    for path, data in FILES.items():
        local.write(SOURCE.joined(path), [data], len(data))
    return local


def read(local, path):
    file, _size = local.open(path)
    with file:
        return file.read()


def found(local, path=TARGET):
    return {name: read(local, path.joined(name)) for name, _size in local.walk(path, 100)}


def leftovers(root):
    return list((root / PRIVATE_FOLDER).iterdir())


def test_a_copy_has_the_same_files_and_takes_no_room(local, root):
    local.copy(SOURCE, TARGET)
    assert found(local) == FILES
    for path in FILES:
        one, other = (root / str(folder) / path for folder in (SOURCE, TARGET))
        assert one.samefile(other)
    assert leftovers(root) == []


def test_a_copy_stays_when_the_original_is_replaced_or_deleted(local):
    local.copy(SOURCE, TARGET)
    local.write(SOURCE.joined("MLmodel"), [b"other"], 5)
    local.write(SOURCE.joined("new"), [b"new"], 3)
    assert found(local) == FILES
    local.delete(SOURCE)
    assert found(local) == FILES


def test_a_single_file_is_copied_as_one(local):
    local.copy(SOURCE.joined("MLmodel"), TARGET.joined("MLmodel"))
    assert found(local) == {"MLmodel": FILES["MLmodel"]}


@pytest.mark.parametrize(
    "nothing", ["0/none", "0/run/artifacts/none", "0/run/artifacts/model/MLmodel/x", "9/9"]
)
def test_of_nothing_there_is_no_copy(local, root, nothing):
    local.copy(parse(nothing), TARGET)
    assert not local.exists(TARGET)
    assert leftovers(root) == []


def test_no_sweep_takes_a_copy_of_old_files_for_a_forgotten_upload(local, root, monkeypatch):
    copy = local_copies.copy

    def copy_and_sweep(*arguments):
        is_copied = copy(*arguments)
        local.sweep()
        return is_copied

    monkeypatch.setattr(local_copies, "copy", copy_and_sweep)
    os.utime(root / str(SOURCE) / "MLmodel", (1, 1))
    local.copy(SOURCE.joined("MLmodel"), TARGET.joined("MLmodel"))
    assert found(local) == {"MLmodel": FILES["MLmodel"]}


def test_a_file_that_goes_while_it_is_copied_is_no_smaller_copy(local, monkeypatch):
    link = os.link

    def link_and_delete(name, *names, **folders):
        link(name, *names, **folders)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(b"a" if name == b"model.pkl" else b"model.pkl", dir_fd=folders["src_dir_fd"])

    monkeypatch.setattr(os, "link", link_and_delete)
    local.write(SOURCE.joined("data/a"), [b"a"], 1)
    with pytest.raises(OSError, match="No such file"):
        local.copy(SOURCE.joined("data"), TARGET)
    assert not local.exists(TARGET)


@pytest.mark.parametrize("number", [errno.EMLINK, errno.EPERM, errno.EXDEV])
def test_bytes_are_copied_where_the_file_system_makes_no_link(local, root, monkeypatch, number):
    def refuse(*_names, **_folders):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    local.copy(SOURCE, TARGET)
    assert found(local) == FILES
    assert (root / str(TARGET) / "MLmodel").stat().st_nlink == 1


def test_a_copy_that_fails_leaves_nothing(local, root, monkeypatch):
    def fail(*_names, **_folders):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(OSError, match="broken"):
        local.copy(SOURCE, TARGET)
    assert not local.exists(TARGET)
    assert leftovers(root) == []


def test_links_and_pipes_are_left_out(local, root, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    folder = root / str(SOURCE)
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    local.copy(SOURCE, TARGET)
    assert sorted(path.name for path in (root / str(TARGET)).iterdir()) == ["MLmodel", "data"]
    local.copy(SOURCE.joined("link"), parse("model-versions/2"))
    local.copy(SOURCE.joined("folder/secret"), parse("model-versions/3"))
    assert not local.exists(parse("model-versions/2")) and not local.exists(parse("model-versions/3"))
