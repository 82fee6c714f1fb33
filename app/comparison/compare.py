"""Compares model versions, of different models too, and runs.

Pages show the whole of it; a decision on a request looks at two versions::

    compared = compare.of_versions(subjects.find_versions([("churn", 3), ("churn", 7)])).without_equal()
    for row in compared.metrics:
        row.key, row.cells[1].value, row.cells[1].difference, row.cells[1].verdict

Everything is compared with the `base`, one of the sides. `app.comparison.metric_direction` decides which way a
metric gets better.
"""

import enum
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from app.artifacts import checksums
from app.artifacts.model_signature import SignatureField
from app.comparison import metric_direction, subjects
from app.comparison.errors import NothingToCompare
from app.comparison.metric_direction import Direction
from app.comparison.subjects import Subject
from app.comparison.text_diff import Line, changed_lines
from app.core.numbers import is_finite
from app.registry.queries import VersionRow
from app.tracking.runs import RunDetails

_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*((?:\[[^\]]*\])?\s*(?:[<>=!~@;].*)?)", re.DOTALL)


class State(enum.Enum):
    """How a cell stands to the base's cell of its row."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"  # the base has no such thing
    MISSING = "missing"  # the base has it
    UNKNOWN = "unknown"  # one of the two, or whether they are alike, is not known


class Verdict(enum.Enum):
    """What a metric's difference to the base means."""

    BETTER = "better"
    WORSE = "worse"
    NONE = "none"  # no difference, nothing to compare, or no known direction


class Cell(NamedTuple):
    """What one side has of a row; None where it has none, or where that is not known (see `state`)."""

    value: str | None
    state: State


class MetricCell(NamedTuple):
    """A metric's value; `difference` is to the base's, None where one of them is missing or no number."""

    value: float | None
    state: State
    difference: float | None
    verdict: Verdict
    is_best: bool  # of all sides, where the metric has a direction and they differ


class FileCell(NamedTuple):
    """A file's size in bytes, and its SHA-256 where equal sizes made it worth reading."""

    value: int | None
    state: State
    digest: str | None


class Row(NamedTuple):
    """Something that sides have or lack: one cell for each, in their order. `C` is one of the cells above."""

    key: str
    cells: tuple[Any, ...]
    direction: Direction = Direction.NONE

    @property
    def is_equal(self) -> bool:
        """Whether at least two sides are known, and all known ones equal the base."""
        known = [cell for cell in self.cells if cell.state is not State.UNKNOWN or cell.value is not None]
        return len(known) > 1 and all(cell.state is State.SAME for cell in known)


SECTIONS = ("metrics", "params", "tags", "inputs", "outputs", "settings", "requirements", "files", "facts")


@dataclass(frozen=True)
class Comparison:
    """The sides and, section by section, what they have; rows are in the order of their keys.

    `metrics` holds `MetricCell`s, `files` `FileCell`s, the others `Cell`s. `inputs`, `outputs` and
    `settings` are the parts of the models' signatures. `descriptions` has, for each side, how its
    description differs from the base's: nothing for the base, and None where it is too long to compare.
    `hidden` counts the rows that `without_equal` left out, by section.
    """

    sides: tuple[Subject, ...]
    base: int
    metrics: tuple[Row, ...]
    params: tuple[Row, ...]
    tags: tuple[Row, ...]
    inputs: tuple[Row, ...]
    outputs: tuple[Row, ...]
    settings: tuple[Row, ...]
    requirements: tuple[Row, ...]
    files: tuple[Row, ...]
    facts: tuple[Row, ...]
    descriptions: tuple[list[Line] | None, ...]
    hidden: Mapping[str, int]

    def without_equal(self) -> "Comparison":
        """Returns the comparison without the rows in which no side differs from the base."""
        kept = {name: tuple(row for row in getattr(self, name) if not row.is_equal) for name in SECTIONS}
        hidden = {name: len(getattr(self, name)) - len(rows) for name, rows in kept.items()}
        return replace(self, **kept, hidden=hidden)  # type: ignore[arg-type]


def of_versions(rows: Sequence[VersionRow], *, base: int = 0) -> Comparison:
    """Compares versions that `subjects.find_versions` or any other look-up found; `base` is a position among them.

    Raises `NothingToCompare` for no versions, and for a position outside them.
    """
    return _compared(subjects.of_versions(rows), base)


def of_runs(rows: Sequence[RunDetails], *, base: int = 0) -> Comparison:
    """Compares runs, as `of_versions` does versions."""
    return _compared(subjects.of_runs(rows), base)


def _compared(subjects: Sequence[Subject], base: int) -> Comparison:
    if not 0 <= base < len(subjects):
        raise NothingToCompare
    model_files = [subject.model_file for subject in subjects]
    signatures = [None if file is None or file.error else file for file in model_files]

    def fields(part: str) -> tuple[Row, ...]:
        return _rows([None if file is None else _fields(getattr(file, part)) for file in signatures], base)

    return Comparison(
        sides=tuple(subjects),
        base=base,
        metrics=_metrics(subjects, base),
        params=_rows([subject.params for subject in subjects], base),
        tags=_rows([subject.tags for subject in subjects], base),
        inputs=fields("inputs"),
        outputs=fields("outputs"),
        settings=fields("params"),
        requirements=_rows(
            [None if file is None else _requirements(file.requirements) for file in model_files], base
        ),
        files=_files(subjects, base),
        facts=_rows([subject.facts for subject in subjects], base, in_order=False),
        descriptions=tuple(
            changed_lines(subjects[base].description, subject.description) for subject in subjects
        ),
        hidden={},
    )


