"""Curves of metrics: what the server draws of them, and the points that a script asks for to draw them finely."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidParameter
from app.http.application import needs
from app.tracking.metrics import history, sampled
from app.tracking.run_children import MetricRow
from app.tracking.runs import RunRow
from app.web.rendering.formats import number

blueprint = Blueprint("curves", __name__)

WIDTH, HEIGHT = 600, 160
A_PAGE = 12  # curves
DRAWN = 120  # points of a curve in the server's picture
TOLD = 12  # points of it in the table
FETCHED = 2_000  # points that a script gets of one curve, and of several together
FETCHED_IN_ALL = 20_000
MOST_RUNS = 100
COLOURS = 8
LAST = 2**63 - 1

SMOOTHINGS = {"0": "Off", "0.6": "A little", "0.85": "Much", "0.95": "Very much"}
AXES = {"step": "Step", "time": "Time"}


def is_of_the_machine(metric: str) -> bool:
    """Whether MLflow's client measured it of the machine that trained, and not the training of the model."""
    return metric.startswith("system/")


@dataclass(frozen=True)
class Look:
    """How curves are drawn, as the address says it: how smooth, on which scale, over what."""

    smooth: str = "0"
    is_log: bool = False
    axis: str = "step"

    @property
    def arguments(self) -> dict[str, str]:
        """What an address says of it: only what is not as usual."""
        said = {"smooth": self.smooth, "axis": self.axis, "log": "1" if self.is_log else "0"}
        return {name: value for name, value in said.items() if value not in ("0", "step")}


def look(args: "MultiDict[str, str]") -> Look:
    """What an address asks for; what it says wrongly counts as not said."""
    return Look(
        smooth=args.get("smooth", "0") if args.get("smooth") in SMOOTHINGS else "0",
        is_log=args.get("log") == "1",
        axis=args.get("axis", "step") if args.get("axis") in AXES else "step",
    )


class Drawn(NamedTuple):
    """One run's curve: its stretches without a gap, and what was measured where it was smoothed."""

    run: str
    label: str
    colour: int
    stretches: list[str]
    raw: list[str]


class Picture(NamedTuple):
    """The curves of one metric: what the axes end with, and some points as a table has them.

    `note` says over what and how they are drawn; `curves.js` words it alike.
    """

    key: str
    lines: list[Drawn]
    axis: str
    note: str
    left: str
    right: str
    top: str
    bottom: str
    table: list[tuple[str, MetricRow]]
    url: str


def picture(key: str, found: Mapping[str, tuple[str, Sequence[MetricRow]]], look: Look) -> Picture | None:
    """The picture of a metric of some runs: label and points by run id. None where nothing can be drawn."""
    axis = (
        look.axis if any(len({p.step for p in points}) > 1 for _label, points in found.values()) else "time"
    )
    raw: dict[str, list[tuple[float, float]]] = {}
    for run, (_label, points) in found.items():
        # Its own beginning: runs are compared by how long they take.
        begin = min((point.timestamp for point in points), default=0)
        xs = [point.step if axis == "step" else point.timestamp - begin for point in points]
        raw[run] = sorted(zip(xs, (point.value for point in points), strict=True), key=lambda pair: pair[0])
    smoothed = {run: _smoothed(pairs, float(look.smooth)) for run, pairs in raw.items()}
    everything = [
        pair for pairs in (*raw.values(), *smoothed.values()) for pair in pairs if _is_shown(pair, look)
    ]
    if not everything:
        return None
    frame = _Frame(everything, look)
    lines = [
        Drawn(
            run,
            label,
            place % COLOURS,
            frame.stretches(smoothed[run]),
            frame.stretches(raw[run]) if look.smooth != "0" else [],
        )
        for place, (run, (label, _points)) in enumerate(found.items())
    ]
    return Picture(
        key,
        lines,
        axis,
        _note(axis, look),
        _axis_end(frame.left, axis),
        _axis_end(frame.right, axis),
        number(frame.high),
        number(frame.low),
        _told(found),
        url_for("curves.points", runs=list(found), metric=key),
    )


def _axis_end(x: float, axis: str) -> str:
    return str(int(x)) if axis == "step" else clock.duration(int(x)) or "0 s"


def _note(axis: str, look: Look) -> str:
    scale = ", log scale" if look.is_log else ""
    return f"over {'steps' if axis == 'step' else 'time'}{scale}{', smoothed' if look.smooth != '0' else ''}"


