"""Files as a tree of folders, from their paths."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Branch:
    """A folder: its name and path, the bytes of all files below it, its folders and its files."""

    name: str
    path: str
    size: int = 0
    folders: list["Branch"] = field(default_factory=list)
    files: list["Leaf"] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True)
class Leaf:
    name: str
    path: str
    size: int


def tree(files: Iterable[tuple[str, int]]) -> Branch:
    """The tree of these files, given as (path, bytes); folders and files are in the order in which they come."""
    root = Branch("", "")
    folders = {"": root}
    for path, size in files:
        parent, _slash, name = path.rpartition("/")
        _folder(folders, parent).files.append(Leaf(name, path, size))
        while True:
            folders[parent].size += size
            folders[parent].count += 1
            if not parent:
                break
            parent = parent.rpartition("/")[0]
    return root


def _folder(folders: dict[str, Branch], path: str) -> Branch:
    found = folders.get(path)
    if found is None:
        parent, _slash, name = path.rpartition("/")
        found = folders[path] = Branch(name, path)
        _folder(folders, parent).folders.append(found)
    return found
