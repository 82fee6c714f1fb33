"""Browsing the files of a run, or of whatever keeps some: a tree with the way to one place open, and its preview."""

from collections.abc import Sequence
from typing import NamedTuple

from app.artifacts import ArtifactPath, mlmodel, store
from app.artifacts.mlmodel import ModelFile
from app.authz.actors import Actor
from app.core.errors import GreenroomError
from app.registry import file_access
from app.web.rendering import previews
from app.web.rendering.previews import Preview

MOST_ENTRIES = 500  # of one folder


class Node(NamedTuple):
    """A file or folder of the tree; `children` are those of a folder that is open, None of any other."""

    name: str
    path: str
    is_dir: bool
    size: int | None
    is_here: bool
    children: "list[Node] | None"


class Browsed(NamedTuple):
    """The tree, and what is known of the file that the path names: None for a folder or where nothing is."""

    path: str
    nodes: list[Node]
    preview: Preview | None = None
    model_file: ModelFile | None = None
    is_there: bool = True


def browse(root: ArtifactPath, path: str, actor: Actor) -> Browsed:
    """The tree below `root` with the way to `path` open. Raises `InvalidParameter` for what is no path.

    Where the actor may not read, nothing is there.
    """
    place = root.joined(path) if path else root
    below = place.parts[len(root.parts) :]
    found = Browsed("/".join(below), [], is_there=not below)
    try:
        if not file_access.may_read(root, actor):
            return found
        nodes = _nodes(root, (), below)
        preview = _preview(place) if below else None
        is_model = preview is not None and place.name == "MLmodel"
        return found._replace(
            nodes=nodes,
            preview=preview,
            is_there=not below or _has(nodes, below),
            model_file=mlmodel.read_mlmodel(ArtifactPath(place.parts[:-1])) if is_model else None,
        )
    except OSError:
        return found


def _nodes(root: ArtifactPath, folder: tuple[str, ...], below: tuple[str, ...]) -> list[Node]:
    entries = store().list(ArtifactPath((*root.parts, *folder)))
    entries = sorted(entries, key=lambda entry: (not entry.is_dir, entry.name))[:MOST_ENTRIES]
    found = []
    for entry in entries:
        place = (*folder, entry.name)
        is_open = entry.is_dir and below[: len(place)] == place
        children = _nodes(root, place, below) if is_open else None
        found.append(Node(entry.name, "/".join(place), entry.is_dir, entry.size, place == below, children))
    return found


def _has(nodes: Sequence[Node], below: tuple[str, ...]) -> bool:
    return any(node.is_here or (node.children is not None and _has(node.children, below)) for node in nodes)


def _preview(place: ArtifactPath) -> Preview | None:
    try:
        return previews.of_file(place)
    except GreenroomError:  # a folder, or nothing
        return None
