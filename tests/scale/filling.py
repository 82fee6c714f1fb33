"""An installation of so many rows: runs with metrics, parameters and tags, versions in stages, and events."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

START = 1_700_000_000_000
HOUR = 3_600_000


class Size(NamedTuple):
    """How many rows; `of` multiplies the smallest."""

    runs: int
    versions: int
    events: int

    @classmethod
    def of(cls, factor: int) -> "Size":
        return cls(100 * factor, 1_000 * factor, 1_000 * factor)


def fill(database: Path, size: Size) -> None:
    """Fills a migrated, empty database. Each run has two metrics of five points, three parameters and a tag."""
    db = sqlite3.connect(database)
    with db:
        db.execute("PRAGMA synchronous = OFF")
        _fill_runs(db, size.runs)
        _fill_versions(db, size.versions)
        _fill_events(db, size.events)
    db.close()


def _fill_runs(db: sqlite3.Connection, count: int) -> None:
    db.execute(
        "INSERT INTO experiment (id, name, created_at, updated_at, created_by) VALUES (1, 'lab', ?, ?, 'ann')",
        (START, START),
    )
    numbers = range(1, count + 1)
    db.executemany(
        "INSERT INTO run (id, uuid, experiment_id, name, user_id, status, start_time, artifact_uri, created_by) "
        "VALUES (?, ?, 1, ?, 'ann', 'FINISHED', ?, ?, 'ann')",
        ((n, f"{n:032x}", f"run-{n}", START + n, f"mlflow-artifacts:/1/{n:032x}/artifacts") for n in numbers),
    )
    db.executemany("INSERT INTO run_tag VALUES (?, 'team', ?)", ((n, f"team-{n % 7}") for n in numbers))
    # Ten runs are children of the first, however many there are.
    db.executemany(
        "INSERT INTO run_tag VALUES (?, 'mlflow.parentRunId', ?)", ((n, f"{1:032x}") for n in range(2, 12))
    )
    # And all others but the last are children of the last but one, which nobody looks at.
    db.executemany(
        "INSERT INTO run_tag VALUES (?, 'mlflow.parentRunId', ?)",
        ((n, f"{count - 1:032x}") for n in range(12, count - 1)),
    )
    db.executemany(
        "INSERT INTO param VALUES (?, ?, ?)",
        ((n, key, str(n if key == "seed" else n % 5)) for n in numbers for key in ("depth", "rate", "seed")),
    )
    db.executemany(
        "INSERT INTO metric (id, run_id, key, value, is_nan, timestamp, step) VALUES (?, ?, ?, ?, 0, ?, 4)",
        (
            (2 * n + k, n, key, (n * 7919 % count) / count, START + n)
            for n in numbers
            for k, key in enumerate(("auc", "loss"))
        ),
    )
    db.executemany(
        "INSERT INTO metric_point VALUES (?, ?, ?, ?, 0)",
        ((metric, START + step, step, step / 4) for metric in range(2, 2 * count + 2) for step in range(5)),
    )


def _fill_versions(db: sqlite3.Connection, count: int) -> None:
    db.execute(
        "INSERT INTO registered_model (id, name, created_at, updated_at, created_by, next_version) "
        "VALUES (1, 'churn', ?, ?, 'ann', ?)",
        (START, START, count + 1),
    )
    numbers = range(1, count + 1)
    db.executemany(
        "INSERT INTO model_version "
        "(id, model_id, number, stage_id, source, created_at, updated_at, created_by, run_uuid) "
        "VALUES (?, 1, ?, ?, 's3://models/churn', ?, ?, 'ann', ?)",
        (
            (n, n, 3 if n == count else 4, START + n * HOUR, START + n * HOUR, f"{n % 50 + 1:032x}")
            for n in numbers
        ),
    )
    # Each held Production for an hour.
    periods = ((n, 3, START + n * HOUR, None if n == count else START + (n + 1) * HOUR) for n in numbers)
    db.executemany(
        "INSERT INTO stage_interval (model_id, version_id, stage_id, from_at, to_at, actor) "
        "VALUES (1, ?, ?, ?, ?, 'ann')",
        periods,
    )


def _fill_events(db: sqlite3.Connection, count: int) -> None:
    db.executemany(
        "INSERT INTO event (at, kind, actor, model_id, version_id, subject) VALUES (?, ?, ?, 1, ?, 'x')",
        (
            (START + n * 60_000, "version.transitioned" if n % 3 else "model.described", f"actor-{n % 5}", 1)
            for n in range(count)
        ),
    )
