"""The lineage of a version as a drawing: its origins on the left, its stage and aliases on the right."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for

from app.core import mlflow_tags
from app.registry.queries import VersionRow
from app.web.rendering.formats import shorten_middle
from app.web.versions.provenance import Provenance

_WIDTH, _HEIGHT = 172, 42  # of a box
_ACROSS, _DOWN = 48, 12  # between boxes
_MAX_LABEL = 19  # characters that fit into a box, in the widest of the fonts that browsers bring
_MAX_BOXES = 5  # boxes of one kind


class Node(NamedTuple):
    """The text of a box: the kind of thing, its name, and where it leads."""

    kind: str
    label: str
    url: str | None = None
    hue: str | None = None


class Box(NamedTuple):
    x: float
    y: float
    node: Node
    label: str  # cut to fit


class LineageGraph(NamedTuple):
    """Boxes `box_width` times `box_height`, and the lines between them as SVG paths."""

    width: float
    height: float
    box_width: int
    box_height: int
    boxes: list[Box]
    paths: list[str]


def of_version(version: VersionRow, origin: Provenance, hue: str) -> LineageGraph:
    """Returns the graph of what is known of the version; at least the version and its stage.

    Columns from left to right: what the run was made of; the run; the version; its stage and aliases.
    """
    middle = Node("Version", f"{version.name} {version.number}", hue=None)
    after = [Node("Stage", version.stage, hue=hue)]
    after += _at_most([Node("Alias", f"@{name}") for name in version.aliases], "aliases")
    columns = [_inputs_column(origin), _sources_column(version, origin), [middle], after]
    return graph_of([column for column in columns if column])


def _inputs_column(origin: Provenance) -> list[Node]:
    if origin.run is None:
        return []
    nodes = _at_most(
        [Node("Data set", f"{used.dataset.name} {used.dataset.digest}") for used in origin.inputs],
        "data sets",
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


def _sources_column(version: VersionRow, origin: Provenance) -> list[Node]:
    nodes = []
    if origin.run:
        row = origin.run.run
        nodes.append(
            Node("Run, claimed" if origin.run_claimed else "Run", row.name or row.uuid, _run_url(row.uuid))
        )
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


def _at_most(nodes: list[Node], many: str) -> list[Node]:
    if len(nodes) <= _MAX_BOXES:
        return nodes
    return [*nodes[: _MAX_BOXES - 1], Node("And", f"{len(nodes) - _MAX_BOXES + 1} more {many}")]


def graph_of(columns: Sequence[Sequence[Node]]) -> LineageGraph:
    """Returns boxes in columns from left to right, and the lines between them.

    Lines run from each box to the first of the next column, and from the version to all of them.
    """
    tallest = max(len(column) for column in columns)
    height = tallest * (_HEIGHT + _DOWN) - _DOWN + 2
    placed = []
    for at, column in enumerate(columns):
        x = 1 + at * (_WIDTH + _ACROSS)
        top = (height - (len(column) * (_HEIGHT + _DOWN) - _DOWN)) / 2
        placed.append(
            [
                Box(x, top + i * (_HEIGHT + _DOWN), node, shorten_middle(node.label, _MAX_LABEL))
                for i, node in enumerate(column)
            ]
        )
    # The inputs lead to the run, the first box of the second column; all of that column leads to the version;
    # only the version has several lines going out.
    paths = []
    for left, right in zip(placed, placed[1:], strict=False):
        goals = right if left[0].node.kind == "Version" else right[:1]
        paths += [_curve(start, goal) for start in left for goal in goals]
    return LineageGraph(
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
