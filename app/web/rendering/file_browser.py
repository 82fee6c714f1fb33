"""Browsing stored files: the tree of all files, or a tree with the way to one of them open, and its preview."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.artifacts import ArtifactPath, mlmodel, store
from app.artifacts.mlmodel import ModelFile
from app.authz.actors import Actor
from app.core.errors import GreenroomError
from app.registry.files import access
from app.web.rendering import previews
from app.web.rendering.previews import Preview

MAX_ENTRIES = 500  # of one folder


@dataclass
class FileNode:
    """A file or folder of a tree. `children` are those of a folder that is open, None of any other node.

    One with a `begin` leads to what else is in the folder `path`, from that position on. In a tree of all files,
    `size` and `count` of a folder are the bytes and the number of all files below it.
    """

    name: str
    path: str
    is_dir: bool
    size: int | None = 0
    count: int = 0
    is_here: bool = False
    begin: int | None = None
    children: "list[FileNode] | None" = None

    @property
    def folders(self) -> "list[FileNode]":
        return [node for node in self.children or () if node.is_dir]

    @property
    def files(self) -> "list[FileNode]":
        return [node for node in self.children or () if not node.is_dir]


def tree(files: Iterable[tuple[str, int]]) -> FileNode:
    """Returns the tree of these files, given as (path, bytes); nodes are in the order in which the files come."""
    root = FileNode("", "", is_dir=True, children=[])
    folders = {"": root}
    for path, size in files:
        parent, _slash, name = path.rpartition("/")
        _add(_folder(folders, parent), FileNode(name, path, is_dir=False, size=size))
        while True:
            folder = folders[parent]
            folder.size = (folder.size or 0) + size
            folder.count += 1
            if not parent:
                break
            parent = parent.rpartition("/")[0]
    return root


def _folder(folders: dict[str, FileNode], path: str) -> FileNode:
    folder = folders.get(path)
    if folder is None:
        parent, _slash, name = path.rpartition("/")
        folder = folders[path] = FileNode(name, path, is_dir=True, children=[])
        _add(_folder(folders, parent), folder)
    return folder


def _add(folder: FileNode, node: FileNode) -> None:
    folder.children = [] if folder.children is None else folder.children
    folder.children.append(node)


class FileBrowser(NamedTuple):
    """The tree, and what is known of the file at `path`: None for a folder, or where nothing is."""

    path: str
    nodes: list[FileNode]
    preview: Preview | None = None
    model_file: ModelFile | None = None
    is_there: bool = True


def browse(root: ArtifactPath, path: str, actor: Actor, begin: int = 0) -> FileBrowser:
    """Returns the tree below `root` with the way to `path` open. Raises `InvalidParameter` for an unusable path.

    A long folder is shown in part: the part with what `path` names, or the one at `begin` of the folder `path` itself.
    Where the actor may not read, nothing is there.
    """
    target = root.joined(path) if path else root
    below = target.parts[len(root.parts) :]
    browser = FileBrowser("/".join(below), [], is_there=not below)
    try:
        if not access.may_read(root, actor):
            return browser
        nodes = _nodes(root, (), below, begin)
        preview = _preview(target) if below else None
        is_model = preview is not None and target.name == "MLmodel"
        return browser._replace(
            nodes=nodes,
            preview=preview,
            is_there=not below or _has_target(nodes),
            model_file=mlmodel.read_mlmodel(ArtifactPath(target.parts[:-1])) if is_model else None,
        )
    except OSError:
        return browser


def _nodes(
    root: ArtifactPath, folder: tuple[str, ...], target: tuple[str, ...], begin: int
) -> list[FileNode]:
    entries = store().list(ArtifactPath((*root.parts, *folder)))
    entries = sorted(entries, key=lambda entry: (not entry.is_dir, entry.name))
    start = begin
    if target != folder:
        names = [entry.name for entry in entries]
        name = target[len(folder)]
        start = names.index(name) if name in names else 0
    start = min(start, max(0, len(entries) - 1)) // MAX_ENTRIES * MAX_ENTRIES
    nodes = []
    for entry in entries[start : start + MAX_ENTRIES]:
        parts = (*folder, entry.name)
        is_open = entry.is_dir and target[: len(parts)] == parts
        nodes.append(
            FileNode(
                entry.name,
                "/".join(parts),
                entry.is_dir,
                entry.size,
                is_here=parts == target,
                children=_nodes(root, parts, target, begin) if is_open else None,
            )
        )
    return [
        *_part("/".join(folder), start - MAX_ENTRIES, len(entries)),
        *nodes,
        *_part("/".join(folder), start + MAX_ENTRIES, len(entries)),
    ]


def _part(folder: str, begin: int, total: int) -> list[FileNode]:
    """Returns the node that leads to another part of a long folder, if there is something at `begin`."""
    if not 0 <= begin < total:
        return []
    label = f"{begin + 1:,} to {min(begin + MAX_ENTRIES, total):,} of {total:,}"
    return [FileNode(label, folder, is_dir=False, size=None, begin=begin)]


def _has_target(nodes: Sequence[FileNode]) -> bool:
    return any(node.is_here or _has_target(node.children or ()) for node in nodes)


def _preview(path: ArtifactPath) -> Preview | None:
    try:
        return previews.of_file(path)
    except GreenroomError:  # a folder, or nothing
        return None