def _rows(
    columns: Sequence[Mapping[str, str] | None], base: int, *, in_order: bool = True
) -> tuple[Row, ...]:
    keys = dict.fromkeys(key for column in columns for key in column or ())
    return tuple(
        Row(
            key,
            tuple(
                Cell(column.get(key) if column else None, state)
                for column, state in zip(columns, _states(columns, base, key), strict=True)
            ),
        )
        for key in (sorted(keys) if in_order else keys)
    )


def _states(
    columns: Sequence[Mapping[str, Any] | None],
    base: int,
    key: str,
    are_alike: Callable[[int], bool | None] | None = None,
) -> list[State]:
    """Returns the state of each side's cell; `are_alike` says whether an equal value is truly the base's."""
    base_column = columns[base]
    states = []
    for position, column in enumerate(columns):
        if base_column is None or column is None:
            states.append(State.UNKNOWN)
        elif key not in column:
            states.append(State.MISSING if key in base_column else State.SAME)
        elif key not in base_column:
            states.append(State.ADDED)
        elif column[key] != base_column[key]:
            states.append(State.CHANGED)
        else:
            alike = True if are_alike is None or position == base else are_alike(position)
            states.append(State.UNKNOWN if alike is None else (State.SAME if alike else State.CHANGED))
    return states


def _metrics(subjects: Sequence[Subject], base: int) -> tuple[Row, ...]:
    # As texts, since NaN is the same as NaN here.
    texts = [
        None if subject.metrics is None else {k: repr(v) for k, v in subject.metrics.items()}
        for subject in subjects
    ]
    tags = [subjects[base].directions, *(subject.directions for subject in subjects)]
    rows = []
    for key in sorted({key for subject in subjects for key in subject.metrics or ()}):
        direction = metric_direction.of(key, *tags)
        values = [(subject.metrics or {}).get(key) for subject in subjects]
        best = _best(values, direction)
        cells = []
        for value, state in zip(values, _states(texts, base, key), strict=True):
            difference = _difference(value, values[base])
            cells.append(
                MetricCell(
                    value,
                    state,
                    difference,
                    _verdict(difference, direction),
                    best is not None and value == best,
                )
            )
        rows.append(Row(key, tuple(cells), direction))
    return tuple(rows)


def _difference(value: float | None, base: float | None) -> float | None:
    if value is None or base is None or not math.isfinite(value) or not math.isfinite(base):
        return None
    return value - base


def _verdict(difference: float | None, direction: Direction) -> Verdict:
    if not difference or direction is Direction.NONE:
        return Verdict.NONE
    return Verdict.BETTER if (difference > 0) == (direction is Direction.HIGHER) else Verdict.WORSE


def _best(values: Sequence[float | None], direction: Direction) -> float | None:
    numbers = {value for value in values if value is not None and not math.isnan(value)}
    finite = list(filter(is_finite, numbers))
    if len(numbers) < 2 or not finite or direction is Direction.NONE:
        return None
    return max(finite) if direction is Direction.HIGHER else min(finite)


def _fields(rows: Sequence[SignatureField]) -> dict[str, str]:
    """Returns the fields of a part of a signature; those without a name go by their position."""
    texts_by_name = {}
    for position, field in enumerate(rows, 1):
        text = f"{field.type} {field.shape}" if field.shape else field.type
        if field.default is not None:
            text += f", {field.default} unless given"
        elif not field.required:
            text += ", optional"
        texts_by_name[field.name or f"#{position}"] = text
    return texts_by_name


def _requirements(lines: Sequence[str]) -> dict[str, str]:
    """Returns the versions required of each package; a line without a package (`-r base.txt`) stands for itself."""
    demands = {}
    for line in lines:
        match = _REQUIREMENT.fullmatch(line)
        name = re.sub(r"[-_.]+", "-", match[1]).lower() if match else line
        demands[name] = (match[2].strip() if match else "") or "any version"
    return demands


def _files(subjects: Sequence[Subject], base: int) -> tuple[Row, ...]:
    columns = [None if subject.files is None else subject.files.sizes for subject in subjects]
    digests = checksums.digests_by_path([subject.files for subject in subjects])
    base_files = subjects[base].files
    rows = []
    for path in sorted({path for column in columns for path in column or ()}):

        def are_alike(position: int, path: str = path) -> bool | None:
            other = subjects[position].files
            if base_files is not None and other is not None and base_files.folder == other.folder:
                return True
            base_digest, digest = digests[base].get(path), digests[position].get(path)
            return None if base_digest is None or digest is None else base_digest == digest

        states = _states(columns, base, path, are_alike)
        cells = [
            FileCell((column or {}).get(path), state, digest.get(path))
            for column, state, digest in zip(columns, states, digests, strict=True)
        ]
        rows.append(Row(path, tuple(cells)))
    return tuple(rows)
