"""The lineage of a version as a drawing: what went into it on the left, what leads to it on the right."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for

from app.core import mlflow_tags
from app.registry.queries import VersionRow
from app.web.rendering.formats import shorten_middle
from app.web.versions.provenance import Provenance

_WIDTH, _HEIGHT = 172, 42  # of a box
_ACROSS, _DOWN = 48, 12  # between boxes
_LONGEST = 19  # characters that fit into a box, in the widest of the fonts that browsers bring
_MOST = 5  # boxes of one kind


class Node(NamedTuple):
    """What a box says: what kind of thing it is, its name, and where it leads."""

    kind: str
    label: str
    url: str | None = None
    hue: str | None = None


class Box(NamedTuple):
    x: float
    y: float
    node: Node
    label: str  # cut to fit


class Graph(NamedTuple):
    """Boxes `box_width` times `box_height`, and the lines between them as SVG paths."""

    width: float
    height: float
    box_width: int
    box_height: int
    boxes: list[Box]
    paths: list[str]


def of_version(version: VersionRow, origin: Provenance, hue: str) -> Graph:
    """The graph of what is known of the version; at least the version and its stage.

    Columns from left to right: what the run was made of; the run; the version; its stage and aliases.
    """
    middle = Node("Version", f"{version.name} {version.number}", hue=None)
    after = [Node("Stage", version.stage, hue=hue)]
    after += _some([Node("Alias", f"@{name}") for name in version.aliases], "aliases")
    columns = [_before(origin), _makers(version, origin), [middle], after]
    return drawn([column for column in columns if column])


def _before(origin: Provenance) -> list[Node]:
    if origin.run is None:
        return []
    nodes = _some(
        [Node("Data set", f"{one.dataset.name} {one.dataset.digest}") for one in origin.inputs], "data sets"
    )
    if origin.experiment:
        url = url_for("experiments.show", experiment_id=origin.experiment.id)
        nodes.append(Node("Experiment", origin.experiment.name, url))
    tags = origin.run.tags
    if commit := tags.get(mlflow_tags.SOURCE_GIT_COMMIT):
        nodes.append(Node("Commit", commit[:12]))
    elif source := tags.get(mlflow_tags.SOURCE_NAME):
        nodes.append(Node("Code", source))
    if parent := tags.get(mlflow_tags.PARENT_RUN_ID):
        nodes.append(Node("Parent run", parent, _run_url(parent)))
    return nodes


def _makers(version: VersionRow, origin: Provenance) -> list[Node]:
    nodes = []
    if origin.run:
        row = origin.run.run
        nodes.append(Node("Run", row.name or row.uuid, _run_url(row.uuid)))
    elif version.run_uuid:
        nodes.append(Node("Run elsewhere", version.run_uuid))
    if origin.parent:
        name, number = origin.parent
        url = url_for("versions.show", name=name, number=number)
        nodes.append(Node("Parent version", f"{name} {number}", url))
    if not nodes:
        nodes.append(Node("Source", version.source))
    return nodes


def _run_url(uuid: str) -> str:
    return url_for("runs.show", run_id=uuid)


def _some(nodes: list[Node], many: str) -> list[Node]:
    if len(nodes) <= _MOST:
        return nodes
    return [*nodes[: _MOST - 1], Node("And", f"{len(nodes) - _MOST + 1} more {many}")]


def drawn(columns: Sequence[Sequence[Node]]) -> Graph:
    """Boxes in columns from left to right; lines run from each box to the first of the next column, from the
    version to all of them."""
    tallest = max(len(column) for column in columns)
    height = tallest * (_HEIGHT + _DOWN) - _DOWN + 2
    placed = []
    for at, column in enumerate(columns):
        x = 1 + at * (_WIDTH + _ACROSS)
        top = (height - (len(column) * (_HEIGHT + _DOWN) - _DOWN)) / 2
        placed.append(
            [
                Box(x, top + i * (_HEIGHT + _DOWN), node, shorten_middle(node.label, _LONGEST))
                for i, node in enumerate(column)
            ]
        )
    # What was before went into the run, which is the first of the makers; all of those into the version,
    # and only from the version do several lines go out.
    paths = []
    for left, right in zip(placed, placed[1:], strict=False):
        goals = right if left[0].node.kind == "Version" else right[:1]
        paths += [_curve(start, goal) for start in left for goal in goals]
    return Graph(
        len(columns) * (_WIDTH + _ACROSS) - _ACROSS + 2,
        height,
        _WIDTH,
        _HEIGHT,
        [box for column in placed for box in column],
        paths,
    )


def _curve(start: Box, goal: Box) -> str:
    x1, y1 = start.x + _WIDTH, start.y + _HEIGHT / 2
    x2, y2 = goal.x, goal.y + _HEIGHT / 2
    half = (x1 + x2) / 2
    return f"M{x1:g} {y1:g}C{half:g} {y1:g} {half:g} {y2:g} {x2:g} {y2:g}"