def _is_shown(pair: tuple[float, float], look: Look) -> bool:
    return math.isfinite(pair[1]) and (pair[1] > 0 or not look.is_log)


def _smoothed(pairs: Sequence[tuple[float, float]], weight: float) -> list[tuple[float, float]]:
    """A moving average that forgets; `curves.js` has the same rule. What is no number is passed over."""
    if not weight:
        return list(pairs)
    found, last, known = [], 0.0, 0.0
    for x, value in pairs:
        if math.isfinite(value):
            last, known = last * weight + value * (1 - weight), known * weight + 1 - weight
            value = last / known
        found.append((x, value))
    return found


class _Frame:
    """The part of the plane that a picture shows, and where its points come to lie in the drawing."""

    def __init__(self, pairs: Sequence[tuple[float, float]], look: Look):
        self.look = look
        self.left, self.right = min(x for x, _y in pairs), max(x for x, _y in pairs)
        self.low, self.high = min(y for _x, y in pairs), max(y for _x, y in pairs)

    def stretches(self, pairs: Iterable[tuple[float, float]]) -> list[str]:
        found: list[list[str]] = [[]]
        for pair in pairs:
            if _is_shown(pair, self.look):
                found[-1].append(self._place(*pair))
            elif found[-1]:
                found.append([])
        # A point alone is drawn as a line to itself, which round ends make a dot.
        return [" ".join(points if len(points) > 1 else points * 2) for points in found if points]

    def _place(self, x: float, y: float) -> str:
        across = _share(x, self.left, self.right) * WIDTH
        low, high, at = (
            map(math.log10, (self.low, self.high, y)) if self.look.is_log else (self.low, self.high, y)
        )
        return f"{across:.1f},{(1 - _share(at, low, high)) * HEIGHT:.1f}"


def _share(value: float, low: float, high: float) -> float:
    # Halves, since the distance between the largest and the smallest number is none.
    span = high / 2 - low / 2
    return (value / 2 - low / 2) / span if span else 0.5


def _told(found: Mapping[str, tuple[str, Sequence[MetricRow]]]) -> list[tuple[str, MetricRow]]:
    most = max(2, TOLD // len(found))
    told = []
    for label, points in found.values():
        stride = -(-len(points) // most)
        told += [(label, point) for point in [*points[:-1:stride], *points[-1:]]]
    return told


class Shown(NamedTuple):
    """Some of a run's curves, how many it has in all, and from which on those after them begin (0: none)."""

    pictures: list[Picture]
    total: int
    following: int


def of_run(run: RunRow, look: Look, begin: int) -> Shown:
    """A run's curves from the place `begin` on, in the order of their names, what the machine did last."""
    keys = sorted(sampled.keys_of(run.id), key=lambda key: (is_of_the_machine(key), key))
    some = keys[begin : begin + A_PAGE]
    found = sampled.of_run(run.id, some, most=DRAWN)
    pictures = [picture(curve.key, {run.uuid: (run.name, curve.points)}, look) for curve in found]
    following = begin + A_PAGE if len(keys) > begin + A_PAGE else 0
    return Shown([one for one in pictures if one], len(keys), following)


@blueprint.get("/curves.json")
@needs(Permission.EXPERIMENTS_READ)
def points() -> Response:
    """Points of a metric of some runs, between two steps if they are named: `runs`, `metric`, `low`, `high`.

    Runs that are not there, or that the viewer may not read, have none.
    """
    uuids = list(dict.fromkeys(request.args.getlist("runs")))[:MOST_RUNS]
    steps = (_step("low", 0 - LAST), _step("high", LAST))
    most = min(FETCHED, FETCHED_IN_ALL // max(1, len(uuids)))
    found: dict[str, list[MetricRow]] = {uuid: [] for uuid in uuids}
    for uuid, point in history.sampled(uuids, request.args.get("metric", ""), max_results=most, steps=steps):
        found[uuid].append(point)
    series = [
        {
            "run": uuid,
            "steps": [point.step for point in some],
            "times": [point.timestamp for point in some],
            "values": [point.value for point in some],
            "whole": len(some) < most,
        }
        for uuid, some in found.items()
    ]
    return Response(orjson.dumps({"series": series}), content_type="application/json")


def _step(name: str, otherwise: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return otherwise
    try:
        return max(-LAST, min(int(text[:30]), LAST))
    except ValueError as error:
        raise InvalidParameter(
            f"{name} is {text[:30]!r}; give a step, a whole number.", field=name
        ) from error
